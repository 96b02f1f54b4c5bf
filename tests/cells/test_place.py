"""Where cells look for a place: as a look at every voxel would tell."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from remodel_abm.cells.place import beside, surface_beside
from remodel_abm.ledger import parts
from remodel_abm.model import Model
from remodel_abm.scenario import Scenario
from remodel_abm.tissue import ERODED, FORMING, Tissue

VALUES = Tissue.Values(**{key: param.value for key, param in parts()["tissue"].params.items()})


@pytest.mark.parametrize("shape", [(1, 9, 7), (6, 7, 8)])
@pytest.mark.parametrize("states", [(ERODED, ERODED), (ERODED, FORMING)])
def test_the_surface_beside_a_place_is_all_of_its_cube_in_those_states(shape, states):
    draw = np.random.default_rng(4)
    layers = Tissue((draw.random(shape) < 0.4).astype(float), 10.0, VALUES).layers
    layers.state[:] = draw.integers(0, 4, shape)
    found = np.empty(27, np.int64)
    for place in np.ndindex(*shape):
        number = surface_beside(layers, *place, *states, found)
        seen = [beside(*place, k) for k in found[:number]]
        cube = (np.add(place, step) for step in product((-1, 0, 1), repeat=3))
        within = [tuple(one.tolist()) for one in cube if np.all((one >= 0) & (one < shape))]
        assert seen == [
            one
            for one in within
            if layers.exposed[one] > 0 and states[0] <= layers.state[one] <= states[1]
        ]


@pytest.mark.parametrize("bone", [{"shape": (1, 80, 80)}, {"shape": (24, 24, 24), "voxel": 20.0}])
def test_eroded_surface_never_holds_osteoid(bone):
    """Reversal cells rely on it: whatever is eroded beside them can be cleaned."""
    if bone["shape"][0] > 1:
        bone = {**bone, "source": "volume"}
    stirred = {"lining_cell.retraction_rate": 0.5, "osteocyte.severed_call_rate": 0.5}
    stirred |= {"osteocyte.half_life": 3650.0}
    scenario = Scenario.load("reference", bone=bone, settling=0.0, years=2.5, set=stirred)
    model = Model(replace(scenario, measures=("hormones",)))
    formed = False
    while not model.is_over:
        model.step()
        layers = model.tissue.layers
        soft = layers.voxels["osteoid"] > 0.0
        formed |= bool(soft.any())
        assert not np.any(soft & (layers.state == ERODED))
    assert formed
