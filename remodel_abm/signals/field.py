"""A signal as kernels see it: one coarse grid, and how a cell reads and feeds it."""

from typing import NamedTuple

import numpy as np

from remodel_abm.kernel import kernel


class Field(NamedTuple):
    """One signal on its own grid, `factor` tissue voxels to a coarse voxel (in y, x; z if deep)."""

    values: np.ndarray  # concentration [pmol/L]
    source: np.ndarray  # secreted and released, per coarse voxel [zmol/d]
    released: np.ndarray  # freed from matrix since the last solve [zmol]
    outlet: np.ndarray  # int64, flat index of the nearest coarse voxel open to the signal
    factor: int
    content: float = 0.0  # stored in matrix and freed by its resorption [zmol/um3]


@kernel
def _place(field, z, y, x):
    return field.outlet[z // field.factor, y // field.factor, x // field.factor]


@kernel
def sense(field, z, y, x):
    """Return the concentration at a tissue voxel. [pmol/L]"""
    return field.values.flat[_place(field, z, y, x)]


@kernel
def secrete(field, z, y, x, rate):
    """Add `rate` [zmol/d] to the source at a tissue voxel."""
    field.source.flat[_place(field, z, y, x)] += rate


@kernel
def release(field, z, y, x, volume):
    """Free what `volume` [um3] of dissolved matrix held; it spreads from the next step on."""
    field.released.flat[_place(field, z, y, x)] += volume * field.content
