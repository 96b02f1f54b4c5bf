"""The space a signal spreads in, coarsened to the signal's own grid so that thin plates block."""

from typing import NamedTuple

import numpy as np
from scipy.ndimage import distance_transform_edt

from remodel_abm.kernel import kernel

PASSABLE = 0.05  # a tissue voxel less open than this is a wall
ROOMY = 0.02  # a coarse voxel less open than this takes up nothing: its cells use the nearest other


class Medium(NamedTuple):
    """What a signal spreads in, on its own coarse grid.

    The share of a face may exceed 1 where bone or the border leaves only a thin layer on its
    sides, because the open parts then lie closer together than two whole voxels do.
    """

    open_fraction: np.ndarray  # (nz, ny, nx) share of the coarse voxel open to the signal
    face_z: np.ndarray  # (nz + 1, ny, nx) share of each face open to diffusion, 0 on the border
    face_y: np.ndarray  # (nz, ny + 1, nx)
    face_x: np.ndarray  # (nz, ny, nx + 1)


@kernel
def _flood(piece, open_share, stack, seed, tag, steps):
    """Tag the connected piece of a block that holds voxel `seed`; return its open volume."""
    volume, count = 0.0, 1
    stack[0] = seed
    piece[seed] = tag
    while count > 0:
        count -= 1
        here = stack[count]
        volume += open_share[here]
        for k in range(len(steps)):
            there = here + steps[k]
            if piece[there] == 1:
                piece[there] = tag
                stack[count] = there
                count += 1
    return volume


@kernel
def _keep_largest(piece, open_share, stack, steps):
    """Leave 1 in the largest connected piece of a block and 0 elsewhere."""
    best, most, tag = 1, -1.0, 1
    for i in range(len(piece)):
        if piece[i] == 1:
            tag += 1
            volume = _flood(piece, open_share, stack, i, tag, steps)
            if volume > most:
                best, most = tag, volume
    for i in range(len(piece)):
        piece[i] = 1 if piece[i] == best else 0


@kernel
def _pieces(fine, room, share, edges):
    """Mark in `room` the main open piece of each coarse voxel; fill its open share."""
    nz, ny, nx = fine.shape
    dz, dy, dx = edges
    sy, sz = dx + 2, (dx + 2) * (dy + 2)
    steps = np.array([-sz, sz, -sy, sy, -1, 1])
    piece = np.zeros(sz * (dz + 2), np.int32)  # one block with a rim of wall
    open_share = np.zeros(len(piece))
    stack = np.empty(len(piece), np.int64)
    for b in range(share.size):
        z0 = b // (share.shape[1] * share.shape[2]) * dz
        y0, x0 = b // share.shape[2] % share.shape[1] * dy, b % share.shape[2] * dx
        z1, y1, x1 = min(z0 + dz, nz), min(y0 + dy, ny), min(x0 + dx, nx)
        cells, count, total = (z1 - z0) * (y1 - y0) * (x1 - x0), 0, 0.0
        if cells < dz * dy * dx:
            piece[:] = 0
        for r in range((z1 - z0) * (y1 - y0)):
            z, y = r // (y1 - y0), r % (y1 - y0)
            at = (z + 1) * sz + (y + 1) * sy + 1
            for x in range(x1 - x0):
                here = fine[z0 + z, y0 + y, x0 + x]
                piece[at + x], open_share[at + x] = 0, here
                if here > PASSABLE:
                    piece[at + x] = 1
                    count, total = count + 1, total + here
        if 0 < count < cells:
            _keep_largest(piece, open_share, stack, steps)
        share.ravel()[b] = total / (dz * dy * dx)
        for r in range((z1 - z0) * (y1 - y0)):
            z, y = r // (y1 - y0), r % (y1 - y0)
            at = (z + 1) * sz + (y + 1) * sy + 1
            for x in range(x1 - x0):
                room[z0 + z, y0 + y, x0 + x] = piece[at + x]


