"""Morphometry of real trabecular bone against reference figures; skipped without the images."""

import json
from pathlib import Path

import numpy as np
import pytest

from remodel_abm.measures import fabric, morphometry, topology

nibabel = pytest.importorskip("nibabel")
tifffile = pytest.importorskip("tifffile")

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "data" / "micro-ct"
REFERENCE = FOLDER / "reference_morphometry.json"
if not REFERENCE.exists():
    pytest.skip("no micro-CT images here", allow_module_level=True)

ROWS = json.loads(REFERENCE.read_text())["volumes"]
CROP = slice(68, 132)
BINARY = [row for row in ROWS if row["segmentation"].startswith("already binary")]
BLOCK = BINARY[-1]


def block(name):
    return np.asarray(nibabel.load(FOLDER / name).dataobj).T > 0


@pytest.fixture(scope="module")
def grey():
    return tifffile.imread(FOLDER / "lhdl_3155_D_4_bc_200.tif")


@pytest.fixture(scope="module")
def strut(grey):
    """Mask of the small cube at the threshold of the whole, and its reference row."""
    return grey[CROP, CROP, CROP] > 84, row_of("[68:132]", "> 84")


def row_of(file, segmentation):
    return next(r for r in ROWS if file in r["file"] and segmentation in r["segmentation"])


def check_counts(mask, row):
    """Volume, surface, connectivity and pieces of an image against its reference."""
    voxel = row["voxel_mm"] * 1000
    assert mask.sum() == row["mask_voxels"]
    assert morphometry.bone_volume_fraction(mask) == pytest.approx(row["BV_TV"], abs=0.002)
    # The reference surface spans the voxel centres only, half a voxel short on every side.
    short = np.prod([(n - 1) / n for n in mask.shape])
    surface = morphometry.bone_surface(mask, voxel, voxel) * 1e-6
    assert surface * short == pytest.approx(row["BS_mm2_marching_cubes"], rel=0.02)
    density = topology.connectivity_density(mask, voxel, edge_corrected=False)
    assert density == pytest.approx(row["Conn_D_per_mm3"], rel=2e-5)
    assert topology.euler_number(mask, edge_corrected=False) == row["euler_26_raw"]
    found = topology.pieces(mask)
    assert found.number == row["components_26"]
    assert 1 - found.loose_share == pytest.approx(row["largest_component_fraction"], abs=1e-5)


def check_thickness(mask, row):
    """Thickness and separation against the library's, as for the reference, and the exact ones."""
    voxel = row["voxel_mm"] * 1000
    pairs = (
        (morphometry.thickness(mask, voxel), "Tb_Th_mm"),
        (morphometry.separation(mask, voxel), "Tb_Sp_mm"),
    )
    for found, key in pairs:
        mean, sd = row[key]["localthickness_0.1.3"]
        assert found.mean == pytest.approx(1000 * mean, rel=1e-3)
        assert found.sd == pytest.approx(1000 * sd, rel=1e-3)
        assert found.mean == pytest.approx(1000 * row[key]["exact_hr"][0], rel=0.06)


def check_intercepts(mask, row):
    """Mean runs of bone along the axes: crossings of the surface, and runs the image cuts."""
    found = fabric.surface(mask)
    lengths = fabric.mean_intercept(found, mask.sum(), np.eye(3))
    for axis, expected in enumerate(row["mean_intercept_mm_zyx"]):
        cuts = mask.take((0, -1), axis).sum()
        runs = mask.sum() / lengths[axis] + cuts / 2
        length = mask.sum() / runs * row["voxel_mm"]
        assert length == pytest.approx(expected, rel=0.03)


def test_a_small_cube_has_the_reference_counts(strut):
    check_counts(*strut)


def test_a_small_cube_has_the_reference_thickness(strut):
    check_thickness(*strut)


def test_a_small_cube_has_the_reference_intercepts(strut):
    check_intercepts(*strut)


def test_a_cube_at_its_own_threshold_has_the_reference_counts(grey):
    check_counts(grey[CROP, CROP, CROP] > 96, row_of("[68:132]", "> 96"))


def test_a_block_in_one_piece_has_the_reference_counts():
    check_counts(block(BLOCK["file"]), BLOCK)


def test_a_block_has_the_reference_intercepts_and_stands_upright():
    mask = block(BLOCK["file"])
    check_intercepts(mask, BLOCK)
    found = morphometry.degree_of_anisotropy(mask, 60.7)
    assert 1.2 < found.degree < 1.7
    assert found.direction[0] > 0.95


def test_trabecular_bone_is_neither_all_plate_nor_all_rod(strut):
    found = morphometry.summary(strut[0].astype(float), 19.5, 19.5)
    assert 20 < found["plate_share"] < 80
    assert -1 < found["smi"] < 3
    assert 1 < found["da"] < 2


@pytest.mark.slow
@pytest.mark.parametrize("row", BINARY, ids=lambda row: row["file"].split(".")[0])
def test_a_whole_block_has_the_reference_morphometry(row):
    mask = block(row["file"])
    check_counts(mask, row)
    check_intercepts(mask, row)
    check_thickness(mask, row)


@pytest.mark.slow
def test_a_whole_cube_has_the_reference_morphometry(grey):
    mask, row = grey > 84, row_of("_200.tif", "(skimage threshold_otsu")
    check_counts(mask, row)
    check_intercepts(mask, row)
    check_thickness(mask, row)
