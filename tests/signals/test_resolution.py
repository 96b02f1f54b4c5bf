"""K15: what cells sense does not hang on how coarse the grids of the signals are.

Sites are patches of bone surface that secrete, as where bone is resorbed; what is compared is
what every cell on the surface within a diffusion length of one of them senses. Against the tissue's
own grid of 10 um, what a cell there senses was found off, on average over cells, by (in %; edge
of the coarse voxels in um, reading the nearest coarse voxel and reading linearly):

             section of 256 x 256          volume of 80 x 80 x 80
             edge  nearest  linear         edge  nearest  linear
    TGF-b      20      7.3     5.4           20      8.4     4.7
               40     14.6    11.4           40     17.8    11.6
               50     20.9    16.9           50     22.6    16.1
    IGF-1      30      7.1     4.6           30      7.8     4.3
               50     15.8    12.5           50     13.6     9.3
    TNF        40      5.9     4.2           40      6.2     4.0
               70     11.7     9.4           70     12.8    10.5
               80     29.7    27.1           80     14.3    11.7
    RANKL      70      3.7     3.3           70      3.0     2.8
              100     19.5    19.1          100      4.1     3.8
              150     42.8    42.5          150      7.8     7.6
"""

import numpy as np
import pytest
from scipy import ndimage

from remodel_abm.signals.field import secrete, sense
from remodel_abm.tissue import trabeculae

REACH = 50.0  # um; half the width of a site
SITES = 12


def surface_of(matrix):
    """Return the marrow voxels on bone, (n, 3)."""
    open_to = matrix < 0.5
    return np.argwhere(open_to & ndimage.binary_dilation(~open_to))


def sensed(marrow, matrix, voxel, name, refine):
    """Return what cells near secreting sites sense."""
    one = marrow(matrix, voxel, [name], refine)
    surface = surface_of(matrix)
    middle = surface[np.random.default_rng(5).choice(len(surface), SITES, replace=False)]
    away = np.linalg.norm(surface[:, None] - middle, axis=2).min(axis=1) * voxel
    p = one.values[name]

    def give(fields):
        for z, y, x in surface[away < REACH]:
            secrete(fields, 0, z, y, x, 1.0)

    one.settle(give)
    near = surface[away < np.sqrt(p.diffusivity / p.decay_rate)]
    return np.array([sense(one.signals.fields, 0, *place) for place in near])


def change(marrow, shape, voxel, name, finer=2.0):
    """Return by how much a finer grid changes what is sensed: on average, and all in all."""
    shares = trabeculae.generate(shape, voxel, 0.2, 150.0, (0.0, 1.0, 0.0), 1.5, 3)
    coarse, fine = (sensed(marrow, shares, voxel, name, refine) for refine in (1.0, finer))
    return abs(coarse - fine).mean() / fine.mean(), coarse.sum() / fine.sum() - 1.0


@pytest.mark.parametrize("name", ["tgf_beta", "igf1", "tnf", "rankl"])
@pytest.mark.parametrize(("shape", "voxel"), [((1, 160, 160), 10.0), ((48, 48, 48), 20.0)])
def test_a_grid_half_as_coarse_changes_what_cells_sense_by_less_than_an_eighth(
    marrow, shape, voxel, name
):
    each, together = change(marrow, shape, voxel, name)
    assert each < 0.125
    assert abs(together) < 0.1
