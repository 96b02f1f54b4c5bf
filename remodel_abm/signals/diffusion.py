"""Steady fields of secreted signals: spread, decay and secretion in balance around bone.

A `Solver` holds the balance of one medium, diffusivity and decay, prepared once for many days.
With a grid of a few voxels per diffusion length, over-relaxed sweeps over the two colours of a
checkerboard cost least. Each colour lies in memory by itself, so that its sweep is one straight
run, and in a volume the sweeps follow each other a plane apart, so that a plane is still in cache
when its next turn comes.
"""

import math

import numpy as np

from remodel_abm.kernel import Direct, kernel
from remodel_abm.signals.medium import Medium

PMOL_PER_L = 1e6  # of 1 zmol/um3
LEAST_SWEEPS, MOST_SWEEPS = 2, 40  # before the imbalance is looked at again
UNLIKE = 1e-6  # a field less unlike an even one is taken for one
ROUNDING = 1e-6  # of single precision, over the sums of a balance
# Rows of a solver's table: exchange of the first colour with its neighbours [1/d], in the order
# in which `_relax` reads it; then two rows each, one a colour: all exchange and decay [1/d], one
# over it [d], decay [1/d], concentration [pmol/L], source and what balance asks for instead.
TOTAL, INVERSE, DECAY, HELD, MADE, ASKED, ROWS = 7, 9, 11, 13, 15, 17, 19


@kernel
def _relax(table, new, colour, at, row, plane, keep, omega):
    """Bring the values `new` of voxels of a colour, from `at` on, to balance with their neighbours.

    The two colours share the exchange through their faces: the face before one is the face
    behind the other. Neighbours along x stand one place before, at the same and one place after;
    which two of the three exchange differs from row to row.
    """
    n, zero = len(new), table[0, 0]  # zero of the table's own precision
    other = table[HELD + 1 - colour]
    t0, t1 = table[2 * colour, at - colour : at - colour + n], table[1, at : at + n]
    t2 = table[2 - 2 * colour, at + colour : at + colour + n]
    y, z = at - colour * row, at - colour * plane
    t3, t5 = table[3 + colour, y : y + n], table[5 + colour, z : z + n]
    y, z = at + colour * row, at + colour * plane
    t4, t6 = table[4 - colour, y : y + n], table[6 - colour, z : z + n]
    x0, x1, x2 = other[at - 1 : at - 1 + n], other[at : at + n], other[at + 1 : at + 1 + n]
    x3, x4 = other[at - row : at - row + n], other[at + row : at + row + n]
    x5, x6 = other[at - plane : at - plane + n], other[at + plane : at + plane + n]
    made, inverse = table[MADE + colour, at : at + n], table[INVERSE + colour, at : at + n]
    if plane == 0:
        for i in range(n):
            gain = made[i] + t0[i] * x0[i] + t1[i] * x1[i] + t2[i] * x2[i]
            gain += t3[i] * x3[i] + t4[i] * x4[i]
            value = keep * new[i] + omega * inverse[i] * gain
            new[i] = value if value > zero else zero
    else:
        for i in range(n):
            gain = made[i] + t0[i] * x0[i] + t1[i] * x1[i] + t2[i] * x2[i]
            gain += t3[i] * x3[i] + t4[i] * x4[i] + t5[i] * x5[i] + t6[i] * x6[i]
            value = keep * new[i] + omega * inverse[i] * gain
            new[i] = value if value > zero else zero


@kernel
def _sweep(table, layout, sweeps, radius, pace):
    """Sweep over both colours with the over-relaxation of Chebyshev, the last time without."""
    depth, first, n, row, plane = layout
    halves = 2 * sweeps
    keep, omega = pace[0], pace[1]
    relaxation = 1.0
    for half in range(1, halves):
        share = 0.5 if half == 1 else 0.25
        relaxation = 1.0 / (1.0 - share * relaxation * radius * radius)
        if half >= halves - 2:
            relaxation = 1.0
        keep[half], omega[half] = 1.0 - relaxation, relaxation
    for step in range(depth + halves - 1):
        for half in range(max(0, step - depth + 1), min(halves, step + 1)):
            at = first + (step - half) * plane
            new = table[HELD + half % 2, at : at + n]
            _relax(table, new, half % 2, at, row, plane, keep[half], omega[half])


