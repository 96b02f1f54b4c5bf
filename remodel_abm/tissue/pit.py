"""How deep a lacuna lies below the surface that it began at, as a section through it would show.

Volume resorbed over area eroded is not that depth: it is less on struts, which are convex (a rod of
120 um eroded all round by 30 um has lost 22 um by area), and so it falls as struts thin.
"""

import math

from remodel_abm.kernel import kernel
from remodel_abm.tissue.fill import LEVELS, level_of


@kernel
def depth_at(t, z, y, x):
    """Return how deep the outer side of a voxel of the surface lies. [um]

    Where nothing was eroded it is no deeper than its surface, which stands inside a voxel that is
    only partly full; so what is eroded of it counts, and not what it never held.
    """
    if t.state[z, y, x] >= 2:
        return float(t.below[z, y, x])
    return (level_of(t, z, y, x) / LEVELS - 1.0) * t.voxel


@kernel
def depth_behind(t, z, y, x, axis, front):
    """Return how deep the outer side of bone lies that was laid bare behind a voxel. [um]

    Depth grows by one um a um at right angles to the surface, however that slopes: the eikonal
    equation, solved upwind (Rouy 1992).

    Parameters
    ----------
    axis : int
        From the emptied voxel to this one: 0, 1 or 2.
    front : float
        Depth of the emptied voxel. [um]
    """
    left, right = _beside(t, z, y, x, (axis + 1) % 3), _beside(t, z, y, x, (axis + 2) % 3)
    return arrival(front, left, right, t.voxel)


@kernel
def arrival(a, b, c, step):
    """Solve |grad d| = 1 upwind at a node whose neighbours in the three axes hold a, b and c. [um]

    inf stands for a neighbour that says nothing.
    """
    least, most = min(a, b, c), max(a, b, c)
    middle = max(min(a, b), min(max(a, b), c))
    depth = least + step
    if depth > middle:
        gap = middle - least
        depth = (least + middle + math.sqrt(2.0 * step * step - gap * gap)) / 2.0
    if depth > most:
        total = least + middle + most
        squares = least * least + middle * middle + most * most
        depth = (total + math.sqrt(total * total - 3.0 * (squares - step * step))) / 3.0
    return depth


@kernel
def _beside(t, z, y, x, axis):
    """Return the least depth of opened or eroded surface on both sides along an axis. [um]"""
    nz, ny, nx = t.voxels.shape
    least = math.inf
    for step in (-1, 1):
        oz, oy, ox = z + step * (axis == 0), y + step * (axis == 1), x + step * (axis == 2)
        there = 0 <= oz < nz and 0 <= oy < ny and 0 <= ox < nx
        if there and t.exposed[oz, oy, ox] > 0 and t.state[oz, oy, ox] >= 1:
            least = min(least, depth_at(t, oz, oy, ox))
    return least
