"""A run is the same whatever happens to it: another process, a stop, a kill, no compiler."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from remodel_abm import InputError, Results, resume, run
from remodel_abm import driver as driving
from remodel_abm.driver import breaks, due
from remodel_abm.results.files import write_atomically
from remodel_abm.watch import Stopped, Watcher

YEAR = 365.25


class StopAt(Watcher):
    """Sends Ctrl-C, or another signal, after a number of steps."""

    def __init__(self, tick, number=signal.SIGINT):
        self.tick, self.number, self.said = tick, number, []

    def say(self, text):
        self.said.append(text)

    def lived(self, model):
        if model.tick == self.tick:
            os.kill(os.getpid(), self.number)


def stopped(scenario, folder, tick, number=signal.SIGINT):
    with pytest.raises(Stopped) as caught:
        run(scenario, folder, figures=False, progress=StopAt(tick, number))
    return str(caught.value)


def test_the_door_offers_what_the_readme_names():
    import remodel_abm

    for name in ("InputError", "Model", "Results", "Scenario", "resume", "run"):
        assert callable(getattr(remodel_abm, name))
    with pytest.raises(AttributeError, match="no attribute 'Modell'"):
        _ = remodel_abm.Modell


def test_importing_the_package_imports_no_tables_and_no_pictures(environment):
    code = (
        "import sys, remodel_abm; print(sorted({'pandas', 'mesa', 'matplotlib'} & {*sys.modules}))"
    )
    told = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert told.stdout.strip() == "[]"


def test_a_run_leaves_its_tables_and_snapshots(straight, tiny):
    results = Results.load(straight)
    assert results.snapshots() == [0, 10, 20, 30, 40]
    assert results.scenario_text == tiny.to_toml()
    assert results.daily.index.tolist() == list(range(-19, 41))
    assert results.provenance["audit"] == "passed"
    assert all(check["passed"] for check in results.audit.values())
    assert results.timing["days"] == 60
    assert {"signals", "osteoclast.act", "tissue", "measures"} <= set(results.timing["parts"])
    assert not (straight / "checkpoint.previous.npz").exists()


def test_provenance_names_no_time_of_day(straight):
    known = Results.load(straight).provenance
    assert set(known) == {
        "audit", "bone", "packages", "platform", "python", "scenario", "seed", "version"
    }  # fmt: skip


def test_a_run_without_a_folder_gives_the_same_numbers(straight, tiny):
    kept = run(tiny)
    stored = Results.load(straight)
    np.testing.assert_array_equal(kept.daily.to_numpy(), stored.daily.to_numpy())
    assert kept.snapshots() == stored.snapshots()
    np.testing.assert_array_equal(
        kept.snapshot(40).layers["bone"], stored.snapshot(40).layers["bone"]
    )


def test_another_process_writes_the_same_bytes(straight, tiny_file, tmp_path, command, contents):
    code, _, errors = command(
        "run", tiny_file, "--out", tmp_path / "run", "--no-figures", "-q", PYTHONHASHSEED="77"
    )
    assert (code, errors) == (0, "")
    assert contents(tmp_path / "run") == contents(straight)


def test_another_seed_writes_other_bytes(straight, tiny, tmp_path, contents):
    run(tiny, tmp_path / "run", seed=2, figures=False)
    assert contents(tmp_path / "run")["daily.csv"] != contents(straight)["daily.csv"]


@pytest.mark.parametrize("tick", [1, 15, 26, 44, 59])
def test_a_run_resumed_on_any_day_equals_the_straight_one(tick, straight, tiny, tmp_path, contents):
    told = stopped(tiny, tmp_path / "run", tick)
    assert f"stopped on day {tick - 20} of 40" in told
    assert "remodel-abm resume" in told
    with pytest.raises(InputError, match="has not finished"):
        Results.load(tmp_path / "run")
    resume(tmp_path / "run", figures=False)
    assert contents(tmp_path / "run") == contents(straight)


def test_a_run_stopped_twice_equals_the_straight_one(straight, tiny, tmp_path, contents):
    stopped(tiny, tmp_path / "run", 12, signal.SIGTERM)
    with pytest.raises(Stopped):
        resume(tmp_path / "run", figures=False, progress=StopAt(33))
    resume(tmp_path / "run", figures=False)
    assert contents(tmp_path / "run") == contents(straight)


def test_python_without_compiler_writes_the_same_bytes(tiny, tmp_path, command, contents):
    small = tiny.with_(bone={"shape": (1, 40, 40)}, settling=10, years=20 / YEAR)
    run(small, tmp_path / "compiled", figures=False)
    (tmp_path / "small.toml").write_text(small.to_toml())
    code, _, errors = command(
        "run", tmp_path / "small.toml", "--out", tmp_path / "plain", "--no-figures", "-q",
        NUMBA_DISABLE_JIT="1",
    )  # fmt: skip
    assert (code, errors) == (0, "")
    assert contents(tmp_path / "plain") == contents(tmp_path / "compiled")


def test_two_arms_are_equal_until_they_differ(tiny):
    treatment = {"part": "hormone_therapy", "start": 15.0, "stop": 300.0, "dose": 1.0}
    base = tiny.with_(age=55, bone={"shape": (1, 64, 64)})
    placebo = run(base)
    treated = run(base, schedule=[treatment])
    course, other = placebo.daily, treated.daily
    # The row of day 15 reads the day that ends then, the last one before the first dose.
    before = course.index <= 15
    np.testing.assert_array_equal(course[before].to_numpy(), other[before].to_numpy())
    assert not np.array_equal(course[~before].to_numpy(), other[~before].to_numpy(), equal_nan=True)


def test_a_killed_run_goes_on_and_loses_nothing(tiny, tmp_path, start, contents):
    long = tiny.with_(years=0.8, checkpoint_every=40)
    path, folder = tmp_path / "long.toml", tmp_path / "killed"
    path.write_text(long.to_toml())
    with start("run", path, "--out", folder, "-q", "--no-figures") as process:
        waiting = time.monotonic() + 600
        while not (folder / "checkpoint.npz").exists() and time.monotonic() < waiting:
            assert process.poll() is None, process.stderr.read()
            time.sleep(0.002)
        process.kill()
    assert not (folder / "daily.parquet").exists()
    assert resume(folder, figures=False).timing["days"] < 312
    run(path, tmp_path / "straight", figures=False)
    assert contents(folder) == contents(tmp_path / "straight")


def test_a_damaged_checkpoint_falls_back_to_the_one_before(straight, tiny, tmp_path, contents):
    folder = tmp_path / "run"
    stopped(tiny, folder, 50)
    checkpoint = folder / "checkpoint.npz"
    content = bytearray(checkpoint.read_bytes())
    content[len(content) // 2] ^= 1
    checkpoint.write_bytes(bytes(content))
    watcher = StopAt(-1)
    resume(folder, figures=False, progress=watcher)
    assert any("continuing from checkpoint.previous.npz" in text for text in watcher.said)
    assert contents(folder) == contents(straight)


def test_truncated_checkpoints_are_refused_in_one_sentence(tiny, tmp_path):
    folder = tmp_path / "run"
    stopped(tiny, folder, 50)
    for name in ("checkpoint.npz", "checkpoint.previous.npz"):
        content = (folder / name).read_bytes()
        (folder / name).write_bytes(content[: len(content) // 2])
    with pytest.raises(InputError, match=r"checkpoint\.npz is truncated"):
        resume(folder, figures=False)


def test_a_run_killed_before_its_first_checkpoint_starts_over(straight, tiny, tmp_path, contents):
    folder = tmp_path / "run"
    stopped(tiny, folder, 5)
    for name in ("checkpoint.npz", "checkpoint.previous.npz"):
        (folder / name).unlink(missing_ok=True)
    watcher = StopAt(-1)
    resume(folder, figures=False, progress=watcher)
    assert any("starting over" in text for text in watcher.said)
    ours, theirs = contents(folder), contents(straight)
    assert ours["daily.csv"] == theirs["daily.csv"]


def test_a_run_killed_before_its_scenario_was_written_says_how_to_go_on(tiny, tmp_path):
    Results(scenario_text=tiny.to_toml()).begin(tmp_path / "run")
    (tmp_path / "run" / "scenario.toml").unlink()
    with pytest.raises(InputError, match="run its scenario with --overwrite"):
        resume(tmp_path / "run")


def test_a_scenario_edited_after_the_run_began_is_not_lost_without_a_word(
    straight, tiny, tmp_path, contents
):
    stopped(tiny, tmp_path / "run", 40)
    written = tmp_path / "run" / "scenario.toml"
    edited = tiny.with_(set={"osteoclast.apoptosis_rate": 0.1}).to_toml()
    written.write_text(edited)
    with pytest.raises(InputError, match="was changed since the run began"):
        resume(tmp_path / "run")
    assert written.read_text() == edited
    written.unlink()
    resume(tmp_path / "run", figures=False)
    assert contents(tmp_path / "run") == contents(straight)


def test_a_checkpoint_of_another_model_is_refused(tiny, tmp_path):
    from remodel_abm.results.checkpoint import load_checkpoint, save_checkpoint

    folder = tmp_path / "run"
    stopped(tiny, folder, 5)
    meta, arrays = load_checkpoint(folder / "checkpoint.npz")
    del arrays["tissue/ledger"], arrays["record/readings"]
    save_checkpoint(folder / "checkpoint.npz", meta, arrays)
    with pytest.raises(InputError, match=r"written by version 0\.1\.0 and does not fit"):
        resume(folder, figures=False)


def test_a_finished_run_says_so(straight):
    with pytest.raises(InputError, match="is finished; there is nothing left to resume"):
        resume(straight)


def test_a_folder_without_a_run_cannot_be_resumed(tmp_path):
    with pytest.raises(InputError, match="holds no run to resume"):
        resume(tmp_path)
    with pytest.raises(InputError, match="holds no run to resume"):
        resume(tmp_path / "nowhere")


def test_a_run_is_not_overwritten_unless_asked(straight, tiny, tmp_path, contents):
    folder = tmp_path / "run"
    stopped(tiny, folder, 5)
    with pytest.raises(InputError, match=r"holds a run already; go on with it"):
        run(tiny, folder, figures=False)
    (folder / "mine.txt").write_text("kept")
    before = contents(folder)
    with pytest.raises(InputError, match="tb_th = 50"):
        run(tiny, folder, bone={"tb_th": 50.0, "voxel": 20.0}, overwrite=True)
    assert contents(folder) == before, "what cannot be run replaces nothing"
    run(tiny, folder, figures=False, overwrite=True)
    assert contents(folder) == contents(straight) | {"mine.txt": b"kept"}


def test_a_full_disk_ends_a_run_in_one_sentence_and_keeps_the_rest(
    straight, tiny, tmp_path, contents, monkeypatch
):
    folder, written = tmp_path / "run", []

    def fill_up(path, write, keep=None):
        written.append(path.name)
        if written.count("checkpoint.npz") == 2:
            raise InputError(f"cannot write {path}: the disk is full")
        write_atomically(path, write, keep)

    monkeypatch.setattr("remodel_abm.results.checkpoint.write_atomically", fill_up)
    with pytest.raises(InputError, match="the disk is full"):
        run(tiny, folder, figures=False)
    monkeypatch.undo()
    assert (folder / "checkpoint.npz").exists()
    resume(folder, figures=False)
    assert contents(folder) == contents(straight)


def test_a_failed_audit_stands_on_the_outputs(tiny, tmp_path, monkeypatch):
    monkeypatch.setattr("remodel_abm.audit.BALANCE_TOLERANCE", -1.0)
    results = run(tiny.with_(years=0, settling=2), tmp_path / "run", figures=False)
    assert results.provenance["audit"].startswith("FAILED: bone = start + mineralised - resorbed")
    assert "FAILED" in (tmp_path / "run" / "provenance.json").read_text()


def test_snapshots_come_on_the_first_day_at_or_after_their_date():
    days = [day / 4 for day in range(-8, 41)]
    assert [day for day in days if due(day, 0.25, 3.0)] == [0.0, 3.0, 6.0, 9.0]
    days = [0.7 * k - 2.1 for k in range(12)]
    assert [round(day, 1) for day in days if due(day, 0.7, 2.0)] == [0.0, 2.1, 4.2]


def test_breaks_while_settling_do_not_hide_those_of_the_story(monkeypatch):
    import pandas as pd

    table = pd.DataFrame(
        {"day": [-5.0, 3.0, 4.0], "z": 0.0, "y": [10.0, 12.0, 14.0], "x": 5.0, "kind": "rod"}
    )
    monkeypatch.setattr(driving, "break_table", lambda tissue: table)
    assert breaks(None)["day"].tolist() == [-5.0, 3.0]
