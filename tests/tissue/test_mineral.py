"""Mineral: osteoid ripens, bone fills up over years, packets mix, a bite leaves the degree."""

import numpy as np
import pytest

from remodel_abm.cells import Now
from remodel_abm.ledger import parts
from remodel_abm.tissue import FORMING, QUIESCENT, Tissue
from remodel_abm.tissue import matrix as mx

VALUES = Tissue.Values(**{key: param.value for key, param in parts()["tissue"].params.items()})
TAU, PLATEAU = VALUES.secondary_time, VALUES.primary_mineral


def at(day, dt=1.0):
    return Now(np.uint64(1), int(day), float(day), dt)


def slab():
    """Return a section of solid bone under four rows of marrow, with one site opened."""
    bone = np.zeros((1, 12, 20))
    bone[:, 4:] = 1.0
    tissue = Tissue(bone, 10.0, VALUES)
    mx.open_site(tissue.layers, 0, 4, 5, at(0.0))
    return tissue


def bite(tissue, place, share, day=0.0):
    return mx.dissolve(tissue.layers, *place, share, 0, at(day), True)


def lay(tissue, place, share, day=0.0):
    return mx.deposit(tissue.layers, *place, share, 0, at(day))


def ripen(tissue, day=0.0, dt=1.0):
    mx.mineralise(tissue.layers, tissue.p, at(day, dt))


def mature():
    """Return a slab whose bone stands but for one surface voxel that was emptied."""
    tissue = slab()
    bite(tissue, (0, 4, 5), 1.0)
    return tissue


def test_osteoid_mineralises_with_the_mineralization_time():
    tissue = mature()
    tissue.layers.crew[0, 4, 5] = 1
    lay(tissue, (0, 4, 5), 0.8)
    for day in range(30):
        ripen(tissue, day)
    left = 0.8 * np.exp(-30 / VALUES.mineralization_time)
    assert tissue.layers.voxels["osteoid"][0, 4, 5] == pytest.approx(left)
    assert tissue.layers.voxels["bone"][0, 4, 5] == pytest.approx(0.8 - left)


def test_the_step_does_not_matter_to_mineralisation():
    found = []
    for steps in (1, 10):
        tissue = mature()
        tissue.layers.crew[0, 4, 5] = 1
        lay(tissue, (0, 4, 5), 0.8)
        for k in range(steps):
            ripen(tissue, k / steps, 1.0 / steps)
        found.append(tissue.layers.voxels["osteoid"][0, 4, 5])
    assert found[0] == pytest.approx(found[1])


def test_thin_osteoid_is_finished_once_its_osteoblasts_have_left():
    tissue = mature()
    thin = 0.9 * VALUES.least_osteoid / tissue.voxel
    lay(tissue, (0, 4, 5), thin)
    tissue.layers.crew[0, 4, 5] = 1
    ripen(tissue)
    assert tissue.layers.voxels["osteoid"][0, 4, 5] > 0
    assert tissue.layers.state[0, 4, 5] == FORMING
    tissue.layers.crew[0, 4, 5] = 0
    ripen(tissue)
    assert tissue.layers.voxels["osteoid"][0, 4, 5] == 0
    assert tissue.layers.state[0, 4, 5] == QUIESCENT
    assert tissue.layers.counts[mx.SOFT] == 0


def packet(tissue, amount, day):
    """Lay a packet that mineralises at once."""
    lay(tissue, (0, 4, 5), amount, day)
    ripen(tissue, day)


@pytest.mark.parametrize("day", [-700.0, 0.0, 3000.0])
@pytest.mark.parametrize("years", [0, 1, 5, 30])
def test_mineral_rises_from_the_plateau_with_the_secondary_time(day, years):
    tissue = mature()
    packet(tissue, 0.05, day)
    degree = tissue.mineral(day + years * 365.25)[0, 4, 5] / 0.05
    assert degree == pytest.approx(1 - (1 - PLATEAU) * np.exp(-years * 365.25 / TAU))


def test_packets_of_different_age_mix():
    tissue = mature()
    packet(tissue, 0.05, 100.0)
    packet(tissue, 0.08, 500.0)
    voxel = tissue.layers.voxels[0, 4, 5]
    ages = np.array([900.0, 500.0])
    parts_ = np.array([0.05, 0.08]) * (1 - (1 - PLATEAU) * np.exp(-ages / TAU))
    assert tissue.mineral(1000.0)[0, 4, 5] == pytest.approx(parts_.sum())
    assert 1000.0 - voxel["born"] / voxel["bone"] == pytest.approx((0.05 * 900 + 0.08 * 500) / 0.13)


def test_a_bite_leaves_the_degree_and_age_of_what_remains():
    tissue = slab()
    voxel, before = tissue.layers.voxels[0, 4, 5], tissue.mineral(50.0)[0, 4, 5]
    born = voxel["born"]
    bite(tissue, (0, 4, 5), 0.4)
    assert tissue.mineral(50.0)[0, 4, 5] == pytest.approx(0.6 * before)
    assert tissue.layers.voxels[0, 4, 5]["born"] == pytest.approx(0.6 * born)


def test_starting_bone_has_the_age_and_mineral_of_a_steady_state():
    shape, mean = (200, 200, 200), VALUES.initial_age
    ages = mx.packet_ages(shape, 20.0, mean, 3)
    assert ages.shape == shape
    assert ages.mean() == pytest.approx(mean, rel=0.01)
    assert np.median(ages) == pytest.approx(np.log(2) * mean, rel=0.02)
    tissue = Tissue(np.ones((1, 600, 600)), 10.0, VALUES)
    expected = 1 - (1 - PLATEAU) * TAU / (TAU + mean)  # mean over exponential ages
    assert tissue.mineral(0.0).mean() == pytest.approx(expected, rel=0.01)


def test_mineral_never_exceeds_full_however_late():
    tissue = slab()
    full = tissue.mineral(200 * 365.25)
    assert full == pytest.approx(tissue.layers.voxels["bone"])
