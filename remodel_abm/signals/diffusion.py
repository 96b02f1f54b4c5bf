"""Steady fields of secreted signals: spread, decay and secretion in balance around bone.

A `Solver` holds the balance of one medium, diffusivity and decay, prepared once for many days.
With a grid of a few voxels per diffusion length, over-relaxed sweeps over the two colours of a
checkerboard cost least. Each colour lies in memory by itself, so that its sweep is one straight
run, and in a volume the sweeps follow each other a plane apart, so that a plane is still in cache
when its next turn comes.
"""

import math
from itertools import product

import numpy as np

from remodel_abm.kernel import kernel
from remodel_abm.signals.medium import Medium

PMOL_PER_L = 1e6  # of 1 zmol/um3
LEAST_SWEEPS, MOST_SWEEPS = 2, 40  # before the imbalance is looked at again
# Rows of a solver's table: exchange of the first colour with its neighbours [1/d], in the order
# in which `_relax` reads it; then two rows each, one a colour: all exchange and decay [1/d], one
# over it [d], decay [1/d], concentration [pmol/L], source and what balance asks for instead.
TOTAL, INVERSE, DECAY, HELD, MADE, ASKED, ROWS = 7, 9, 11, 13, 15, 17, 19


@kernel
def _relax(table, into, colour, at, n, row, plane, omega):
    """Bring the `n` voxels of a colour from `at` on towards balance with their neighbours.

    The two colours share the exchange through their faces: the face before one is the face
    behind the other. Neighbours along x stand one place before, at the same and one place after;
    which two of the three exchange differs from row to row.
    """
    other = table[HELD + 1 - colour]
    t1 = table[1, at : at + n]
    if colour == 0:
        t0, t2 = table[0, at : at + n], table[2, at : at + n]
        t3, t4 = table[3, at : at + n], table[4, at : at + n]
        t5, t6 = table[5, at : at + n], table[6, at : at + n]
    else:
        t0, t2 = table[2, at - 1 : at - 1 + n], table[0, at + 1 : at + 1 + n]
        t3, t4 = table[4, at - row : at - row + n], table[3, at + row : at + row + n]
        t5, t6 = table[6, at - plane : at - plane + n], table[5, at + plane : at + plane + n]
    x0, x1, x2 = other[at - 1 : at - 1 + n], other[at : at + n], other[at + 1 : at + 1 + n]
    x3, x4 = other[at - row : at - row + n], other[at + row : at + row + n]
    x5, x6 = other[at - plane : at - plane + n], other[at + plane : at + plane + n]
    made, inverse = table[MADE + colour, at : at + n], table[INVERSE + colour, at : at + n]
    new, keep = table[into + colour, at : at + n], 1.0 - omega
    if plane == 0:
        for i in range(n):
            gain = made[i] + t0[i] * x0[i] + t1[i] * x1[i] + t2[i] * x2[i]
            gain += t3[i] * x3[i] + t4[i] * x4[i]
            value = keep * new[i] + omega * inverse[i] * gain
            new[i] = value if value > 0.0 else 0.0
    else:
        for i in range(n):
            gain = made[i] + t0[i] * x0[i] + t1[i] * x1[i] + t2[i] * x2[i]
            gain += t3[i] * x3[i] + t4[i] * x4[i] + t5[i] * x5[i] + t6[i] * x6[i]
            value = keep * new[i] + omega * inverse[i] * gain
            new[i] = value if value > 0.0 else 0.0


@kernel
def _sweep(table, layout, sweeps, radius):
    """Sweep over both colours with the over-relaxation of Chebyshev, the last time without."""
    depth, first, n, row, plane = layout
    halves = 2 * sweeps
    omega = np.ones(halves)
    for half in range(1, halves - 2):
        omega[half] = 1.0 / (1.0 - (0.5 if half == 1 else 0.25 * omega[half - 1]) * radius**2)
    for step in range(depth + halves - 1):
        for half in range(max(0, step - depth + 1), min(halves, step + 1)):
            at = first + (step - half) * plane
            _relax(table, HELD, half % 2, at, n, row, plane, omega[half])


