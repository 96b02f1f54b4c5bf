"""Shape of the bone surface: its area, the way it leans, its curvature, its plates and rods.

One surface (a mesh in a volume, a contour in a section) serves area, anisotropy and SMI. All
arrays are [z, y, x]; a section is one voxel deep and is measured in its plane.
"""

import math
from typing import NamedTuple

import numpy as np
from skimage import measure

from remodel_abm.kernel import allocating, kernel

# A hair below one half, so that a voxel exactly half full counts as bone, as in every mask here;
# wide enough to survive the single precision of marching cubes.
LEVEL = 0.5 - 1e-6

DIRECTIONS = 100
_CHUNK = 50_000

# How far one looks through bone [local thicknesses], and the share of directions that are open to
# a plate and to a rod; see `plate_rod_share`.
REACH = 1.5
PLATE_FROM, ROD_FROM = 0.19, 0.01
SAMPLE = 3_000
MARROW, OUTSIDE, ARRIVED = range(3)


class Surface(NamedTuple):
    """Bone surface in voxels: triangles of a volume, segments of a section.

    `points`, (n, d), are corners [voxel]; `elements`, (m, d), the rows of `points` that span each
    triangle (d = 3) or segment (d = 2); `weight`, (m,), the share of the element in the image.
    """

    points: np.ndarray
    elements: np.ndarray
    weight: np.ndarray

    def vectors(self) -> np.ndarray:
        """Return normals as long as each element is large, (m, d). [voxel^(d-1)]"""
        corners = self.points[self.elements]
        edge = corners[:, 1] - corners[:, 0]
        if self.points.shape[1] == 2:
            return np.stack((-edge[:, 1], edge[:, 0]), axis=1)
        return 0.5 * np.cross(edge, corners[:, 2] - corners[:, 0])


class Fabric(NamedTuple):
    """Principal mean intercept lengths of bone.

    `degree` is DA, longest over shortest length, 1 if isotropic; `direction`, (z, y, x), that of
    the longest, its largest component positive; `lengths`, (d,), all of them, longest first [um].
    """

    degree: float
    direction: np.ndarray
    lengths: np.ndarray


class Shape(NamedTuple):
    """Shares of the bone that lie in plates, in rods and in small islands. [1]"""

    plate: float
    rod: float
    island: float


def flat(fraction: np.ndarray) -> np.ndarray:
    """Return a section as (ny, nx), a volume as it is."""
    return fraction[0] if fraction.shape[0] == 1 else fraction


def surface(fraction: np.ndarray) -> Surface:
    """Return the bone surface, open where the image cuts it.

    The image is continued by half a voxel on each side, so the surface reaches its very border
    and a plate through the image has its full area.

    Parameters
    ----------
    fraction : (nz, ny, nx) float or bool array
        Matrix fraction. [1]

    Returns
    -------
    Surface
        Empty if there is no bone or no marrow.

    Notes
    -----
    Partial voxels place the surface between voxels. A two-valued image has none, and its
    staircase reads too large: 8-9 % on a ball or a tilted rod, 5-6 % on a disc, nothing on a
    plate along the grid. Never compare a two-valued image with a graded one by surface.

    References
    ----------
    Lewiner et al. 2003 (doi 10.1080/10867651.2003.10487582); Bouxsein et al. 2010.
    """
    grey = np.pad(flat(np.asarray(fraction)).astype(np.float32), 1, mode="edge")
    dim = grey.ndim
    bone = grey > LEVEL
    if bone.all() or not bone.any():
        return Surface(np.zeros((0, dim)), np.zeros((0, dim), int), np.zeros(0))
    points, elements = _mesh(grey) if dim == 3 else _contour(grey)
    middle = points[elements].mean(axis=1)
    outer = (middle < 1) | (middle > np.array(grey.shape) - 2)
    # The outer layer repeats the border, so half of its surface lies in the image.
    found = Surface(points - 1, elements, 0.5 ** outer.sum(axis=1))
    keep = (found.vectors() ** 2).sum(axis=1) > 0
    return Surface(found.points, found.elements[keep], found.weight[keep])


def _mesh(grey):
    """Triangles by marching cubes."""
    points, elements, _, _ = measure.marching_cubes(grey, LEVEL, gradient_direction="ascent")
    return points.astype(float), elements


def _contour(grey):
    """Segments by marching squares; bone that touches by a corner hangs together."""
    lines = measure.find_contours(grey, LEVEL, fully_connected="high")
    start = np.cumsum([0] + [len(line) for line in lines[:-1]])
    first = np.concatenate([s + np.arange(len(x) - 1) for s, x in zip(start, lines, strict=True)])
    return np.concatenate(lines), np.stack((first, first + 1), axis=1)