@kernel
def _imbalance(table, layout, colours, lanes, pace):
    """Sum imbalances' sizes, and concentration times source, loss, decay, into a column of `lanes`.

    Sums run in lanes side by side, which a processor adds at once in one order for all.
    """
    depth, first, n, row, plane = layout
    rest, cs, cq, cm = lanes[0], lanes[1], lanes[2], lanes[3]
    used = lanes[:1] if colours == 1 else lanes
    used[:] = 0.0
    for k in range(depth * colours):
        colour, at = k % colours, first + k // colours * plane
        total, decay = table[TOTAL + colour, at : at + n], table[DECAY + colour, at : at + n]
        held, made = table[HELD + colour, at : at + n], table[MADE + colour, at : at + n]
        asked = table[ASKED + colour, at : at + n]
        _relax(table, asked, colour, at, row, plane, pace[0, 0], pace[1, 0])
        # One table written a loop: with more, a compiler cannot tell them apart and goes singly.
        for i in range(n):
            asked[i] = total[i] * (asked[i] - held[i])
        for i in range(n):
            rest[i] += abs(asked[i])
        for i in range(n):
            asked[i] = made[i] - asked[i]
        if colours == 2:
            for i in range(n):
                cs[i] += held[i] * made[i]
            for i in range(n):
                cq[i] += held[i] * asked[i]
            for i in range(n):
                cm[i] += held[i] * decay[i]
    fold(used)


@kernel
def fold(lanes):
    """Leave the sum of each row in its first place, by folding it in halves."""
    n = lanes.shape[1]
    while n > 1:
        half = (n + 1) // 2
        for k in range(len(lanes)):
            low, high = lanes[k, : n - half], lanes[k, half:n]
            for i in range(n - half):
                low[i] += high[i]
        n = half


@kernel
def _mix(table, layout, share, even, lanes):
    """Take a share of the field and add to it everywhere; return the sum of imbalances' sizes."""
    depth, first, n, _, plane = layout
    rest = lanes[0]
    rest[:] = 0.0
    for k in range(2 * depth):
        colour, at = k % 2, first + k // 2 * plane
        decay, held = table[DECAY + colour, at : at + n], table[HELD + colour, at : at + n]
        made, lost = table[MADE + colour, at : at + n], table[ASKED + colour, at : at + n]
        for i in range(n):
            held[i] = share * held[i] + (even if decay[i] > 0.0 else 0.0)
        for i in range(n):
            rest[i] += abs(made[i] - share * lost[i] - even * decay[i])
    fold(lanes[:1])
    return rest[0]


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
def _load(table, layout, values, source, rates, lanes):
    """Part values and sources by colour; return the sums of sources and of those lost in walls."""
    nz, ny, nx = values.shape
    _, first, _, row, plane = layout
    half = (nx + 1) // 2
    lanes[:] = 0.0
    for z in range(nz):
        for y in range(ny):
            here, c = y * row, (z + y) % 2
            at = first + z * plane + here
            _part(source[z, y], lanes[c, here : here + half], lanes[1 - c, here : here + half])
            even, odd = table[HELD + c, at : at + half], table[HELD + 1 - c, at : at + half]
            _part(values[z, y], even, odd)
        for colour in range(2):
            _close(table, layout, first + z * plane, colour, rates, lanes)
    fold(lanes[2:])
    return lanes[2, 0], lanes[3, 0]


@kernel
def _close(table, layout, at, colour, rates, lanes):
    """Let a plane's sources of one colour count, and keep what is closed empty."""
    n, zero = layout[2], table[0, 0]
    scale, even = rates[0], rates[1]
    given, total, lost = lanes[colour], lanes[2], lanes[3]
    decay, held = table[DECAY + colour, at : at + n], table[HELD + colour, at : at + n]
    made, asked = table[MADE + colour, at : at + n], table[ASKED + colour, at : at + n]
    for i in range(n):
        given[i] = scale * given[i] + even * decay[i]
    for i in range(n):
        total[i] += given[i]
    for i in range(n):
        lost[i] += 0.0 if decay[i] > zero else given[i]
    for i in range(n):
        made[i] = given[i] if decay[i] > zero else 0.0
    for i in range(n):
        held[i] = held[i] if held[i] > zero and decay[i] > zero else zero
    asked[:] = zero


