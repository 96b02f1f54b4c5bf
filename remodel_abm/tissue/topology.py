"""What the loss of a voxel breaks: a rod into two pieces, or a plate between two rooms of marrow.

Bone is 26-connected and marrow 6-connected (Bertrand & Malandain 1994). A voxel lost breaks a rod
when the bone round it falls into pieces, and perforates a plate when rooms of marrow round it
were apart. What joins again within `REACH`, or ends there, is roughness of the surface.
What leaves the domain has not ended.
"""

import numpy as np

from remodel_abm.kernel import allocating, kernel

ROD, PERFORATION = 0, 1
REACH = 60.0  # um; a third of a trabecula
NOTHING, BONE, MARROW, BEYOND = 0, 1, 2, 3
NEAR = 1


@kernel
def what_breaks(voxels, z, y, x, edge, depth):
    """Return ROD, PERFORATION or -1 for a voxel that has just become marrow.

    Parameters
    ----------
    voxels : (nz, ny, nx) array of VOXEL
        The tissue; a voxel without bone and osteoid is marrow.
    z, y, x : int
        The voxel.
    edge, depth : float
        Of a voxel along y and x, and along z. [um]
    """
    parted = _pieces(voxels, z, y, x, NEAR, NEAR, BONE) > 1
    if not parted and _pieces(voxels, z, y, x, NEAR, NEAR, MARROW) < 2:
        return -1
    wide = int(np.ceil(REACH / edge))
    deep = int(np.ceil(REACH / depth))
    if _pieces(voxels, z, y, x, deep, wide, BONE) > 1:
        return ROD
    if _pieces(voxels, z, y, x, deep, wide, MARROW) > 1:
        return PERFORATION
    return -1


@kernel
def _kind(voxels, z, y, x):
    nz, ny, nx = voxels.shape
    if nz == 1 and z != 0:
        return NOTHING  # a section shows one layer; nothing leaves it along z
    if not (0 <= z < nz and 0 <= y < ny and 0 <= x < nx):
        return BEYOND
    held = voxels["bone"][z, y, x] + voxels["osteoid"][z, y, x]
    return BONE if held > 0.0 else MARROW


@allocating
def _pieces(voxels, cz, cy, cx, deep, wide, kind):
    """Count pieces of bone, or rooms of marrow, that touch a voxel and leave its window."""
    side = 2 * wide + 1
    window = np.zeros((2 * deep + 1, side, side), np.uint8)
    for k in range(window.size):
        a, b, c = k // (side * side), (k // side) % side, k % side
        window[a, b, c] = _kind(voxels, cz + a - deep, cy + b - wide, cx + c - wide)
    window[deep, wide, wide] = NOTHING
    stack = np.zeros(window.size, np.int64)
    count = 0
    for k in range(27):
        dz, dy, dx = k // 9 - 1, (k // 3) % 3 - 1, k % 3 - 1
        if kind == MARROW and abs(dz) + abs(dy) + abs(dx) != 1:
            continue
        a, b, c = deep + dz, wide + dy, wide + dx
        if window[a, b, c] == kind:
            count += _flood(window, stack, a, b, c, kind)
    return count


@kernel
def _flood(window, stack, a, b, c, kind):
    """Clear one piece from the window; return 1 if it reaches the rim of it, else 0.

    To leave the domain counts as reaching the rim: what meets its wall has not ended there.
    """
    da, db, dc = window.shape
    reaches = 0
    window[a, b, c] = NOTHING
    stack[0], top = (a * db + b) * dc + c, 1
    while top > 0:
        top -= 1
        here = stack[top]
        a, b, c = here // (db * dc), (here // dc) % db, here % dc
        if a == 0 or b == 0 or c == 0 or a == da - 1 or b == db - 1 or c == dc - 1:
            reaches = 1
        for k in range(27):
            dz, dy, dx = k // 9 - 1, (k // 3) % 3 - 1, k % 3 - 1
            if kind == MARROW and abs(dz) + abs(dy) + abs(dx) != 1:
                continue
            z, y, x = a + dz, b + dy, c + dx
            if not (0 <= z < da and 0 <= y < db and 0 <= x < dc):
                continue
            if window[z, y, x] == BEYOND:
                reaches = 1
            elif window[z, y, x] == kind:
                window[z, y, x] = NOTHING
                stack[top] = (z * db + y) * dc + x
                top += 1
    return reaches
