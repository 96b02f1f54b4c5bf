"""Real micro-CT volumes enter with the BV/TV and Tb.Th that others measured on them.

The files are not part of the project; without them these tests are skipped.
"""

import json
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from remodel_abm.tissue.image import read_image
from remodel_abm.tissue.segment import isotropic, segment
from remodel_abm.tissue.specimen import import_bone
from remodel_abm.tissue.trabeculae import mean_thickness

DATA = Path(__file__).parents[3] / "shared" / "data" / "micro-ct"
LHDL, CYLINDER = "lhdl_3155_D_4_bc_200.tif", "lhdl_Ti_2923_D_1_z000-256.nii.gz"
TRAB1240, TIBIA = "trab1240_hrpqct_labels.nii.gz", "xtremect2_tibia_mini_labels.nii.gz"
BOXES = (
    "bonebox_L1_04216_roi004_199.nii.gz",
    "bonebox_L1_67599_roi082_199.nii.gz",
    "bonebox_L1_67960_roi134_199.nii.gz",
)
BV_TV = {
    (LHDL, 0.0): 0.186, (LHDL, 1.0): 0.194, (CYLINDER, 1.0): 0.210,
    (BOXES[0], 0.0): 0.168, (BOXES[1], 0.0): 0.113, (BOXES[2], 0.0): 0.065, (TRAB1240, 0.0): 0.122,
}  # fmt: skip


def file(name):
    """Return the path of a data file, or skip the test."""
    if not (DATA / name).exists():
        pytest.skip(f"{name} is not here")
    return DATA / name


@cache
def segmented(name, smooth=0.0):
    return segment(isotropic(read_image(DATA / name)), smooth=smooth)


def reference(start, segmentation=""):
    """Return the reference row of a file whose names begin as given."""
    rows = json.loads(file("reference_morphometry.json").read_text(encoding="utf-8"))["volumes"]
    return next(
        row
        for row in rows
        if row["file"].startswith(start) and row["segmentation"].startswith(segmentation)
    )


@pytest.mark.parametrize(("name", "smooth"), BV_TV)
def test_bone_volume_is_that_of_the_reference(name, smooth):
    file(name)
    assert segmented(name, smooth).bv_tv == pytest.approx(BV_TV[name, smooth], abs=0.01)


@pytest.mark.parametrize(("name", "smooth"), [key for key in BV_TV if key[0] != CYLINDER])
def test_the_mask_is_that_of_the_reference(name, smooth):
    start = "skimage gaussian" if smooth else ""
    row = reference(name, start)
    assert np.count_nonzero(segmented(name, smooth).bone) == row["mask_voxels"]


def test_otsu_thresholds_are_those_the_sources_published():
    file(LHDL), file(CYLINDER)
    assert segmented(LHDL).threshold == 84
    assert segmented(LHDL, 1.0).threshold == pytest.approx(80.92566, abs=1e-4)
    assert segmented(CYLINDER, 1.0).threshold == pytest.approx(75.87656, abs=1e-4)


def test_the_cylinder_in_air_is_noticed_and_the_cubes_are_not():
    file(CYLINDER)
    assert "specimen in air" in " ".join(segmented(CYLINDER, 1.0).warnings)
    for name in (LHDL, *BOXES, TRAB1240):
        file(name)
        assert segmented(name).region.all()


def test_the_outline_is_the_cylinder_others_fitted():
    file(CYLINDER)
    region = segmented(CYLINDER, 1.0).region
    z, y, x = np.indices(region.shape, sparse=True)
    axis = (-0.0368856498 * z + 135.630756, 0.0254751982 * z + 121.512224)
    inside = (x - axis[0]) ** 2 + (y - axis[1]) ** 2 <= 127.2605**2
    assert np.count_nonzero(region ^ inside) < 0.04 * np.count_nonzero(inside)


@pytest.mark.slow
def test_thickness_of_a_cube_of_the_cylinder_is_that_of_the_reference():
    row = reference("lhdl_Ti_2923_D_1_z000-256.nii.gz, cube")
    bone = segmented(CYLINDER, 1.0).bone[48:208, 45:205, 51:211]
    assert np.count_nonzero(bone) == row["mask_voxels"]
    expected = 1000 * row["Tb_Th_mm"]["exact_hr"][0]
    assert mean_thickness(bone, 19.5) == pytest.approx(expected, rel=0.10)


def test_thickness_of_a_cube_is_that_of_the_reference():
    row = reference("lhdl_3155_D_4_bc_200.tif, slice", "gray > 84")
    bone = segmented(LHDL).bone[68:132, 68:132, 68:132]
    measured = mean_thickness(bone, 19.5)
    assert measured == pytest.approx(1000 * row["Tb_Th_mm"]["exact_hr"][0], rel=0.10)
    assert measured == pytest.approx(1000 * row["Tb_Th_mm"]["localthickness_0.1.3"][0], rel=1e-3)


@pytest.mark.slow
@pytest.mark.parametrize("name", [LHDL, *BOXES, TRAB1240])
def test_thickness_of_the_whole_is_that_of_the_reference(name):
    row = reference(name)
    found = segmented(name)
    measured = mean_thickness(found.bone, found.voxel[0])
    assert measured == pytest.approx(1000 * row["Tb_Th_mm"]["exact_hr"][0], rel=0.10)


@pytest.mark.parametrize(("name", "smooth"), [key for key in BV_TV if key[0] != CYLINDER])
def test_two_millimetres_on_20_um_keep_bone_volume_and_thickness(name, smooth):
    done = import_bone(file(name), smooth=smooth, crop=2000.0)
    assert done.fraction.shape in ((100, 100, 100), (99, 99, 99))
    assert done.bv_tv == pytest.approx(done.bv_tv_crop, abs=0.01)
    assert done.kept_share > 0.95
    assert mean_thickness(done.fraction >= 0.5, 20.0) == pytest.approx(done.tb_th_image, rel=0.10)


@pytest.mark.slow
def test_the_cylinder_is_cut_to_a_box_of_bone_and_marrow():
    done = import_bone(file(CYLINDER), smooth=1.0, crop=2000.0)
    assert done.bv_tv == pytest.approx(done.bv_tv_crop, abs=0.01)
    assert "outside the specimen" not in " ".join(done.warnings)


@pytest.mark.slow
def test_the_whole_cylinder_is_cut_to_a_box_of_bone_and_marrow():
    done = import_bone(file(CYLINDER), smooth=1.0)
    assert done.fraction.size * 20.0**3 > 0.4 * np.pi / 4 * 5000.0**3
    assert done.bv_tv == pytest.approx(0.210, abs=0.02)


def test_the_labels_of_the_tibia_are_told_apart():
    whole = import_bone(file(TIBIA), crop=2000.0)
    trabecular = import_bone(file(TIBIA), labels=[100], crop=2000.0)
    assert "100 (trabecular), 127 (cortical)" in " ".join(whole.warnings)
    assert trabecular.bv_tv_image < 0.7 * whole.bv_tv_image
    assert "image voxel of 60.7" in " ".join(whole.warnings) or whole.tb_th_image > 240


def test_the_signed_grey_tibia_agrees_with_its_own_segmentation():
    grey = segmented_or_skip("xtremect2_tibia_mini_gray.nii.gz")
    labels = segmented_or_skip(TIBIA)
    both = np.count_nonzero(grey.bone & labels.bone)
    dice = 2 * both / (np.count_nonzero(grey.bone) + np.count_nonzero(labels.bone))
    assert dice > 0.9


def segmented_or_skip(name):
    file(name)
    return segmented(name)
