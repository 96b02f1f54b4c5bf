"""The commands of ensembles and studies, as typed."""

import signal
import subprocess
import sys
from types import SimpleNamespace

import pandas as pd
import pytest
import typer
from typer.testing import CliRunner

from remodel_abm import InputError, Scenario
from remodel_abm.__main__ import app
from remodel_abm.commands.ensemble import accuse, listed
from remodel_abm.ensemble import engine
from remodel_abm.ensemble.plan import Job
from remodel_abm.results.checkpoint import DamagedCheckpoint


@pytest.fixture
def typed():
    """Return a function that runs the command line in this process."""
    return lambda *arguments: CliRunner().invoke(app, [str(one) for one in arguments])


@pytest.fixture(scope="module")
def file(arms, tmp_path_factory):
    path = tmp_path_factory.mktemp("scenario") / "short.toml"
    short = arms["removed"].with_(years=31 / 365.25, settling=30)
    path.write_text(short.to_toml())
    return path


def test_two_arms_of_an_ensemble_are_compared(small, typed, tmp_path):
    told = typed("compare", small.folder, "intact", "removed", "--out", tmp_path / "c")
    assert told.exit_code == 0, told.output
    assert "removed less intact" in told.output
    assert (tmp_path / "c/differences.csv").exists()


@pytest.mark.parametrize("day", ["99999", "nan"])
def test_a_day_that_was_not_lived_is_refused_before_anything_is_written(
    small, typed, tmp_path, day
):
    told = typed(
        "compare", small.folder, "intact", "removed", "--out", tmp_path / "c", "--day", day
    )
    assert told.exit_code == 2
    assert f"--day {day} is not between day" in told.stderr
    assert not (tmp_path / "c").exists()


def test_runs_that_do_not_pair_end_in_one_sentence(small, typed):
    one = small.place("intact", "section-1", 1)
    told = typed("compare", one, small.place("intact", "section-2", 1))
    assert told.exit_code == 2
    assert told.stderr.count("\n") == 1
    assert "bones and seeds differ" in told.stderr
    assert "takes two runs" in typed("compare", one).stderr


def test_an_ablation_leaves_a_table_and_a_figure(file, typed, tmp_path):
    told = typed("ablation", file, "-n", 1, "--mechanisms", "M01,M02", "--workers", 0,
                 "--out", tmp_path / "a")  # fmt: skip
    assert told.exit_code == 0, told.output
    assert "M02 off" in told.output
    table = pd.read_parquet(tmp_path / "a/ablation.parquet")
    assert table["mechanism"].unique().tolist() == ["intact", "M01", "M02"]
    assert table.loc[table["mechanism"] == "M01", "title"].iloc[0].startswith("estrogen")
    assert (tmp_path / "a/ablation.svg").stat().st_size > 10_000


def test_a_run_that_fails_its_audit_ends_with_three(capsys):
    runs = pd.DataFrame(
        {"folder": ["runs/a", "runs/b"], "audit": ["passed", "ledger = sum over voxels"]}
    )
    with pytest.raises(typer.Exit) as left:
        accuse(SimpleNamespace(runs=runs))
    assert left.value.exit_code == 3
    assert "runs/b failed its audit: ledger = sum over voxels" in capsys.readouterr().err
    accuse(SimpleNamespace(runs=runs[:1]))


def test_lists_are_given_apart_by_commas_or_repeated():
    assert listed(["section:1, section:2", "volume"]) == ["section:1", "section:2", "volume"]
    assert listed(None) == []


KEEPS = """
import numba

from remodel_abm.ensemble import engine


def cores():
    from remodel_abm import aside

    return aside.THREADS


if __name__ == "__main__":
    with engine._client(2, None) as client:
        print(client.submit(cores).result())
"""


def test_a_process_beside_others_keeps_to_one_core(tmp_path):
    script = tmp_path / "keeps.py"
    script.write_text(KEEPS, encoding="utf-8")
    call = [sys.executable, "-W", "ignore", str(script)]
    answer = subprocess.run(call, capture_output=True, text=True, check=False)
    assert answer.stdout.strip() == "1", answer.stderr


def asked_to_live(folder, monkeypatch, error):
    """Return whether a run began anew, once `error` came of going on with it."""
    begun = []

    def refuse(*_, **__):
        raise error

    (folder / "provenance.json").write_text("{}")
    (folder / "checkpoint.npz").write_text("days of work")
    (folder / "scenario.toml").write_text(Scenario().to_toml())
    monkeypatch.setattr(engine.driver, "resume", refuse)
    monkeypatch.setattr(engine.driver, "run", lambda *_, **__: begun.append(1))
    engine.live(Job("a", "section-1", 1, Scenario(), folder))
    return bool(begun)


def test_a_run_whose_checkpoint_is_beyond_repair_begins_anew(tmp_path, monkeypatch):
    assert asked_to_live(tmp_path, monkeypatch, DamagedCheckpoint("checkpoint.npz is truncated"))


def test_what_does_not_belong_to_a_run_outlives_its_second_start(tmp_path, monkeypatch):
    (tmp_path / "notes.md").write_text("mine")
    asked_to_live(tmp_path, monkeypatch, DamagedCheckpoint("checkpoint.npz is truncated"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["notes.md"]


def test_a_run_killed_before_its_scenario_was_written_is_lived(tmp_path, monkeypatch):
    begun = []
    (tmp_path / "provenance.json").write_text("{}")
    monkeypatch.setattr(engine.driver, "run", lambda *_, **__: begun.append(1))
    engine.live(Job("a", "section-1", 1, Scenario(), tmp_path))
    assert begun


def test_control_c_is_left_to_the_process_that_asked(monkeypatch):
    heard = {}
    monkeypatch.setattr(engine.signal, "signal", lambda number, way: heard.update({number: way}))
    engine._leave_control_c_to_us()
    assert heard == {signal.SIGINT: signal.SIG_IGN}


def test_a_full_disk_costs_an_ensemble_no_checkpoint(tmp_path, monkeypatch):
    with pytest.raises(InputError, match="the disk is full"):
        asked_to_live(tmp_path, monkeypatch, InputError("cannot write: the disk is full"))
    assert (tmp_path / "checkpoint.npz").read_text() == "days of work"
