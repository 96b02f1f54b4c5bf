"""Where cells can sit and go: places in the marrow, on the surface, in a patch round a cell."""

import math

from remodel_abm.kernel import kernel
from remodel_abm.rng import combine, uniform
from remodel_abm.tissue.fill import is_bare
from remodel_abm.tissue.matrix import inside, is_empty

HALF_FULL = 0.5  # a voxel is counted as what most of it is
COARSE = 0.25  # voxels by which a radius grows, so that voxels in it make up its area
TRIES = 32  # looks for marrow before giving up; the chance to fail in 20 % bone is 1e-22


@kernel
def reach(radius, edge):
    """Return how many voxels of `edge` [um] a radius [um] spans."""
    return int(radius / edge + 0.5)


@kernel
def widened(t, radius):
    """Return a radius a quarter voxel larger, which covers its area on a coarse grid too. [um]"""
    return radius + COARSE * t.voxel


@kernel
def distance(t, z, y, x, z2, y2, x2):
    """Return the distance between two voxels. [um]"""
    dz, dy, dx = (z - z2) * t.depth, (y - y2) * t.voxel, (x - x2) * t.voxel
    return math.sqrt(dz * dz + dy * dy + dx * dx)


@kernel
def in_sphere(t, radius, dz, dy, dx):
    """Tell whether an offset in voxels lies within `radius` [um]."""
    a, b, c = dz * t.depth, dy * t.voxel, dx * t.voxel
    return a * a + b * b + c * c <= radius * radius


@kernel
def find_marrow(t, seed, what, identity, tick):
    """Return a marrow voxel drawn evenly from the tissue, or (-1, -1, -1)."""
    nz, ny, nx = t.voxels.shape
    key = identity
    for k in range(TRIES):
        # One draw gives all three: what is left of it below a voxel along z is the share of y.
        along_z = uniform(seed, what, key, tick) * nz
        along_y = (along_z - int(along_z)) * ny
        along_x = (along_y - int(along_y)) * nx
        z, y, x = int(along_z), int(along_y), int(along_x)
        if is_empty(t, z, y, x):
            return z, y, x
        key = combine(key, k)
    return -1, -1, -1


@kernel
def _is_surface(t, z, y, x, first_state, last_state):
    """Tell whether a place is a voxel of the surface in one of the states."""
    if not inside(t, z, y, x) or t.exposed[z, y, x] == 0:
        return False
    return first_state <= t.state[z, y, x] <= last_state


@kernel
def surface_beside(t, z, y, x, first_state, last_state, found):
    """Find the surface in some states in the 3 x 3 x 3 cube round a voxel; return how much.

    Each place is a number, 0 to 26 in [z, y, x] order, written to `found`, (27,). It branches
    nowhere: what of a cube is surface no processor can guess, and a wrong guess costs more than
    the look.
    """
    nz, ny, nx = t.state.shape
    number = 0
    for oz in range(max(0, z - 1), min(nz, z + 2)):
        for oy in range(max(0, y - 1), min(ny, y + 2)):
            for ox in range(max(0, x - 1), min(nx, x + 2)):
                state = t.state[oz, oy, ox]
                found[number] = 9 * (oz - z + 1) + 3 * (oy - y + 1) + (ox - x + 1)
                is_one = (t.exposed[oz, oy, ox] > 0) & (state >= first_state)
                number += is_one & (state <= last_state)
    return number


@kernel
def beside(z, y, x, number):
    """Return the place of a number in the 3 x 3 x 3 cube round a voxel."""
    return z + number // 9 - 1, y + number // 3 % 3 - 1, x + number % 3 - 1


@kernel
def nearest_surface(t, z, y, x, radius, first_state, last_state):
    """Return the nearest surface voxel in one of the states, or (-1, -1, -1).

    Ties go to the first in [z, y, x] order.
    """
    if _is_surface(t, z, y, x, first_state, last_state):
        return z, y, x
    best, bz, by, bx = math.inf, -1, -1, -1
    rz, ry = reach(radius, t.depth), reach(radius, t.voxel)
    nz, ny, nx = t.voxels.shape
    first, last = max(0, x - ry), min(nx, x + ry + 1)
    for oz in range(max(0, z - rz), min(nz, z + rz + 1)):
        for oy in range(max(0, y - ry), min(ny, y + ry + 1)):
            if is_bare(t, oz, oy, first, last):
                continue
            for ox in range(first, last):
                if not _is_surface(t, oz, oy, ox, first_state, last_state):
                    continue
                far = distance(t, z, y, x, oz, oy, ox)
                if far < best and far <= radius + t.voxel:
                    best, bz, by, bx = far, oz, oy, ox
    return bz, by, bx


@kernel
def ready_density(t, cz, cy, cx, radius):
    """Return pre-osteoblasts per eroded surface within `radius` [um]. [1/mm2]"""
    rz, ry = reach(radius, t.depth), reach(radius, t.voxel)
    nz, ny, nx = t.voxels.shape
    first, last = max(0, cx - ry), min(nx, cx + ry + 1)
    ready, faces = 0, 0
    for z in range(max(0, cz - rz), min(nz, cz + rz + 1)):
        for y in range(max(0, cy - ry), min(ny, cy + ry + 1)):
            if is_bare(t, z, y, first, last):
                continue
            for x in range(first, last):
                if t.exposed[z, y, x] == 0 or t.state[z, y, x] != 2:
                    continue
                if in_sphere(t, radius, z - cz, y - cy, x - cx):
                    ready += t.ready[z, y, x]
                    faces += t.exposed[z, y, x]
    return ready / max(faces * t.face, t.face) * 1e6
