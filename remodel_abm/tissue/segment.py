"""From grey values to bone: threshold or labels, crop, resampling to other voxels."""

from typing import NamedTuple

import numpy as np
from scipy import ndimage, sparse

from remodel_abm.declare import InputError
from remodel_abm.tissue.image import Image
from remodel_abm.tissue.outline import in_air, inner_box, outline
from remodel_abm.tissue.trabeculae import fraction_at_level

MOST_LABELS = 10
REFINING_BLUR = 0.6
MOST_VOXELS = 64_000_000
TRABECULAR_CORTICAL = {100: "trabecular", 127: "cortical"}


class Segmented(NamedTuple):
    """Bone found in an image.

    Parameters
    ----------
    bone : (nz, ny, nx) bool array
        Where bone is.
    voxel : tuple of 3 float
        Edges of a voxel, (z, y, x). [um]
    region : (nz, ny, nx) bool array
        Where the specimen is, bone and marrow; False in the air around it.
    threshold : float or None
        Bone is above this grey value; None for label images.
    warnings : tuple of str
        What was assumed or looks odd.
    """

    bone: np.ndarray
    voxel: tuple[float, float, float]
    region: np.ndarray
    threshold: float | None
    warnings: tuple[str, ...] = ()

    @property
    def bv_tv(self) -> float:
        """Bone volume over the volume of the specimen. [1]"""
        return float(np.count_nonzero(self.bone & self.region) / np.count_nonzero(self.region))


def segment(image, threshold="otsu", smooth=0.0, labels=None, region=None) -> Segmented:
    """Tell bone from marrow, and the specimen from the air around it.

    Parameters
    ----------
    image : Image
    threshold : "otsu" or float
        Bone is above it; Otsu's is found over the whole image. Label images ignore it.
    smooth : float
        Sigma of a Gaussian filter before the threshold. [voxels]
    labels : sequence of int, optional
        Values that are bone in a label image; all that are not zero when left out.
    region : None, "all" or (nz, ny, nx) bool array
        Where the specimen is. None finds out: a trabecular piece whose convex outline leaves all
        four corners of the image free is a specimen in air, and its outline is the region. A
        section is taken as a whole.

    Raises
    ------
    InputError
        If the threshold leaves no bone or nothing else, or `labels` are not in the image.

    References
    ----------
    Otsu 1979, doi 10.1109/TSMC.1979.4310076.
    """
    known = label_values(image.values)
    if labels is not None or known is not None:
        bone, notes = _by_label(image, known, labels)
        level = None
    else:
        bone, level = _by_threshold(image, threshold, smooth)
        notes = ()
    area, more = _region(bone, region)
    found = Segmented(bone, image.voxel, area, level, (*image.warnings, *notes, *more))
    if found.bv_tv > 0.6:
        odd = f"bone fills {found.bv_tv:.0%} of the volume; is the image inverted, or cortical?"
        found = found._replace(warnings=(*found.warnings, odd))
    return found


