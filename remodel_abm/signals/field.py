"""The signals as kernels see them: all grids in one flat array each, and how a cell reads them."""

import numpy as np

from remodel_abm.kernel import kernel

# One row a signal: where its grid starts in the flat arrays, its shape, how many tissue voxels
# share a coarse one, and what matrix stores of it [zmol/um3].
GRID = np.dtype([("start", "i8"), ("ny", "i8"), ("nx", "i8"), ("factor", "i8"), ("content", "f8")])
# Fields of the named tuple that kernels get, beside a number for each signal by its name:
# concentration [pmol/L], source [zmol/d], freed from matrix since the last solve [zmol], the flat
# place of the nearest coarse voxel open to the signal, the sides of that voxel through which it
# spreads (`medium.ways`), and, one number a signal, what is secreted all over its room [zmol/d].
FIELDS = (
    "values", "source", "released", "outlet", "ways", "everywhere", "grids", "affinity",
)  # fmt: skip


@kernel
def _place(signals, which, z, y, x):
    grid = signals.grids[which]
    f = grid["factor"]
    here = ((z // f) * grid["ny"] + y // f) * grid["nx"] + x // f
    return signals.outlet[grid["start"] + here]


@kernel
def sense(signals, which, z, y, x):
    """Return the concentration of a signal at a tissue voxel. [pmol/L]

    Between the middles of coarse voxels that are open to each other it is linear.
    """
    grid = signals.grids[which]
    f, ny, nx = grid["factor"], grid["ny"], grid["nx"]
    place = grid["start"] + ((z // f) * ny + y // f) * nx + x // f
    ways = signals.ways[place]
    place = signals.outlet[place]
    here = signals.values[place]
    slope, away, side, step = 0.0, 0.0, 1, ny * nx
    for axis in range(3):
        along = z if axis == 0 else (y if axis == 1 else x)
        offset = 2 * (along % f) + 1 - f
        if offset > 0 and ways & (2 * side):
            slope += offset * (signals.values[place + step] - here)
            away += offset
        elif offset < 0 and ways & side:
            slope -= offset * (signals.values[place - step] - here)
            away -= offset
        side, step = 4 * side, nx if axis == 0 else 1
    # A corner of a cube is further than one voxel off in all: no weight may fall below zero.
    return max(0.0, here + slope / max(away, 2.0 * f))


@kernel
def secrete(signals, which, z, y, x, rate):
    """Add `rate` [zmol/d] to the source of a signal at a tissue voxel."""
    signals.source[_place(signals, which, z, y, x)] += rate


@kernel
def spread(signals, which, rate):
    """Add `rate` [zmol/d], of a cell that patrols, to what is secreted all over a signal's room."""
    signals.everywhere[which] += rate


@kernel
def release(signals, which, z, y, x, volume):
    """Free what `volume` [um3] of dissolved matrix held; it spreads from the next step on."""
    freed = volume * signals.grids["content"][which]
    signals.released[_place(signals, which, z, y, x)] += freed
