"""Whatever is wrong with what the user gives is said in one sentence, with exit code 2."""

import contextlib
import errno
import subprocess
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from remodel_abm.__main__ import app


def refused(*arguments):
    """Return the one sentence on standard error of a command that must fail with 2."""
    asked = CliRunner(env={"COLUMNS": "200"}).invoke(app, list(map(str, arguments)))
    assert isinstance(asked.exception, SystemExit), asked.exception
    assert asked.exit_code == 2
    told = asked.stderr
    assert told.startswith("remodel-abm: ")
    assert told.count("\n") == 1
    assert "Traceback" not in told
    return told


@pytest.fixture
def scenario(tmp_path):
    """Return a function that writes a scenario file."""

    def write(text):
        path = tmp_path / "mine.toml"
        path.write_text(text)
        return path

    return write


SAID = {
    "a misspelt key": (
        'extends = "menopause"\nyaers = 3',
        "unknown key 'yaers'; did you mean 'years'?",
    ),
    "a misspelt key of the bone": (
        'extends = "menopause"\n[bone]\nvoxle = 3',
        "'bone.voxle'; did you mean 'voxel'?",
    ),
    "a misspelt parent": ('extends = "menopaus"', "did you mean 'menopause'?"),
    "a misspelt part": (
        'extends = "reference"\ncells = ["osteoclat"]',
        "'osteoclat'; did you mean 'osteoclast'?",
    ),
    "a misspelt influence": (
        'extends = "reference"\n[[schedule]]\npart = "ovry"',
        "'ovry'; did you mean 'ovary'?",
    ),
    "a misspelt setting": (
        'extends = "reference"\n[[schedule]]\npart = "ovary"\nfinal_perod = 3',
        "did you mean 'final_period'?",
    ),
    "a misspelt parameter": (
        'extends = "reference"\n[set]\n"osteoclast.apoptosis_rte" = 3',
        "did you mean 'osteoclast.apoptosis_rate'?",
    ),
    "a misspelt mechanism": (
        'extends = "reference"\noff = ["M11x"]',
        "no mechanism 'M11x'; did you mean 'M11'?",
    ),
    "a wrong unit": (
        'extends = "reference"\nyears = "10 kg"',
        "years = '10 kg' is not a quantity in yr",
    ),
    "a wrong unit of a parameter": (
        'extends = "reference"\n[set]\n"osteoclast.apoptosis_rate" = "0.09 um"',
        "is not a quantity in 1/d",
    ),
    "a value out of range": (
        'extends = "reference"\n[set]\n"osteoclast.apoptosis_rate" = 9',
        "osteoclast.apoptosis_rate = 9 1/d is outside [0.04, 0.125] 1/d",
    ),
    "a share above one": (
        'extends = "reference"\n[bone]\nbv_tv = 1.5',
        "bone.bv_tv = 1.5 is outside [0.05, 0.5]",
    ),
    "not a number": ('extends = "reference"\nyears = nan', "years is not a number; give one in yr"),
    "negative years": ('extends = "reference"\nyears = -1', "years = -1 yr is outside [0, 120] yr"),
    "negative days": (
        'extends = "reference"\nsettling = "-30 d"',
        "settling = -30 d is outside [0, 20000] d",
    ),
    "a negative seed": (
        'extends = "reference"\nseed = -4',
        "seed = -4; allowed are whole numbers from 0",
    ),
    "a shape of two": (
        'extends = "reference"\n[bone]\nshape = [64, 64]',
        "bone.shape = [64, 64]; allowed are three whole numbers",
    ),
    "a text for a table": (
        'extends = "reference"\nset = "fast"',
        "'set' must be a table, not 'fast'",
    ),
    "a text for a list": (
        'extends = "reference"\ncells = "osteoclast"',
        "cells = 'osteoclast' is not a list of names",
    ),
    "a number for a title": ('extends = "reference"\ntitle = 3', "title = 3 is not a text"),
    "a number for a schedule": (
        'extends = "reference"\nschedule = 3',
        "schedule = 3 is not a list of tables, as [[schedule]]",
    ),
    "a name for a schedule": (
        'extends = "reference"\nschedule = ["ovary"]',
        "schedule = ['ovary'] is not a list of tables",
    ),
    "a number for a mechanism": (
        'extends = "reference"\noff = 11',
        "off = 11 is not a list of names",
    ),
    "a text for a record": ('extends = "reference"\nrecord = "often"', "'record' must be a table"),
    "an unknown sex": ('extends = "reference"\nsex = "other"', "allowed are 'female' and 'male'"),
    "a number for a parent": ("extends = 5", "extends = 5 is not a text"),
    "a list for a part": (
        'extends = "reference"\n[[schedule]]\npart = ["loading"]',
        "schedule has no part ['loading']",
    ),
    "a list for a mechanism of a change": (
        'extends = "reference"\n[[change]]\nday = 3\noff = [["M11"]]',
        "off = [['M11']] is not a list of names",
    ),
    "two spells of one part": (
        'extends = "reference"\n' + '[[schedule]]\npart = "loading"\nfactor = 0.5\nstop = 90\n' * 2,
        "schedule has 'loading' twice",
    ),
    "an end before the beginning": (
        'extends = "reference"\n[[schedule]]\npart = "hormone_therapy"\nstart = 100\nstop = 50',
        "hormone_therapy.stop = 50 d is before hormone_therapy.start = 100 d",
    ),
    "an endless dose": (
        'extends = "reference"\n[[schedule]]\npart = "hormone_therapy"\nstart = 1\ndose = inf',
        "hormone_therapy.dose = inf is not a finite number",
    ),
    "more strokes than a change holds": (
        'extends = "reference"\n[[change]]\nday = 3\nbrush = ['
        + '["bone", 0, 4, 4, 10.0],' * 2001
        + "]",
        "brush has 2001 strokes; allowed are 2000",
    ),
    "a misspelt threshold": (
        'extends = "reference"\n[bone]\nthreshold = "otzu"',
        "bone.threshold = 'otzu'; allowed are 'otsu' and a grey value",
    ),
    "a stretch that no bone can be made with": (
        'extends = "reference"\n[bone]\nanisotropy = 3.5',
        "bone.anisotropy = 3.5 is outside [1, 3]",
    ),
    "a scenario that extends itself": ('extends = "mine"', "extends itself"),
    "no TOML": ("years == 3", "cannot be read as TOML"),
    "nothing in it": ("# to do", 'is empty; it might begin with: extends = "reference"'),
    "a name that leads elsewhere": (
        'extends = "reference"\nname = "../../mine"',
        "name = '../../mine' names a folder: no slash in it",
    ),
}


