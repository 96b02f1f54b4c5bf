"""The starting architecture: synthetic trabecular bone with a stated BV/TV, Tb.Th and direction.

Marrow spaces are relaxed Voronoi cells, stretched along the main direction. Bone lies where cells
meet: plates on some of their common faces, rods along their common edges, bent and of uneven
thickness. The level of one implicit field sets BV/TV, the size of the cells sets Tb.Th.
"""

from typing import NamedTuple

import numpy as np
from scipy import ndimage
from scipy.spatial import cKDTree

from remodel_abm.declare import InputError

# Share by which the mean thickness may be off: where a search stops, and where the next begins.
AIM = 0.03
GOOD_ENOUGH = 0.08
ROUNDS = 5
PHASES = 12
PLATE_SHARE = 0.22
WALL_SHARE = 0.85
SMALLEST_CELL = 0.5
MOST_CELLS = 40_000


class Foam(NamedTuple):
    """Voronoi cells of unit mean volume around the origin, and the waves that bend their walls."""

    seeds: np.ndarray
    tree: cKDTree
    waves: np.ndarray
    shifts: np.ndarray
    salt: int


class Grid(NamedTuple):
    """The image to fill: `shape` without the depth of a section, voxel edge and the stretch."""

    shape: tuple[int, ...]
    voxel: float
    stretch: np.ndarray


def generate(shape, voxel, bv_tv, tb_th, direction=(1, 0, 0), anisotropy=1.5, seed=0):
    """Return a synthetic trabecular architecture.

    Parameters
    ----------
    shape : tuple of 3 int
        (nz, ny, nx); (1, ny, nx) is a section.
    voxel : float
        Voxel edge. [um]
    bv_tv : float
        Bone volume fraction to reach, 0.03 to 0.5. [1]
    tb_th : float
        Mean trabecular thickness to reach. [um]
    direction : tuple of 3 float
        Main direction of the trabeculae, (z, y, x). A section shows its in-plane part, and no
        preferred direction when it is cut across.
    anisotropy : float
        Length of a marrow space along `direction` over its width, 1 to 3. [1]
    seed : int
        The same arguments give the same bytes.

    Returns
    -------
    fraction : (nz, ny, nx) float64 array
        Matrix fraction of each voxel; between 0 and 1 at the surface. Its mean is `bv_tv` within
        0.01; the mean local thickness of ``fraction >= 0.5`` is `tb_th` within 10 %. A volume is
        one connected piece. A domain shorter than about two trabecular separations holds less
        than one trabecula: there BV/TV still holds within 0.01, and of a few windows the one
        with the nearest thickness is taken.

    Raises
    ------
    InputError
        If an argument is out of range, or the trabeculae are too thin for the voxels.

    References
    ----------
    Thickness: Hildebrand & Ruegsegger 1997, doi 10.1046/j.1365-2818.1997.1340694.x.
    """
    grid = _checked(shape, voxel, bv_tv, tb_th, direction, anisotropy)
    best, best_error = None, np.inf
    for child in np.random.SeedSequence(int(seed)).spawn(PHASES):
        fraction, error = _fit(grid, bv_tv, tb_th, np.random.default_rng(child))
        if error < best_error:
            best, best_error = fraction, error
        if best_error <= GOOD_ENOUGH:
            break
    return best.reshape(tuple(int(n) for n in shape))


def mean_thickness(bone, voxel):
    """Return the mean local thickness [um] of a (nz, ny, nx) bool mask; 0 without bone."""
    # localthickness loads pyplot on import; only who measures pays for it.
    from localthickness import local_thickness

    plane = bone[0] if bone.ndim == 3 and bone.shape[0] == 1 else bone
    if not plane.any():
        return 0.0
    if plane.all():
        return float(min(plane.shape)) * voxel
    return 2.0 * voxel * float(local_thickness(plane)[plane].mean())


