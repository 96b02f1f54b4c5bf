"""Surface shares on drawn states: ES/BS, OS/BS, Oc.S/BS, numbers per surface (Dempster 2013)."""

import numpy as np
import pytest

from remodel_abm.cells import Now, found
from remodel_abm.ledger import parts
from remodel_abm.measures import Scene
from remodel_abm.measures.surface import Surfaces
from remodel_abm.tissue import ERODED, FORMING, OPENED, Tissue
from remodel_abm.tissue import matrix as mx

NOW = Now(np.uint64(1), 0, 0.0, 1.0)


def defaults(name):
    part = parts()[name]
    return part.Values(**{key: param.value for key, param in part.params.items()})


def drawn(bone, voxel=10.0):
    return Tissue(np.asarray(bone, float), voxel, defaults("tissue"))


def slab(shape, top):
    bone = np.zeros(shape)
    bone[:, top:] = 1.0
    return drawn(bone)


def population(kind, places, **columns):
    places = np.array(places, int).reshape(-1, 3)
    one = found(parts()[kind], places, np.arange(1, len(places) + 1, dtype="u8"), 0.0, **columns)
    one.values = defaults(kind)
    return one


def read(tissue, **cells):
    names = [reading.name for reading in Surfaces.readings]
    return dict(zip(names, Surfaces()(Scene(tissue, None, cells, {}, NOW)), strict=True))


def paint(tissue, states, top=4):
    """Give the columns of a slab's surface their states, from the left."""
    at = 0
    for state, columns in states:
        tissue.layers.state[:, top, at : at + columns] = state
        at += columns


@pytest.mark.parametrize("shape", [(1, 12, 40), (5, 12, 40)])
def test_shares_of_the_surface_are_what_was_drawn(shape):
    tissue = slab(shape, 4)
    paint(tissue, [(ERODED, 10), (FORMING, 6), (OPENED, 4)])
    found_ = read(tissue)
    assert found_["es_bs"] == pytest.approx(25.0)
    assert found_["os_bs"] == pytest.approx(15.0)
    assert found_["open_bs"] == pytest.approx(10.0)


def test_untouched_bone_is_all_quiescent():
    found_ = read(slab((1, 12, 40), 4))
    assert [found_[k] for k in ("es_bs", "os_bs", "open_bs", "oc_s_bs", "n_oc_bs")] == [0.0] * 5


def test_states_away_from_the_surface_do_not_count():
    tissue = slab((1, 12, 40), 4)
    tissue.layers.state[0, 8] = ERODED
    assert read(tissue)["es_bs"] == 0.0


def test_faces_are_counted_not_voxels():
    bone = np.zeros((1, 9, 9))
    bone[0, 4, 4] = bone[0, 7, 2:7] = 1.0
    tissue = drawn(bone)
    tissue.layers.state[0, 4, 4] = ERODED
    faces = np.zeros(4)
    mx.count_faces(tissue.layers, faces)
    assert faces.tolist() == [12.0, 0.0, 4.0, 0.0]
    assert read(tissue)["es_bs"] == pytest.approx(25.0)


def test_the_perimeter_of_a_disc_per_area_is_that_of_its_circle():
    y, x = np.mgrid[:120, :120] - 59.5
    tissue = drawn((np.hypot(y, x) < 45)[None])
    expected = 2 * np.pi * 0.45 / 1.2**2  # mm/mm2
    assert read(tissue)["bs_tv"] == pytest.approx(expected, rel=0.02)


def test_the_surface_of_a_ball_per_volume_is_that_of_its_sphere():
    z, y, x = np.mgrid[:60, :60, :60] - 29.5
    tissue = drawn(np.sqrt(z * z + y * y + x * x) < 24, 20.0)
    expected = 4 * np.pi * 0.48**2 / 1.2**3  # mm2/mm3
    assert read(tissue)["bs_tv"] == pytest.approx(expected, rel=0.02)


def test_cells_per_surface_in_a_section_are_per_millimetre():
    tissue = slab((1, 12, 40), 4)
    length = 0.4 * np.pi / 4  # mm, as a digitised line is read
    clasts = population("osteoclast", [(0, 4, 5), (0, 4, 30)], nuclei=5)
    blasts = population("osteoblast", [(0, 4, 10)])
    found_ = read(tissue, osteoclast=clasts, osteoblast=blasts)
    assert found_["n_oc_bs"] == pytest.approx(2 / length)
    assert found_["n_ob_bs"] == pytest.approx(1 / length)


def test_cells_per_surface_in_a_volume_are_per_square_millimetre():
    tissue = slab((20, 12, 40), 4)
    area = 0.2 * 0.4 * 2 / 3
    clasts = population("osteoclast", [(3, 4, 5)] * 3, nuclei=5)
    assert read(tissue, osteoclast=clasts)["n_oc_bs"] == pytest.approx(3 / area)


def test_the_dead_are_not_counted():
    tissue = slab((1, 12, 40), 4)
    clasts = population("osteoclast", [(0, 4, 5), (0, 4, 30)], nuclei=5)
    clasts.rows["alive"][0] = False
    one = population("osteoclast", [(0, 4, 30)], nuclei=5)
    assert read(tissue, osteoclast=clasts) == read(tissue, osteoclast=one)


def reach_of(clasts):
    return int(clasts.values.radius / 10.0)  # whole voxels within the radius


def test_osteoclast_surface_is_the_open_surface_in_reach_each_face_once():
    tissue = slab((1, 12, 40), 4)
    paint(tissue, [(0, 10), (ERODED, 10), (OPENED, 10)])
    clasts = population("osteoclast", [(0, 4, 20), (0, 4, 20)], nuclei=5)
    width = 2 * reach_of(clasts) + 1
    assert read(tissue, osteoclast=clasts)["oc_s_bs"] == pytest.approx(100 * width / 40)


def test_quiescent_and_forming_surface_is_not_under_osteoclasts():
    tissue = slab((1, 12, 40), 4)
    paint(tissue, [(FORMING, 40)])
    clasts = population("osteoclast", [(0, 4, 20)], nuclei=5)
    assert read(tissue, osteoclast=clasts)["oc_s_bs"] == 0.0


def test_an_osteoclast_at_the_border_reaches_to_one_side_only():
    tissue = slab((1, 12, 40), 4)
    paint(tissue, [(ERODED, 40)])
    clasts = population("osteoclast", [(0, 4, 0)], nuclei=5)
    width = reach_of(clasts) + 1
    assert read(tissue, osteoclast=clasts)["oc_s_bs"] == pytest.approx(100 * width / 40)


def test_tissue_without_bone_has_no_shares_of_surface():
    found_ = read(drawn(np.zeros((1, 12, 40))))
    assert found_["es_bs"] == found_["os_bs"] == 0.0


def test_tissue_without_bone_has_no_surface_density():
    assert read(drawn(np.zeros((1, 12, 40))))["bs_tv"] == 0.0
