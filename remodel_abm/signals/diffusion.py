"""Steady fields of secreted signals: spread, decay and secretion in balance around bone.

A `Solver` holds the balance of one medium, diffusivity and decay, prepared once for many days.
With a grid of a few voxels per diffusion length, over-relaxed sweeps over the two colours of a
checkerboard cost least. Each colour lies in memory by itself and without gaps, so that its sweep
is one straight run, and in a volume the sweeps follow each other some planes apart, so that a plane
is still in cache when its next turn comes.
"""

import math

import numpy as np

from remodel_abm.kernel import Direct, kernel
from remodel_abm.signals.medium import Medium
from remodel_abm.signals.table import (
    ASKED,
    DECAY,
    GAP,
    HELD,
    INVERSE,
    MADE,
    ROWS,
    TOTAL,
    balance,
    fill,
    fold,
    load,
    unload,
)  # fmt: skip

PMOL_PER_L = 1e6  # of 1 zmol/um3
LEAST_SWEEPS, MOST_SWEEPS = 2, 40  # before the imbalance is looked at again
BLOCK = 512  # voxels of a colour that are summed side by side
ALIGNED = 16  # numbers of a cache line
RUN = 6000  # voxels of a colour that one call relaxes: whole planes, at least one
UNLIKE = 1e-6  # a field less unlike an even one is taken for one
ROUNDING = 1e-6  # of single precision, over the sums of a balance


