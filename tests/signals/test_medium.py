"""The coarse medium: thin plates block, holes leak, thin layers and half-open tissue count."""

import numpy as np
import pytest
from steady_fields import DECAY, EDGE, coarse, field, regions

from remodel_abm.signals.medium import Medium, Space, medium


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("factor", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("place", [8, 9, 10, 11, 12, 13])
def test_a_plate_one_voxel_thin_separates_two_half_spaces(axis, factor, place):
    shape = [6, 6, 6]
    shape[axis] = 24
    fine = np.ones(shape)
    np.moveaxis(fine, axis, 0)[place] = 0.0
    walls = medium(fine, factor)
    source = np.zeros(walls.open_fraction.shape)
    np.moveaxis(source, axis, 0)[0] = 1.0
    values = field(source, walls, 100.0)
    parts, beyond = (np.moveaxis(a, axis, 0) for a in (regions(walls), values))
    assert not np.isin(parts[-(-(place + 1) // factor) :], parts[0]).any()
    assert (parts[: place // factor] == parts[0]).all()
    assert beyond[-(-(place + 1) // factor) :].max() < 1e-9 * values.max()


def test_a_slanting_plate_leaks_nowhere():
    z, y, x = np.indices((24, 24, 24))
    plate = (x + y // 2 + z // 3) // 2 == 11
    walls = medium(np.where(plate, 0.0, 1.0), 4)
    source = np.zeros(walls.open_fraction.shape)
    source[0, 0, 0] = 1.0
    values = field(source, walls, 200.0)
    beyond = coarse(((x + y // 2 + z // 3) // 2 < 11).astype(float), 4) == 0.0
    assert beyond.sum() > 20
    assert not (regions(walls)[beyond] == regions(walls)[0, 0, 0]).any()
    assert values[beyond].max() < 1e-9 * values.max()


def share_beyond(fine, factor):
    """Share of what is made left of x = 32 that decays right of it."""
    source = np.zeros(fine.shape)
    source[:, :, :8] = 1.0
    walls = medium(fine, factor)
    edge = factor * EDGE
    values = field(coarse(source, factor), walls, 300.0, edge, edge)
    held = values * walls.open_fraction
    return held[:, :, 32 // factor :].sum() / held.sum()


@pytest.mark.parametrize("plate", [32, 30, 29])
def test_a_plate_with_a_hole_leaks_as_the_fine_grid_does(plate):
    fine = np.ones((32, 32, 64))
    fine[:, :, plate] = 0.0
    none = share_beyond(np.ones_like(fine), 4)
    fine[12:20, 12:20, plate] = 1.0
    exact = share_beyond(fine, 1)
    assert exact < 0.8 * none
    assert share_beyond(fine, 4) == pytest.approx(exact, rel=0.2)
    assert share_beyond(fine, 2) == pytest.approx(exact, rel=0.1)


def test_a_thin_layer_of_marrow_lets_out_what_its_bone_secretes():
    fine = np.ones((8, 8, 24))
    fine[:, :, 17:] = 0.0
    walls = medium(fine, 4)
    assert walls.open_fraction[0, 0, 4] == pytest.approx(0.25)
    source = np.zeros(walls.open_fraction.shape)
    source[:, :, 4] = 64.0
    values = field(source, walls, 200.0, 40.0, 40.0)[0, 0, :5]
    x = np.array([20.0, 60.0, 100.0, 140.0, 165.0])
    flow = 1e6 * 64.0 / 40.0**2
    exact = flow * np.cosh(x / 200.0) / (DECAY * 200.0 * np.sinh(170.0 / 200.0))
    np.testing.assert_allclose(values, exact, rtol=0.01)


def test_half_open_tissue_conducts_half_and_holds_half():
    walls = medium(np.full((8, 8, 8), 0.5), 4)
    np.testing.assert_allclose(walls.open_fraction, 0.5)
    np.testing.assert_allclose(walls.face_x[:, :, 1:-1], 0.5)
    assert not walls.face_z[[0, -1]].any()


def test_what_is_left_over_at_the_border_is_a_smaller_voxel():
    walls = medium(np.ones((1, 7, 10)), 4)
    assert walls.open_fraction.shape == (1, 2, 3)
    np.testing.assert_allclose(walls.open_fraction[0], [[1.0, 1.0, 0.5], [0.75, 0.75, 0.375]])
    # 4 voxels between middles that lie 3 apart
    np.testing.assert_allclose(walls.face_x[0, :, 2], [4 / 3, 0.75 * 4 / 3])


def test_faces_that_open_on_a_closed_voxel_carry_nothing():
    share = np.ones((1, 1, 4))
    share[..., 2] = 0.0
    faces = np.zeros((2, 1, 4)), np.zeros((1, 2, 4)), np.ones((1, 1, 5))
    source = np.array([[[1.0, 0.0, 0.0, 0.0]]])
    values = field(source, Medium(share, *faces), 30.0)
    assert values[0, 0, 1] > 0.0
    assert values[0, 0, 2] == values[0, 0, 3] == 0.0


@pytest.mark.parametrize("shape", [(1, 61, 50), (22, 25, 31)])
@pytest.mark.parametrize("factor", [1, 2, 3, 7])
def test_measuring_what_moved_is_the_same_as_measuring_all(shape, factor):
    draw = np.random.default_rng(factor)
    fine = np.where(draw.random(shape) < 0.3, 0.0, 1.0)
    space = Space(fine, factor)
    for _ in range(4):
        fine = fine.copy()
        moved = draw.choice(fine.size, 40, replace=False)
        fine.ravel()[moved] = draw.random(40) * draw.integers(0, 2, 40)
        space.update(fine, moved)
        for kept, new in zip(space.medium, medium(fine, factor), strict=True):
            assert np.array_equal(kept, new)


def test_measuring_nothing_changes_nothing():
    fine = np.where(np.random.default_rng(1).random((1, 30, 30)) < 0.3, 0.0, 1.0)
    space = Space(fine, 4)
    space.update(fine, np.zeros(0, int))
    assert all(map(np.array_equal, space.medium, medium(fine, 4)))
