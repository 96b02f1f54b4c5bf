"""The benchmark: its small works run, its table is whole, its baselines do the same work."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks import growth, limits, plain, table, work
from remodel_abm.cells import Now, pass_on
from remodel_abm.scenario import Scenario, values_of
from remodel_abm.signals import signals
from remodel_abm.signals.diffusion import PMOL_PER_L, Solver
from remodel_abm.signals.medium import medium

ROOT = Path(__file__).parents[2]


def test_the_small_benchmark_prints_a_whole_table(tmp_path, capsys):
    figure = tmp_path / "cost.png"
    call = [sys.executable, "-W", "ignore", "-m", "benchmarks", "--small", "--figure", str(figure)]
    told = subprocess.run(call, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    with capsys.disabled():
        print("\n" + told)
    for name in work.SMALL:
        row = next(line for line in told.splitlines() if line.startswith(name))
        numbers = row[len(name) :].split()
        assert len(numbers) == len(table.HEADS) - 1
        assert all(float(one) > 0 for one in numbers if one != "-")
    for words in (
        "share of the day",
        "plain Mesa agents",
        "growth at a fixed",
        "2 processes",
        "start-up",
    ):
        assert words in told
    assert figure.read_bytes().startswith(b"\x89PNG")


def test_the_table_reads_what_was_measured():
    one = {
        "days": 100, "seconds": 2.0, "voxels": 10, "memory": 5e8, "timing": {"signals": 1.0},
        "limits": {"solved": 6e-3, "traffic": 3e-3, "stepped": 600.0},
        "footprint": {"tissue": 70.0, "signals": 20.0, "cell": 72.0},
    }  # fmt: skip
    row = table.rows({"a": one}, {"a": 73.05})[0]
    assert row[1:8] == ("100", "2.00", "50.0", "73.0", "73", "1.00", "500")
    assert row[8:] == ("2.0", "1.0e+05", "90", "72")
    assert table.shares({"a": one}) == [("signals", "50.0")]


def test_the_page_holds_the_table_between_its_marks_and_nothing_else_changes(tmp_path):
    path = tmp_path / "README.md"
    path.write_text("a\n<!-- speed: begin -->\nold\n<!-- speed: end -->\nb\n")
    one = {
        "days": 100, "seconds": 2.0, "memory": 5e8, "timing": {"signals": 1.0},
        "limits": {"solved": 6e-3, "traffic": 3e-3},
    }  # fmt: skip
    beside = {
        "cells": {"kernels": 6e6, "plain": 1e5}, "growth": {"exponent": 0.0},
        "processes": {"one": {"pace": 1.0}, "two": {"pace": 1.9}}, "start": 2.25,
    }  # fmt: skip
    table.show(table.page({"a": one}, {"a": 73.0}, beside), path)
    told = path.read_text()
    assert "| a | 50 | 73 | 73 | 50 % | 2.0 | 500 MB |" in told.replace("73.0", "73")
    assert "old" not in told
    assert told.startswith("a\n<!-- speed: begin -->\n")
    assert told.endswith("<!-- speed: end -->\nb\n")
    path.write_text("no marks")
    with pytest.raises(ValueError, match="holds no"):
        table.show([], path)


def test_plain_agents_decide_as_kernels_do():
    tissue, p = plain.tissue_of(48), values_of(Scenario())["t_cell"]
    p = p._replace(death_rate=0.1, activation_rate=0.2, division_rate=0.3)
    one = plain.population(tissue, 60, p)
    model = plain.as_objects(one, tissue, keyed=True)
    for tick in range(8):
        now = Now(np.uint64(1), tick, float(tick), 1.0)
        one.act(tissue.layers, None, now)
        one.turn_over(tissue.layers, None, now)
        pass_on({"t_cell": one}, now)
        model.step()
        rows = {int(r["id"]): (r["z"], r["y"], r["x"], bool(r["active"])) for r in one.living}
        assert {a.identity: (*a.place, a.active) for a in model.agents} == rows
    assert max(rows) > 60, "some were born"
    assert len(rows) != 60


def test_stepping_to_the_end_of_a_long_day_reaches_the_steady_field():
    draw = np.random.default_rng(1)
    walls = medium(np.where(draw.random((1, 24, 24)) < 0.2, 0.0, 1.0), 2)
    p = signals()["tgf_beta"]
    spread, decay = p.diffusivity.value, p.decay_rate.value
    source = np.zeros(walls.open_fraction.shape)
    source[0, 5, 5] = 100.0
    steady = np.zeros(source.shape)
    Solver(walls, spread, decay, 40.0, 50.0, 1e-8).settle(steady, source)
    step = limits.stepper(
        walls, spread, decay, 40.0, 50.0, source * PMOL_PER_L / (40.0 * 40.0 * 50.0)
    )
    stepped = np.zeros(source.shape)
    for _ in range(6000):  # an hour, eight lives of the signal
        step(stepped)
    np.testing.assert_allclose(stepped, steady, rtol=2e-2, atol=1e-3 * steady.max())


def test_an_exponent_is_that_of_the_cost():
    volumes = np.array([1.0, 2.0, 4.0, 8.0])
    assert growth.exponent(volumes, 3.0 * volumes**0.7) == pytest.approx(0.7)


def test_thinned_bone_turns_over_no_more_than_a_smaller_one():
    model = growth.sparse((1, 48, 48), 0.25)
    usual = values_of(Scenario(), section=True)["lining_cell"].retraction_rate
    assert model.schedule.today(0.0)["lining_cell"].retraction_rate == pytest.approx(0.25 * usual)


@pytest.mark.parametrize("shape", [(1, 48, 48), (20, 20, 20)])
def test_a_voxel_and_a_cell_take_what_the_notes_say(shape):
    from remodel_abm import Model

    model = Model(work.scenario_of(shape, 20.0 if shape[0] > 1 else 10.0))
    model.step()
    voxels, found = np.prod(shape), work.footprint(model)
    lists = sum(
        getattr(model.tissue.layers, name).nbytes
        for name in ("soft", "sites", "breaks", "calls", "surface")
    )
    assert model.tissue.layers.voxels.itemsize == 40
    assert found["tissue"] * voxels - lists < 71.5 * voxels
    assert found["signals"] < 110
    assert 50 <= found["cell"] <= 80
