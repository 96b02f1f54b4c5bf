"""What an ensemble leaves: every run, in tidy tables, the same whatever came between."""

import shutil
import signal
import time

import numpy as np
import pandas as pd
import pytest

from remodel_abm import InputError, Results, ensemble
from remodel_abm.ensemble import Ensemble
from remodel_abm.ensemble.gather import about
from remodel_abm.ensemble.plan import plan
from remodel_abm.results.tables import read_chosen


def test_every_arm_bone_and_seed_is_a_run(small):
    keys = small.runs[["arm", "bone", "seed"]].itertuples(index=False, name=None)
    expected = [(a, b, s) for a in small.arms for b in small.bones for s in small.seeds]
    assert list(keys) == expected
    assert len(expected) == 8
    assert (small.runs["audit"] == "passed").all()


def test_readings_are_those_of_the_runs(small):
    results = small.results("removed", "section-2", 2)
    table = small.readings
    mine = table[(table["arm"] == "removed") & (table["bone"] == "section-2")]
    mine = mine[(mine["seed"] == 2) & (mine["measure"] == "n_oc")]
    course = results.course("n_oc")
    assert mine["day"].tolist() == course.index.tolist()
    assert mine["value"].tolist() == course.tolist()
    assert small.course("bv_tv")["removed", "section-2", 2].tolist() == (
        results.course("bv_tv").tolist()
    )
    assert small.changes("bv_tv")["removed", "section-2", 2].iloc[-1] == pytest.approx(
        results.change("bv_tv", 70)
    )


def test_a_seed_in_two_arms_is_one_bone_with_one_luck(small):
    course = small.course("n_precursor")
    before = course[course.index <= 10]
    assert before["intact"].equals(before["removed"])
    bone = small.course("bs_tv")["intact"]
    assert not bone["section-1"].equals(bone["section-2"])
    assert not course["intact", "section-1", 1].equals(course["intact", "section-1", 2])
    assert not small.course("e2")["intact"].equals(small.course("e2")["removed"])


def test_an_ensemble_is_loaded_as_it_was_run(small):
    loaded = Ensemble.load(small.folder)
    for name in ("readings", "runs", "sites", "breaks", "bands"):
        pd.testing.assert_frame_equal(getattr(loaded, name), getattr(small, name))
    assert loaded.scenarios["removed"].schedule[-1][0] == "oophorectomy"
    assert loaded.quantity("bv_tv").unit == "%"


def test_an_ensemble_of_an_older_version_is_refused_in_one_sentence(small, tmp_path):
    shutil.copytree(small.folder, tmp_path / "old", ignore=shutil.ignore_patterns("runs"))
    sites = pd.read_parquet(tmp_path / "old" / "sites.parquet").drop(columns="floor")
    sites.to_parquet(tmp_path / "old" / "sites.parquet")
    with pytest.raises(InputError, match=r"old is of an older version: sites have no 'floor'; run"):
        len(Ensemble.load(tmp_path / "old").sites)


def test_bands_may_be_left_out(arms, tmp_path):
    one = ensemble.run({"intact": arms["intact"]}, tmp_path, 1, workers=0, banded=False)
    assert not list(tmp_path.glob("bands*"))
    assert len(Ensemble.load(tmp_path).course("bv_tv")) == len(one.course("bv_tv")) > 0


def test_volume_and_surface_are_those_of_the_tissue(small):
    run = small.runs.iloc[0]
    assert run["tissue_volume"] == pytest.approx(40 * 40 * 10.0**2 * 50.0 * 1e-9)
    density = small.course("bs_tv").iloc[:, 0].mean()
    assert run["bone_surface"] == pytest.approx(density * run["tissue_volume"])


def test_a_run_keeps_what_maps_need_and_little_else(small):
    results = small.results("intact", "section-1", 1)
    assert isinstance(results, Results)
    assert results.snapshots() == [0, 70]
    kept = {path.name for path in results.folder.iterdir()}
    assert kept == {
        "audit.json", "breaks.parquet", "daily.parquet", "provenance.json", "scenario.toml",
        "sites.parquet", "snapshots", "timing.json",
    }  # fmt: skip


def test_finished_runs_are_not_repeated_and_new_seeds_join(arms, tmp_path):
    short = {name: arm.with_(years=5 / 365.25, settling=5) for name, arm in arms.items()}
    first = ensemble.run(short, tmp_path / "e", replicates=1, workers=0)
    stamps = {path: path.stat().st_mtime_ns for path in (tmp_path / "e/runs").rglob("timing.json")}
    more = ensemble.run(short, tmp_path / "e", replicates=2, workers=0)
    assert all(path.stat().st_mtime_ns == stamp for path, stamp in stamps.items())
    assert (len(first.seeds), len(more.seeds), len(more.runs)) == (1, 2, 4)


@pytest.mark.parametrize(
    ("name", "message"),
    [("snapshots", "it holds no snapshot"), ("provenance.json", "says nothing of its bone")],
)
def test_a_run_that_lost_a_file_is_refused_in_one_sentence(small, tmp_path, name, message):
    place = shutil.copytree(small.place("intact", "section-1", 1), tmp_path / "run")
    shutil.rmtree(place / name) if name == "snapshots" else (place / name).write_text("{}")
    with pytest.raises(InputError, match=f"run is damaged: .*{message}"):
        about(("intact", "section-1", 1), Results.load(place))


