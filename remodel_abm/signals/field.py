"""The signals as kernels see them: all grids in one flat array each, and how a cell reads them."""

import numpy as np

from remodel_abm.kernel import kernel

# One row a signal: where its grid starts in the flat arrays, its shape, how many tissue voxels
# share a coarse one, and what matrix stores of it [zmol/um3].
GRID = np.dtype([("start", "i8"), ("ny", "i8"), ("nx", "i8"), ("factor", "i8"), ("content", "f8")])
# Fields of the named tuple that kernels get, beside a number for each signal by its name:
# concentration [pmol/L], source [zmol/d], freed from matrix since the last solve [zmol], and the
# flat place of the nearest coarse voxel open to the signal.
FIELDS = ("values", "source", "released", "outlet", "grids", "affinity")


@kernel
def _place(signals, which, z, y, x):
    grid = signals.grids[which]
    f = grid["factor"]
    here = ((z // f) * grid["ny"] + y // f) * grid["nx"] + x // f
    return signals.outlet[grid["start"] + here]


@kernel
def sense(signals, which, z, y, x):
    """Return the concentration of a signal at a tissue voxel. [pmol/L]"""
    return signals.values[_place(signals, which, z, y, x)]


@kernel
def secrete(signals, which, z, y, x, rate):
    """Add `rate` [zmol/d] to the source of a signal at a tissue voxel."""
    signals.source[_place(signals, which, z, y, x)] += rate


@kernel
def release(signals, which, z, y, x, volume):
    """Free what `volume` [um3] of dissolved matrix held; it spreads from the next step on."""
    freed = volume * signals.grids["content"][which]
    signals.released[_place(signals, which, z, y, x)] += freed
