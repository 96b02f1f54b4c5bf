"""How much matrix encloses a place: the curvature that a sheet of cells feels (Bidan 2012).

Cells compare places, so most of them are told apart by `rough_enclosure`, which reads the ends of
the lines of a ball; only those that come out alike are added up voxel by voxel.
"""

from typing import NamedTuple

import numpy as np

from remodel_abm.cells.place import in_sphere, reach
from remodel_abm.kernel import allocating, kernel
from remodel_abm.tissue.fill import LEVELS, WORD, level_of
from remodel_abm.tissue.matrix import inside

# Two rough answers further apart are in the order of the exact ones: each is off by one step of
# the fill, one over `LEVELS`, and by rounding.
SLACK = 2.0**-14


@kernel
def enclosure(t, z, y, x, radius):
    """Return how much of the ball of `radius` [um] round a voxel, its middle left out, is matrix.

    Half on flat surface, less on a bump, more in a hollow: the curvature that a sheet of cells
    feels (Bidan 2012).
    """
    # Line by line, and two sums side by side: it is asked for more often than anything else.
    bone, osteoid = -t.voxels["bone"][z, y, x], -t.voxels["osteoid"][z, y, x]
    nz, ny, nx = t.voxels.shape
    rz, ry = reach(radius, t.depth), reach(radius, t.voxel)
    count = -1
    for oz in range(max(0, z - rz), min(nz, z + rz + 1)):
        tall, wide = ry, 0
        while tall >= 0 and not in_sphere(t, radius, oz - z, tall, 0):
            tall -= 1
        for oy in range(max(0, y - tall), min(ny, y + tall + 1)):
            # From one line to the next, the ball is hardly wider or narrower.
            while wide < ry and in_sphere(t, radius, oz - z, oy - y, wide + 1):
                wide += 1
            while not in_sphere(t, radius, oz - z, oy - y, wide):
                wide -= 1
            first, last = max(0, x - wide), min(nx, x + wide + 1)
            for ox in range(first, last):
                bone += t.voxels["bone"][oz, oy, ox]
                osteoid += t.voxels["osteoid"][oz, oy, ox]
            count += last - first
    return (bone + osteoid) / max(count, 1)


class Ball(NamedTuple):
    """The lines of voxels along x that make up a ball."""

    wide: np.ndarray  # voxels to both sides, by offset along z and y; -1 where there is no line
    ends: np.ndarray  # (2, n) offsets in the flat fill, from its middle, to the ends of each line
    size: int  # voxels in all
    fill: np.ndarray  # of the tissue, in one line


@allocating
def ball(t, radius):
    """Return the `Ball` of `radius` [um] in the grid of a tissue."""
    nz, ny, nx = t.fill.shape
    rz, ry = 0 if nz == 1 else reach(radius, t.depth), reach(radius, t.voxel)
    wide = np.full((2 * rz + 1, 2 * ry + 1), -1)
    ends = np.zeros((2, wide.size), np.int64)
    number, size = 0, 0
    for dz in range(-rz, rz + 1):
        for dy in range(-ry, ry + 1):
            most = -1
            while most < ry and in_sphere(t, radius, dz, dy, most + 1):
                most += 1
            wide[dz + rz, dy + ry] = most
            if most >= 0:
                ends[0, number] = (dz * ny + dy) * nx - most
                ends[1, number] = ends[0, number] + 2 * most + 1
                size += 2 * most + 1
                number += 1
    return Ball(wide, ends[:, :number].copy(), size, t.fill.ravel())


@kernel
def rough_enclosure(t, z, y, x, ball):
    """Return the `enclosure` of a voxel within a `Ball`, to half of `SLACK`."""
    nz, ny, nx = t.voxels.shape
    rz, ry = ball.wide.shape[0] // 2, ball.wide.shape[1] // 2
    held, size = 0, ball.size
    if rz <= z < nz - rz and ry <= y < ny - ry and ry <= x < nx - ry:
        middle = (z * ny + y) * (nx + 1) + x
        for k in range(ball.ends.shape[1]):
            first, last = middle + ball.ends[0, k], middle + ball.ends[1, k]
            held += (int(ball.fill[last]) - int(ball.fill[first])) & WORD
    else:
        held, size = _cut_by_the_wall(t, z, y, x, ball.wide)
    return (held - level_of(t, z, y, x)) / (LEVELS * max(size - 1, 1))


@kernel
def _cut_by_the_wall(t, z, y, x, wide):
    """Return the steps of fill in what of a ball lies in the domain, and its voxels."""
    nz, ny, nx = t.voxels.shape
    rz, ry = wide.shape[0] // 2, wide.shape[1] // 2
    held, size = 0, 0
    for oz in range(max(0, z - rz), min(nz, z + rz + 1)):
        for oy in range(max(0, y - ry), min(ny, y + ry + 1)):
            most = wide[oz - z + rz, oy - y + ry]
            if most >= 0:
                first, last = max(0, x - most), min(nx, x + most + 1)
                held += (int(t.fill[oz, oy, last]) - int(t.fill[oz, oy, first])) & WORD
                size += last - first
    return held, size


@kernel
def outdoes(t, one, other, radius):
    """Tell whether matrix encloses one place more than another, after what is taken off each.

    Parameters
    ----------
    one, other : tuple
        Rough enclosure less the toll, the place (z, y, x), and the toll.
    radius : float
        Of the ball that gave the rough enclosures. [um]
    """
    if abs(one[0] - other[0]) > SLACK:
        return one[0] > other[0]
    lead = 0.0
    for turn in range(2):
        _, z, y, x, toll = one if turn == 1 else other
        lead = enclosure(t, z, y, x, radius) - toll - lead
    return lead > 0.0


@kernel
def borders_full(t, z, y, x):
    """Tell whether a voxel shares a face with one that matrix fills."""
    for step in range(-1, 2, 2):
        for axis in range(3):
            nz = z + (step if axis == 0 else 0)
            ny = y + (step if axis == 1 else 0)
            nx = x + (step if axis == 2 else 0)
            if inside(t, nz, ny, nx) and level_of(t, nz, ny, nx) == LEVELS:
                return True
    return False
