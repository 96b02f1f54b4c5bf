"""How deep a lacuna is: planes, struts and plates eroded by hand, with known answers."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remodel_abm.cells import Now
from remodel_abm.ledger import parts
from remodel_abm.measures.unit import site_table
from remodel_abm.tissue import OPENED, Tissue
from remodel_abm.tissue import matrix as mx
from remodel_abm.tissue.pit import arrival

VOXEL = 10.0
VALUES = Tissue.Values(**{key: param.value for key, param in parts()["tissue"].params.items()})


def drawn(fraction):
    tissue = Tissue(np.asarray(fraction, float), VOXEL, VALUES)
    mx.open_site(tissue.layers, 0, 0, 0, at(0.0))
    return tissue


def at(day):
    return Now(np.uint64(1), int(day), float(day), 1.0)


def bite(tissue, place, share, day=0.0):
    mx.dissolve(tissue.layers, *place, share, 0, at(day), True)


def lay(tissue, place, share, day):
    mx.deposit(tissue.layers, *place, share, 0, at(day))


def peel(tissue, left, opened=None):
    """Erode everything that `left` does not hold, layer by layer from the surface."""
    layers = tissue.layers
    layers.state[(layers.exposed > 0) & (True if opened is None else opened)] = OPENED
    for place in np.argwhere((layers.state == OPENED) & ~left):  # all of it, before there are walls
        bite(tissue, tuple(place), 1e-3)
    while True:
        eroding = (layers.exposed > 0) & (layers.state > 0) & ~left
        if not eroding.any():
            return
        for place in np.argwhere(eroding):
            bite(tissue, tuple(place), 1.0)


def depth_of(tissue):
    """Lay a trace of osteoid on all that is eroded, after a bite out of what is full there."""
    for place in np.argwhere((tissue.layers.state == 2) & (tissue.layers.exposed > 0)):
        bite(tissue, tuple(place), 0.5, 5.0)
        lay(tissue, tuple(place), 1e-3, 9.0)
    return site_table(tissue, 10.0).iloc[0]["erosion_depth"] - VOXEL / 2


@pytest.mark.parametrize("normal", [(0, 1, 0), (0, 1, 1), (1, 1, 1), (0, 1, 2), (1, 2, 3)])
def test_depth_is_counted_at_right_angles_to_a_plane_however_it_slopes(normal):
    z, y, x = np.mgrid[:20, :20, :20] - 9.5
    along = (np.array([z, y, x]).T @ (np.array(normal) / np.linalg.norm(normal))).T * VOXEL
    tissue = drawn(along < 40.0)
    core = (np.abs(z) < 5) & (np.abs(x) < 5) & (np.abs(y) < 9)
    peel(tissue, left=(along < 0.0) | ~core)
    floor = (tissue.layers.state == 2) & (np.abs(along) < 18) & (np.abs(z) < 3) & (np.abs(x) < 3)
    assert floor.any()
    depth = tissue.layers.below[floor].mean()
    assert depth == pytest.approx(40.0, abs=6.0)


def test_a_strut_is_as_deep_as_its_radius_lost_and_deeper_than_volume_over_area():
    _, y, x = np.mgrid[:1, :40, :40] - 19.5
    radius = np.hypot(y, x) * VOXEL
    tissue = drawn(radius < 120.0)
    peel(tissue, left=radius < 60.0)
    row = site_table(tissue, 10.0).iloc[0]
    assert depth_of(tissue) == pytest.approx(60.0, abs=5.0)
    assert row["resorbed"] / row["area"] == pytest.approx(45.0, abs=4.0)


def test_the_far_side_of_a_plate_is_no_surface_to_count_from():
    bone = np.zeros((12, 20, 12))
    bone[:, 6:12] = 1.0
    near = np.zeros(bone.shape, bool)
    near[:, 6] = True
    left = np.zeros(bone.shape, bool)
    left[:, 10:] = True
    tissue = drawn(bone)
    peel(tissue, left, opened=near)
    assert tissue.layers.below[:, 10][3:-3, 3:-3].max() == pytest.approx(40.0)


def test_a_surface_inside_its_voxel_counts_from_where_it_stands():
    bone = np.zeros((1, 12, 20))
    bone[:, 4], bone[:, 5:] = 0.4, 1.0
    tissue = drawn(bone)
    peel(tissue, left=np.arange(12)[None, :, None] > 4)
    assert tissue.layers.below[0, 5].mean() == pytest.approx(4.0, abs=0.01)


def test_ground_that_was_refilled_is_shallow_again():
    bone = np.zeros((1, 12, 20))
    bone[:, 4:] = 1.0
    tissue = drawn(bone)
    left = np.arange(12)[None, :, None] > 5
    peel(tissue, left)
    assert tissue.layers.below[0, 6].max() == pytest.approx(20.0)
    tissue.layers.state[:] = 0
    peel(tissue, left=np.arange(12)[None, :, None] > 6)
    assert tissue.layers.below[0, 7].max() == pytest.approx(10.0)


def test_a_site_without_osteoid_has_no_depth():
    bone = np.zeros((1, 12, 20))
    bone[:, 4:] = 1.0
    tissue = drawn(bone)
    peel(tissue, left=np.arange(12)[None, :, None] > 5)
    assert math.isnan(site_table(tissue, 10.0).iloc[0]["erosion_depth"])


@settings(deadline=None)  # the first call compiles
@given(st.lists(st.floats(0.0, 100.0), min_size=3, max_size=3), st.floats(1.0, 20.0))
def test_the_solution_is_later_than_the_nearest_and_no_later_than_one_step(near, step):
    depth = arrival(*near, step)
    assert min(near) < depth <= min(near) + step
    assert depth == pytest.approx(arrival(*reversed(near), step))
    upwind = [depth - one for one in near if one < depth]
    assert math.hypot(*upwind) == pytest.approx(step, rel=1e-6)


def test_a_corner_is_reached_along_its_diagonal():
    assert arrival(0.0, math.inf, math.inf, 10.0) == 10.0
    assert arrival(0.0, 0.0, math.inf, 10.0) == pytest.approx(10.0 / math.sqrt(2))
    assert arrival(0.0, 0.0, 0.0, 10.0) == pytest.approx(10.0 / math.sqrt(3))
