"""Morphometry of drawn shapes whose measures are known in closed form."""

import math

import numpy as np
import pytest

from remodel_abm.measures import morphometry, topology
from remodel_abm.measures.architecture import MARROW_SCALE
from remodel_abm.tissue.trabeculae import generate

VOXEL, DEPTH = 10.0, 5.0


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


def disc(n, radius):
    return partial(np.hypot(*axes(n, 2)) - radius)[None]


def lattice(cells, pitch, radius):
    """Rods along all three axes, meeting in the middle of each cell."""
    z, y, x = np.mgrid[(slice(cells * pitch),) * 3] % pitch - (pitch - 1) / 2
    return partial(np.minimum.reduce([np.hypot(y, x), np.hypot(z, x), np.hypot(z, y)]) - radius)


def turned(angle):
    """Distances along y and x after a turn about z, (2, 48, 48, 48). [voxel]"""
    _, y, x = axes(48)
    return y * math.cos(angle) + x * math.sin(angle), x * math.cos(angle) - y * math.sin(angle)


# Volume and surface


def test_partial_voxels_count_by_their_share():
    assert morphometry.bone_volume_fraction(slab(40, 8.4)) == pytest.approx(8.4 / 40, abs=1e-12)


def test_a_slab_has_two_faces_and_no_cut_edges():
    for shape in (slab(40, 8.4), slab(40, 8) >= 0.5):
        assert morphometry.bone_surface(shape, VOXEL, VOXEL) == pytest.approx(2 * 400**2)


def test_a_tilted_slab_has_the_area_of_its_plane():
    across, _ = turned(0.4)
    area = 2 * 480 * 480 / math.cos(0.4)
    assert morphometry.bone_surface(partial(np.abs(across) - 5), VOXEL, 1) == pytest.approx(
        area, rel=0.01
    )


@pytest.mark.parametrize("radius", [5.0, 12.3])
def test_a_ball_has_its_own_surface(radius):
    area = morphometry.bone_surface(ball(32, radius), VOXEL, VOXEL)
    assert area == pytest.approx(4 * math.pi * (radius * VOXEL) ** 2, rel=0.015)


def test_a_rod_through_the_image_has_no_ends():
    area = morphometry.bone_surface(rod(32, 6.2), VOXEL, VOXEL)
    assert area == pytest.approx(2 * math.pi * 62 * 320, rel=0.015)


def test_a_two_valued_ball_reads_nine_percent_too_much():
    area = morphometry.bone_surface(ball(48, 18.0) >= 0.5, 1.0, 1.0)
    assert area / (4 * math.pi * 18**2) == pytest.approx(1.085, abs=0.015)


def test_surface_grows_with_the_square_of_the_voxel():
    shape = ball(32, 9.0)
    small, large = (morphometry.bone_surface(shape, v, v) for v in (10.0, 20.0))
    assert large == pytest.approx(4 * small)


# Sections


def test_a_strip_has_two_sides():
    strip = partial(np.abs(axes(60, 2)[0]) - 4.2)[None]
    assert morphometry.bone_surface(strip, VOXEL, DEPTH) == pytest.approx(2 * 600 * DEPTH)


def test_a_disc_has_its_circumference():
    perimeter = morphometry.bone_surface(disc(50, 17.3), VOXEL, DEPTH) / DEPTH
    assert perimeter == pytest.approx(2 * math.pi * 173, rel=0.015)


def test_a_ring_has_two_circumferences_and_one_loop():
    ring = disc(60, 24.0) - disc(60, 16.0)
    found = morphometry.summary(ring, VOXEL, DEPTH)
    bone, tissue = math.pi * (0.24**2 - 0.16**2), 0.6**2
    perimeter = 2 * math.pi * (0.24 + 0.16)
    assert found["bv_tv"] == pytest.approx(100 * bone / tissue, rel=0.015)
    assert found["bs_tv"] == pytest.approx(perimeter / tissue, rel=0.015)
    assert found["bs_bv"] == pytest.approx(perimeter / bone, rel=0.015)
    assert found["tb_th"] == pytest.approx(80, abs=VOXEL)
    assert found["conn_d"] == pytest.approx(1 / tissue)
    assert found["da"] == pytest.approx(1, abs=0.02)
    assert math.isnan(found["smi"])
    assert math.isnan(found["plate_share"])


def test_two_discs_have_no_loop_and_are_two_islands():
    section = np.concatenate((disc(40, 9.0), disc(40, 12.0)), axis=2)
    assert topology.connectivity_density(section, VOXEL) == 0
    assert topology.pieces(section >= 0.5).number == 2


