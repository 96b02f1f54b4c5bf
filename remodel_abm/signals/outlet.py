"""Outlets: for each coarse voxel, the nearest one in which a signal has room to spread.

Of equally near ones it is that with the smallest x, then y, then z, as scipy's distance transform
has it. Walls move at a few places a month, so only what these can have changed is looked at.
"""

import numpy as np
from scipy.ndimage import distance_transform_edt

from remodel_abm.kernel import Direct, kernel
from remodel_abm.signals.medium import ROOMY

FEW = 0.02  # of all voxels; when more have opened or closed, it is as quick to look at all


def outlets(room: np.ndarray) -> np.ndarray:
    """Return, for each coarse voxel, the flat index of the nearest one with room to spread in.

    Parameters
    ----------
    room : (nz, ny, nx) float array
        Share of each coarse voxel that is open. [1]
    """
    closed = room < ROOMY
    if closed.all() or not closed.any():
        return np.arange(room.size).reshape(room.shape)
    nearest = distance_transform_edt(closed, return_distances=False, return_indices=True)
    return np.ravel_multi_index(tuple(nearest), room.shape)


class Outlets:
    """The outlets of one medium, kept while its walls move.

    Attributes
    ----------
    nearest : (nz, ny, nx) int64 array
        As `outlets` gives.
    """

    def __init__(self, room: np.ndarray):
        self._find(room)

    def _find(self, room):
        self._closed = room < ROOMY
        self.nearest = np.ascontiguousarray(outlets(room))
        here, there = (
            np.unravel_index(one.ravel(), room.shape)
            for one in (np.arange(room.size), self.nearest)
        )
        way = sum((a - b) ** 2 for a, b in zip(here, there, strict=True))
        self._way = way.astype(np.int32).reshape(room.shape)

    @property
    def nbytes(self) -> int:
        """Bytes of all tables."""
        return self.nearest.nbytes + self._way.nbytes + self._closed.nbytes

    def follow(self, room: np.ndarray) -> None:
        """Find the outlets of the walls of today."""
        closed, before = room < ROOMY, self._closed
        changed = np.flatnonzero(closed != before)
        if not len(changed):
            return
        bare = any(one.all() or not one.any() for one in (closed, before))
        if bare or len(changed) > FEW * closed.size:
            self._find(room)
            return
        rows = np.empty((2, *closed.shape), np.int32)
        far = np.empty(closed.shape[:2], np.int64)
        _mended(self.nearest, self._way, closed, closed.ravel(), changed, rows, far)
        self._closed = closed


@kernel
def _mend(nearest, way, closed, shut, changed, rows, far):
    """Bring outlets up to date where voxels, `changed`, have opened or closed.

    Parameters
    ----------
    nearest, way
        (nz, ny, nx), outlets and the squares of how far away they are [voxel^2], in place.
    closed, shut
        Which voxels have no room, (nz, ny, nx) and flat.
    changed
        Flat indices.
    rows, far
        To work in: see `_rows`; the longest way of a row of voxels.
    """
    nz, ny, nx = closed.shape
    _rows(closed, rows)
    most = 0
    for z in range(nz):
        for y in range(ny):
            far[z, y] = 0
            for x in range(nx):
                far[z, y] = max(far[z, y], way[z, y, x])
            most = max(most, far[z, y])
    for i in changed:
        if not shut[i]:
            z, y, x = i // (ny * nx), i // nx % ny, i % nx
            nearest[z, y, x], way[z, y, x] = i, 0
    for z in range(nz):
        for y in range(ny):
            for x in range(nx):
                if shut[nearest[z, y, x]]:
                    nearest[z, y, x], way[z, y, x] = _found(rows, z, y, x)
    for i in changed:
        if not shut[i]:
            place = i // (ny * nx), i // nx % ny, i % nx
            _offer(nearest, way, closed, place, far, int(np.sqrt(most)))


@kernel
def _rows(closed, rows):
    """Find the nearest open voxel of its row at and below, and above, each voxel; none: -1."""
    nz, ny, nx = closed.shape
    for z in range(nz):
        for y in range(ny):
            last = -1
            for x in range(nx):
                last = last if closed[z, y, x] else x
                rows[0, z, y, x] = last
            last = -1
            for x in range(nx - 1, -1, -1):
                rows[1, z, y, x] = last
                last = last if closed[z, y, x] else x


@kernel
def _found(rows, z, y, x):
    """Look for the outlet of a voxel, row by row; return its flat index and the way's square."""
    _, nz, ny, nx = rows.shape
    least, best = -1, -1
    for r in range(max(nz, ny)):
        if 0 <= least < r * r:
            break
        for a in range(max(0, z - r), min(nz, z + r + 1)):
            step = 1 if abs(a - z) == r else max(1, 2 * r)
            for b in range(y - r, y + r + 1, step):
                for side in range(2 if 0 <= b < ny else 0):
                    c = rows[side, a, b, x]
                    square = (a - z) ** 2 + (b - y) ** 2 + (c - x) ** 2
                    here = (a * ny + b) * nx + c
                    if c >= 0 and (least < 0 or _comes_first(square, here, least, best, ny, nx)):
                        least, best = square, here
    return best, least


@kernel
def _comes_first(square, here, least, best, ny, nx):
    """Tell whether voxel `here` is nearer than the `best`, or of as near ones the first."""
    if square != least:
        return square < least
    if here % nx != best % nx:
        return here % nx < best % nx
    if here // nx % ny != best // nx % ny:
        return here // nx % ny < best // nx % ny
    return here < best


@kernel
def _offer(nearest, way, closed, place, far, reach):
    """Let a voxel that has opened be the outlet of all that lie nearest to it."""
    nz, ny, nx = closed.shape
    z, y, x = place
    here = (z * ny + y) * nx + x
    for a in range(max(0, z - reach), min(nz, z + reach + 1)):
        for b in range(max(0, y - reach), min(ny, y + reach + 1)):
            away = (a - z) ** 2 + (b - y) ** 2
            if far[a, b] < away:
                continue
            along = int(np.sqrt(far[a, b] - away))
            for c in range(max(0, x - along), min(nx, x + along + 1)):
                square, old = away + (c - x) ** 2, nearest[a, b, c]
                least = way[a, b, c]
                if closed[a, b, c] and _comes_first(square, here, least, old, ny, nx):
                    nearest[a, b, c], way[a, b, c] = here, square


_mended = Direct(_mend)
