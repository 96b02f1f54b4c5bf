"""Lining cells draw back by their RANK occupancy: the best odds of the day change no answer."""

import numpy as np
import pytest

from remodel_abm.cells import Now
from remodel_abm.cells.retraction import best_odds, is_called
from remodel_abm.model import Model
from remodel_abm.rng import chance, decision, uniform
from remodel_abm.scenario import Scenario
from remodel_abm.signals.rankl import occupancy

RETRACT = decision("lining_cell.retract")


@pytest.fixture(scope="module")
def model():
    return Model(Scenario.load("reference", bone={"shape": (1, 96, 96)}))


def plainly(row, tissue, fields, p, now):
    """Tell by its own occupancy alone whether a cell is called."""
    occupied = occupancy(fields, tissue, row["z"], row["y"], row["x"], p.membrane_rankl)
    driven = occupied**p.steepness
    rate = p.retraction_rate * driven / (driven + p.half_occupancy**p.steepness)
    return uniform(now.seed, RETRACT, row["id"], now.tick) < chance(rate, now.dt)


@pytest.mark.parametrize("height", [0.0, 8.0, 60.0])
def test_a_cell_is_called_as_its_own_occupancy_says(model, height):
    draw = np.random.default_rng(7)
    tissue, fields, rows = (
        model.tissue.layers,
        model.signals.fields,
        model.cells["lining_cell"].rows,
    )
    fields.values[:] = draw.random(len(fields.values)) * height
    membrane = tissue.membrane
    membrane[...] = np.where(draw.random(membrane.shape) < 0.1, 9.0, 0.0)
    p, called, calm = model.values["lining_cell"], 0, 0
    for tick in range(40):
        now = Now(np.uint64(3), tick, float(tick), 1.0)
        odds = best_odds(tissue, fields, p, now)
        for i, row in enumerate(rows):
            expected = plainly(row, tissue, fields, p, now)
            assert is_called(rows, i, tissue, fields, p, now, odds) == expected
            called += expected
            calm += expected and membrane[row["z"], row["y"], row["x"]] == 0.0
    assert called > 5
    assert calm or not height