@kernel
def _relax(table, new, colour, at, row, plane, keep, omega):
    """Bring the values `new` of voxels of a colour, from `at` on, to balance with their neighbours.

    The two colours share the exchange through their faces: the face before one is the face
    behind the other. Neighbours along x stand one place before, at the same and one place after;
    which two of the three exchange differs from row to row. Over the border stands some other
    voxel, with which nothing is exchanged.
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
    """Sweep over both colours with the over-relaxation of Chebyshev, the last time without.

    Half sweeps follow each other a run of planes apart.
    """
    depth, first, n, row, plane, run = layout
    halves = 2 * sweeps
    keep, omega = pace[0], pace[1]
    relaxation = 1.0
    for half in range(1, halves):
        share = 0.5 if half == 1 else 0.25
        relaxation = 1.0 / (1.0 - share * relaxation * radius * radius)
        if half >= halves - 2:
            relaxation = 1.0
        keep[half], omega[half] = 1.0 - relaxation, relaxation
    runs = (depth + run - 1) // run
    for step in range(runs + halves - 1):
        for half in range(max(0, step - runs + 1), min(halves, step + 1)):
            z = (step - half) * run
            at, m = first + z * plane, min(run, depth - z) * n
            new = table[HELD + half % 2, at : at + m]
            _relax(table, new, half % 2, at, row, plane, keep[half], omega[half])


@kernel
def _imbalance(table, layout, colours, lanes, sums, pace):
    """Sum imbalances' sizes, and concentration times source, loss, decay, into a column of `sums`.

    Sums run in lanes side by side, which a processor adds at once in one order for all; a block
    of so many voxels stays in its nearest cache.
    """
    depth, first, n, row, plane, run = layout
    used, wide = lanes[:1] if colours == 1 else lanes, lanes.shape[1]
    used[:] = 0.0
    for top in range(0, depth, run):
        for colour in range(colours):
            at, m = first + top * plane, min(run, depth - top) * n
            asked = table[ASKED + colour, at : at + m]
            _relax(table, asked, colour, at, row, plane, pace[0, 0], pace[1, 0])
        for k in range(min(run, depth - top) * colours):
            colour, at = k % colours, first + (top + k // colours) * plane
            for start in range(0, n, wide):
                m = min(wide, n - start)
                _weigh(table, colour, at + start, m, colours, lanes)
    fold(lanes, sums, row, len(used))


@kernel
def _weigh(table, colour, at, m, colours, lanes):
    """Add up a block, for which the table holds what balance would have; leave what it asks."""
    asked = table[ASKED + colour, at : at + m]
    total, decay = table[TOTAL + colour, at : at + m], table[DECAY + colour, at : at + m]
    held, made = table[HELD + colour, at : at + m], table[MADE + colour, at : at + m]
    rest, cs, cq, cm = lanes[0], lanes[1], lanes[2], lanes[3]
    # Few tables a loop: of more, a compiler checks no longer that they lie apart, and goes singly.
    for i in range(m):
        asked[i] = total[i] * (asked[i] - held[i])
        rest[i] += abs(asked[i])
    if colours == 1:
        return
    for i in range(m):
        asked[i] = made[i] - asked[i]
        cq[i] += held[i] * asked[i]
    for i in range(m):
        cs[i] += held[i] * made[i]
        cm[i] += held[i] * decay[i]


@kernel
def _mix(table, layout, share, even, lanes, sums):
    """Take a share of the field and add to it everywhere; return the sum of imbalances' sizes."""
    depth, first, n, row, plane, _ = layout
    rest, wide = lanes[0], lanes.shape[1]
    rest[:] = 0.0
    for k in range(2 * depth):
        colour, at = k % 2, first + k // 2 * plane
        for start in range(0, n, wide):
            here, m = at + start, min(wide, n - start)
            decay, held = (
                table[DECAY + colour, here : here + m],
                table[HELD + colour, here : here + m],
            )
            made, lost = (
                table[MADE + colour, here : here + m],
                table[ASKED + colour, here : here + m],
            )
            for i in range(m):
                held[i] = share * held[i] + (even if decay[i] > 0.0 else 0.0)
                rest[i] += abs(made[i] - share * lost[i] - even * decay[i])
    fold(lanes, sums, row, 1)
    return sums[0, 0]


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
def _settle(table, lanes, sums, pace, layout, values, source, rates, most):
    """Do what `Solver.settle` says."""
    capacity, radius = rates[2], rates[3]
    total, lost = load(table, layout, values, source, rates, lanes, sums)
    if total == 0.0:
        values[:] = 0.0
        return 0.0, 0
    target, done = rates[4] * total, 0
    gain = 2.0 * math.log(radius / (1.0 + math.sqrt(1.0 - radius * radius)))
    while True:
        _imbalance(table, layout, 1 if done > 0 else 2, lanes, sums, pace)
        rest, cs, cq, cm = sums[:, 0]
        if rest > target and done == 0 and capacity > 0.0:
            share, even = _mixture(cs, cq, cm, total - lost, capacity)
            rest = _mix(table, layout, share, even, lanes, sums)
        if not rest > target or done >= most:
            break
        need = 1.0 + math.log(target / rest) / gain
        sweeps = int(min(max(need, LEAST_SWEEPS), MOST_SWEEPS, most - done))
        _sweep(table, layout, sweeps, radius, pace)
        done += sweeps
    unload(table, layout, values)
    return ((rest + lost) / total if total > 0.0 else 0.0), done


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
        exchange = diffusivity / np.array([depth, edge, edge]) ** 2
        sides, total, decay = balance(medium, exchange, float(decay_rate))
        nz, ny, nx = decay.shape
        capacity, passing = float(decay.sum()), float(total.sum())
        exact = passing * ROUNDING > tolerance * capacity
        row = (nx + 1) // 2
        plane, lines = ny * row, max(1, min(BLOCK // (row + GAP), ny))
        rim = -(-(plane + 1) // ALIGNED) * ALIGNED
        run = max(1, RUN // plane)
        self.layout = nz, rim, plane, row, plane if nz > 1 else 0, run
        self.lanes = np.zeros((4, row * lines))
        self.sums = np.zeros((4, (row + GAP) * lines))
        self.table = np.zeros((ROWS, nz * plane + 2 * rim), np.float64 if exact else np.float32)
        # What a voxel keeps and what it takes of its balance in each half of a sweep.
        self.pace = np.zeros((2, 2 * MOST_SWEEPS), self.table.dtype)
        self.pace[1] = 1.0
        fill(self.table, self.layout, sides, total, decay)
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
            self.table, self.lanes, self.sums, self.pace, self.layout, values, source, self.rates,
            most,
        )  # fmt: skip