@kernel
def _imbalance(table, layout, colours, lanes):
    """Return four sums: of imbalances' sizes, and of concentration times source, loss, decay.

    Sums run in lanes side by side, which a processor adds at once in one order for all.
    """
    depth, first, n, row, plane = layout
    rest, cs, cq, cm = lanes[0], lanes[1], lanes[2], lanes[3]
    lanes[:] = 0.0
    for k in range(depth * colours):
        colour, at = k % colours, first + k // colours * plane
        _relax(table, ASKED, colour, at, n, row, plane, 1.0)
        total, decay = table[TOTAL + colour, at : at + n], table[DECAY + colour, at : at + n]
        held, made = table[HELD + colour, at : at + n], table[MADE + colour, at : at + n]
        asked = table[ASKED + colour, at : at + n]
        for i in range(n):
            over = total[i] * (asked[i] - held[i])
            rest[i] += abs(over)
            asked[i] = made[i] - over
        for i in range(n):
            cs[i] += held[i] * made[i]
            cq[i] += held[i] * asked[i]
            cm[i] += held[i] * decay[i]
    sums = np.zeros(4)
    for i in range(n):
        for k in range(4):
            sums[k] += lanes[k, i]
    return sums


@kernel
def _mix(table, layout, share, even, lanes):
    """Take `share` of the field and add `even` everywhere; return the sum of imbalances' sizes."""
    depth, first, n, _, plane = layout
    rest = lanes[0]
    rest[:] = 0.0
    for k in range(2 * depth):
        colour, at = k % 2, first + k // 2 * plane
        decay, held = table[DECAY + colour, at : at + n], table[HELD + colour, at : at + n]
        made, lost = table[MADE + colour, at : at + n], table[ASKED + colour, at : at + n]
        for i in range(n):
            held[i] = share * held[i] + (even if decay[i] > 0.0 else 0.0)
            rest[i] += abs(made[i] - share * lost[i] - even * decay[i])
    left = 0.0
    for i in range(n):
        left += rest[i]
    return left


@kernel
def _load(table, layout, values, source, scale, even):
    """Part values and sources, of which `even` per open share everywhere, by colour.

    Returns the sums of sources, of those put into closed voxels, and of decay.
    """
    nz, ny, nx = values.shape
    row, plane = layout[3], (ny + 2) * layout[3]
    made_in_all, lost, decays = 0.0, 0.0, 0.0
    table[HELD:ROWS] = 0.0
    for r in range(2 * nz * ny):
        shift, z, y = r % 2, r // 2 // ny, r // 2 % ny
        at, n = (z + 1) * plane + (y + 1) * row + 1, (nx - shift + 1) // 2
        colour = (z + y + shift) % 2
        decay, held = table[DECAY + colour, at : at + n], table[HELD + colour, at : at + n]
        made, given, line = table[MADE + colour, at : at + n], source[z, y], values[z, y]
        for j in range(n):
            what, old = scale * given[2 * j + shift], line[2 * j + shift]
            if decay[j] > 0.0:
                held[j] = old if old > 0.0 else 0.0
                made[j] = what + even * decay[j]
                made_in_all += made[j]
                decays += decay[j]
            else:
                lost += what
    return made_in_all + lost, lost, decays


@kernel
def _unload(table, layout, values):
    """Put the colours together again."""
    nz, ny, nx = values.shape
    row, plane = layout[3], (ny + 2) * layout[3]
    for r in range(2 * nz * ny):
        shift, z, y = r % 2, r // 2 // ny, r // 2 % ny
        at, n = (z + 1) * plane + (y + 1) * row + 1, (nx - shift + 1) // 2
        held, line = table[HELD + (z + y + shift) % 2, at : at + n], values[z, y]
        for j in range(n):
            line[2 * j + shift] = held[j]


@kernel
def _start(table, layout, total, decays, sums, lanes):
    """Begin from the mixture of the field as it was and an even one that is nearest to balance.

    Nearest in energy, which is also the one that keeps the mass.
    """
    cs, cq, cm = sums[1], sums[2], sums[3]
    unlike = cq * decays - cm * cm
    share, even = 0.0, total / decays
    if unlike > 1e-9 * cq * decays:  # else the field is even itself
        share = max(0.0, (cs * decays - cm * total) / unlike)
        even = (total - share * cm) / decays
        if even < 0.0:  # must not take away
            share, even = total / cm, 0.0
    return _mix(table, layout, share, even, lanes)


