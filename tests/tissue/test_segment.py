"""Bone is told from marrow, air and other labels; new voxels keep its volume and thickness."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from remodel_abm.declare import InputError
from remodel_abm.tissue.image import Image
from remodel_abm.tissue.segment import crop, isotropic, resample, segment
from remodel_abm.tissue.specimen import preview
from remodel_abm.tissue.trabeculae import generate, mean_thickness


@pytest.fixture(scope="module")
def bone():
    return generate((48, 56, 64), 20.0, 0.2, 120.0, seed=1)


@pytest.fixture(scope="module")
def grey(bone):
    noise = np.random.default_rng(0).normal(0.0, 12.0, bone.shape)
    return np.clip(40 + 140 * bone + noise, 1, 255).astype(np.uint8)


def image_of(values, voxel=20.0):
    return Image(values, (voxel,) * 3, "phantom")


def test_otsu_finds_the_bone_of_a_grey_image(bone, grey):
    found = segment(image_of(grey))
    assert 80 < found.threshold < 140
    assert found.bv_tv == pytest.approx(bone.mean(), abs=0.01)


@pytest.mark.parametrize(("level", "what"), [(254.5, "no bone"), (-1.0, "nothing but bone")])
def test_a_threshold_that_separates_nothing_is_refused(level, what, grey):
    values = np.minimum(grey, 254).astype(np.uint8)
    with pytest.raises(InputError, match=what):
        segment(image_of(values), threshold=level)


@pytest.mark.parametrize("high", [1, 255])
def test_a_binary_image_needs_no_threshold(high, bone):
    found = segment(image_of(((bone >= 0.5) * high).astype(np.uint8)))
    assert found.threshold is None
    assert np.array_equal(found.bone, bone >= 0.5)
    assert found.warnings == ()


def test_labels_are_all_bone_unless_chosen(bone):
    values = np.where(bone >= 0.5, 100, 0).astype(np.uint8)
    values[:, :3] = 127
    both, one = segment(image_of(values)), segment(image_of(values), labels=[100])
    assert "100 (trabecular), 127 (cortical)" in both.warnings[0]
    assert np.array_equal(both.bone, values > 0)
    assert np.array_equal(one.bone, values == 100)
    with pytest.raises(InputError, match="must be values of the image"):
        segment(image_of(values), labels=[5])


def test_an_inverted_image_is_doubted(bone):
    found = segment(image_of((bone < 0.5).astype(np.uint8)))
    assert "inverted" in found.warnings[0]


@pytest.fixture(scope="module")
def cylinder():
    """Bone and mask of a tilted cylinder in air, BV/TV known inside."""
    fraction = generate((64, 96, 96), 20.0, 0.25, 120.0, seed=4)
    z, y, x = np.indices(fraction.shape)
    inside = (y - 47.5) ** 2 + (x - 45.0 - 0.08 * z) ** 2 <= 44.0**2
    return fraction >= 0.5, inside


def test_a_specimen_in_air_is_measured_inside_its_outline(cylinder):
    bone, inside = cylinder
    found = segment(image_of((bone & inside).astype(np.uint8)))
    assert "specimen in air" in found.warnings[0]
    assert np.count_nonzero(found.region ^ inside) < 0.05 * inside.sum()
    assert found.bv_tv == pytest.approx(bone[inside].mean(), abs=0.01)
    part = crop(found)
    assert part.region.all()
    assert part.bone.size > 0.4 * inside.sum()
    assert segment(image_of(found.bone * 255), region="all").bv_tv < 0.9 * found.bv_tv


def test_bone_that_fills_its_image_is_no_specimen_in_air(bone):
    assert segment(image_of((bone >= 0.5) * 255)).region.all()


def test_a_crop_has_the_size_and_place_asked_for(bone):
    found = segment(image_of((bone >= 0.5) * 255))
    part = crop(found, (400.0, 600.0, 800.0), (480.0, 560.0, 640.0))
    assert part.bone.shape == (20, 30, 40)
    assert np.array_equal(part.bone, found.bone[14:34, 13:43, 12:52])
    with pytest.raises(InputError, match="does not fit"):
        crop(found, 5000.0)


def test_anisotropic_voxels_become_cubes():
    values = np.zeros((20, 40, 40), np.uint8)
    values[5:15, 10:30, 10:30] = 255
    image = isotropic(Image(values, (40.0, 20.0, 20.0), "phantom"))
    assert image.values.shape == (40, 40, 40)
    assert image.voxel == (20.0, 20.0, 20.0)
    assert (image.values > 0).sum() == 20**3
    assert "resampled" in image.warnings[0]


def test_coarser_voxels_hold_the_mean_of_the_finer_ones(bone):
    mask = bone >= 0.5
    fraction = resample(mask, 20.0, 40.0)
    blocks = mask.reshape(24, 2, 28, 2, 32, 2).mean(axis=(1, 3, 5))
    assert np.allclose(fraction, blocks)


def test_an_odd_ratio_weights_by_overlap():
    mask = np.zeros((1, 3, 30), dtype=bool)
    mask[..., :15] = True
    fraction = resample(mask, 10.0, 15.0)
    assert fraction.shape == (1, 2, 20)
    assert np.allclose(fraction[0, 0, :10], 1.0)
    assert np.allclose(fraction[0, 0, 10:], 0.0)


@pytest.mark.parametrize(("voxel_from", "voxel_to"), [(10.0, 20.0), (19.5, 20.0), (40.0, 20.0)])
def test_resampling_keeps_bone_volume_and_thickness(voxel_from, voxel_to):
    count = round(720 / voxel_from)
    mask = generate((count,) * 3, voxel_from, 0.2, 200.0, seed=2) >= 0.5
    fraction = resample(mask, voxel_from, voxel_to)
    assert fraction.mean() == pytest.approx(mask.mean(), abs=0.01)
    before, after = mean_thickness(mask, voxel_from), mean_thickness(fraction >= 0.5, voxel_to)
    assert after == pytest.approx(before, rel=0.10)


def test_too_many_voxels_are_refused_with_the_way_out():
    mask = np.zeros((200, 200, 200), dtype=bool)
    mask[:100] = True
    with pytest.raises(InputError, match="crop the bone"):
        resample(mask, 50.0, 5.0)


def test_the_preview_shows_three_planes_and_the_histogram(grey):
    image = image_of(grey)
    figure = preview(image, segment(image))
    assert isinstance(figure, Figure)
    assert [ax.get_title() for ax in figure.axes[:3]] == ["middle z", "middle y", "middle x"]
    assert figure.axes[3].get_xlabel() == "grey value"
    figure.canvas.draw()
