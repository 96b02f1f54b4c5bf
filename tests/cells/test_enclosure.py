"""How much matrix encloses a place: as a look at every voxel in reach would tell."""

import numpy as np
import pytest

from remodel_abm.cells.enclosure import SLACK, ball, enclosure, outdoes, rough_enclosure
from remodel_abm.ledger import parts
from remodel_abm.tissue import Tissue
from remodel_abm.tissue.fill import refill_all

VALUES = Tissue.Values(**{key: param.value for key, param in parts()["tissue"].params.items()})


def patchy(shape, voxel):
    """Return tissue of which a third is bone, full or in part, and a tenth osteoid."""
    draw = np.random.default_rng(2)
    bone = np.where(draw.random(shape) < 0.3, draw.random(shape).round(1), 0.0)
    tissue = Tissue(bone, voxel, VALUES)
    soft = np.where(draw.random(shape) < 0.1, 0.25, 0.0)
    tissue.layers.voxels["osteoid"] = np.minimum(soft, 1.0 - bone)
    refill_all(tissue.layers)
    return tissue


def plainly(tissue, place, radius):
    """Return the mean matrix of all voxels whose middle is in reach, but the one in the middle."""
    offsets = np.stack(np.indices(tissue.shape), -1) - place
    edges = np.array([tissue.depth, tissue.voxel, tissue.voxel])
    near = ((offsets * edges) ** 2).sum(-1) <= radius**2
    near[place] = False
    return tissue.matrix[near].mean()


def places(shape):
    """Return two corners and some places drawn by lot."""
    inner = np.random.default_rng(3).integers(0, shape, (40, 3)).tolist()
    return [(0, 0, 0), tuple(n - 1 for n in shape), *map(tuple, inner)]


TISSUES = pytest.mark.parametrize(
    ("shape", "voxel"), [((1, 30, 24), 10.0), ((12, 14, 16), 10.0), ((9, 8, 7), 20.0)]
)
RADII = pytest.mark.parametrize("radius", [20.0, 40.0, 55.0])


@TISSUES
@RADII
def test_enclosure_is_the_matrix_of_the_ball_round_a_place(shape, voxel, radius):
    tissue = patchy(shape, voxel)
    for place in places(shape):
        expected = plainly(tissue, place, radius)
        assert enclosure(tissue.layers, *place, radius) == pytest.approx(expected, abs=1e-13)


@TISSUES
@RADII
def test_the_rough_enclosure_is_off_by_less_than_half_the_slack(shape, voxel, radius):
    tissue = patchy(shape, voxel)
    around = ball(tissue.layers, radius)
    for place in places(shape):
        rough = rough_enclosure(tissue.layers, *place, around)
        assert abs(rough - enclosure(tissue.layers, *place, radius)) < SLACK / 2


@TISSUES
def test_places_are_told_apart_as_by_their_exact_enclosures(shape, voxel):
    tissue, radius, alike = patchy(shape, voxel), 40.0, 0
    voxels = tissue.layers.voxels
    for name in ("bone", "osteoid"):  # the same twice: as many pairs of places are all but alike
        voxels[name][..., : shape[2] // 2] = voxels[name][..., : -(shape[2] // 2) - 1 : -1]
    voxels["bone"][voxels["bone"] > 0] -= 1e-7 * np.random.default_rng(4).random()
    refill_all(tissue.layers)
    around = ball(tissue.layers, radius)
    here = [(*place, toll) for place in places(shape) for toll in (0.0, 0.03)]
    here += [(z, y, shape[2] - 1 - x, toll) for z, y, x, toll in here]
    exact = [enclosure(tissue.layers, *one[:3], radius) - one[3] for one in here]
    rough = [(rough_enclosure(tissue.layers, *one[:3], around) - one[3], *one) for one in here]
    for one, first in zip(rough, exact, strict=True):
        for other, second in zip(rough, exact, strict=True):
            alike += abs(one[0] - other[0]) <= SLACK
            assert outdoes(tissue.layers, one, other, radius) == (first > second)
    assert alike > len(here), "more than each with itself"


def test_flat_surface_encloses_half():
    bone = np.zeros((31, 31, 31))
    bone[:16] = 1.0
    tissue = Tissue(bone, 10.0, VALUES)
    half = enclosure(tissue.layers, 15, 15, 15, 100.0)
    assert half == pytest.approx(0.5, abs=0.05)
    assert enclosure(tissue.layers, 16, 15, 15, 100.0) < half
    assert enclosure(tissue.layers, 14, 15, 15, 100.0) > half
