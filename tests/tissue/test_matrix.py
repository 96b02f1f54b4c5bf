"""What happens to matrix: the balance, the surface, the log of a site."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from remodel_abm.measures.unit import site_table
from remodel_abm.tissue import ERODED, OPENED, QUIESCENT
from remodel_abm.tissue import matrix as mx
from remodel_abm.tissue.topology import stands_out
from tests.tissue.by_hand import at, bite, drawn, lay, ripen


def slab(shape=(1, 12, 20), top=4):
    bone = np.zeros(shape)
    bone[:, top:] = 1.0
    return bone


def recount(tissue):
    """Count the faces that look at marrow anew, the slow way."""
    full = tissue.matrix > 0
    marrow = np.pad(~full, 1, constant_values=False)
    faces = np.zeros(full.shape, int)
    for axis in range(3):
        for step in (-1, 1):
            faces += np.roll(marrow, step, axis)[1:-1, 1:-1, 1:-1]
    return np.where(full, faces, 0)


def books(tissue):
    """Return (bone, osteoid) by the ledger's flows and by the voxels. [um3]"""
    voxels, volume = tissue.layers.voxels, tissue.layers.volume
    return np.array([voxels["bone"].sum(), voxels["osteoid"].sum()]) * volume


# The balance and the surface hold whatever is done, in whatever order.

PLACES = st.tuples(*(st.integers(0, n - 1) for n in (3, 5, 5)))
DEEDS = st.lists(
    st.tuples(st.sampled_from("bbddr"), PLACES, st.floats(0.0, 1.2)), min_size=1, max_size=60
)


@settings(max_examples=60, deadline=None)
@given(DEEDS, st.integers(0, 5))
def test_books_and_surface_agree_after_any_history(deeds, seed):
    start = np.random.default_rng(seed).choice([0.0, 0.4, 1.0], (3, 5, 5), p=[0.4, 0.2, 0.4])
    tissue = drawn(start)
    first = books(tissue)
    ledger, voxels = tissue.layers.ledger, tissue.layers.voxels
    for day, (deed, place, share) in enumerate(deeds):
        if deed == "b":
            bite(tissue, place, share, day, by_clast=day % 2 == 0)
        elif deed == "d":
            lay(tissue, place, share, day)
        else:
            ripen(tissue, day)
    np.testing.assert_array_equal(tissue.layers.exposed, recount(tissue))
    assert books(tissue) == pytest.approx(ledger[[mx.BONE, mx.OSTEOID]], abs=1e-6)
    flows = [
        ledger[mx.MINERALISED] - ledger[mx.RESORBED],
        ledger[mx.FORMED] - ledger[mx.MINERALISED],
    ]
    assert books(tissue) - first == pytest.approx(np.array(flows), abs=1e-6)
    assert voxels["bone"].min() >= 0 and voxels["osteoid"].min() >= 0
    assert tissue.matrix.max() <= 1 + 1e-12
    assert ledger[mx.CLAST_RESORBED] <= ledger[mx.RESORBED]
    soft = np.flatnonzero(voxels["osteoid"].ravel() > 0)
    assert sorted(tissue.layers.soft[: tissue.layers.counts[mx.SOFT]]) == soft.tolist()
    assert np.all((tissue.mineral(60) >= 0) & (tissue.mineral(60) <= voxels["bone"] + 1e-12))


@pytest.mark.parametrize("shape", [(1, 9, 9), (4, 5, 6)])
def test_the_surface_of_a_drawn_bone_is_counted(shape):
    tissue = drawn(np.random.default_rng(0).random(shape) < 0.5)
    np.testing.assert_array_equal(tissue.layers.exposed, recount(tissue))


def test_the_walls_of_the_domain_are_no_surface():
    assert drawn(np.ones((3, 4, 5))).layers.exposed.sum() == 0


def test_a_bite_takes_what_is_there_and_no_more():
    tissue = drawn(slab())
    assert bite(tissue, (0, 4, 5), 0.25) == 0.25
    assert bite(tissue, (0, 4, 5), 2.0) == pytest.approx(0.75)
    assert bite(tissue, (0, 4, 5), 2.0) == 0.0


