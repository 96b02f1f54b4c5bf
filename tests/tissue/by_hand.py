"""Drawn bone that is bitten, laid on and ripened by hand."""

import numpy as np

from remodel_abm.cells import Now
from remodel_abm.tissue import Tissue
from remodel_abm.tissue import matrix as mx
from tests.tissue.drawn import VALUES


def drawn(fraction, voxel=10.0, **changed):
    """Return the tissue of a drawn bone, with one site opened in its middle voxel."""
    tissue = Tissue(np.asarray(fraction, float), voxel, VALUES._replace(**changed))
    mx.open_site(tissue.layers, *(n // 2 for n in tissue.shape), at(0.0))
    return tissue


def at(day, dt=1.0):
    return Now(np.uint64(1), int(day), float(day), dt)


def bite(tissue, place, share, day=0.0, by_clast=True):
    return mx.dissolve(tissue.layers, *place, share, 0, at(day), by_clast)


def lay(tissue, place, share, day=0.0):
    return mx.deposit(tissue.layers, *place, share, 0, at(day))


def ripen(tissue, day=0.0, dt=1.0):
    mx.mineralise(tissue.layers, tissue.p, at(day, dt))