def label_values(values):
    """Return the values of a binary or label image, zero or the lowest first; None if grey."""
    sample = values[tuple(slice(None, None, max(1, n // 40)) for n in values.shape)]
    if np.unique(sample).size > MOST_LABELS:
        return None
    known = np.unique(values)
    if known.size > MOST_LABELS or not np.array_equal(known, np.round(known)):
        return None
    return known if known.size == 2 or known[0] == 0 else None


def isotropic(image) -> Image:
    """Return the image on cubic voxels of its smallest edge; labels keep their values."""
    edges = np.array(image.voxel)
    if edges.max() / edges.min() < 1.005:
        return image._replace(voxel=(float(edges.mean()),) * 3)
    edge = float(edges.min())
    shape = [max(1, round(n * e / edge)) for n, e in zip(image.values.shape, edges, strict=True)]
    if image.values.shape[0] == 1:
        shape[0] = 1
    order = 1 if label_values(image.values) is None else 0
    values = image.values.astype(float) if order else image.values
    zoom = [m / n for m, n in zip(shape, image.values.shape, strict=True)]
    values = ndimage.zoom(values, zoom, order=order, mode="nearest", grid_mode=True)
    size = " x ".join(f"{e:g}" for e in edges)
    note = f"voxels of {size} um resampled to {edge:g} um cubes"
    return Image(values, (edge,) * 3, image.source, (*image.warnings, note))


def crop(segmented, size=None, centre=None) -> Segmented:
    """Return a box of the image.

    Parameters
    ----------
    segmented : Segmented
    size : float or (z, y, x), optional
        Edges of the box [um]; the largest box inside the specimen when left out.
    centre : (z, y, x), optional
        Its centre from the first corner [um]; that of the largest box when left out.

    Raises
    ------
    InputError
        If the box is larger than the image or holds no bone.
    """
    edges, shape = np.array(segmented.voxel), np.array(segmented.bone.shape)
    low, high = inner_box(segmented.region)
    if size is not None:
        middle = (low + high) / 2 if centre is None else np.broadcast_to(centre, 3) / edges
        counts = np.round(np.broadcast_to(np.asarray(size, dtype=float), 3) / edges).astype(int)
        counts[shape == 1] = 1
        if (counts > shape).any() or (counts < 1).any():
            whole = " x ".join(f"{n * e:.0f}" for n, e in zip(shape, edges, strict=True))
            msg = f"crop = {size} um does not fit into the image of {whole} um (z, y, x)"
            raise InputError(msg)
        low = np.clip(np.round(middle - counts / 2).astype(int), 0, shape - counts)
        high = low + counts
    box = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
    bone, region = segmented.bone[box], segmented.region[box]
    if not bone.any():
        msg = f"crop = {size} um at {centre} um holds no bone; move it"
        raise InputError(msg)
    notes = list(segmented.warnings)
    if not region.all():
        notes.append(f"{1 - region.mean():.0%} of the cropped box lies outside the specimen")
    return segmented._replace(bone=bone, region=region, warnings=tuple(notes))


def resample(bone, voxel_from, voxel_to) -> np.ndarray:
    """Return the matrix fraction on other voxels, with BV/TV kept.

    Coarser voxels take the mean over their volume. Finer ones take a smoothed surface through
    the old voxels, at the level that keeps BV/TV.

    Parameters
    ----------
    bone : (nz, ny, nx) bool array
    voxel_from, voxel_to : float
        Voxel edges. [um]

    Returns
    -------
    fraction : (mz, my, mx) float64 array
        The part of the box that holds whole new voxels, centred.
    """
    ratio = float(voxel_to) / float(voxel_from)
    if abs(ratio - 1.0) < 1e-6:
        return bone.astype(float)
    counts = [1 if n == 1 else int(n / ratio + 1e-6) for n in bone.shape]
    if min(counts) < 1:
        msg = f"voxel = {voxel_to:g} um is larger than the image of {bone.shape} voxels"
        raise InputError(msg)
    if np.prod(counts, dtype=float) > MOST_VOXELS:
        msg = (
            f"{' x '.join(map(str, counts))} voxels of {voxel_to:g} um are too many; crop the bone "
            f"or take larger voxels (at most {MOST_VOXELS // 1_000_000} million)"
        )
        raise InputError(msg)
    if ratio > 1.0:
        return _averaged(bone.astype(float), counts, ratio)
    return _refined(bone, counts, ratio, float(voxel_to))


def _by_threshold(image, threshold, smooth):
    """Return the bone of a grey image and the threshold used."""
    from skimage.filters import gaussian, threshold_otsu

    values = image.values
    if smooth > 0:
        values = gaussian(values, sigma=smooth, preserve_range=True)
    level = float(threshold_otsu(values) if threshold == "otsu" else threshold)
    bone = values > level
    if not bone.any() or bone.all():
        what = "no bone" if not bone.any() else "nothing but bone"
        msg = (
            f"{image.source}: threshold = {level:g} leaves {what}; grey values run from "
            f"{values.min():g} to {values.max():g}"
        )
        raise InputError(msg)
    return bone, level


def _by_label(image, known, labels):
    """Return the bone of a label image, and warnings."""
    known = np.unique(image.values) if known is None else known
    if labels is None:
        chosen = known[1:]
        if len(chosen) == 1:
            return image.values == chosen[0], ()
        names = ", ".join(_label_name(value) for value in chosen)
        note = f"the image has labels {names}; all taken as bone (labels = [...] chooses)"
        return image.values > known[0], (note,)
    missing = [value for value in labels if value not in known]
    if missing or not len(labels):
        there = ", ".join(f"{value:g}" for value in known[: 2 * MOST_LABELS])
        msg = f"{image.source}: labels = {list(labels)} must be values of the image ({there})"
        raise InputError(msg)
    return np.isin(image.values, list(labels)), ()


def _label_name(value):
    """Return a label with what it usually means."""
    name = TRABECULAR_CORTICAL.get(int(value))
    return f"{value:g} ({name})" if name else f"{value:g}"


def _region(bone, region):
    """Return where the specimen is, and warnings."""
    everywhere = np.ones(bone.shape, dtype=bool)
    if region is None:
        area = outline(bone)
        if not in_air(bone, area):
            return everywhere, ()
        note = (
            f"a specimen in air: BV/TV is taken inside the convex outline of the bone "
            f"({area.mean():.0%} of the image), and the crop lies within it"
        )
        return area, (note,)
    if isinstance(region, str) and region == "all":
        return everywhere, ()
    area = np.asarray(region)
    if area.dtype != bool or area.shape != bone.shape or not area.any():
        msg = f"region must be 'all' or a mask of shape {bone.shape} with at least one voxel"
        raise InputError(msg)
    return area, ()


def _averaged(values, counts, ratio):
    """Return means over coarser voxels, weighted by overlap, along each axis in turn."""
    for axis, count in enumerate(counts):
        n = values.shape[axis]
        edges = (n - count * ratio) / 2 + ratio * np.arange(count + 1)
        first = np.arange(n)
        overlap = np.minimum(edges[1:, None], first + 1) - np.maximum(edges[:-1, None], first)
        values = _weighted(values, axis, np.maximum(overlap, 0.0) / ratio) if n > 1 else values
    return values


def _refined(bone, counts, ratio, voxel):
    """Return fractions on finer voxels, from the smoothed distance to the old surface."""
    import edt

    # A distance, not the mask, is interpolated: a strut one voxel thin must not fade.
    depth = (edt.edt(~bone) - edt.edt(bone)) * voxel / ratio
    depth = ndimage.gaussian_filter(depth, REFINING_BLUR, mode="nearest")
    for axis, count in enumerate(counts):
        n = depth.shape[axis]
        centres = (n - count * ratio) / 2 + ratio * (np.arange(count) + 0.5) - 0.5
        apart = np.abs(np.clip(centres, 0, n - 1)[:, None] - np.arange(n))
        depth = _weighted(depth, axis, np.maximum(1.0 - apart, 0.0)) if n > 1 else depth
    return fraction_at_level(depth, voxel, bone.mean())


def _weighted(values, axis, weights):
    """Return `values` with one axis replaced by sums over it, (new, old) weights."""
    moved = np.moveaxis(values, axis, 0)
    flat = sparse.csr_array(weights) @ moved.reshape(len(moved), -1)
    return np.moveaxis(flat.reshape(len(weights), *moved.shape[1:]), 0, axis)
