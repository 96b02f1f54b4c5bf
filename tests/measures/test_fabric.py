"""Anisotropy, structure model index, plates and rods of drawn shapes with known answers."""

import math

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from remodel_abm.measures import fabric, morphometry, structure

VOXEL = 10.0


def axes(n, dim=3):
    """Coordinates from the middle of a cube of n voxels. [voxel]"""
    return np.mgrid[(slice(n),) * dim] - (n - 1) / 2


def partial(distance):
    """Matrix fraction of a shape from its signed distance (negative within). [voxel]"""
    return np.clip(0.5 - distance, 0, 1)


def ball(n, radius):
    return partial(np.sqrt((axes(n) ** 2).sum(axis=0)) - radius)


def slab(n, width):
    return partial(np.abs(axes(n)[0]) - width / 2)


def rod(n, radius):
    return partial(np.hypot(*axes(n)[1:]) - radius)


def lattice(cells, pitch, radius):
    """Rods along all three axes, meeting in the middle of each cell."""
    z, y, x = np.mgrid[(slice(cells * pitch),) * 3] % pitch - (pitch - 1) / 2
    return partial(np.minimum.reduce([np.hypot(y, x), np.hypot(z, x), np.hypot(z, y)]) - radius)


def turned(angle):
    """Distances along y and x after a turn about z, (2, 48, 48, 48). [voxel]"""
    _, y, x = axes(48)
    return y * math.cos(angle) + x * math.sin(angle), x * math.cos(angle) - y * math.sin(angle)


# Anisotropy


def test_the_mean_intercept_of_a_ball_is_two_thirds_of_its_diameter():
    shape = ball(48, 17.0)
    lengths = fabric.mean_intercept(fabric.surface(shape), shape.sum(), fabric.directions(3))
    np.testing.assert_allclose(lengths, 4 / 3 * 17, rtol=0.01)


def test_the_intercepts_of_a_slab_follow_the_cosine():
    shape = slab(40, 8)
    towards = fabric.directions(3)
    lengths = fabric.mean_intercept(fabric.surface(shape), shape.sum(), towards)
    np.testing.assert_allclose(lengths, 8 / towards[:, 0], rtol=1e-5)


def test_intercepts_agree_with_counted_runs():
    field = gaussian_filter(np.random.default_rng(3).standard_normal((64,) * 3), (5, 3, 2))
    mask = field > 0.3 * field.std()
    found = fabric.surface(mask)
    for axis, towards in enumerate(np.eye(3)):
        crossings = np.count_nonzero(np.diff(mask, axis=axis))
        counted = 2 * mask.sum() / crossings
        (length,) = fabric.mean_intercept(found, mask.sum(), towards[None])
        assert length == pytest.approx(counted, rel=0.02)


@pytest.mark.parametrize("angle", [0.0, 0.3, 0.7])
def test_parallel_plates_are_strongly_anisotropic_in_any_direction(angle):
    across, _ = turned(angle)
    shape = partial(np.abs(across % 16 - 8) - 3)
    found = morphometry.degree_of_anisotropy(shape, VOXEL)
    normal = np.array([0, math.cos(angle), math.sin(angle)])
    assert found.degree > 10
    assert abs(found.direction @ normal) < 0.03
    assert found.lengths[-1] == pytest.approx(60, rel=0.03)


def test_rods_lean_along_themselves():
    across, _ = turned(0.3)
    shape = partial(np.hypot(across, axes(48)[0]) - 4.3)
    found = morphometry.degree_of_anisotropy(shape, VOXEL)
    assert found.degree > 5
    assert found.direction @ [0, -math.sin(0.3), math.cos(0.3)] == pytest.approx(1, abs=1e-3)


