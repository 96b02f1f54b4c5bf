"""Where osteoclasts are, block by block: whoever looks for one passes over empty blocks."""

import numpy as np

from remodel_abm.kernel import kernel

SIDE = 8  # voxels of a block


def blocks_of(clasts: np.ndarray) -> np.ndarray:
    """Return, for blocks of `SIDE` voxels a side, how many voxels osteoclasts are centred in."""
    found = np.zeros([-(-n // SIDE) for n in clasts.shape], "i2")
    np.add.at(found, tuple(n // SIDE for n in np.nonzero(clasts > 0)), 1)
    return found


@kernel
def count_clast(t, z, y, x, number):
    """Count osteoclasts in, or with a number below zero out, where they are centred."""
    was = t.clasts[z, y, x]
    t.clasts[z, y, x] = was + number
    if (was > 0) != (was + number > 0):
        t.blocks[z // SIDE, y // SIDE, x // SIDE] += 1 if number > 0 else -1


@kernel
def may_hold_clast(t, z, y, x, rz, ry):
    """Tell whether blocks within `rz` voxels along z, `ry` along y and x hold an osteoclast."""
    nz, ny, nx = t.voxels.shape
    for k in range(max(0, z - rz) // SIDE, min(nz - 1, z + rz) // SIDE + 1):
        for j in range(max(0, y - ry) // SIDE, min(ny - 1, y + ry) // SIDE + 1):
            for i in range(max(0, x - ry) // SIDE, min(nx - 1, x + ry) // SIDE + 1):
                if t.blocks[k, j, i] > 0:
                    return True
    return False
