"""Breaks: what keeps bone apart, or marrow, within a third of a trabecula for good."""

import numpy as np
import pytest

from remodel_abm.tissue import matrix as mx
from remodel_abm.tissue.topology import PERFORATION, ROD
from tests.tissue.by_hand import bite, drawn

SIDE, MID = 25, 12  # voxels of 10 um; the walls are out of reach of the middle


def breaks(tissue):
    return tissue.layers.breaks["kind"][: tissue.layers.counts[mx.BREAKS]].tolist()


def cube():
    return np.zeros((SIDE, SIDE, SIDE))


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_cutting_a_rod_is_logged_as_a_rod(axis):
    bone = cube()
    np.moveaxis(bone, axis, 0)[:, MID, MID] = 1.0
    tissue = drawn(bone)
    bite(tissue, (MID, MID, MID), 1.0, day=12.0)
    assert breaks(tissue) == [ROD]
    row = tissue.layers.breaks[0]
    assert (row["day"], row["z"], row["y"], row["x"]) == (12.0, MID, MID, MID)


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_piercing_a_plate_is_logged_as_a_perforation(axis):
    bone = cube()
    np.moveaxis(bone, axis, 0)[MID] = 1.0
    tissue = drawn(bone)
    bite(tissue, (MID, MID, MID), 1.0)
    assert breaks(tissue) == [PERFORATION]


def test_a_thick_plate_is_perforated_by_its_last_voxel_only():
    bone = cube()
    bone[MID - 1 : MID + 2] = 1.0
    tissue = drawn(bone)
    for z, logged in ((MID - 1, []), (MID, []), (MID + 1, [PERFORATION])):
        bite(tissue, (z, MID, MID), 1.0)
        assert breaks(tissue) == logged


def test_a_pierced_plate_is_not_pierced_again_by_a_wider_hole():
    bone = cube()
    bone[MID] = 1.0
    tissue = drawn(bone)
    for x in range(MID - 2, MID + 3):
        bite(tissue, (MID, MID, x), 1.0)
    assert breaks(tissue) == [PERFORATION]


def test_a_pit_in_a_surface_breaks_nothing():
    bone = cube()
    bone[MID:] = 1.0
    tissue = drawn(bone)
    for z, y, x in ((0, 0, 0), (0, 0, 1), (0, 1, 1), (1, 0, 0), (0, 1, 0), (2, 0, 0), (1, 1, 0)):
        bite(tissue, (MID + z, MID + y, MID + x), 1.0)
    assert breaks(tissue) == []


def test_wearing_down_the_end_of_a_rod_breaks_nothing():
    bone = cube()
    bone[MID:, MID, MID] = 1.0
    tissue = drawn(bone)
    bite(tissue, (MID, MID, MID), 1.0)
    assert breaks(tissue) == []


def test_a_thinned_rod_is_no_broken_rod():
    bone = cube()
    bone[:, MID, MID] = 1.0
    tissue = drawn(bone)
    bite(tissue, (MID, MID, MID), 0.9)
    assert breaks(tissue) == []


def test_a_crumb_that_comes_off_the_surface_breaks_nothing():
    bone = cube()
    bone[MID:] = 1.0
    bone[MID - 3 : MID, MID, MID] = 1.0
    tissue = drawn(bone)
    bite(tissue, (MID - 1, MID, MID), 1.0)
    assert breaks(tissue) == []


def test_opening_a_closed_hole_near_the_surface_breaks_nothing():
    bone = cube()
    bone[MID:] = 1.0
    bone[MID + 1, MID, MID] = 0.0
    tissue = drawn(bone)
    bite(tissue, (MID, MID, MID), 1.0)
    assert breaks(tissue) == []


def test_in_a_section_a_cut_strut_is_a_rod():
    bone = np.zeros((1, SIDE, SIDE))
    bone[0, MID] = 1.0
    tissue = drawn(bone)
    bite(tissue, (0, MID, MID), 1.0)
    assert breaks(tissue) == [ROD]


@pytest.mark.parametrize("shape", [(1, SIDE, SIDE), (SIDE, SIDE, SIDE)])
def test_a_rod_that_is_cut_near_the_wall_of_the_domain_is_logged(shape):
    bone = np.zeros(shape)
    bone[shape[0] // 2, MID] = 1.0
    tissue = drawn(bone)
    bite(tissue, (shape[0] // 2, MID, 3), 1.0)
    assert breaks(tissue) == [ROD]