@pytest.mark.parametrize("kind", SAID)
def test_a_scenario_is_refused_for(kind, scenario, tmp_path):
    text, expected = SAID[kind]
    told = refused("run", scenario(text), "--out", tmp_path / "run")
    assert expected in told
    assert "mine.toml" in told or "'menopaus'" in told
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["run", "menopaus"], "no scenario is called 'menopaus'; did you mean 'menopause'?"),
        (["run", "nowhere/mine.toml"], "nowhere/mine.toml is not a scenario file"),
        (["run", "menopause", "--years", "-2"], "years = -2 yr is outside [0, 120] yr"),
        (["run", "menopause", "--years", "nan"], "years is not a number"),
        (["run", "menopause", "--seed", "-2"], "seed = -2; allowed are whole numbers from 0"),
        (["run", "menopause", "--set", "years"], "--set 'years' is not NAME=VALUE"),
        (["run", "menopause", "--set", "osteoclst.radius=30"], "did you mean 'osteoclast.radius'"),
        (["run", "menopause", "--set", "osteoclast.radius=30 kg"], "is not a quantity in um"),
        (["run", "menopause", "--off", "M99"], "no mechanism 'M99'"),
        (["run", "menopause", "--out", "{tmp}/" + 300 * "x"], "x: the name is too long"),
        (
            ["import-bone", "x.tif", "--out", "{tmp}/b", "--smooth", "nan"],
            "--smooth = nan; allowed",
        ),
        (["measure", "{tmp}", "--smooth", "inf"], "--smooth = inf; allowed are 0 to 20 voxels"),
        (
            ["run", "menopause", "--bone", "sectoin", "--out", "{tmp}/r"],
            "bone.source = 'sectoin' does not exist",
        ),
        (["parts", "--scenario", "menopaus"], "did you mean 'menopause'?"),
        (["parts", "nowhere"], "nowhere is not the folder of a run"),
        (
            ["parameters", "--part", "osteoclat"],
            "no part is called 'osteoclat'; did you mean 'osteoclast'?",
        ),
        (["parameters", "--csv", "{tmp}/no/such/file.csv"], "the folder does not exist"),
        (["resume", "nowhere"], "nowhere holds no run to resume"),
        (["measure", "nowhere.tif"], "nowhere.tif: no such file or folder"),
        (["import-bone", "nowhere.tif", "--out", "{tmp}/b"], "nowhere.tif: no such file or folder"),
    ],
)
def test_an_argument_is_refused(arguments, expected, tmp_path):
    arguments = [text.replace("{tmp}", str(tmp_path)) for text in arguments]
    assert expected in refused(*arguments)


