"""The command line teaches, runs, describes and measures."""

import csv
import io
import os
import re
import shlex
import signal
import time
import tomllib

import numpy as np
import pytest
from typer.testing import CliRunner

from remodel_abm import Results, __version__, doctor
from remodel_abm.__main__ import app
from remodel_abm.commands.describe import steps
from remodel_abm.commands.simulate import free_folder
from remodel_abm.watch import clock

COMMANDS = ("run", "resume", "scenarios", "parts", "parameters", "import-bone", "measure", "doctor")


def ask(*arguments):
    found = CliRunner(env={"COLUMNS": "200", "NO_COLOR": "1"}).invoke(
        app, list(map(str, arguments))
    )
    if found.exception and not isinstance(found.exception, SystemExit):
        raise found.exception
    return found


def table(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_help_lists_every_command_and_teaches_the_first_one():
    told = ask("--help").output
    assert all(re.search(rf"\b{name}\b", told) for name in COMMANDS)
    assert "remodel-abm run menopause" in told


@pytest.mark.parametrize("name", ["run", "resume", "parts", "parameters", "import-bone", "measure"])
def test_help_of_a_command_gives_examples(name):
    told = ask(name, "--help").output
    assert re.search(rf"Examples?:\s+remodel-abm {name}", told)


def test_version_is_the_packages():
    assert ask("--version").output.strip() == f"remodel-abm {__version__}"


def test_scenarios_are_listed_with_what_they_are():
    told = ask("scenarios").output
    for name in ("reference", "menopause", "surgical-menopause", "hormone-therapy", "male-ageing"):
        assert name in told
    assert "256 x 256 of 10 um" in told
    assert "_parts" not in told


def test_parts_stand_in_the_order_of_the_day():
    told = ask("parts", "--scenario", "menopause").output
    order = [
        "1. schedule",
        "ovary",
        "2. signals",
        "rankl",
        "sclerostin",
        "3. cells act",
        "osteoclast ",
        "t_cell",
        "4. turnover",
        "5. tissue",
        "6. measures",
        "bone_volume",
    ]
    places = [told.index(word, told.index(order[0])) for word in order]
    assert places == sorted(places)


def test_the_model_still_numbers_six_steps():
    assert [step.split()[1] for step in steps()] == [
        "schedule", "signals", "cells", "turnover", "tissue", "measures"
    ]  # fmt: skip


def test_parts_of_a_run_come_with_their_time(straight):
    told = ask("parts", straight).output
    assert "seconds" in told
    assert re.search(r"60 days at \d+ days/s", told)


def test_parameters_of_one_part_as_csv():
    rows = table(ask("parameters", "--part", "osteoclast", "--csv", "-").output)
    assert {row["name"].partition(".")[0] for row in rows} == {"osteoclast"}
    radius = next(row for row in rows if row["name"] == "osteoclast.radius")
    assert (radius["unit"], radius["evidence"]) == ("um", "measured")
    assert float(radius["low"]) <= float(radius["value"]) <= float(radius["high"])


def test_parameters_go_into_a_file(tmp_path):
    ask("parameters", "--csv", tmp_path / "ledger.csv")
    names = [row["name"] for row in table((tmp_path / "ledger.csv").read_text())]
    assert len(names) == len(set(names)) > 50


def test_parameters_of_a_scenario_are_its_own():
    rows = table(ask("parameters", "--scenario", "male-ageing", "--csv", "-").output)
    assert {row["name"]: row["value"] for row in rows}["estrogen.reference"] == "75.0"


def test_mechanisms_say_what_they_set_when_off():
    rows = table(ask("parameters", "--mechanisms", "--csv", "-").output)
    off = {row["id"]: row["when off"] for row in rows}
    assert off["M20"] == "tgf_beta.matrix_content = 0"


def test_a_run_from_the_command_line_draws_and_tells(tiny_file, tmp_path, command):
    code, told, errors = command("run", tiny_file, "--seed", "3", cwd=tmp_path)
    assert (code, errors) == (0, "")
    folder = tmp_path / "runs" / "menopause-seed3"
    assert Results.load(folder).scenario["seed"] == 3
    assert (folder / "figures" / "bone.gif").read_bytes()[:6] == b"GIF89a"
    assert "100 %  year 0, day 40, age 49.1" in told
    assert re.search(r"\d+ days/s  0:\d\d:\d\d left", told)
    assert "B.Ar/T.Ar" in told or "BV/TV" in told
    markers = Results.load(folder).course("ctx").loc[0.0:]  # forty days: less than half a year
    said = float(re.search(r"CTX +(\S+)", told)[1])
    assert said == pytest.approx(markers.mean(), rel=1e-3)
    again = shlex.split(re.search(r"anecdote: remodel-abm (.+) tells", told)[1])
    assert again == ["ensemble", "runs/menopause-seed3/scenario.toml"]
    code, _, errors = command(*again, "-n", "1", "--years", "0.02", "-q", cwd=tmp_path)
    assert (code, errors) == (0, "")


def test_changes_from_the_command_line_reach_the_scenario(tiny_file, tmp_path):
    asked = ask(
        "run", tiny_file, "--out", tmp_path / "run", "--no-figures", "-q", "--years", "0.01",
        "--off", "M11", "--off", "M12", "--set", "osteoclast.apoptosis_rate=0.09 1/d",
    )  # fmt: skip
    assert (asked.exit_code, asked.output) == (0, "")
    said = tomllib.loads((tmp_path / "run" / "scenario.toml").read_text())
    assert said["off"] == ["M11", "M12"]
    assert said["set"]["osteoclast.apoptosis_rate"] == 0.09
    assert said["years"] == 0.01


def test_a_taken_folder_leads_to_the_next_number(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert str(free_folder("menopause-seed1")) == "runs/menopause-seed1"
    for name in ("menopause-seed1", "menopause-seed1-2"):
        (tmp_path / "runs" / name).mkdir(parents=True)
        (tmp_path / "runs" / name / "provenance.json").write_text("{}")
    assert str(free_folder("menopause-seed1")) == "runs/menopause-seed1-3"


def test_control_c_says_the_day_and_how_to_go_on(tiny, tmp_path, start, command):
    path, folder = tmp_path / "long.toml", tmp_path / "run"
    path.write_text(tiny.with_(years=60).to_toml())
    with start("run", path, "--out", folder, "--no-figures") as process:
        waiting = time.monotonic() + 600
        while not (folder / "checkpoint.npz").exists() and time.monotonic() < waiting:
            assert process.poll() is None
            time.sleep(0.01)
        os.kill(process.pid, signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert re.fullmatch(
        rf"remodel-abm: stopped on day -?\d+ of 21915; go on with: remodel-abm resume {folder}\n",
        errors,
    )


def test_resuming_from_the_command_line_finishes_the_run(tiny, tmp_path):
    from remodel_abm import run
    from remodel_abm.watch import Stopped, Watcher

    class Impatient(Watcher):
        def lived(self, model):
            if model.tick == 30:
                os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(Stopped):
        run(tiny, tmp_path / "run", figures=False, progress=Impatient())
    asked = ask("resume", tmp_path / "run", "--no-figures")
    assert asked.exit_code == 0
    assert "100 %" in asked.output
    assert Results.load(tmp_path / "run").timing["days"] == 30


def test_a_failed_audit_exits_with_3_and_names_the_check(tiny_file, tmp_path, monkeypatch):
    monkeypatch.setattr("remodel_abm.audit.BALANCE_TOLERANCE", -1.0)
    asked = ask("run", tiny_file, "--out", tmp_path / "run", "--no-figures", "--years", "0")
    assert asked.exit_code == 3
    assert "the run failed its audit: bone = start + mineralised - resorbed" in asked.stderr


def rods(path):
    """Write a volume of square rods, 10 voxels of 20 um wide in cells of 30."""
    import tifffile

    values = np.zeros((60, 60, 60), np.uint8)
    values[:, 10:20, 10:20] = values[:, 40:50, 40:50] = 200
    values[:, 10:20, 40:50] = values[:, 40:50, 10:20] = 200
    values[25:35, 10:20, :] = values[25:35, :, 10:20] = 200
    values[25:35, 40:50, :] = values[25:35, :, 40:50] = 200
    tifffile.imwrite(path, values)
    return (values > 0).mean() * 100


def test_an_image_is_measured(tmp_path):
    expected = rods(tmp_path / "rods.tif")
    told = ask("measure", tmp_path / "rods.tif", "--voxel-size", "20 um", "--csv", "-").stdout
    found = {row["measure"]: float(row["value"]) for row in table(told) if row["value"]}
    assert found["BV/TV"] == pytest.approx(expected, abs=0.01)
    assert found["Tb.Th"] == pytest.approx(200, rel=0.25)


def test_an_imported_bone_is_measured_and_shown(tmp_path):
    expected = rods(tmp_path / "rods.tif")
    asked = ask(
        "import-bone", tmp_path / "rods.tif", "--voxel-size", "0.02 mm", "--out", tmp_path / "bone"
    )
    assert asked.exit_code == 0
    assert "Conn.D" in asked.output
    assert f"In the image BV/TV is {expected:.1f} %" in asked.output
    assert (tmp_path / "bone" / "preview.png").read_bytes()[1:4] == b"PNG"
    again = ask("measure", tmp_path / "bone", "--csv", "-")
    found = {row["measure"]: row["value"] for row in table(again.output)}
    assert float(found["BV/TV"]) == pytest.approx(expected, abs=0.5)


def test_a_day_of_a_run_is_measured_as_a_section(straight):
    told = ask("measure", straight, "--day", "20").output
    assert "day 20" in told
    assert "B.Ar/T.Ar" in told


def test_snapshots_of_a_run_are_exported_for_paraview(straight, tmp_path):
    assert "bone.pvd" in ask("export", straight, "--out", tmp_path / "film").output
    days = Results.load(straight).snapshots()
    assert (tmp_path / "film" / "bone.pvd").read_text().count("<DataSet") == len(days)
    assert len(list((tmp_path / "film").glob("bone_*.vti"))) == len(days)


def test_doctor_finds_versions_machine_and_kernels():
    told = ask("doctor").output
    for word in ("Python", "cores", "memory", "kernels", "generated bones", "remodel_abm"):
        assert word in told


def test_doctor_names_what_is_missing_and_the_remedy(monkeypatch):
    monkeypatch.setattr(
        doctor, "requires", lambda _: ["numpy>=2", "no-such-thing>=1", "pytest>999"]
    )
    monkeypatch.setattr(
        doctor,
        "installed",
        lambda name: {"numpy": "2.4", "pytest": "9.0"}.get(
            name, "1" if name == doctor.PACKAGE else None
        ),
    )
    numpy, missing, old = doctor._packages()
    assert numpy.well
    assert (missing.found, missing.well, missing.remedy) == (
        "missing",
        False,
        "pip install 'no-such-thing>=1'",
    )
    assert (old.found, old.well) == ("9.0, needed >999", False)


def test_time_left_reads_as_a_clock():
    assert [clock(0.4), clock(75), clock(3725)] == ["0:00:00", "0:01:15", "1:02:05"]
