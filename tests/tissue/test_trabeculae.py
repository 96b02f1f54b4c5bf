"""The generator makes what it was asked for: how much bone, how thick, which way, in one piece."""

import numpy as np
import pytest
from scipy import ndimage

from remodel_abm.declare import InputError
from remodel_abm.tissue.trabeculae import (
    fraction_at_level,
    generate,
    largest_piece,
    mean_thickness,
)


def mean_run(bone, axis):
    """Return the mean length of bone runs along an axis: the mean intercept. [voxels]"""
    starts = np.diff(bone.astype(int), axis=axis, prepend=0) == 1
    return bone.sum() / starts.sum()


@pytest.fixture(scope="module")
def section():
    return generate((1, 256, 256), 10.0, 0.154, 170.0, direction=(0, 1, 0), seed=0)


@pytest.fixture(scope="module")
def volume():
    return generate((80, 80, 80), 20.0, 0.154, 170.0, seed=0)


def test_a_slab_has_its_own_thickness():
    bone = np.zeros((40, 40, 40), dtype=bool)
    bone[14:23] = True
    # The library measures to the first marrow voxel: nine voxels read as ten.
    assert mean_thickness(bone, 10.0) == pytest.approx(95.0, rel=0.07)


def test_no_bone_has_no_thickness():
    assert mean_thickness(np.zeros((1, 8, 8), dtype=bool), 10.0) == 0.0


def test_a_level_gives_the_share_asked_for_and_partial_voxels_at_the_surface():
    x = np.abs(np.arange(100) + 0.5 - 50.0) * 10.0
    field = np.broadcast_to(x, (1, 20, 100))
    fraction = fraction_at_level(field, 10.0, 0.25)
    assert fraction.mean() == pytest.approx(0.25, abs=1e-3)
    # 25 of 100 voxels: 24 full ones and two halves.
    assert np.allclose(np.sort(fraction[0, 0])[-26:], [0.5, 0.5] + [1.0] * 24, atol=0.05)


def test_the_largest_piece_keeps_its_rim_and_loses_the_rest():
    fraction = np.zeros((1, 20, 20))
    fraction[0, 2:10, 2:10], fraction[0, 10, 2:10] = 1.0, 0.3
    fraction[0, 15:18, 15:18] = 1.0
    keep = largest_piece(fraction)
    assert keep[0, 10, 5]
    assert not keep[0, 15:18, 15:18].any()


def test_a_section_has_the_bone_volume_and_thickness_asked_for(section):
    assert section.shape == (1, 256, 256)
    assert section.dtype == np.float64
    assert section.mean() == pytest.approx(0.154, abs=0.01)
    assert mean_thickness(section >= 0.5, 10.0) == pytest.approx(170.0, rel=0.10)


def test_most_of_a_section_is_one_network(section):
    labels, _ = ndimage.label(section >= 0.5)
    sizes = np.bincount(labels.ravel())[1:]
    assert sizes.max() / sizes.sum() > 0.6


def test_a_volume_has_the_bone_volume_and_thickness_asked_for(volume):
    assert volume.mean() == pytest.approx(0.154, abs=0.01)
    assert mean_thickness(volume >= 0.5, 20.0) == pytest.approx(170.0, rel=0.10)


def test_a_volume_is_one_piece(volume):
    assert ndimage.label(volume >= 0.5)[1] == 1


def test_the_surface_has_partly_filled_voxels(volume):
    assert volume.min() == 0.0
    assert volume.max() == 1.0
    assert 0.02 < ((volume > 0) & (volume < 1)).mean() < 0.2


@pytest.mark.parametrize(("axis", "direction"), [(1, (0, 1, 0)), (2, (0, 0, 1))])
def test_trabeculae_are_longer_along_their_direction(axis, direction):
    bone = generate((1, 256, 256), 20.0, 0.2, 120.0, direction, anisotropy=2.5, seed=3) >= 0.5
    assert mean_run(bone, axis) > 1.3 * mean_run(bone, 3 - axis)


def test_a_volume_is_longer_along_z_by_default():
    bone = generate((64, 64, 64), 20.0, 0.2, 100.0, anisotropy=2.5, seed=1) >= 0.5
    assert mean_run(bone, 0) > 1.2 * max(mean_run(bone, 1), mean_run(bone, 2))


def test_the_same_arguments_give_the_same_bytes_and_another_seed_does_not():
    first = generate((1, 64, 64), 10.0, 0.154, 100.0, seed=7)
    again = generate((1, 64, 64), 10.0, 0.154, 100.0, seed=7)
    other = generate((1, 64, 64), 10.0, 0.154, 100.0, seed=8)
    assert first.tobytes() == again.tobytes()
    assert first.tobytes() != other.tobytes()


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("shape", "voxel"), [((1, 40, 40), 10.0), ((24, 24, 24), 20.0)])
def test_tiny_domains_keep_the_bone_volume(shape, voxel, seed):
    fraction = generate(shape, voxel, 0.154, 170.0, seed=seed)
    assert fraction.mean() == pytest.approx(0.154, abs=0.01)
    assert mean_thickness(fraction >= 0.5, voxel) == pytest.approx(170.0, rel=0.35)


@pytest.mark.slow
@pytest.mark.parametrize("bv_tv", [0.08, 0.154, 0.25, 0.35])
@pytest.mark.parametrize("tb_th", [100.0, 170.0, 250.0])
def test_sections_reach_the_whole_range(bv_tv, tb_th):
    section = generate((1, 256, 256), 10.0, bv_tv, tb_th, (0, 1, 0), seed=2)
    assert section.mean() == pytest.approx(bv_tv, abs=0.01)
    assert mean_thickness(section >= 0.5, 10.0) == pytest.approx(tb_th, rel=0.10)


@pytest.mark.slow
@pytest.mark.parametrize(("bv_tv", "tb_th"), [(0.08, 100.0), (0.154, 170.0), (0.35, 250.0)])
def test_volumes_reach_the_whole_range(bv_tv, tb_th):
    volume = generate((100, 100, 100), 20.0, bv_tv, tb_th, seed=0)
    assert volume.mean() == pytest.approx(bv_tv, abs=0.01)
    assert mean_thickness(volume >= 0.5, 20.0) == pytest.approx(tb_th, rel=0.10)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"shape": (64, 64)}, "shape"),
        ({"shape": (1, 4, 64)}, "shape"),
        ({"bv_tv": 0.7}, "bv_tv"),
        ({"bv_tv": float("nan")}, "bv_tv"),
        ({"tb_th": 20.0}, "tb_th"),
        ({"voxel": 0.0}, "voxel"),
        ({"direction": (0, 0, 0)}, "direction"),
        ({"anisotropy": 9.0}, "anisotropy"),
        ({"shape": (600, 600, 600), "voxel": 20.0, "bv_tv": 0.5, "tb_th": 60.0}, "marrow spaces"),
    ],
)
def test_what_cannot_be_made_is_refused_by_name(change, named):
    asked = {"shape": (1, 64, 64), "voxel": 10.0, "bv_tv": 0.154, "tb_th": 170.0} | change
    with pytest.raises(InputError, match=named):
        generate(**asked)