@kernel
def _unload(table, layout, values):
    """Put the colours together again."""
    nz, ny, nx = values.shape
    _, first, _, row, plane = layout
    half = (nx + 1) // 2
    for z in range(nz):
        for y in range(ny):
            at, c = first + z * plane + y * row, (z + y) % 2
            even, odd = table[HELD + c, at : at + half], table[HELD + 1 - c, at : at + half]
            _join(values[z, y], even, odd)


@kernel
def _mixture(cs, cq, cm, made, capacity):
    """Return how much of the field as it was, and how much all over, come nearest to balance.

    Nearest in energy, which is also what keeps the mass.
    """
    unlike = cq * capacity - cm * cm
    share, even = 0.0, made / capacity
    if unlike > UNLIKE * cq * capacity:
        share = max(0.0, (cs * capacity - cm * made) / unlike)
        even = (made - share * cm) / capacity
        if even < 0.0:  # must not take away
            share, even = made / cm, 0.0
    return share, even


@kernel
def _settle(table, lanes, pace, layout, values, source, rates, most):
    """Do what `Solver.settle` says."""
    capacity, radius = rates[2], rates[3]
    total, lost = _load(table, layout, values, source, rates, lanes)
    if total == 0.0:
        values[:] = 0.0
        return 0.0, 0
    target, done = rates[4] * total, 0
    gain = 2.0 * math.log(radius / (1.0 + math.sqrt(1.0 - radius * radius)))
    while True:
        _imbalance(table, layout, 1 if done > 0 else 2, lanes, pace)
        rest, cs, cq, cm = lanes[:, 0]
        if rest > target and done == 0 and capacity > 0.0:
            share, even = _mixture(cs, cq, cm, total - lost, capacity)
            rest = _mix(table, layout, share, even, lanes)
        if not rest > target or done >= most:
            break
        need = 1.0 + math.log(target / rest) / gain
        sweeps = int(min(max(need, LEAST_SWEEPS), MOST_SWEEPS, most - done))
        _sweep(table, layout, sweeps, radius, pace)
        done += sweeps
    _unload(table, layout, values)
    return ((rest + lost) / total if total > 0.0 else 0.0), done


@kernel
def _fill(table, layout, sides, total, decay):
    """Fill what does not change from day to day, voxels parted by colour.

    Parameters
    ----------
    sides
        (3, 2, nz, ny, nx), exchange with the lower and higher neighbour along each axis. [1/d]
    total, decay
        (nz, ny, nx), all exchange and decay, and decay. [1/d]
    """
    nz, ny, nx = decay.shape
    _, first, _, row, plane = layout
    for k in range(nz * ny * nx):
        z, y, x = k // (ny * nx), k // nx % ny, k % nx
        i, colour = first + z * plane + y * row + x // 2, (z + y + x) % 2
        table[TOTAL + colour, i], table[DECAY + colour, i] = total[z, y, x], decay[z, y, x]
        table[INVERSE + colour, i] = 1.0 / total[z, y, x] if total[z, y, x] > 0.0 else 0.0
        if colour == 0:
            # Neighbours along x: one before and the same place, or the same and one after.
            table[x % 2, i], table[1 + x % 2, i] = sides[2, 0, z, y, x], sides[2, 1, z, y, x]
            for side in range(2):
                table[3 + side, i] = sides[1, side, z, y, x]
                table[5 + side, i] = sides[0, side, z, y, x]