def area(found: Surface, voxel: float, depth: float) -> float:
    """Return the area of a surface; of a section, its perimeter times `depth`. [um2]"""
    size = np.linalg.norm(found.vectors(), axis=1) @ found.weight
    return float(size * voxel * (depth if found.points.shape[1] == 2 else voxel))


def directions(dim: int) -> np.ndarray:
    """Return unit vectors spread evenly over the half sphere or half circle, (n, dim)."""
    k = np.arange(DIRECTIONS) + 0.5
    if dim == 2:
        angle = math.pi * k / DIRECTIONS
        return np.stack((np.sin(angle), np.cos(angle)), axis=1)
    height, turn = k / DIRECTIONS, math.pi * (3 - math.sqrt(5)) * k
    ring = np.sqrt(1 - height**2)
    return np.stack((height, ring * np.sin(turn), ring * np.cos(turn)), axis=1)


def mean_intercept(found: Surface, volume: float, towards: np.ndarray) -> np.ndarray:
    """Return the mean length of bone met along lines of each direction.

    Parameters
    ----------
    found : Surface
        Bone surface of the image, in voxels.
    volume : float
        Bone volume (area in a section). [voxel^d]
    towards : (n, d) float array
        Unit vectors.

    Returns
    -------
    (n,) float array
        Infinite along directions that never meet the surface. [voxel]

    Notes
    -----
    All parallel lines at once instead of a sample of them: their number of crossings is the
    projected surface, sum of area times abs(n . normal), and two crossings bound one intercept
    (Cauchy; Saltykov). The result has no sampling noise and does not depend on a grid of lines.
    """
    vectors = found.vectors() * found.weight[:, None]
    crossings = np.zeros(len(towards))
    for start in range(0, len(vectors), _CHUNK):
        crossings += np.abs(vectors[start : start + _CHUNK] @ towards.T).sum(axis=0)
    return np.divide(
        2 * volume, crossings, out=np.full_like(crossings, np.inf), where=crossings > 0
    )


def fabric(fraction: np.ndarray, voxel: float, found: Surface | None = None) -> Fabric:
    """Return the degree of anisotropy and the main direction of bone.

    Parameters
    ----------
    fraction : (nz, ny, nx) float or bool array
        Matrix fraction. [1]
    voxel : float
        Edge of a voxel. [um]
    found : Surface, optional
        Surface of the same image, if at hand.

    Returns
    -------
    Fabric
        NaN throughout if there is no surface.

    Notes
    -----
    Mean intercept lengths over fixed directions (`DIRECTIONS`), their ellipsoid by least squares,
    1/L^2 = n . M n. Parallel plates and rods would be infinitely long; no length beyond the
    diagonal of the image can be seen, so lengths stop there.

    References
    ----------
    Harrigan & Mann 1984 (doi 10.1007/BF00540446); Bouxsein et al. 2010 (DA as max/min).
    """
    image = flat(np.asarray(fraction))
    found = surface(fraction) if found is None else found
    dim = image.ndim
    if not len(found.elements):
        return Fabric(math.nan, np.full(3, math.nan), np.full(dim, math.nan))
    towards = directions(dim)
    inverse = mean_intercept(found, image.sum(dtype=float), towards) ** -2.0
    rows, columns = np.triu_indices(dim)
    design = towards[:, rows] * towards[:, columns] * np.where(rows == columns, 1, 2)
    tensor = np.zeros((dim, dim))
    tensor[rows, columns] = np.linalg.lstsq(design, inverse, rcond=None)[0]
    values, axes = np.linalg.eigh(tensor, UPLO="U")
    longest = math.hypot(*image.shape)
    lengths = np.maximum(values, longest**-2.0) ** -0.5
    main = axes[:, 0] * np.sign(axes[np.argmax(np.abs(axes[:, 0])), 0])
    direction = np.concatenate((np.zeros(3 - dim), main))
    return Fabric(float(lengths[0] / lengths[-1]), direction, lengths * voxel)


def structure_model_index(fraction: np.ndarray, found: Surface | None = None) -> float:
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
    found = surface(fraction) if found is None else found
    if not len(found.elements):
        return math.nan
    vectors = found.vectors()
    size = np.linalg.norm(vectors, axis=1)
    growth = _growth(found, vectors, vectors / size[:, None])
    volume = fraction.sum(dtype=float)
    return float(6 * volume * (growth @ found.weight) / (size @ found.weight) ** 2)


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
    rays = np.concatenate((directions(3), -directions(3)))
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