def fraction_at_level(field, voxel, share, steep=None):
    """Return voxel fractions of ``field < level``, the level chosen for a mean of `share`.

    Parameters
    ----------
    field : (...) float array
        Grows from bone to marrow, by about 1 per um at the surface.
    voxel : float
        Voxel edge. [um]
    share : float
        Mean fraction to reach. [1]
    steep : (...) float array, optional
        Slope of the field where `field` itself no longer shows it. [1/um]

    Returns
    -------
    fraction : float64 array of the same shape
        Surface voxels are partly filled, by the distance of their centre to the level.
    """
    slope = _steepness(field, voxel) if steep is None else steep
    finite = field[np.isfinite(field)]
    low, high = finite.min() - voxel, finite.max() + voxel
    for _ in range(40):
        level = 0.5 * (low + high)
        fraction = np.clip(0.5 + (level - field) / (slope * voxel), 0.0, 1.0)
        error = fraction.mean() - share
        if abs(error) < 1e-4:
            break
        low, high = (level, high) if error < 0 else (low, level)
    return fraction


def largest_piece(fraction):
    """Return where bone of the largest piece is, and a one-voxel rim around it.

    Pieces are connected through faces, at a fraction of one half.
    """
    labels, count = ndimage.label(fraction >= 0.5)
    if count == 0:
        return np.ones(fraction.shape, dtype=bool)
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    main = labels == sizes.argmax()
    rim = ndimage.binary_dilation(main, ndimage.generate_binary_structure(main.ndim, main.ndim))
    return rim & ((labels == 0) | main)


def _checked(shape, voxel, bv_tv, tb_th, direction, anisotropy):
    """Return the grid to fill, or say which argument is wrong."""
    sizes = tuple(int(n) for n in shape)
    if len(sizes) != 3 or min(sizes) < 1 or min(sizes[1:]) < 8 or 1 < sizes[0] < 8:
        msg = f"shape = {shape} is not (nz, ny, nx) with at least 8 voxels a side; nz may be 1"
        raise InputError(msg)
    for name, value, low, high in (
        ("voxel", voxel, 1.0, 100.0),
        ("bv_tv", bv_tv, 0.03, 0.5),
        ("anisotropy", anisotropy, 1.0, 3.0),
        ("tb_th", tb_th, 3.0 * voxel, 1000.0),
    ):
        if not low <= value <= high:
            msg = f"{name} = {value:g} is outside [{low:g}, {high:g}]"
            raise InputError(msg + (" (3 voxels to 1 mm)" if name == "tb_th" else ""))
    flat = sizes[0] == 1
    axis = np.asarray(direction, dtype=float)
    if axis.shape != (3,) or not np.isfinite(axis).all() or not axis.any():
        msg = f"direction = {direction} is not a vector (z, y, x) with a length"
        raise InputError(msg)
    axis = axis / np.abs(axis).max()  # the square of a huge or tiny number is none
    axis = axis / np.linalg.norm(axis)
    if flat:
        # The in-plane part of a unit vector: its length is how much of the stretch the cut shows.
        anisotropy, axis = 1.0 + (anisotropy - 1.0) * np.linalg.norm(axis[1:]), axis[1:]
        axis = axis / max(np.linalg.norm(axis), 1e-9)
    dims = axis.size
    along = np.outer(axis, axis)
    stretch = anisotropy ** (1 / dims) * (np.eye(dims) - along) + along * anisotropy ** (
        1 / dims - 1
    )
    return Grid(sizes[1:] if flat else sizes, float(voxel), stretch)


