"""Relative strain: one where nothing changed, more where bone was lost, in proportion to load."""

import numpy as np
import pytest

from remodel_abm.cells import Now
from remodel_abm.tissue import Tissue
from remodel_abm.tissue.strain import BLOCK, Strain
from tests.tissue.drawn import VALUES

REACH = 200.0  # um


def bone(share=0.15, shape=(1, 128, 128)):
    return np.full(shape, share)


def strained(start, today, voxel=10.0, load=1.0):
    strain = Strain(start, voxel, REACH)
    strain.update(today, load)
    return strain.relative


@pytest.mark.parametrize("shape", [(1, 128, 128), (40, 40, 40), (7, 33, 50)])
def test_bone_that_has_not_changed_is_strained_as_ever(shape):
    start = (np.random.default_rng(1).random(shape) < 0.2).astype(float)
    np.testing.assert_allclose(strained(start, start), 1.0, rtol=1e-12)


def test_a_run_begins_with_habitual_strain():
    assert np.all(Strain(bone(), 10.0, REACH).relative == 1.0)


def test_half_the_bone_carries_about_twice_the_strain():
    found = strained(bone(0.15), bone(0.075))
    assert np.ptp(found) < 1e-9
    assert 1.7 < found.mean() < 2.0


def test_strain_rises_as_bone_thins_and_falls_as_it_thickens():
    means = [strained(bone(0.2), bone(share)).mean() for share in (0.4, 0.3, 0.2, 0.1, 0.02)]
    assert np.all(np.diff(means) > 0)
    assert means[2] == pytest.approx(1.0)


def test_what_is_lost_is_felt_nearby_and_not_far_away():
    start, today = bone(), bone()
    today[:, :, :32] = 0.05
    found = strained(start, today)[0].mean(axis=0)
    assert found[0] > 1.5
    assert np.all(np.diff(found) < 1e-9)
    far = int((320 + 4 * REACH) / BLOCK)
    assert found[far:] == pytest.approx(1.0, abs=1e-3)


@pytest.mark.parametrize("load", [0.5, 1.0, 1.3, 3.0])
def test_strain_is_in_proportion_to_load(load):
    start, today = bone(), bone(0.1)
    assert strained(start, today, load=load) == pytest.approx(load * strained(start, today))


def test_muscles_pull_without_weight():
    weightless = VALUES._replace(load=0.0)
    tissue = Tissue(bone(), 10.0, weightless)
    tissue.mature(weightless, Now(np.uint64(1), 0, 0.0, 1.0))
    assert tissue.strain.relative == pytest.approx(VALUES.least_load)


def test_strain_stays_finite_where_all_bone_is_gone():
    found = strained(bone(), bone(0.0))
    assert np.all(np.isfinite(found)) and np.all(found > 1)


@pytest.mark.parametrize(("voxel", "factor"), [(10.0, 8), (20.0, 4), (5.0, 16), (100.0, 1)])
def test_the_grid_is_as_coarse_whatever_the_voxel(voxel, factor):
    strain = Strain(bone(shape=(1, 64, 64)), voxel, REACH)
    assert strain.factor == factor
    assert strain.sigma * factor * voxel == pytest.approx(REACH)
    assert strain.relative.shape == (1, -(-64 // factor), -(-64 // factor))


def test_the_voxel_size_does_not_change_the_strain():
    today = np.ones((1, 128, 128)) * np.linspace(0.05, 0.2, 128)
    fine = strained(bone(), today, 10.0)
    coarse = strained(bone()[:, ::2, ::2], today[:, ::2, ::2], 20.0)
    assert fine == pytest.approx(coarse, rel=0.02)


@pytest.mark.parametrize("dt", [1.0, 0.5])
def test_strain_is_found_anew_once_a_month(dt):
    strain = Strain(bone(), 10.0, REACH)
    days = [tick * dt for tick in range(round(91 / dt)) if strain.is_due(Now(1, tick, 0.0, dt))]
    assert days == [0.0, 30.0, 60.0, 90.0]


def test_kernels_see_the_new_strain_in_the_same_array():
    strain = Strain(bone(), 10.0, REACH)
    seen = strain.relative
    strain.update(bone(0.1), 2.0)
    assert seen is strain.relative
    assert seen.min() > 2.0