@kernel
def _settle(table, lanes, layout, values, source, scale, even, radius, tolerance, most):
    """Do what `Solver.settle` says."""
    total, lost, decays = _load(table, layout, values, source, scale, even)
    sums = _imbalance(table, layout, 2, lanes)
    rest, target, done = sums[0], tolerance * total, 0
    pace = 2.0 * math.log(radius / (1.0 + math.sqrt(1.0 - radius**2)))
    if rest > target and decays > 0.0:
        rest = _start(table, layout, total - lost, decays, sums, lanes)
    while rest > target and done < most:
        need = math.log(target / rest) / pace
        sweeps = int(min(max(need + 1.0, LEAST_SWEEPS), MOST_SWEEPS, most - done))
        _sweep(table, layout, sweeps, radius)
        done += sweeps
        rest = _imbalance(table, layout, 1, lanes)[0]
    _unload(table, layout, values)
    return ((rest + lost) / total if total > 0.0 else 0.0), done


def _split(array: np.ndarray) -> np.ndarray:
    """Return what voxels of either colour hold, as two flat rows with a rim of zeros."""
    nz, ny, nx = array.shape
    parted = np.zeros((2, nz + 2, ny + 2, (nx + 1) // 2 + 2))
    for colour, z, y in product(range(2), repeat=3):
        part = array[z::2, y::2, (colour + z + y) % 2 :: 2]
        parted[colour, 1 + z : nz + 1 : 2, 1 + y : ny + 1 : 2, 1 : 1 + part.shape[2]] = part
    return parted.reshape(2, -1)


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

    References
    ----------
    Young 1971, "Iterative solution of large linear systems" (over-relaxation, Chebyshev).
    """

    def __init__(self, medium: Medium, diffusivity, decay_rate, edge, depth):
        share = medium.open_fraction
        open_to = share > 0.0
        decay = float(decay_rate) * share
        total = decay.copy()
        nz, ny, nx = self.shape = share.shape
        sides = []
        for axis, length in enumerate((depth, edge, edge)):
            face = np.moveaxis(medium[1 + axis] * (diffusivity / length**2), axis, 0)
            here = np.moveaxis(open_to, axis, 0)
            face[[0, -1]] = 0.0
            face[1:-1] *= here[1:] & here[:-1]
            low, high = (np.moveaxis(part, 0, axis) for part in (face[:-1], face[1:]))
            total += low + high
            sides += [_split(low)[0], _split(high)[0]]
        row = (nx + 1) // 2 + 2
        self.table = np.zeros((ROWS, len(sides[0])))
        low, high = sides[4], sides[5]
        z, y = np.indices((nz + 2, ny + 2))
        odd = ((z + y) % 2 == 1).ravel().repeat(row)
        self.table[:7] = (
            np.where(odd, 0.0, low), np.where(odd, low, high), np.where(odd, high, 0.0),
            sides[2], sides[3], sides[0], sides[1],
        )  # fmt: skip
        self.table[TOTAL:INVERSE] = _split(total)
        self.table[INVERSE:DECAY] = _split(np.divide(1.0, total, where=open_to, out=total))
        self.table[DECAY:HELD] = _split(decay)
        plane = (ny + 2) * row
        self.layout = nz, plane + row + 1, ny * row - 2, row, plane if nz > 1 else 0
        self.lanes = np.zeros((4, self.layout[2]))
        capacity, passing = float(decay.sum()), float(self.table[TOTAL:INVERSE].sum())
        # Of the even field under Jacobi's method: the slowest to settle, unless a corner is slower.
        self.radius = max(0.1, 1.0 - capacity / passing) if passing > 0.0 else 0.1
        self.per_volume = PMOL_PER_L / (edge * edge * depth)
        self.per_capacity = self.per_volume / capacity if capacity > 0.0 else 0.0

    def settle(self, values, source, tolerance, even=0.0, most=1000):
        """Bring a field into balance with its sources, starting from the field that is there.

        Parameters
        ----------
        values : (nz, ny, nx) float64
            Concentration, changed in place; never negative, 0 in closed voxels. [pmol/L]
        source : (nz, ny, nx) float64
            Secretion into each coarse voxel, not negative. What is put into a closed voxel is
            lost and counts in the returned residual. [zmol/d]
        tolerance
            Of the residual over the open voxels. [1]
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
        return _settle(
            self.table, self.lanes, self.layout, values, source, self.per_volume,
            even * self.per_capacity, self.radius, tolerance, most,
        )  # fmt: skip