def test_dust_goes_with_the_last_bite():
    tissue = drawn(slab())
    assert bite(tissue, (0, 4, 5), 1.0 - 0.5 * mx.DUST) == 1.0
    assert tissue.matrix[0, 4, 5] == 0.0


def test_osteoid_protects_bone():
    tissue = drawn(slab())
    bite(tissue, (0, 4, 5), 0.5)
    lay(tissue, (0, 4, 5), 0.1)
    before = tissue.layers.voxels[0, 4, 5].copy()
    assert bite(tissue, (0, 4, 5), 0.3, day=9.0) == 0.0
    assert tissue.layers.voxels[0, 4, 5] == before


def test_a_voxel_takes_no_more_osteoid_than_it_has_room_for():
    tissue = drawn(slab())
    assert lay(tissue, (0, 5, 5), 0.5) == 0.0
    bite(tissue, (0, 4, 5), 0.5)
    assert lay(tissue, (0, 4, 5), 0.9) == pytest.approx(0.5)
    assert lay(tissue, (0, 4, 5), 0.9) == 0.0


# The log of a site.


@pytest.mark.parametrize(
    ("shape", "true_per_face"), [((1, 12, 20), np.pi / 4), ((9, 12, 20), 2 / 3)]
)
def test_the_log_knows_area_and_depth_of_a_square_pit(shape, true_per_face):
    tissue = drawn(slab(shape))
    columns = [(z, x) for z in range(shape[0])[:3] for x in range(6, 12)]
    for share, day in ((0.5, 3.0), (0.5, 4.0)):
        for z, x in columns:
            bite(tissue, (z, 4, x), share, day)
    for z, x in columns:
        bite(tissue, (z, 5, x), 1.0, 8.0, by_clast=False)
    row = site_table(tissue, 10.0).iloc[0]
    # A digitised surface is longer than the true one; a face counts for its mean true share.
    face = tissue.voxel * tissue.depth * true_per_face
    assert row["area"] == pytest.approx(len(columns) * face)
    assert row["resorbed"] / row["area"] == pytest.approx(2 * tissue.voxel / true_per_face)
    assert row["clast_resorbed"] == pytest.approx(row["resorbed"] / 2)
    assert (row["first_resorbed"], row["last_resorbed"]) == (3.0, 8.0)


def test_the_surface_of_a_disc_is_as_long_as_its_circle():
    y, x = np.mgrid[:120, :120] - 59.5
    tissue = drawn((np.hypot(y, x) < 50)[None])
    length = tissue.layers.exposed.sum() * tissue.layers.face / tissue.depth
    assert length == pytest.approx(2 * np.pi * 500.0, rel=0.02)


def test_the_surface_of_a_ball_is_as_large_as_its_sphere():
    z, y, x = np.mgrid[:60, :60, :60] - 29.5
    tissue = drawn(np.sqrt(z * z + y * y + x * x) < 25)
    area = tissue.layers.exposed.sum() * tissue.layers.face
    assert area == pytest.approx(4 * np.pi * 250.0**2, rel=0.02)


def test_a_site_that_is_refilled_logs_reversal_and_wall():
    tissue = drawn(slab())
    for x in range(6, 12):
        bite(tissue, (0, 4, x), 0.9, day=5.0)
    for x in range(6, 12):
        lay(tissue, (0, 4, x), 0.6, day=45.0)
    row = site_table(tissue, 46.0).iloc[0]
    assert row["formed"] / row["resorbed"] == pytest.approx(0.6 / 0.9)
    assert row["erosion_depth"] == pytest.approx(0.9 * tissue.voxel)
    assert row["reversal_time"] == 40.0
    assert (row["first_formed"], row["last_formed"]) == (45.0, 45.0)
    assert row["state"] == "active"
    assert site_table(tissue, 500.0).iloc[0]["state"] == "completed"


def test_bone_laid_bare_is_part_of_the_pit_and_keeps_its_day():
    tissue = drawn(slab())
    bite(tissue, (0, 4, 8), 0.5, day=2.0)
    bite(tissue, (0, 4, 8), 0.5, day=6.0)
    below, seat = tissue.layers.voxels[0, 5, 8], tissue.layers.seats[0, 5, 8]
    assert (seat["state"], seat["site"], below["since"]) == (ERODED, 0, 2.0)


