"""The table that a solve works in: what each voxel exchanges, parted by colour, filled and read.

Each colour of the checkerboard lies in memory by itself, line after line and plane after plane,
with a rim of nought before the first and behind the last.
"""

import numpy as np

from remodel_abm.kernel import Direct, kernel
from remodel_abm.signals.medium import Medium

# Rows of a solver's table: exchange of the first colour with its neighbours [1/d], in the order
# in which `_relax` reads it; then two rows each, one a colour: all exchange and decay [1/d], one
# over it [d], decay [1/d], concentration [pmol/L], source and what balance asks for instead.
TOTAL, INVERSE, DECAY, HELD, MADE, ASKED, ROWS = 7, 9, 11, 13, 15, 17, 19
# Lanes left empty behind each line while they are folded. Another number sums in another order,
# which is another last digit.
GAP = 2


@kernel
def _sides(room, faces, exchange, sides):
    """Find each voxel's exchange with its neighbours; none with closed ones. As in `balance`."""
    nz, ny, nx = room.shape
    for axis in range(3):
        a, b, c = 1 * (axis == 0), 1 * (axis == 1), 1 * (axis == 2)
        low, high, face, most = sides[axis, 0], sides[axis, 1], faces[axis], exchange[axis]
        low[:], high[:] = 0.0, 0.0
        for r in range((nz - a) * (ny - b)):
            z, y = r // (ny - b), r % (ny - b)
            for x in range(nx - c):
                if room[z, y, x] > 0.0 and room[z + a, y + b, x + c] > 0.0:
                    both = face[z + a, y + b, x + c] * most
                    high[z, y, x], low[z + a, y + b, x + c] = both, both


@kernel
def _total(sides, decay, total):
    """Add up all exchange and decay of each voxel."""
    for k in range(len(total)):
        whole = sides[0, k] + sides[1, k]
        whole += sides[2, k] + sides[3, k]
        whole += sides[4, k] + sides[5, k]
        total[k] = decay[k] + whole


_found_sides, _summed = Direct(_sides), Direct(_total)


def balance(medium: Medium, exchange: np.ndarray, decay_rate: float):
    """Return what each voxel of a medium exchanges and loses.

    Parameters
    ----------
    medium
        Where the signal spreads.
    exchange
        (3,), of a face that is all open, along each axis. [1/d]
    decay_rate
        Of the signal. [1/d]

    Returns
    -------
    sides
        (3, 2, nz, ny, nx), exchange with the lower and higher neighbour along each axis. [1/d]
    total, decay
        (nz, ny, nx), all exchange and decay, and decay. [1/d]
    """
    room, *faces = (np.ascontiguousarray(array) for array in medium)
    sides, total = np.empty((3, 2, *room.shape)), np.empty(room.shape)
    decay = decay_rate * room
    _found_sides(room, tuple(faces), exchange, sides)
    _summed(sides.reshape(6, -1), decay.ravel(), total.ravel())
    return sides, total, decay


@kernel
def fill(table, layout, sides, total, decay):
    """Fill what does not change from day to day, voxels parted by colour.

    Parameters
    ----------
    sides
        (3, 2, nz, ny, nx), exchange with the lower and higher neighbour along each axis. [1/d]
    total, decay
        (nz, ny, nx), all exchange and decay, and decay. [1/d]
    """
    nz, ny, nx = decay.shape
    _, first, _, row, plane, _ = layout
    for r in range(nz * ny):
        z, y = r // ny, r % ny
        for x in range(nx):
            i, colour = first + z * plane + y * row + x // 2, (z + y + x) % 2
            whole = total[z, y, x]
            table[TOTAL + colour, i], table[DECAY + colour, i] = whole, decay[z, y, x]
            table[INVERSE + colour, i] = 1.0 / whole if whole > 0.0 else 0.0
            if colour == 0:
                # Neighbours along x: one before and the same place, or the same and one after.
                table[x % 2, i], table[1 + x % 2, i] = sides[2, 0, z, y, x], sides[2, 1, z, y, x]
                table[3, i], table[4, i] = sides[1, 0, z, y, x], sides[1, 1, z, y, x]
                table[5, i], table[6, i] = sides[0, 0, z, y, x], sides[0, 1, z, y, x]


