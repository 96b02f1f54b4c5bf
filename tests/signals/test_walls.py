"""What resorption freed is not lost when the walls are measured anew."""

import numpy as np
import pytest

from remodel_abm import aside, signals
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
    held, voxels = model.signals, model.tissue.layers.voxels
    for bone, rows in ((1.0, slice(12, 24)), (0.5, slice(20, 24)), (0.0, slice(0, 20))):
        voxels["bone"][0, rows] = bone
        held.see_walls(model.tissue)
        for name, walls in held.media.items():
            start = held.grids["start"][held._numbers[name]]
            found = held.grid(name, held.outlet) - start
            np.testing.assert_array_equal(found, outlets(walls.open_fraction))
    model.close()


def test_walls_brought_up_to_date_side_by_side_are_the_same_bits(monkeypatch):
    rng = np.random.default_rng(4)
    first, then = (rng.random((16, 18, 20)).round() for _ in range(2))
    found = []
    for threads in (1, 2):
        monkeypatch.setattr(aside, "THREADS", threads)
        monkeypatch.setattr(signals, "THREADED_FROM", 0)
        bone = {"source": "volume", "shape": first.shape}
        model = Model(Scenario.load("reference", settling=0.0, bone=bone), bone=(first, 20.0))
        model.step()
        model.tissue.layers.voxels["bone"] = then
        model.signals.see_walls(model.tissue)
        walls = [array.tobytes() for one in model.signals.media.values() for array in one]
        kept = model.signals.outlet, model.signals.ways
        found.append([*walls, *(array.tobytes() for array in kept)])
        model.close()
    assert found[0] == found[1]