@kernel
def _resistance(fine, room, start, step, length):
    """Return the resistance from a face to the middle of the open run behind it, or -1.

    A column whose larger part lies beyond a wall does not open this face, or what spreads would
    cross a plate within the voxel.
    """
    run = 0
    while run < length and room[start + run * step] == 1:
        run += 1
    beyond = 0
    for j in range(run, length):
        beyond += room[start + j * step]
    if run == 0 or beyond > run or (beyond == run and step < 0):
        return -1.0
    total = 0.0
    for j in range(run // 2):
        total += 1.0 / fine[start + j * step]
    if run % 2 == 1:
        total += 0.5 / fine[start + run // 2 * step]
    return total


@kernel
def _open_faces(fine, room, share, face, steps, blocks, into, shape, edges):
    """Add up the columns that cross each face normal to the last axis given.

    `steps`, `blocks` and `into` are what one further along each axis is in the flat arrays `fine`,
    `share` and `face`. The slowest axis comes first, so that its planes stay in cache.
    """
    step, edge, depth = steps[2], edges[2], shape[2]
    column = 1.0 / (edges[0] * edges[1])
    for u in range(shape[0]):
        for a in range(1, (depth + edge - 1) // edge):
            length = min(edge, depth - a * edge)
            start = u * steps[0] + a * edge * step
            layer = u // edges[0] * into[0] + a * into[2]
            block = u // edges[0] * blocks[0] + a * blocks[2]
            for v in range(shape[1]):
                i, across = start + v * steps[1], v // edges[1]
                here = block + across * blocks[1]
                if share[here] == 1.0 and share[here - blocks[2]] == 1.0:
                    face[layer + across * into[1]] += column
                    continue
                if room[i] == 0 or room[i - step] == 0:
                    continue
                ahead = _resistance(fine, room, i, step, length)
                behind = _resistance(fine, room, i - step, -step, edge)
                if ahead > 0.0 and behind > 0.0:
                    face[layer + across * into[1]] += column * edge / (ahead + behind)


def _faces(fine, room, share, edges, axis) -> np.ndarray:
    """Return the open shares of all faces normal to `axis`."""
    face = np.zeros(tuple(np.array(share.shape) + (np.arange(3) == axis)))
    order = [k for k in range(3) if k != axis] + [axis]
    steps = (np.array(a.strides)[order] // a.itemsize for a in (fine, share, face))
    tables = (*steps, np.array(fine.shape)[order], edges[order])
    along = (tuple(int(n) for n in table) for table in tables)
    _open_faces(fine.ravel(), room.ravel(), share.ravel(), face.ravel(), *along)
    return face


def medium(fine_open: np.ndarray, factor: int) -> Medium:
    """Coarsen the space a signal spreads in, blocking what a thin plate blocks.

    Within a coarse voxel only the largest connected open piece takes part in diffusion. Each
    column of tissue voxels that crosses a face joins the middles of the open runs on its two
    sides, with the harmonic mean of their openness (resistances in series); columns add up
    (in parallel). The order of convergence towards the tissue grid is tested.

    Parameters
    ----------
    fine_open
        (Z, Y, X), share of each tissue voxel open to the signal. [1]
    factor
        Tissue voxels along the edge of a coarse voxel; a section (Z == 1) stays one voxel deep.
        The last voxel along an axis may be partial.
    """
    fine = np.ascontiguousarray(fine_open, dtype=np.float64)
    edges = np.where(np.array(fine.shape) == 1, 1, factor)
    room = np.zeros(fine.shape, np.int16)
    share = np.zeros(tuple(-(-np.array(fine.shape) // edges)))
    _pieces(fine, room, share, tuple(edges))
    return Medium(share, *(_faces(fine, room, share, edges, axis) for axis in range(3)))


def outlets(room: np.ndarray) -> np.ndarray:
    """Return, for each coarse voxel, the flat index of the nearest one with room to spread in."""
    closed = room < ROOMY
    if closed.all() or not closed.any():
        return np.arange(room.size).reshape(room.shape)
    nearest = distance_transform_edt(closed, return_distances=False, return_indices=True)
    return np.ravel_multi_index(tuple(nearest), room.shape)


def ways(medium: Medium) -> np.ndarray:
    """Return, for each coarse voxel, the sides on which a neighbour with room is open to it.

    A bit each, from the lowest: lower and higher z, lower and higher y, lower and higher x.
    """
    roomy = medium.open_fraction >= ROOMY
    sides = np.zeros(roomy.shape, np.int64)
    for axis, face in enumerate(medium[1:]):
        low, high = (np.moveaxis(sides, axis, 0)[part] for part in (np.s_[1:], np.s_[:-1]))
        there = np.moveaxis(roomy, axis, 0)
        passed = (np.moveaxis(face, axis, 0)[1:-1] > 0.0) & there[1:] & there[:-1]
        low |= passed * (1 << 2 * axis)
        high |= passed * (2 << 2 * axis)
    return sides
