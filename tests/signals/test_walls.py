"""What resorption freed is not lost when the walls are measured anew."""

import numpy as np
import pytest

from remodel_abm.model import Model
from remodel_abm.scenario import Scenario


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