def test_a_section_measures_the_same_whatever_its_depth():
    thin, thick = (morphometry.summary(disc(40, 9.0), VOXEL, depth) for depth in (5.0, 50.0))
    assert thin == pytest.approx(thick, nan_ok=True)


def test_strips_lean_along_themselves():
    across = (axes(80, 2)[0] * 0.6 + axes(80, 2)[1] * 0.8) % 20 - 10
    found = morphometry.degree_of_anisotropy(partial(np.abs(across) - 4)[None], VOXEL)
    assert found.degree > 5
    assert np.abs(found.direction @ [0, 0.8, -0.6]) == pytest.approx(1, abs=0.01)


# Thickness


@pytest.mark.parametrize("width", [6, 12])
def test_a_slab_has_its_own_thickness_and_not_half_of_it(width):
    found = morphometry.thickness(slab(40, width) >= 0.5, VOXEL)
    assert found.mean == pytest.approx(width * VOXEL, rel=0.02)
    assert found.sd == pytest.approx(0, abs=1)


def test_a_slab_of_odd_width_reads_one_voxel_more():
    found = morphometry.thickness(slab(41, 7) >= 0.5, VOXEL)
    assert found.mean == pytest.approx(80, rel=0.02)


@pytest.mark.parametrize("shape", [rod(33, 8.0), ball(33, 8.0)], ids=["rod", "ball"])
def test_a_round_shape_is_as_thick_as_its_diameter(shape):
    found = morphometry.thickness(shape >= 0.5, VOXEL)
    assert found.mean == pytest.approx(160, abs=VOXEL)


def test_a_strip_of_a_section_has_its_own_width():
    strip = (np.abs(axes(40, 2)[0]) < 5)[None]
    assert morphometry.thickness(strip, VOXEL).mean == pytest.approx(100, rel=0.02)


def test_parallel_plates_have_their_spacing_and_number():
    plates = np.zeros((64, 40, 40))
    plates[16:24] = plates[40:48] = 1
    # Of the outer gaps one sees half: no edge stands at the border of the image.
    plates = plates[8:56]
    found = morphometry.summary(plates, VOXEL, VOXEL)
    assert found["tb_th"] == pytest.approx(80, rel=0.02)
    assert found["tb_sp"] == pytest.approx(160, rel=0.02)
    assert found["tb_n"] == pytest.approx(1 / 0.24, rel=0.02)
    assert morphometry.separation(plates > 0, VOXEL).mean == found["tb_sp"]


def test_trabecular_number_is_per_mm():
    assert morphometry.trabecular_number(170.0, 780.0) == pytest.approx(1.0526, abs=1e-4)


def test_a_half_sized_copy_is_as_thick_to_one_of_its_voxels():
    found = morphometry.thickness(slab(48, 12) >= 0.5, VOXEL, scale=0.5)
    assert found.mean == pytest.approx(120, abs=2 * VOXEL)


# Connectivity


def torus(n, big, small):
    z, y, x = axes(n)
    return partial(np.hypot(np.hypot(y, x) - big, z) - small)


def test_a_torus_is_one_loop():
    shape = torus(48, 14, 5)
    assert topology.euler_number(shape >= 0.5) == 0
    for corrected in (True, False):
        density = topology.connectivity_density(shape, VOXEL, corrected)
        assert density == pytest.approx(1 / 0.48**3)


def test_enclosed_marrow_and_loose_pieces_do_not_count():
    shape = torus(64, 14, 7) >= 0.5
    shape[32, 46, 32] = False
    shape[2:6, 2:6, 2:6] = True
    assert topology.connectivity_density(shape, VOXEL) == pytest.approx(1 / 0.64**3)


@pytest.mark.parametrize("cells", [1, 2, 3])
def test_a_lattice_holds_two_loops_a_cell_whatever_the_size_of_the_image(cells):
    shape = lattice(cells, 16, 3.0)
    loops = topology.connectivity_density(shape, VOXEL) * (0.16 * cells) ** 3
    assert loops == pytest.approx(2 * cells**3)


def test_a_lattice_cut_out_has_the_loops_of_its_graph():
    cells = 3
    # Edges between neighbouring nodes less nodes plus one.
    graph = 3 * cells**2 * (cells - 1) - cells**3 + 1
    density = topology.connectivity_density(lattice(cells, 16, 3.0), VOXEL, False)
    assert density * 0.48**3 == pytest.approx(graph)


@pytest.mark.parametrize("shift", [(0, 0, 0), (5, 7, 3), (8, 8, 8)])
def test_the_share_of_an_image_does_not_depend_on_where_it_is_cut(shift):
    shape = np.roll(lattice(2, 16, 3.0), shift, axis=(0, 1, 2)) >= 0.5
    # Images that tile space share their outermost layer of voxel centres.
    shape = np.pad(shape, (0, 1), mode="wrap")
    assert topology.euler_number(shape) == pytest.approx(-16)


