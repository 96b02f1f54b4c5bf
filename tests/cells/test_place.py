"""How much matrix encloses a place: as a look at every voxel in reach would tell."""

import numpy as np
import pytest

from remodel_abm.cells.place import enclosure
from remodel_abm.ledger import parts
from remodel_abm.tissue import Tissue

VALUES = Tissue.Values(**{key: param.value for key, param in parts()["tissue"].params.items()})


def patchy(shape, voxel):
    """Return tissue of which a third is bone, full or in part, and a tenth osteoid."""
    draw = np.random.default_rng(2)
    bone = np.where(draw.random(shape) < 0.3, draw.random(shape).round(1), 0.0)
    tissue = Tissue(bone, voxel, VALUES)
    tissue.layers.voxels["osteoid"] = np.where(draw.random(shape) < 0.1, 0.25, 0.0)
    return tissue


def plainly(tissue, place, radius):
    """Return the mean matrix of all voxels whose middle is in reach, but the one in the middle."""
    offsets = np.stack(np.indices(tissue.shape), -1) - place
    edges = np.array([tissue.depth, tissue.voxel, tissue.voxel])
    near = ((offsets * edges) ** 2).sum(-1) <= radius**2
    near[place] = False
    return tissue.matrix[near].mean()


@pytest.mark.parametrize(
    ("shape", "voxel"), [((1, 30, 24), 10.0), ((12, 14, 16), 10.0), ((9, 8, 7), 20.0)]
)
@pytest.mark.parametrize("radius", [20.0, 40.0, 55.0])
def test_enclosure_is_the_matrix_of_the_ball_round_a_place(shape, voxel, radius):
    tissue = patchy(shape, voxel)
    corners = [(0, 0, 0), tuple(n - 1 for n in shape)]
    inner = np.random.default_rng(3).integers(0, shape, (40, 3)).tolist()
    for place in [*corners, *map(tuple, inner)]:
        expected = plainly(tissue, place, radius)
        assert enclosure(tissue.layers, *place, radius) == pytest.approx(expected, abs=1e-13)


def test_flat_surface_encloses_half():
    bone = np.zeros((31, 31, 31))
    bone[:16] = 1.0
    tissue = Tissue(bone, 10.0, VALUES)
    half = enclosure(tissue.layers, 15, 15, 15, 100.0)
    assert half == pytest.approx(0.5, abs=0.05)
    assert enclosure(tissue.layers, 16, 15, 15, 100.0) < half
    assert enclosure(tissue.layers, 14, 15, 15, 100.0) > half