@pytest.fixture
def image(tmp_path):
    """Return a function that writes voxels as TIFF, which does not state their size."""
    import tifffile

    def write(values):
        path = tmp_path / "image.tif"
        tifffile.imwrite(path, values)
        return path

    return write


def noise(shape=(24, 24, 24)):
    return np.random.default_rng(1).integers(0, 200, shape).astype(np.uint8)


def test_an_image_without_voxel_size_is_refused_with_the_way_to_state_it(image, tmp_path):
    told = refused("import-bone", image(noise()), "--out", tmp_path / "bone")
    assert 'does not say how large a voxel is; state it, for example --voxel-size "19.5 um"' in told


IMAGES = {
    "all one value": (np.full((9, 9, 9), 7, np.uint8), [], "every voxel has the value 7"),
    "no bone": (noise(), ["--threshold", "250"], "leaves no bone"),
    "all bone": (noise(), ["--threshold", "-1"], "leaves nothing but bone"),
    "labels that are not there": (noise() // 100, ["--labels", "9"], "9"),
    "labels that are no numbers": (noise() // 100, ["--labels", "a,b"], "are not whole numbers"),
    "NaN": (np.where(noise() > 100, np.nan, 1).astype("f4"), [], "are NaN or infinite"),
    "four dimensions": (np.stack([noise((4, 9, 9))] * 3, axis=-1), [], "colour"),
    "a crop larger than itself": (noise(), ["--crop", "9 mm"], "does not fit into the image"),
    "a crop of nothing": (noise(), ["--crop", "0 um"], "--crop = 0 um is not a length above 0"),
    "a threshold that is no number": (noise(), ["--threshold", "osu"], "--threshold (or otsu)"),
    "a voxel in kg": (noise(), ["--voxel", "20 kg"], "--voxel = '20 kg' is not a quantity in um"),
    "a voxel of 5 mm": (noise(), ["--voxel", "5 mm"], "is larger than the image"),
}  # fmt: skip


@pytest.mark.parametrize("kind", IMAGES)
def test_an_image_is_refused_for(kind, image, tmp_path):
    values, options, expected = IMAGES[kind]
    path = image(values)
    told = refused(
        "import-bone", path, "--voxel-size", "20 um", *options, "--out", tmp_path / "bone"
    )
    assert expected in told
    assert not (tmp_path / "bone" / "bone.toml").exists()


def test_a_damaged_image_is_refused(image, tmp_path):
    path = image(noise())
    path.write_bytes(path.read_bytes()[:3000])
    assert "the file is damaged" in refused("measure", path, "--voxel-size", "20 um")


def test_a_folder_that_is_a_file_is_refused(tiny_file, tmp_path):
    (tmp_path / "taken").write_text("mine")
    told = refused("run", tiny_file, "--out", tmp_path / "taken")
    assert "it is a file; name a folder" in told
    told = refused("run", tiny_file, "--out", tmp_path / "taken" / "run")
    assert "a part of the path is a file" in told
    assert (tmp_path / "taken").read_text() == "mine"


def test_a_folder_with_something_else_in_it_is_refused(tiny_file, tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    assert "holds 'thesis.txt' and no run" in refused("run", tiny_file, "--out", tmp_path)


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS, errno.ENOSPC])
def test_a_folder_that_cannot_be_written_to_is_refused(number, tiny_file, tmp_path, monkeypatch):
    def forbid(path, content):
        raise OSError(number, "no")

    monkeypatch.setattr(Path, "write_bytes", forbid)
    told = refused("run", tiny_file, "--out", tmp_path / "run")
    why = {errno.EACCES: "permission is denied", errno.EROFS: "the file system is read-only",
           errno.ENOSPC: "the disk is full"}[number]  # fmt: skip
    assert f"cannot write a run to {tmp_path / 'run'}: {why}" in told


@pytest.fixture
def small_disk(tmp_path):
    """Return a disk of one megabyte, where one can be mounted."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    try:
        done = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    except OSError:
        done = False
    if not done:
        pytest.skip("only root can mount a small disk; test_run.py fills one up by hand")
    yield folder
    with contextlib.suppress(OSError):
        subprocess.run(["umount", "-l", str(folder)], check=False)


def test_a_disk_that_fills_up_ends_the_run_and_keeps_what_was_written(tiny, small_disk, tmp_path):
    path = tmp_path / "long.toml"
    path.write_text(tiny.with_(years=0.5).to_toml())
    told = refused("run", path, "--out", small_disk / "run", "-q")
    assert "the disk is full" in told
    from remodel_abm.results.checkpoint import load_checkpoint

    meta, _ = load_checkpoint(small_disk / "run" / "checkpoint.npz")
    assert meta["day"] >= -20


def test_a_run_too_large_for_the_disk_is_refused_before_it_begins(tiny_file, tmp_path, monkeypatch):
    import shutil

    usage = (
        shutil._ntuple_diskusage(1e9, 1e9, 1000) if hasattr(shutil, "_ntuple_diskusage") else None
    )
    monkeypatch.setattr("remodel_abm.results.files.shutil.disk_usage", lambda _: usage)
    assert "and the disk has 0 MB left" in refused("run", tiny_file, "--out", tmp_path / "run")


def test_a_run_that_has_not_finished_has_no_times(tiny, tmp_path):
    from remodel_abm import Results

    Results(scenario_text=tiny.to_toml()).begin(tmp_path / "run")
    assert "its run has not finished" in refused("parts", tmp_path / "run")
    assert "holds no snapshots yet" in refused("measure", tmp_path / "run")


def test_a_day_without_snapshot_names_the_nearest(straight):
    assert "no snapshot of day 17; the nearest is day 20" in refused(
        "measure", straight, "--day", "17"
    )


def test_options_that_would_be_ignored_are_refused(straight, image):
    told = refused("measure", straight, "--threshold", "120")
    assert f"--threshold says nothing of {straight}, which is a run; leave it out" in told
    asked = ["measure", image(noise()), "--voxel-size", "20 um", "--day", "3"]
    assert "which is an image; leave it out" in refused(*asked)


def test_truncated_checkpoints_are_refused(tiny, tmp_path):
    from remodel_abm import Results

    Results(scenario_text=tiny.to_toml()).begin(tmp_path / "run")
    (tmp_path / "run" / "checkpoint.npz").write_bytes(b"PK\x03\x04 and no more")
    assert "checkpoint.npz is truncated" in refused("resume", tmp_path / "run")


def slab(image, folder):
    """Return the folder of a bone that is one plate."""
    from remodel_abm.tissue.specimen import import_bone, save_bone

    values = np.zeros((24, 24, 24), np.uint8)
    values[:, 8:16] = 200
    return save_bone(import_bone(image(values), voxel=20.0), folder)


def test_a_damaged_bone_is_refused(image, tmp_path):
    bone = slab(image, tmp_path / "bone")
    content = (bone / "bone.nii.gz").read_bytes()
    (bone / "bone.nii.gz").write_bytes(content[:-9])
    told = refused("run", "menopause", "--bone", bone, "--out", tmp_path / "run")
    assert "is not the file that bone.toml describes" in told


@pytest.mark.parametrize("edge", ["nan", "-20.0", '"x"'])
def test_a_bone_whose_voxel_was_edited_is_refused(edge, image, tmp_path):
    bone = slab(image, tmp_path / "bone")
    text = (bone / "bone.toml").read_text()
    (bone / "bone.toml").write_text(text.replace("voxel = 20.0", f"voxel = {edge}"))
    told = refused("run", "menopause", "--bone", bone, "--out", tmp_path / "run")
    assert "bone.toml is damaged" in told


def test_a_bone_replaces_another_only_when_asked_and_never_a_run(image, tmp_path, straight):
    bone = slab(image, tmp_path / "bone")
    kept = (bone / "bone.toml").read_bytes()
    asked = ["import-bone", image(noise()), "--voxel-size", "20 um", "--out"]
    assert "holds a bone already; name another folder" in refused(*asked, bone)
    assert not (bone / "preview.png").exists()
    assert (bone / "bone.toml").read_bytes() == kept
    assert "cannot write a bone to" in refused(*asked, straight, "--overwrite")
    done = CliRunner().invoke(app, [*map(str, asked), str(bone), "--overwrite"])
    assert done.exit_code == 0, done.output
    assert (bone / "bone.toml").read_bytes() != kept
