"""The signals as kernels see them: all grids in one flat array each, and how a cell reads them."""

import numpy as np

from remodel_abm.kernel import kernel

# One row a signal: where its grid starts in the flat arrays, its shape, how many tissue voxels
# share a coarse one (and one over it), and what matrix stores of it [zmol/um3].
GRID = np.dtype(
    [
        ("start", "i8"), ("ny", "i8"), ("nx", "i8"), ("factor", "i8"), ("share", "f8"),
        ("content", "f8"),
    ]
)  # fmt: skip
# Fields of the named tuple that kernels get, beside a number for each signal by its name:
# concentration [pmol/L], source [zmol/d], freed from matrix since the last solve [zmol], the flat
# place of the nearest coarse voxel open to the signal, the sides of that voxel through which it
# spreads (`medium.ways`), and, one number a signal, what is secreted all over its room [zmol/d].
FIELDS = (
    "values", "source", "released", "outlet", "ways", "everywhere", "grids", "affinity",
)  # fmt: skip


@kernel
def coarse(along, share):
    """Return which coarse voxel a tissue voxel lies in; `share` is one over their ratio.

    As ``along // factor``, which takes ten times as long; the half keeps the product well away
    from the next whole number.
    """
    return int((along + 0.5) * share)


@kernel
def _place(signals, which, z, y, x):
    grid = signals.grids[which]
    share = grid["share"]
    here = (coarse(z, share) * grid["ny"] + coarse(y, share)) * grid["nx"] + coarse(x, share)
    return signals.outlet[grid["start"] + here]


@kernel
def sense(signals, which, z, y, x):
    """Return the concentration of a signal at a tissue voxel. [pmol/L]

    Between the middles of coarse voxels that are open to each other it is linear.
    """
    grid = signals.grids[which]
    f, ny, nx, share = grid["factor"], grid["ny"], grid["nx"], grid["share"]
    cz, cy, cx = coarse(z, share), coarse(y, share), coarse(x, share)
    place = grid["start"] + (cz * ny + cy) * nx + cx
    ways = signals.ways[place]
    place = signals.outlet[place]
    here = signals.values[place]
    slope, away, side, step = 0.0, 0.0, 1, ny * nx
    for axis in range(3):
        within = z - cz * f if axis == 0 else (y - cy * f if axis == 1 else x - cx * f)
        offset = 2 * within + 1 - f
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
def highest(signals, which, nz):
    """Return what `sense` finds nowhere more of, in a tissue of `nz` voxels along z. [pmol/L]"""
    grid = signals.grids[which]
    size = -(-nz // grid["factor"]) * grid["ny"] * grid["nx"]
    most = 0.0
    for k in range(grid["start"], grid["start"] + size):
        most = max(most, signals.values[k])
    return most


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