def test_an_ellipsoid_has_the_anisotropy_of_its_intercepts():
    z, y, x = axes(64)
    radius = np.sqrt((z / 2) ** 2 + y**2 + x**2)
    shape = partial((radius - 12) / np.sqrt((z / 4) ** 2 + y**2 + x**2).clip(1e-9) * radius)
    found = morphometry.degree_of_anisotropy(shape, VOXEL)
    # Lines along an ellipsoid of semi-axes a, b, b meet 4/3 a of bone: the ratio is a / b.
    assert found.degree == pytest.approx(2, rel=0.02)
    assert found.direction[0] == pytest.approx(1, abs=1e-3)
    assert found.lengths[0] == pytest.approx(4 / 3 * 24 * VOXEL, rel=0.02)


@pytest.mark.parametrize("two_valued", [False, True])
def test_an_isotropic_random_field_has_no_direction(two_valued):
    field = gaussian_filter(np.random.default_rng(1).standard_normal((80,) * 3), 2, mode="wrap")
    field = 0.5 + 2 * field / field.std()
    shape = (field >= 0.5).astype(float) if two_valued else field.clip(0, 1)
    assert morphometry.degree_of_anisotropy(shape, VOXEL).degree == pytest.approx(1.02, abs=0.03)


# Plates and rods


@pytest.mark.parametrize(
    ("shape", "index"),
    [(slab(40, 8.4), 0), (rod(40, 8.2), 3), (ball(40, 12.0), 4)],
    ids=["plate", "rod", "ball"],
)
def test_smi_tells_plates_rods_and_balls(shape, index):
    assert structure.structure_model_index(shape) == pytest.approx(index, abs=0.05)


def test_smi_takes_a_hollow_for_negative():
    hollow = 1 - ball(40, 12.0)
    assert structure.structure_model_index(hollow) < -5


def share(shape):
    mask = shape >= 0.5
    return structure.plate_rod_share(mask, morphometry.local_thickness(mask))


def test_a_slab_is_plate():
    assert share(slab(64, 6)).plate > 0.97


def test_a_tilted_slab_is_plate():
    across, _ = turned(0.5)
    assert share(partial(np.abs(across) - 3)).plate > 0.9


def test_a_lattice_of_rods_is_rod_with_its_junctions():
    found = share(lattice(2, 32, 3.0))
    assert found.rod > 0.97
    assert found.plate < 0.02


def test_a_grain_is_an_island():
    assert share(ball(40, 8.0)).island > 0.98


def test_half_plate_and_half_rods_read_about_so():
    plates, rods = slab(64, 6), lattice(2, 32, 3.0)
    volumes = [(part >= 0.5).sum() for part in (plates, rods)]
    found = share(np.concatenate((plates, np.zeros((4, 64, 64)), rods)))
    assert found.plate == pytest.approx(volumes[0] / sum(volumes), abs=0.03)


def test_rays_end_where_looking_along_them_step_by_step_ends():
    mask = partial(np.hypot(*np.indices((24, 24, 24))[:2] - 11.5) - 5) >= 0.5
    places = np.argwhere(mask)[::97]
    reach = np.linspace(2.0, 9.5, len(places))
    rays = np.concatenate((fabric.directions(3), -fabric.directions(3)))
    found = structure._open_share(mask, places, reach, rays)
    for place, end, share_of in zip(places, reach, found, strict=True):
        steps = np.minimum(np.arange(1, np.ceil(end) + 1), end)
        there = np.floor(place + 0.5 + steps[:, None, None] * rays).astype(int)
        inside = ((there >= 0) & (there < 24)).all(axis=2)
        bone = np.zeros(inside.shape, bool)
        bone[inside] = mask[tuple(there[inside].T)]
        first_out = np.argmin(np.concatenate((inside, np.zeros((1, len(rays)), bool))), axis=0)
        first_off = np.argmin(np.concatenate((bone, np.zeros((1, len(rays)), bool))), axis=0)
        arrived = first_off == len(steps)
        left = ~arrived & (first_out == first_off)
        assert share_of == arrived.sum() / max(1, len(rays) - left.sum())
