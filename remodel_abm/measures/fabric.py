"""The bone surface: its area and the way it leans.

One surface (a mesh in a volume, a contour in a section) serves area, anisotropy and SMI. All
arrays are [z, y, x]; a section is one voxel deep and is measured in its plane.
"""

import math
from typing import NamedTuple

import numpy as np
from skimage import measure

# A hair below one half, so that a voxel exactly half full counts as bone, as in every mask here;
# wide enough to survive the single precision of marching cubes.
LEVEL = 0.5 - 1e-6

DIRECTIONS = 100
_CHUNK = 50_000


class Surface(NamedTuple):
    """Bone surface in voxels: triangles of a volume, segments of a section.

    `points`, (n, d), are corners [voxel]; `elements`, (m, d), the rows of `points` that span each
    triangle (d = 3) or segment (d = 2); `weight`, (m,), the share of the element in the image;
    `normals`, (m, d), what `vectors` gives, if known.
    """

    points: np.ndarray
    elements: np.ndarray
    weight: np.ndarray
    normals: np.ndarray | None = None

    def vectors(self) -> np.ndarray:
        """Return normals as long as each element is large, (m, d). [voxel^(d-1)]"""
        if self.normals is not None:
            return self.normals
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
    normals = found.vectors()
    keep = (normals**2).sum(axis=1) > 0
    return Surface(found.points, found.elements[keep], found.weight[keep], normals[keep])


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
    # A sum, not a matrix product: that differs in the last digit with the number of BLAS threads.
    size = (np.linalg.norm(found.vectors(), axis=1) * found.weight).sum()
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
    room = np.empty((min(_CHUNK, len(vectors)), len(towards)))
    for start in range(0, len(vectors), _CHUNK):
        some = vectors[start : start + _CHUNK]
        along = np.matmul(some, towards.T, out=room[: len(some)])
        crossings += np.abs(along, out=along).sum(axis=0)
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