def test_another_scenario_is_not_mixed_in(arms, tmp_path):
    arm = arms["intact"].with_(years=3 / 365.25, settling=3)
    ensemble.run({"a": arm}, tmp_path / "e", replicates=1, workers=0)
    with pytest.raises(InputError, match="holds a run of another scenario"):
        ensemble.run({"a": arm}, tmp_path / "e", replicates=1, workers=0, off=["M11"])


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"replicates": 0}, "replicates = 0; allowed are whole numbers from 1 on"),
        ({"workers": -1}, "workers = -1; allowed are whole numbers from 0 on"),
        ({"bones": ["section", "section"]}, "two bones of the ensemble are called 'section-1'"),
        ({"off": ["M99"]}, "no mechanism 'M99'"),
        ({"bones": ["section", "nowhere"]}, "bone.source = 'nowhere' does not exist"),
        ({"bones": ["section", "volume"]}, "holds sections or volumes, not both"),
    ],
)
def test_what_is_not_sound_is_refused_before_anything_runs(arms, tmp_path, given, message):
    with pytest.raises(InputError, match=message):
        ensemble.run(arms, tmp_path / "e", **({"workers": 0, "replicates": 1} | given))
    assert not (tmp_path / "e").exists()


def test_a_folder_of_something_else_is_left_alone(arms, tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(InputError, match=r"it holds 'thesis.txt' and no ensemble"):
        ensemble.run(arms, tmp_path, replicates=1, workers=0)
    with pytest.raises(InputError, match="holds no ensemble"):
        Ensemble.load(tmp_path)


def test_a_bone_of_the_scenarios_own_kind_keeps_its_shape(arms, tmp_path):
    jobs = plan(arms, [1], ["section:7", "volume:3"], tmp_path)
    assert [job.bone for job in jobs[:2]] == ["section-7", "volume-3"]
    assert jobs[0].scenario.bone.shape == (1, 40, 40)
    assert jobs[1].scenario.bone.shape == (75, 75, 75)
    assert jobs[0].scenario.bone.seed == 7


def test_an_arm_may_have_more_seeds_than_another(arms, tmp_path):
    jobs = plan(arms, {"intact": [1], "removed": [1, 2]}, ["section:7"], tmp_path)
    assert [job.key for job in jobs] == [
        ("intact", "section-7", 1), ("removed", "section-7", 1), ("removed", "section-7", 2),
    ]  # fmt: skip
    with pytest.raises(InputError, match=r"replicates = 0; allowed are whole numbers from 1 on"):
        ensemble.run(arms, tmp_path / "e", replicates={"intact": 1, "removed": 0})


def test_a_killed_ensemble_ends_with_the_same_tables(arms, start, small, tmp_path):
    for name, arm in arms.items():
        (tmp_path / f"{name}.toml").write_text(arm.to_toml().replace('"reference"', f'"{name}"'))
    files = [tmp_path / "intact.toml", tmp_path / "removed.toml"]
    command = ["ensemble", *files, "-n", 2, "--bones", "section:1,section:2",
               "--out", tmp_path / "e"]  # fmt: skip
    process = start(*command, "--workers", 0)
    _kill_in_the_middle(process, tmp_path / "e")
    assert not (tmp_path / "e/ensemble.json").exists()
    with start(*command) as process:
        output, errors = process.communicate(timeout=300)
    assert (process.returncode, errors) == (0, "")
    assert "runs are there already" in output
    for path in sorted(small.folder.glob("*.*")):
        if path.name not in ("timing.json", "runs.csv", "runs.parquet"):
            assert (tmp_path / "e" / path.name).read_bytes() == path.read_bytes(), path.name
    numbers = small.runs.drop(columns="seconds")
    pd.testing.assert_frame_equal(Ensemble.load(tmp_path / "e").runs[numbers.columns], numbers)


def _kill_in_the_middle(process, folder):
    """Kill a process for good when it has left a checkpoint of a third run."""
    for _ in range(6000):
        finished = len(list(folder.glob("runs/*/*/*/timing.json")))
        if finished >= 2 and list(folder.glob("runs/*/*/*/checkpoint.npz")):
            break
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.communicate()


def test_bands_hold_the_pooled_mean_between_their_ends(small):
    bands = small.bands
    assert set(bands["bone"]) == {"all", "section-1", "section-2"}
    assert ((bands["low"] <= bands["mean"] + 1e-9) & (bands["mean"] <= bands["high"] + 1e-9)).all()
    spread = bands[["p05", "p25", "median", "p75", "p95"]].dropna().to_numpy()
    assert (np.diff(spread, axis=1) >= -1e-12).all()


def test_readings_with_a_bit_turned_are_refused_or_read_as_written(small, tmp_path):
    whole = (small.folder / "readings.parquet").read_bytes()
    asked = [("measure", "==", "bv_tv")], ["day", "value"]
    expected = read_chosen(small.folder / "readings.parquet", *asked)
    path, refused = tmp_path / "readings.parquet", 0
    for at in range(0, len(whole), len(whole) // 60):
        turned = bytearray(whole)
        turned[at] ^= 1 << (at % 8)
        path.write_bytes(turned)
        try:
            found = read_chosen(path, *asked)
        except InputError:
            refused += 1
        else:
            pd.testing.assert_frame_equal(found, expected)
    assert refused > 10
