"""Where cells can sit and go: places in the marrow, on the surface, in a patch round a cell."""

import math

from remodel_abm.kernel import kernel
from remodel_abm.rng import combine, uniform
from remodel_abm.tissue.matrix import FULL, inside, is_empty

HALF_FULL = 0.5  # a voxel is counted as what most of it is
TRIES = 32  # looks for marrow before giving up; the chance to fail in 20 % bone is 1e-22


@kernel
def reach(radius, edge):
    """Return how many voxels of `edge` [um] a radius [um] spans."""
    return int(radius / edge + 0.5)


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
    for k in range(TRIES):
        key = combine(identity, k)
        z = int(uniform(seed, what, combine(key, 1), tick) * nz)
        y = int(uniform(seed, what, combine(key, 2), tick) * ny)
        x = int(uniform(seed, what, combine(key, 3), tick) * nx)
        if is_empty(t, z, y, x):
            return z, y, x
    return -1, -1, -1


@kernel
def nearest_surface(t, z, y, x, radius, first_state, last_state):
    """Return the nearest surface voxel in one of the states, or (-1, -1, -1).

    Ties go to the first in [z, y, x] order.
    """
    best, bz, by, bx = math.inf, -1, -1, -1
    rz, ry = reach(radius, t.depth), reach(radius, t.voxel)
    for dz in range(-rz, rz + 1):
        for dy in range(-ry, ry + 1):
            for dx in range(-ry, ry + 1):
                nz, ny, nx = z + dz, y + dy, x + dx
                if not inside(t, nz, ny, nx) or t.voxels["exposed"][nz, ny, nx] == 0:
                    continue
                if not first_state <= t.voxels["state"][nz, ny, nx] <= last_state:
                    continue
                far = distance(t, z, y, x, nz, ny, nx)
                if far < best and far <= radius + t.voxel:
                    best, bz, by, bx = far, nz, ny, nx
    return bz, by, bx


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


@kernel
def borders_full(t, z, y, x):
    """Tell whether a voxel shares a face with one that matrix fills."""
    for step in range(-1, 2, 2):
        for axis in range(3):
            nz = z + (step if axis == 0 else 0)
            ny = y + (step if axis == 1 else 0)
            nx = x + (step if axis == 2 else 0)
            if inside(t, nz, ny, nx):
                held = t.voxels["bone"][nz, ny, nx] + t.voxels["osteoid"][nz, ny, nx]
                if held >= FULL:
                    return True
    return False


@kernel
def ready_density(t, cz, cy, cx, radius):
    """Return pre-osteoblasts per eroded surface within `radius` [um]. [1/mm2]"""
    rz, ry = reach(radius, t.depth), reach(radius, t.voxel)
    ready, faces = 0, 0
    for dz in range(-rz, rz + 1):
        for dy in range(-ry, ry + 1):
            for dx in range(-ry, ry + 1):
                z, y, x = cz + dz, cy + dy, cx + dx
                if not inside(t, z, y, x) or not in_sphere(t, radius, dz, dy, dx):
                    continue
                if t.voxels["state"][z, y, x] == 2 and t.voxels["exposed"][z, y, x] > 0:
                    ready += t.voxels["ready"][z, y, x]
                    faces += t.voxels["exposed"][z, y, x]
    return ready / max(faces * t.face, t.face) * 1e6
