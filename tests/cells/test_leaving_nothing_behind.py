"""What cells lend to the tissue goes with them: shown RANKL, waiting nuclei, cut canaliculi."""

import numpy as np
import pytest

from remodel_abm import Scenario
from remodel_abm.cells import Now
from remodel_abm.model import Model
from remodel_abm.tissue import matrix as mx


def lived(days, **changes):
    """Return a section in which surfaces open and precursors commit easily."""
    easily = {"lining_cell.retraction_rate": 0.5, "lining_cell.half_occupancy": 0.3}
    model = Model(
        Scenario.load("reference", bone={"shape": (1, 96, 96)}, settling=0, set=easily, **changes)
    )
    for _ in range(days):
        model.step()
    return model


@pytest.fixture(scope="module")
def busy():
    return lived(80)


def test_rankl_that_osteocytes_showed_goes_when_their_call_is_switched_off():
    model = lived(200, change=[{"day": 60, "off": ["M10"]}])
    rows = model.cells["osteocyte"].living
    shown = model.tissue.layers.membrane
    assert lived(60).tissue.layers.membrane.max() > 1.0
    assert not shown.any() or (rows["shown"][rows["stage"] == 1] > 0.0).any()


def test_rankl_that_osteocytes_showed_goes_with_them(busy):
    shown = busy.tissue.layers.membrane
    assert shown.max() > 1.0
    for cell in list(busy.agents_by_type[type_of(busy, "osteocyte")]):
        cell.remove()
    assert shown.max() < 1e-6


def test_no_nucleus_waits_where_no_osteoclast_is():
    model = lived(0)
    delivered = 0
    for _ in range(120):
        model.step()
        layers = model.tissue.layers
        waiting = layers.joining > 0
        delivered += int(waiting.sum())
        assert (layers.clasts[waiting] > 0).all()
    assert delivered > 3


def test_bone_laid_where_an_osteoclast_cut_canaliculi_is_whole(busy):
    layers, now = busy.tissue.layers, Now(np.uint64(1), 0, 0.0, 1.0)
    place = tuple(np.argwhere((layers.state == 2) & (layers.exposed > 0))[0])
    layers.severed[place] = 1
    layers.voxels["bone"][place] = 0.5
    assert mx.deposit(layers, *place, 0.1, int(layers.site[place]), now) > 0.0
    assert layers.severed[place] == 0


def type_of(model, name):
    return model.cells[name].kind
