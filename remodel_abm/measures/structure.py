"""Shape of trabeculae: the curvature of their surface, plates and rods. Arrays are [z, y, x]."""

import math
from typing import NamedTuple

import numpy as np

from remodel_abm.kernel import allocating, kernel
from remodel_abm.measures import fabric

# How far one looks through bone [local thicknesses], and the share of directions that are open to
# a plate and to a rod; see `plate_rod_share`.
REACH = 1.5
PLATE_FROM, ROD_FROM = 0.19, 0.01
SAMPLE = 3_000
MARROW, OUTSIDE, ARRIVED = range(3)


class Shape(NamedTuple):
    """Shares of the bone that lie in plates, in rods and in small islands. [1]"""

    plate: float
    rod: float
    island: float


def structure_model_index(fraction: np.ndarray, found: fabric.Surface | None = None) -> float:
    """Return SMI: 0 for plates, 3 for rods, 4 for balls.

    Parameters
    ----------
    fraction : (nz, ny, nx) float or bool array
        Matrix fraction. [1]
    found : Surface, optional
        Surface of the same image, if at hand.

    Returns
    -------
    float
        6 V S' / S^2 with S' the growth of the surface S when it moves outwards. [1]; NaN for a
        section (the index has no meaning there) and where there is no surface.

    Notes
    -----
    SMI takes concave surface as negative: it mixes shape with bone volume, and falls (below zero
    in dense bone) as holes and struts' junctions gain (Salmon et al. 2015). Report it to compare
    with old papers; judge shape by `plate_rod_share`.

    References
    ----------
    Hildebrand & Rueegsegger 1997 (doi 10.1080/01495739708936692); Salmon et al. 2015 (doi
    10.3389/fendo.2015.00162).
    """
    if fraction.shape[0] == 1:
        return math.nan
    found = fabric.surface(fraction) if found is None else found
    if not len(found.elements):
        return math.nan
    vectors = found.vectors()
    size = np.linalg.norm(vectors, axis=1)
    growth = _growth(found, vectors, vectors / size[:, None])
    volume = fraction.sum(dtype=float)
    # Sums, not matrix products: those differ in the last digit with the number of BLAS threads.
    grown, whole = (growth * found.weight).sum(), (size * found.weight).sum()
    return float(6 * volume * grown / whole**2)


def _growth(found, vectors, normals):
    """Rate at which each triangle grows when all corners move outwards by one voxel, (m,)."""
    pulls = np.stack(
        [
            np.bincount(found.elements.ravel(), np.repeat(vectors[:, i], 3), len(found.points))
            for i in range(3)
        ],
        axis=1,
    )
    length = np.linalg.norm(pulls, axis=1)
    pulls /= np.where(length > 0, length, 1)[:, None]
    corners, moves = found.points[found.elements], pulls[found.elements]
    first, second = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    first_move, second_move = moves[:, 1] - moves[:, 0], moves[:, 2] - moves[:, 0]
    change = np.cross(first_move, second) + np.cross(first, second_move)
    return 0.5 * (normals * change).sum(axis=1)


def plate_rod_share(mask: np.ndarray, thickness: np.ndarray) -> Shape:
    """Return how much of the bone lies in plates, rods and islands.

    Parameters
    ----------
    mask : (nz, ny, nx) bool array
        Bone.
    thickness : (nz, ny, nx) float array
        Local thickness of bone. [voxel]

    Returns
    -------
    Shape
        Shares of bone volume. NaN for a section (a strip may be either), without bone, and where
        thickness is unknown (no marrow).

    Notes
    -----
    From a bone voxel, look along lines in all directions: the share that stays within bone for
    1.5 local thicknesses t is t / 2R = 1/3 anywhere in a wide sheet, about 1/20 in a long rod, up
    to 3/20 where three rods cross, and nothing in a grain. From `PLATE_FROM` on it is a plate,
    below `ROD_FROM` an island. Lines that leave the image are not counted. Some
    3,000 voxels are looked at, evenly through the bone (sampling error 0.9 points at most).
    A band less than three thicknesses wide reads partly as rod. The idea is that of the star
    volume (what is seen from inside); the classes are ours, so compare trends, not papers.

    References
    ----------
    Vesterby 1990, star volume of marrow space and trabeculae, Bone 11.
    """
    places = np.argwhere(mask)
    if mask.shape[0] == 1 or not len(places) or len(places) == mask.size:
        return Shape(math.nan, math.nan, math.nan)
    places = places[np.linspace(0, len(places) - 1, min(len(places), SAMPLE)).astype(int)]
    reach = REACH * thickness[tuple(places.T)]
    rays = np.concatenate((fabric.directions(3), -fabric.directions(3)))
    open_share = _open_share(mask, places, reach, rays)
    plate = float(np.mean(open_share >= PLATE_FROM))
    island = float(np.mean(open_share < ROD_FROM))
    return Shape(plate, 1 - plate - island, island)


@allocating
def _open_share(mask, places, reach, rays):
    """Share of the rays from each place that stay in bone over its reach [voxel], (n,)."""
    found = np.zeros(len(places))
    for i in range(len(places)):
        known, arrived = 0, 0
        for j in range(len(rays)):
            end = _ends(mask, places[i], reach[i], rays[j])
            known += end != OUTSIDE
            arrived += end == ARRIVED
        found[i] = arrived / max(known, 1)
    return found


@kernel
def _ends(mask, place, reach, ray):
    """Follow a ray from the middle of a voxel, and tell how it ends."""
    nz, ny, nx = mask.shape
    step = 0
    while True:
        step += 1
        gone = min(float(step), reach)
        z = math.floor(place[0] + 0.5 + gone * ray[0])
        y = math.floor(place[1] + 0.5 + gone * ray[1])
        x = math.floor(place[2] + 0.5 + gone * ray[2])
        if not (0 <= z < nz and 0 <= y < ny and 0 <= x < nx):
            return OUTSIDE
        if not mask[z, y, x]:
            return MARROW
        if reach <= step:
            return ARRIVED
