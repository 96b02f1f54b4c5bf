"""How full voxels are, in steps, added up along each row.

Cells ask again and again how much matrix lies round a place. Whole numbers added up along x answer
from the two ends of each line, and exactly so whatever was added and taken in between; the records
of the voxels would have to be read one by one, a cache line each.
"""

from remodel_abm.kernel import kernel

FULL = 1.0 - 1e-9  # rounding never leaves room
LEVELS = 1 << 16  # steps of a full voxel
WORD = 0xFFFFFFFF  # sums of a row may wrap around; their differences do not


@kernel
def level(held):
    """Return a share of matrix in steps: 0 only of an empty, `LEVELS` only of a full voxel.

    Off by no more than one step.
    """
    if held <= 0.0:
        return 0
    if held >= FULL:
        return LEVELS
    return min(int(held * LEVELS) + 1, LEVELS - 1)


@kernel
def level_of(t, z, y, x):
    """Return the `level` of a voxel of the domain."""
    return (int(t.fill[z, y, x + 1]) - int(t.fill[z, y, x])) & WORD


@kernel
def is_bare(t, z, y, first, last):
    """Tell whether a row holds no matrix from voxel `first` up to, not with, voxel `last`."""
    return t.fill[z, y, first] == t.fill[z, y, last]


@kernel
def refill(t, z, y, x):
    """Bring the sums of a row up to date with the matrix of one of its voxels."""
    held = t.voxels["bone"][z, y, x] + t.voxels["osteoid"][z, y, x]
    more = level(held) - level_of(t, z, y, x)
    if more != 0:
        for k in range(x + 1, t.fill.shape[2]):
            t.fill[z, y, k] += more


@kernel
def refill_all(t):
    """Add up the matrix of all voxels."""
    nz, ny, nx = t.voxels.shape
    for z in range(nz):
        for y in range(ny):
            total = 0
            t.fill[z, y, 0] = 0
            for x in range(nx):
                total += level(t.voxels["bone"][z, y, x] + t.voxels["osteoid"][z, y, x])
                t.fill[z, y, x + 1] = total
