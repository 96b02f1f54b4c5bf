"""Cells that work every other day, two days' worth: nobody loses a day, and none counts twice."""

from dataclasses import replace

import numpy as np
import pytest

from remodel_abm.cells import Now, placing
from remodel_abm.cells.turns import has_turn, long_step, steps_between
from remodel_abm.model import Model
from remodel_abm.scenario import Scenario
from remodel_abm.tissue.fill import refill_all
from remodel_abm.tissue.matrix import FORMED, RESORBED

TOP, ERODED, DAYS, CELLS = 19, 2, 10, 7


def now(tick, dt=1.0):
    return Now(np.uint64(1), tick, tick * dt, dt)


@pytest.mark.parametrize(("dt", "steps"), [(0.25, 8), (0.5, 4), (1.0, 2), (5.0, 1)])
def test_a_turn_is_as_long_as_the_steps_from_one_to_the_next(dt, steps):
    assert steps_between(now(3, dt)) == steps
    assert long_step(now(3, dt)).dt == dt * steps
    assert long_step(now(3, dt)).tick == 3


@pytest.mark.parametrize("dt", [0.5, 1.0, 5.0])
def test_every_cell_has_its_turn_once_and_every_step_has_its_share_of_cells(dt):
    identities = np.random.default_rng(1).integers(0, 2**63, 4000).astype("u8")
    steps = steps_between(now(0, dt))
    turns = np.array([[has_turn(one, now(tick, dt)) for one in identities]
                      for tick in range(7, 7 + steps)])  # fmt: skip
    assert (turns.sum(0) == 1).all()
    assert turns.mean(1) == pytest.approx(1.0 / steps, rel=0.1)


@pytest.fixture
def slab():
    """Return a model of a flat slab with an eroded surface and no cells, 10 um voxels."""
    bone = np.zeros((1, 40, 40))
    bone[:, : TOP + 1] = 1.0
    scenario = Scenario.load("reference", bone={"shape": bone.shape}, off=["M21", "M25b"])
    model = Model(replace(scenario, measures=("hormones",)), bone=(bone, 10.0))
    for population in model.cells.values():
        population.replace(population.rows[:0])
    layers = model.tissue.layers
    layers.voxels["bone"][0, TOP] = 0.5
    layers.state[0, TOP], layers.site[0, TOP] = ERODED, 0
    layers.counts[1] = 1
    refill_all(layers)
    return model


def worked(model, kind, **columns):
    """Let cells of a kind, side by side, work for some days; return the running totals."""
    population = model.cells[kind]
    places = np.array([[0, TOP, 4 + 5 * x] for x in range(CELLS)])
    placing.put(population, places, model.now)
    population.rows["id"] = np.arange(CELLS)
    for name, value in columns.items():
        population.rows[name] = value
    population.values = model.values[kind]
    for tick in range(DAYS):
        model.tissue.ensure_room()
        population.act(model.tissue.layers, model.signals.fields, now(tick))
    return model.tissue.layers.ledger


def test_osteoblasts_lay_in_turns_what_they_lay_daily(slab):
    p = slab.values["osteoblast"]
    expected = CELLS * DAYS * p.matrix_rate
    assert worked(slab, "osteoblast")[FORMED] == pytest.approx(expected, rel=1e-6)


def test_reversal_cells_clean_in_turns_what_they_clean_daily(slab):
    p = slab.values["preosteoblast"]._replace(reversal_time=1e12)
    slab.values["preosteoblast"] = p
    expected = CELLS * DAYS * p.cleaning_rate * p.footprint
    assert worked(slab, "preosteoblast")[RESORBED] == pytest.approx(expected, rel=1e-6)
