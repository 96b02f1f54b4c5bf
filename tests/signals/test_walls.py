"""What resorption freed is not lost when the walls are measured anew."""

import numpy as np
import pytest

from remodel_abm.model import Model
from remodel_abm.scenario import Scenario
from remodel_abm.signals.outlet import outlets


def test_what_was_freed_where_bone_has_grown_since_still_reaches_the_marrow():
    fraction = np.zeros((1, 48, 48))
    fraction[0, :8] = 1.0
    scenario = Scenario.load("reference", settling=0.0, years=1.0)
    model = Model(scenario, bone=(fraction, 10.0))
    name = "igf1"
    open_before = model.signals.media[name].open_fraction[0, :, 2]
    row = int(np.argmax(open_before > 0.9))
    model.signals.grid(name, model.signals.released)[0, row, 2] = 1000.0
    factor = int(model.signals.grids["factor"][list(model.signals.parts).index(name)])
    model.tissue.layers.voxels["bone"][0, : (row + 1) * factor + 1] = 1.0
    model.signals.settle(model.tissue, {}, model.values, model.now)
    walls = model.signals.media[name]
    assert walls.open_fraction[0, row, 2] == 0.0
    assert model.signals.grid(name, model.signals.source).sum() == pytest.approx(1000.0)
    assert model.signals.residual[name] <= scenario.tolerance
    assert model.signals.grid(name).max() > 0.0
    model.close()


def test_outlets_follow_the_walls_wherever_they_move():
    fraction = np.zeros((1, 60, 60))
    fraction[0, :12] = 1.0
    model = Model(Scenario.load("reference", settling=0.0), bone=(fraction, 10.0))
    signals, voxels = model.signals, model.tissue.layers.voxels
    for bone, rows in ((1.0, slice(12, 24)), (0.5, slice(20, 24)), (0.0, slice(0, 20))):
        voxels["bone"][0, rows] = bone
        signals.see_walls(model.tissue)
        for name, walls in signals.media.items():
            start = signals.grids["start"][signals._numbers[name]]
            found = signals.grid(name, signals.outlet) - start
            np.testing.assert_array_equal(found, outlets(walls.open_fraction))
    model.close()