@kernel
def _exchange(room, faces, exchange, decay_rate, sides, total, decay):
    """Find each voxel's exchange with its neighbours, and decay; none with closed ones.

    Parameters
    ----------
    room, faces
        Open share of each voxel, and of its faces across z, y and x, as in `Medium`. [1]
    exchange
        Of a face that is all open, along each axis. [1/d]
    sides, total, decay
        What is filled; as in `_fill`.
    """
    nz, ny, nx = room.shape
    for k in range(nz * ny * nx):
        z, y, x = k // (ny * nx), k // nx % ny, k % nx
        whole = 0.0
        for axis in range(3):
            a, b, c = 1 * (axis == 0), 1 * (axis == 1), 1 * (axis == 2)
            face = faces[axis]
            low = high = 0.0
            if (z, y, x)[axis] > 0 and room[z, y, x] > 0.0 and room[z - a, y - b, x - c] > 0.0:
                low = face[z, y, x] * exchange[axis]
            last = (nz, ny, nx)[axis] - 1
            if (z, y, x)[axis] < last and room[z, y, x] > 0.0 and room[z + a, y + b, x + c] > 0.0:
                high = face[z + a, y + b, x + c] * exchange[axis]
            sides[axis, 0, z, y, x], sides[axis, 1, z, y, x] = low, high
            whole += low + high
        decay[z, y, x] = decay_rate * room[z, y, x]
        total[z, y, x] = decay[z, y, x] + whole


_exchanged = Direct(_exchange)


class Solver:
    """The steady balance of spread and decay in one medium.

    In each voxel of volume V = edge^2 depth, with A_f the area of face f, w_f its open share and
    L_f the distance to the neighbour j: sum_f D A_f w_f (c_j - c_i) / L_f + s_i = k V open_i c_i.

    Parameters
    ----------
    medium
        Where it spreads.
    diffusivity, decay_rate
        D [um2/d] and k [1/d], both positive.
    edge, depth
        Size of a coarse voxel in y and x, and in z (the thickness of a section). [um]
    tolerance
        Of the residual over the open voxels; single precision serves where it allows. [1]

    References
    ----------
    Young 1971, "Iterative solution of large linear systems" (over-relaxation, Chebyshev).
    """

    def __init__(self, medium: Medium, diffusivity, decay_rate, edge, depth, tolerance):
        room, *faces = (np.ascontiguousarray(array) for array in medium)
        nz, ny, nx = shape = room.shape
        exchange = diffusivity / np.array([depth, edge, edge]) ** 2
        sides, total, decay = np.empty((3, 2, *shape)), np.empty(shape), np.empty(shape)
        _exchanged(room, tuple(faces), exchange, float(decay_rate), sides, total, decay)
        capacity, passing = float(decay.sum()), float(total.sum())
        exact = passing * ROUNDING > tolerance * capacity
        row = (nx + 1) // 2 + 2
        plane = (ny + 2) * row
        deep = plane if nz > 1 else 0  # a section has no rim of planes
        self.layout = nz, deep + row + 1, ny * row - 2, row, deep
        self.lanes = np.zeros((4, self.layout[2]))
        self.table = np.zeros((ROWS, nz * plane + 2 * deep), np.float64 if exact else np.float32)
        # What a voxel keeps and what it takes of its balance in each half of a sweep.
        self.pace = np.zeros((2, 2 * MOST_SWEEPS), self.table.dtype)
        self.pace[1] = 1.0
        _fill(self.table, self.layout, sides, total, decay)
        # Of the even field under Jacobi's method: the slowest to settle, unless a corner is slower.
        radius = max(0.1, 1.0 - capacity / passing) if capacity > 0.0 else 0.1
        per_volume = PMOL_PER_L / (edge * edge * depth)
        self.rates = np.array([per_volume, 0.0, capacity, radius, tolerance])
        self._settle = Direct(_settle)

    def settle(self, values, source, even=0.0, most=1000):
        """Bring a field into balance with its sources, starting from the field that is there.

        Parameters
        ----------
        values : (nz, ny, nx) float64
            Concentration, changed in place; never negative, 0 in closed voxels. [pmol/L]
        source : (nz, ny, nx) float64
            Secretion into each coarse voxel, not negative. What is put into a closed voxel is
            lost and counts in the returned residual. [zmol/d]
        even
            Secretion spread over all open volume. [zmol/d]
        most
            Sweeps to spend at most.

        Returns
        -------
        residual
            Sum of the imbalances' sizes over the sum of the sources, 0 without sources. [1]
        sweeps
            Sweeps done, 0 if the field was in balance or needed but a mixture.
        """
        capacity = self.rates[2]
        self.rates[1] = even * self.rates[0] / capacity if capacity > 0.0 else 0.0
        return self._settle(
            self.table, self.lanes, self.pace, self.layout, values, source, self.rates, most
        )
