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

# The 26 neighbours of a voxel as bits of a word, in [z, y, x] order: those at either end of a line
# along x, of a line along y, and those that share a face.
WEST, EAST = 0o111111111, 0o444444444
NORTH, SOUTH = 0o007007007, 0o700700700
FACES = 0o020252020
ALL = 0o777777777


@kernel
def what_breaks(t, z, y, x):
    """Return ROD, PERFORATION or -1 for a voxel that has just become marrow.

    Parameters
    ----------
    t : Layers
        The tissue; a voxel without bone and osteoid is marrow.
    z, y, x : int
        The voxel.
    """
    bone, marrow = _neighbours(t.fill, z, y, x, BONE), _neighbours(t.fill, z, y, x, MARROW)
    if _count_pieces(bone, ALL, BONE) < 2 and _count_pieces(marrow, FACES, MARROW) < 2:
        return -1
    wide, deep = int(np.ceil(REACH / t.voxel)), int(np.ceil(REACH / t.depth))
    if _are_parted(t.fill, z, y, x, deep, wide, BONE):
        return ROD
    if _are_parted(t.fill, z, y, x, deep, wide, MARROW):
        return PERFORATION
    return -1


@kernel
def stands_out(t, z, y, x):
    """Tell whether a voxel of bone is a spike or a wall of one voxel between rooms of marrow.

    On flat surface a third of its neighbours are marrow, on a right angle over half; here more
    than two thirds.
    """
    marrow = _count(_neighbours(t.fill, z, y, x, MARROW))
    return 3 * marrow > 2 * (marrow + _count(_neighbours(t.fill, z, y, x, BONE)))


@kernel
def _count(mask):
    """Count the bits of a mask."""
    number = 0
    while mask != 0:
        mask &= mask - 1
        number += 1
    return number


@kernel
def _kind(fill, z, y, x):
    nz, ny, ends = fill.shape
    if nz == 1 and z != 0:
        return NOTHING  # a section shows one layer; nothing leaves it along z
    if not (0 <= z < nz and 0 <= y < ny and 0 <= x < ends - 1):
        return BEYOND
    return BONE if fill[z, y, x + 1] != fill[z, y, x] else MARROW


@kernel
def _neighbours(fill, z, y, x, kind):
    """Return which of the 26 neighbours are of a kind, as bits."""
    found = 0
    for k in range(27):
        if k != 13 and _kind(fill, z + k // 9 - 1, y + (k // 3) % 3 - 1, x + k % 3 - 1) == kind:
            found |= 1 << k
    return found


@kernel
def _count_pieces(mask, seeds, kind):
    """Count the pieces that neighbours of a kind form among themselves and that hold a seed."""
    count, left = 0, mask & seeds
    while left != 0:
        piece, grown = 0, left & -left
        while grown != piece:
            piece = grown
            along = piece | ((piece & ~EAST) << 1) | ((piece & ~WEST) >> 1)
            base = along if kind == BONE else piece
            across = base | ((base & ~SOUTH) << 3) | ((base & ~NORTH) >> 3)
            base = across if kind == BONE else piece
            grown = (along | across | (base << 9) | (base >> 9)) & mask
        count += 1
        left &= ~piece
    return count


@kernel
def _is_seed(kind, k):
    """Tell whether a piece of a kind touches the middle where it holds neighbour k."""
    return k != 13 and (kind == BONE or (FACES >> k) & 1 == 1)


@allocating
def _are_parted(fill, z, y, x, deep, wide, kind):
    """Tell whether two pieces of bone, or rooms of marrow, touch a voxel and leave its window."""
    side = 2 * wide + 1
    seen = np.zeros((2 * deep + 1, side, side), np.uint8)
    seen[deep, wide, wide] = 1
    queue = np.empty(seen.size, np.int64)
    seeds, leaving = 0, 0
    for k in range(27):
        here = _kind(fill, z + k // 9 - 1, y + (k // 3) % 3 - 1, x + k % 3 - 1)
        seeds += _is_seed(kind, k) and here == kind
    corner = z - deep, y - wide, x - wide
    for k in range(27):
        a, b, c = deep + k // 9 - 1, wide + (k // 3) % 3 - 1, wide + k % 3 - 1
        here = _kind(fill, corner[0] + a, corner[1] + b, corner[2] + c)
        if _is_seed(kind, k) and here == kind and seen[a, b, c] == 0:
            leaves, met = _spread(fill, seen, queue, (a, b, c), corner, kind, seeds, leaving)
            leaving, seeds = leaving + leaves, seeds - met
            if leaving > 1 or (seeds == 0 and leaving < 2):
                break
    return leaving > 1


@kernel
def _spread(fill, seen, queue, start, corner, kind, seeds, leaving):
    """Walk through one piece until the answer is known; return if it leaves, and seeds met.

    To leave the domain counts as reaching the rim: what meets its wall has not ended there. With
    all seeds met and no other piece that leaves, nothing is parted.
    """
    da, db, dc = seen.shape
    leaves, met, first, last = 0, 0, 0, 1
    queue[0] = (start[0] * db + start[1]) * dc + start[2]
    seen[start[0], start[1], start[2]] = 1
    while first < last:
        a, b, c = queue[first] // (db * dc), (queue[first] // dc) % db, queue[first] % dc
        first += 1
        if a == 0 or b == 0 or c == 0 or a == da - 1 or b == db - 1 or c == dc - 1:
            leaves = 1
        near = max(abs(a - da // 2), abs(b - db // 2), abs(c - dc // 2)) < 2
        if near:
            k = (a - da // 2) * 9 + (b - db // 2) * 3 + c - dc // 2 + 13
            met += _is_seed(kind, k)
        if leaving + leaves > 1 or (met == seeds and leaving == 0):
            break
        for k in range(27):
            if k == 13 or (kind == MARROW and not _is_seed(kind, k)):
                continue
            i, j, m = a + k // 9 - 1, b + (k // 3) % 3 - 1, c + k % 3 - 1
            if not (0 <= i < da and 0 <= j < db and 0 <= m < dc) or seen[i, j, m] != 0:
                continue
            there = _kind(fill, corner[0] + i, corner[1] + j, corner[2] + m)
            if there == BEYOND:
                leaves = 1
            elif there == kind:
                seen[i, j, m] = 1
                queue[last] = (i * db + j) * dc + m
                last += 1
    return leaves, met