def _fit(grid, bv_tv, tb_th, rng):
    """Return the fraction at the cell size of nearest thickness, and how far it is off [1]."""
    dims = len(grid.shape)
    size = tb_th * (1.0 / bv_tv if dims == 2 else 1.7 * bv_tv**-0.6)
    floor = size * SMALLEST_CELL
    foam = _foam(grid, floor, rng)
    best, best_error = None, np.inf
    for _ in range(ROUNDS):
        fraction = _bone(foam, grid, size, bv_tv, tb_th)
        ratio = mean_thickness(fraction >= 0.5, grid.voxel) / tb_th
        error = abs(ratio - 1) + (_scatter(fraction) if dims == 2 else 0.0)
        if error < best_error:
            best, best_error = fraction, error
        if best_error <= AIM:
            break
        size = max(size / np.clip(ratio, 0.6, 1.6), floor)
    return best, best_error


def _scatter(fraction):
    """Return how far the largest piece of a section falls short of two thirds of its bone."""
    labels, count = ndimage.label(fraction >= 0.5)
    if count == 0:
        return 1.0
    sizes = np.bincount(labels.ravel())[1:]
    return max(0.0, 2 / 3 - sizes.max() / sizes.sum())


def _bone(foam, grid, size, bv_tv, tb_th):
    """Return the fraction at one cell size [um], without islands."""
    field = _field(foam, grid, size, tb_th)
    steep = _steepness(field, grid.voxel)
    fraction = fraction_at_level(field, grid.voxel, bv_tv, steep)
    for _ in range(4):
        keep = _kept(fraction, tb_th / grid.voxel)
        if not fraction[~keep].any():
            break
        field = np.where(keep | (fraction == 0), field, np.inf)
        fraction = fraction_at_level(field, grid.voxel, bv_tv, steep)
    return fraction * _kept(fraction, tb_th / grid.voxel)


def _kept(fraction, tb_th):
    """Return where bone stays: one piece of a volume; of a section, all that outweighs a strut."""
    if fraction.ndim == 3:
        return largest_piece(fraction)
    labels, _ = ndimage.label(fraction > 0, np.ones((3, 3)))
    sizes = np.bincount(labels.ravel(), weights=fraction.ravel())
    return (sizes >= min(2 * tb_th**2, 0.3 * fraction.sum()))[labels] | (labels == 0)


def _foam(grid, smallest, rng):
    """Return relaxed seeds that cover the image at cells down to `smallest` [um]."""
    dims = len(grid.shape)
    corners = np.array(np.meshgrid(*[(-0.5, 0.5)] * dims)).reshape(dims, -1).T
    reach = corners * np.array(grid.shape) * grid.voxel @ grid.stretch.T / smallest
    half = np.abs(reach).max(axis=0) + 1.5
    count = round(float(np.prod(2 * half)))
    if count > MOST_CELLS:
        msg = (
            f"shape = {grid.shape} at voxel = {grid.voxel:g} um would hold about {count} marrow "
            f"spaces; take a smaller volume or thicker trabeculae (at most {MOST_CELLS})"
        )
        raise InputError(msg)
    seeds = rng.uniform(-half, half, (count, dims))
    for _ in range(2):
        sample = rng.uniform(-half, half, (count * 60, dims))
        owner = cKDTree(seeds).query(sample)[1]
        weight = np.maximum(np.bincount(owner, minlength=count), 1)
        for axis in range(dims):
            seeds[:, axis] = np.bincount(owner, sample[:, axis], count) / weight
    waves = rng.normal(0.0, 1.0, (dims + 1, 12, dims)) * 2 * np.pi / 1.8
    shifts = rng.uniform(0, 2 * np.pi, (dims + 1, 12))
    return Foam(seeds, cKDTree(seeds), waves, shifts, int(rng.integers(2**31)))


