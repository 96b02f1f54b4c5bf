"""The space a signal spreads in, coarsened to the signal's own grid so that thin plates block."""

from typing import NamedTuple

import numpy as np

from remodel_abm.kernel import Direct, allocating, kernel

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


@allocating
def _pieces(fine, room, share, edges, blocks):
    """Mark in `room` the main open piece of the coarse voxels `blocks`; fill their open share."""
    nz, ny, nx = fine.shape
    dz, dy, dx = edges
    sy, sz = dx + 2, (dx + 2) * (dy + 2)
    steps = np.array([-sz, sz, -sy, sy, -1, 1])
    piece = np.zeros(sz * (dz + 2), np.int32)  # one block with a rim of wall
    open_share = np.zeros(len(piece))
    stack = np.empty(len(piece), np.int64)
    for b in blocks:
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
def _open_faces(fine, room, share, face, changed, steps, blocks, into, shape, edges):
    """Add up the columns that cross the faces, normal to the last axis given, of some voxels.

    Parameters
    ----------
    changed
        Coarse voxels whose faces are measured.
    steps, blocks, into
        What one further along each axis is in the flat arrays `fine`, `share` and `face`.
    shape, edges
        Tissue voxels along each axis, of all tissue and of a coarse voxel.
    """
    for u in range((shape[0] - 1) // edges[0] + 1):
        for v in range((shape[1] - 1) // edges[1] + 1):
            here = u * blocks[0] + v * blocks[1]
            for a in range(1, (shape[2] - 1) // edges[2] + 1):
                here += blocks[2]
                if changed[here] or changed[here - blocks[2]]:
                    width = _width(fine, room, share, (u, v, a), steps, blocks, shape, edges)
                    face[u * into[0] + v * into[1] + a * into[2]] = width


@kernel
def _width(fine, room, share, place, steps, blocks, shape, edges):
    """Return the share of a face that is open; `place` is the coarse voxel beyond it."""
    u, v, a = place
    step, edge = steps[2], edges[2]
    column, total = 1.0 / (edges[0] * edges[1]), 0.0
    length = min(edge, shape[2] - a * edge)
    here = u * blocks[0] + v * blocks[1] + a * blocks[2]
    clear = share[here] == 1.0 and share[here - blocks[2]] == 1.0
    first = min(shape[0], (u + 1) * edges[0]) - u * edges[0]
    second = min(shape[1], (v + 1) * edges[1]) - v * edges[1]
    start = u * edges[0] * steps[0] + v * edges[1] * steps[1] + a * edge * step
    for c in range(first * second):
        i = start + c // second * steps[0] + c % second * steps[1]
        if clear:
            total += column
        elif room[i] == 1 and room[i - step] == 1:
            ahead = _resistance(fine, room, i, step, length)
            behind = _resistance(fine, room, i - step, -step, edge)
            if ahead > 0.0 and behind > 0.0:
                total += column * edge / (ahead + behind)
    return total


@kernel
def _ways(room, face_z, face_y, face_x, sides):
    """Do what `ways` says, into `sides`."""
    nz, ny, nx = room.shape
    for axis in range(3):
        a, b, c = 1 * (axis == 0), 1 * (axis == 1), 1 * (axis == 2)
        face = (face_z, face_y, face_x)[axis]
        low, high = 1 << 2 * axis, 2 << 2 * axis
        for r in range((nz - a) * (ny - b)):
            z, y = r // (ny - b), r % (ny - b)
            for x in range(nx - c):
                passed = face[z + a, y + b, x + c] > 0.0 and room[z, y, x] >= ROOMY
                if passed and room[z + a, y + b, x + c] >= ROOMY:
                    sides[z, y, x] |= high
                    sides[z + a, y + b, x + c] |= low


@kernel
def _notice(voxels, bone, marrow, moved):
    """Do what `noticed` says, on flat arrays; return how many places `moved` holds."""
    count = 0
    for i in range(len(voxels)):
        held = voxels["bone"][i] + voxels["osteoid"][i]
        if held != bone[i]:
            bone[i], marrow[i] = held, max(1.0 - held, 0.0)
            moved[count] = i
            count += 1
    return count


_measured_faces, _found_ways, _noticed = Direct(_open_faces), Direct(_ways), Direct(_notice)


def noticed(voxels: np.ndarray, bone: np.ndarray, marrow: np.ndarray) -> np.ndarray:
    """Bring the openness to both phases up to date; return the flat places of what has moved.

    Parameters
    ----------
    voxels
        (nz, ny, nx) of `tissue.VOXEL`.
    bone, marrow
        (nz, ny, nx), share of each voxel that is matrix, and that is not, in place. [1]
    """
    moved = np.empty(voxels.size, np.int64)
    flat = (array.reshape(-1) for array in (voxels, bone, marrow))
    return moved[: _noticed(*flat, moved)]


class Space:
    """The space a signal spreads in, coarsened so that what a thin plate blocks stays blocked.

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

    def __init__(self, fine_open: np.ndarray, factor: int):
        self.edges = np.where(np.array(fine_open.shape) == 1, 1, factor)
        coarse = -(-np.array(fine_open.shape) // self.edges)
        self._room = np.zeros(fine_open.shape, np.int8)
        faces = (np.zeros(tuple(coarse + (np.arange(3) == axis))) for axis in range(3))
        self.medium = Medium(np.zeros(tuple(coarse)), *faces)
        self._along = [self._lines(fine_open.shape, axis) for axis in range(3)]
        self._measure(fine_open, np.arange(coarse.prod()))

    def _lines(self, shape, axis) -> tuple[tuple[int, ...], ...]:
        """Return what `_open_faces` must know of the order in which arrays lie in memory."""
        order = [k for k in range(3) if k != axis] + [axis]
        arrays = self._room, self.medium.open_fraction, self.medium[1 + axis]
        steps = [np.array(array.strides)[order] // array.itemsize for array in arrays]
        tables = (*steps, np.array(shape)[order], self.edges[order])
        return tuple(tuple(int(n) for n in table) for table in tables)

    def update(self, fine_open: np.ndarray, moved: np.ndarray) -> None:
        """Measure anew round the tissue voxels `moved` (flat indices), and nowhere else."""
        places = np.unravel_index(moved, fine_open.shape)
        coarse = tuple(p // edge for p, edge in zip(places, self.edges, strict=True))
        changed = np.zeros(self.medium.open_fraction.shape, bool)
        changed[coarse] = True
        self._measure(fine_open, np.flatnonzero(changed))

    def _measure(self, fine_open, blocks):
        fine = np.ascontiguousarray(fine_open, dtype=np.float64)
        share = self.medium.open_fraction
        _pieces(fine, self._room, share, tuple(self.edges.tolist()), blocks)
        changed = np.zeros(share.size, bool)
        changed[blocks] = True
        flat = fine.ravel(), self._room.ravel(), share.ravel()
        for axis in range(3):
            _measured_faces(*flat, self.medium[1 + axis].ravel(), changed, *self._along[axis])


def medium(fine_open: np.ndarray, factor: int) -> Medium:
    """Return what a signal spreads in, on a grid of `factor` tissue voxels; see `Space`."""
    return Space(fine_open, factor).medium


def ways(medium: Medium) -> np.ndarray:
    """Return, for each coarse voxel, the sides on which a neighbour with room is open to it.

    A bit each, from the lowest: lower and higher z, lower and higher y, lower and higher x.
    """
    sides = np.zeros(medium.open_fraction.shape, np.int64)
    _found_ways(*(np.ascontiguousarray(array) for array in medium), sides)
    return sides