@kernel
def fold(lanes, sums, row, number):
    """Leave the sums of the first lanes in the first places of `sums`, folded there in halves."""
    for k in range(number):
        for line in range(lanes.shape[1] // row):
            here = line * (row + GAP)
            apart, lane = sums[k, here : here + row + GAP], lanes[k, line * row : (line + 1) * row]
            for i in range(row):
                apart[i] = lane[i]
            apart[row:] = 0.0
    n = sums.shape[1]
    while n > 1:
        half = (n + 1) // 2
        for k in range(number):
            low, high = sums[k, : n - half], sums[k, half:n]
            for i in range(n - half):
                low[i] += high[i]
        n = half


@kernel
def _part(line, even, odd):
    """Part a line of voxels into every other one; nothing follows the last of an odd number."""
    n = len(line) // 2
    for j in range(n):
        even[j], odd[j] = line[2 * j], line[2 * j + 1]
    if n < len(even):
        even[n], odd[n] = line[2 * n], 0.0


@kernel
def _join(line, even, odd):
    """Undo `_part`."""
    n = len(line) // 2
    for j in range(n):
        line[2 * j], line[2 * j + 1] = even[j], odd[j]
    if n < len(even):
        line[2 * n] = even[n]


@kernel
def load(table, layout, values, source, rates, lanes, sums):
    """Part values and sources by colour; return the sums of sources and of those lost in walls."""
    nz, ny, nx = values.shape
    _, first, n, row, plane, _ = layout
    half, rows = (nx + 1) // 2, lanes.shape[1] // row
    lanes[:] = 0.0
    for z in range(nz):
        for top in range(0, ny, rows):
            block = first + z * plane + top * row
            for y in range(top, min(top + rows, ny)):
                here, c = (y - top) * row, (z + y) % 2
                at = block + here
                _part(source[z, y], lanes[c, here : here + half], lanes[1 - c, here : here + half])
                even, odd = table[HELD + c, at : at + half], table[HELD + 1 - c, at : at + half]
                _part(values[z, y], even, odd)
            m = min(lanes.shape[1], n - top * row)
            _close(table, block, m, 0, rates, lanes)
            _close(table, block, m, 1, rates, lanes)
    fold(lanes[2:], sums, row, 2)
    return sums[0, 0], sums[1, 0]


@kernel
def _close(table, at, m, colour, rates, lanes):
    """Let a block's sources of one colour count, and keep what is closed empty."""
    scale, even, zero = rates[0], rates[1], table[0, 0]
    given, total, lost = lanes[colour], lanes[2], lanes[3]
    decay, held = table[DECAY + colour, at : at + m], table[HELD + colour, at : at + m]
    made, asked = table[MADE + colour, at : at + m], table[ASKED + colour, at : at + m]
    for i in range(m):
        given[i] = scale * given[i] + even * decay[i]
        total[i] += given[i]
        lost[i] += 0.0 if decay[i] > zero else given[i]
    for i in range(m):
        made[i] = given[i] if decay[i] > zero else 0.0
        held[i] = held[i] if held[i] > zero and decay[i] > zero else zero
    asked[:] = zero


@kernel
def unload(table, layout, values):
    """Put the colours together again."""
    nz, ny, nx = values.shape
    _, first, _, row, plane, _ = layout
    half = (nx + 1) // 2
    for z in range(nz):
        for y in range(ny):
            at, c = first + z * plane + y * row, (z + y) % 2
            even, odd = table[HELD + c, at : at + half], table[HELD + 1 - c, at : at + half]
            _join(values[z, y], even, odd)