def _field(foam, grid, size, tb_th):
    """Return the distance [um] to the nearest plate or rod, each scaled by its own thickness."""
    # Three to four samples across a strut carry its shape; finer voxels are interpolated.
    dims = len(grid.shape)
    step = max(1, int(tb_th / grid.voxel / 4 + 0.75))
    counts = [-(-(n - 1) // step) + 1 for n in grid.shape]
    axes = [
        (np.arange(c) * step - (n - 1) / 2) * grid.voxel
        for c, n in zip(counts, grid.shape, strict=True)
    ]
    points = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, dims)
    field = _distance(foam, points @ grid.stretch.T / size, grid.stretch / size, tb_th)
    field = field.reshape(counts)
    field = ndimage.gaussian_filter(field, 0.22 * tb_th / (step * grid.voxel), mode="nearest")
    if step > 1:
        zoom = [((c - 1) * step + 1) / c for c in counts]
        field = ndimage.zoom(field, zoom, order=3, mode="nearest")
    return field[tuple(slice(n) for n in grid.shape)]


def _distance(foam, points, stretch, tb_th):
    """Return the scaled distance [um] of `points` (unit cells) to bone."""
    dims = points.shape[1]
    noise = [
        np.sin(points @ waves.T + shift).mean(axis=1) * np.sqrt(24.0)
        for waves, shift in zip(foam.waves, foam.shifts, strict=True)
    ]
    points = points + 0.09 * np.stack(noise[:dims], axis=1)
    reach, cell = foam.tree.query(points, k=dims + 1)
    near = [_wall(foam.seeds, reach, cell, k, stretch) for k in range(1, dims + 1)]
    luck = _luck(foam.salt, cell[:, :2])
    if dims == 2:
        # A wall left out keeps stubs at its ends: the free ends a section shows.
        left_out = np.where(luck < WALL_SHARE, 0.0, np.minimum(near[1][0], 2.0 * tb_th))
        return near[0][0] / np.clip(1.0 + 0.25 * noise[-1], 0.6, 1.4) + left_out
    # A plate thins out into a hole where its luck, shaded by the noise, falls short.
    hole = np.clip((luck - PLATE_SHARE) * 6 - 0.5 * noise[-1], 0.0, 3.0)
    rods = [_rod(foam, near, cell, k) for k in (2, 3)]
    return np.minimum(near[0][0] + hole * 0.5 * tb_th, np.minimum(*rods) / (1.0 + 0.15 * noise[-1]))


def _wall(seeds, reach, cell, k, stretch):
    """Return the distance [um] to the wall towards the k-th seed, and its normal."""
    normal = (seeds[cell[:, k]] - seeds[cell[:, 0]]) @ stretch
    length = np.maximum(np.linalg.norm(normal, axis=1), 1e-12)
    return 0.5 * (reach[:, k] ** 2 - reach[:, 0] ** 2) / length, normal / length[:, None]


def _rod(foam, near, cell, k):
    """Return the distance [um] to the edge that cells 0, 1 and k share, by its thickness."""
    (a, first), (b, second) = near[0], near[k - 1]
    cosine = np.einsum("ij,ij->i", first, second)
    square = (a * a + b * b - 2 * a * b * cosine) / np.maximum(1 - cosine**2, 1e-6)
    luck = _luck(foam.salt, cell[:, [0, 1, k]])
    weight = np.where(luck < 0.1, 0.15, 0.7 + 0.8 * luck)
    return np.sqrt(np.maximum(square, 0.0)) / weight


def _luck(salt, cells):
    """Return a number in [0, 1) for each set of cells, whatever their order."""
    word = np.full(len(cells), salt, dtype=np.uint64)
    for column in np.sort(cells, axis=1).T:
        word ^= column.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
        word *= np.uint64(0xBF58476D1CE4E5B9)
        word ^= word >> np.uint64(31)
    word *= np.uint64(0x94D049BB133111EB)
    return (word >> np.uint64(11)).astype(float) * 2.0**-53


def _steepness(field, voxel):
    """Return the slope of the field [1/um], kept off zero on ridges."""
    square = np.zeros(field.shape)
    for axis, size in enumerate(field.shape):
        if size > 1:
            square += np.square(np.gradient(field, voxel, axis=axis))
    return np.maximum(np.sqrt(square), 0.3)