def test_surface_beside_the_pit_stays_what_it_was():
    tissue = drawn(slab())
    tissue.layers.state[0, 4, 7] = OPENED
    bite(tissue, (0, 4, 8), 1.0)
    assert tissue.layers.state[0, 4, 7] == OPENED
    assert tissue.layers.state[0, 4, 9] == QUIESCENT


# Lists.


def on_a_floor(*heights):
    """Return a floor with columns of one voxel on it, as high as given, side by side along x."""
    bone = np.zeros((9, 9, 9))
    bone[6:] = 1.0
    for i, height in enumerate(heights):
        bone[6 - height : 6, 4, 4 + i] = 1.0
    return drawn(bone)


def test_a_spike_that_a_lacuna_leaves_standing_is_part_of_it():
    tissue = on_a_floor(2, 3)
    for z in (4, 5):
        bite(tissue, (z, 4, 4), 1.0)
    assert tissue.layers.state[4, 4, 5] == ERODED
    assert tissue.layers.site[4, 4, 5] == 0
    bitten, top = 2 * 4, 1  # faces
    assert tissue.layers.sites["area"][0] == pytest.approx((bitten + top) * tissue.layers.face)


def test_a_wall_of_one_voxel_that_a_lacuna_leaves_is_part_of_it():
    bone = np.zeros((9, 9, 9))
    bone[:, :, 4:6] = 1.0
    tissue = drawn(bone)
    square = [(z, y) for z in (3, 4, 5) for y in (3, 4, 5)]
    for z, y in sorted(square, key=lambda place: place == (4, 4)):
        bite(tissue, (z, y, 4), 1.0)
    eroded = tissue.layers.state[:, :, 5] == ERODED
    assert np.argwhere(eroded).tolist() == [[4, 4]]  # what bone still holds on three sides is not


def test_the_rim_of_a_pit_in_a_terrace_stays_what_it_was():
    bone = np.zeros((9, 9, 9))
    bone[5:] = 1.0
    bone[4, :, :6] = 1.0
    tissue = drawn(bone)
    for x in (3, 4):
        bite(tissue, (4, 4, x), 1.0)
    assert tissue.layers.state[4, 4, 5] == QUIESCENT


@pytest.mark.parametrize(("shape", "spike"), [((1, 20, 20), 6), ((11, 11, 11), 18)])
def test_what_stands_out_has_marrow_on_more_than_two_thirds_of_its_sides(shape, spike):
    draw = np.random.default_rng(3)
    bone = draw.random(shape) < 0.4
    tissue = drawn(bone)
    around = ndimage.generate_binary_structure(3, 3)
    around[1, 1, 1] = False
    marrow = ndimage.convolve((~bone).astype(int), around.astype(int), mode="constant")
    inner = np.zeros(shape, bool)
    inner[(slice(None) if shape[0] == 1 else slice(1, -1), slice(1, -1), slice(1, -1))] = True
    places = np.argwhere(bone & inner)
    found = [stands_out(tissue.layers, *place) for place in places]
    assert any(found)
    assert not all(found)
    assert found == [marrow[tuple(place)] >= spike for place in places]


def test_lists_grow_before_they_run_full_and_keep_what_they_hold():
    tissue = drawn(slab())
    for k in range(1, 200):
        assert mx.open_site(tissue.layers, 0, 4, k % 20, at(k)) == k
    tissue.ensure_room()
    assert len(tissue.layers.sites) > 400
    assert tissue.layers.sites["opened"][:200].tolist() == [float(k) for k in range(200)]
    assert mx.open_site(tissue.layers, 0, 4, 4, at(999)) == 200


def test_the_state_is_restored_to_the_bit():
    tissue = drawn(slab())
    bite(tissue, (0, 4, 5), 1.0)
    lay(tissue, (0, 4, 5), 0.5)
    kept = {name: array.copy() for name, array in tissue.arrays().items()}
    bite(tissue, (0, 6, 6), 1.0)
    ripen(tissue)
    tissue.restore({name: array.copy() for name, array in kept.items()})
    for name, array in tissue.arrays().items():
        np.testing.assert_array_equal(array, kept[name])
    assert tissue.layers.strain is tissue.strain.relative