@pytest.mark.parametrize(
    "shape", [slab(24, 6), rod(24, 5.0), np.ones((24, 24, 24))], ids=["slab", "rod", "solid"]
)
def test_a_shape_through_the_image_has_no_loops(shape):
    assert topology.euler_number(shape >= 0.5) == 0
    assert topology.connectivity_density(shape, VOXEL) == 0


def test_pieces_are_counted_and_weighed():
    mask = np.zeros((20, 20, 20), bool)
    mask[:10, :10, :9] = True
    mask[15:20, 15:20, 16:20] = True
    mask[10, 10, 9] = True  # hangs on by a corner
    assert topology.pieces(mask) == pytest.approx((2, 100 / 1001))


# All of it


@pytest.mark.parametrize("size", [(1, 12, 12), (12, 12, 12)])
def test_marrow_alone_has_no_bone_and_no_shape(size):
    found = morphometry.summary(np.zeros(size), VOXEL, DEPTH)
    zero = {key for key, value in found.items() if value == 0}
    assert zero == {"bv_tv", "bs_tv", "conn_d", "islands"}
    assert all(math.isnan(value) for key, value in found.items() if key not in zero)


@pytest.mark.parametrize("size", [(1, 12, 12), (12, 12, 12)])
def test_bone_alone_has_no_surface_and_no_shape(size):
    found = morphometry.summary(np.ones(size), VOXEL, DEPTH)
    known = {"bv_tv": 100, "bs_tv": 0, "bs_bv": 0, "conn_d": 0, "islands": 1}
    assert {key: found[key] for key in known} == known
    assert all(math.isnan(value) for key, value in found.items() if key not in known)


def test_bone_just_half_full_counts_and_less_does_not():
    fraction = np.zeros((8, 8, 8))
    fraction[3:5] = 0.5
    assert morphometry.bone_surface(fraction, 1.0, 1.0) == pytest.approx(128)
    assert morphometry.summary(fraction, VOXEL, VOXEL)["islands"] == 1
    assert morphometry.bone_surface(fraction - 0.01, 1.0, 1.0) == 0


@pytest.mark.parametrize("size", [(1, 3, 3), (3, 3, 3)])
def test_a_single_voxel_of_bone_is_measured_without_complaint(size):
    fraction = np.zeros(size)
    fraction[size[0] // 2, 1, 1] = 1
    found = morphometry.summary(fraction, VOXEL, DEPTH)
    assert found["islands"] == 1
    assert found["tb_th"] == pytest.approx(20)


def test_the_table_names_every_measure_and_its_units():
    found = morphometry.summary(lattice(1, 16, 3.0), VOXEL, DEPTH)
    assert list(found) == list(morphometry.NAMES)
    assert all(type(value) is float for value in found.values())
    assert all(len(names) == 5 for names in morphometry.NAMES.values())


def test_a_plate_reads_alike_in_the_units_of_the_table():
    found = morphometry.summary(slab(40, 8), VOXEL, VOXEL)
    assert found["bv_tv"] == pytest.approx(20)
    assert found["bs_tv"] == pytest.approx(2 / 0.4)
    assert found["bs_bv"] == pytest.approx(2 / 0.08)
    assert found["tb_th"] == pytest.approx(80, rel=0.02)
    assert found["plate_share"] > 95


def test_measuring_changes_nothing_and_repeats_itself():
    fraction = lattice(1, 24, 3.3)
    before = fraction.copy()
    assert morphometry.summary(fraction, VOXEL, DEPTH) == morphometry.summary(
        fraction, VOXEL, DEPTH
    )
    assert np.array_equal(fraction, before)


@pytest.mark.parametrize(("shape", "voxel"), [((1, 192, 192), 10.0), ((48, 48, 48), 20.0)])
def test_marrow_on_half_the_grid_reads_tb_sp_to_one_and_a_half_percent(shape, voxel):
    along = (0.0, 1.0, 0.0) if shape[0] == 1 else (1.0, 0.0, 0.0)
    bone = generate(shape, voxel, 0.154, 170.0, along, 1.5, 1)
    whole = morphometry.summary(bone, voxel, voxel)
    quick = morphometry.summary(bone, voxel, voxel, marrow_scale=MARROW_SCALE)
    changed = {key for key in whole if quick[key] == quick[key] and quick[key] != whole[key]}
    assert changed == {"tb_sp", "tb_n"}
    for key in changed:
        assert quick[key] == pytest.approx(whole[key], rel=0.015)
