"""A specimen: from an image file to the bone a run starts from, its picture, and its folder."""

import hashlib
import json
import math
import os
import tomllib
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from scipy import ndimage

from remodel_abm.declare import InputError
from remodel_abm.tissue import segment as segmentation
from remodel_abm.tissue.image import read_image
from remodel_abm.tissue.outline import largest_component
from remodel_abm.tissue.trabeculae import mean_thickness

FEWEST_VOXELS = 4.0
LARGEST_SAMPLE = 100
LEVELS = 255


@dataclass(frozen=True, eq=False)
class ImportedBone:
    """Bone taken from an image, ready to be a starting architecture.

    Parameters
    ----------
    fraction : (nz, ny, nx) float64 array
        Matrix fraction in steps of 1/255, as it is stored. [1]
    voxel : float
        Voxel edge of `fraction`. [um]
    bv_tv_image, bv_tv_crop, bv_tv : float
        BV/TV of the specimen in the image, of the box cropped from it, and of `fraction`. [1]
    tb_th_image : float
        Mean trabecular thickness of the box at the resolution of the image, from a cube of at
        most 100 voxels. [um]
    threshold : float or None
        Grey value above which bone is; None for label images.
    warnings : tuple of str
        What was assumed or looks odd.
    kept_share : float
        Share of the bone that is in its largest piece; the rest was dropped. 1 for sections,
        whose pieces connect outside the plane. [1]
    source, sha256 : str
        Name and format of the file, and the hash of its bytes.
    """

    fraction: np.ndarray
    voxel: float
    bv_tv_image: float
    bv_tv_crop: float
    bv_tv: float
    tb_th_image: float
    threshold: float | None
    warnings: tuple[str, ...]
    kept_share: float
    source: str
    sha256: str


def import_bone(
    path,
    voxel=None,
    threshold="otsu",
    smooth=0.0,
    labels=None,
    crop=None,
    target_voxel=20.0,
    centre=None,
    region=None,
) -> ImportedBone:
    """Read an image and return its bone on cubic voxels of `target_voxel`.

    Parameters
    ----------
    path, voxel
        See `image.read_image`. [um]
    threshold, smooth, labels, region
        See `segment.segment`.
    crop, centre : float or (z, y, x), optional
        See `segment.crop`; the whole image, or a box inside a specimen in air, without. [um]
    target_voxel : float
        Voxel edge of the result. [um]

    Raises
    ------
    InputError
        From any of these steps.
    """
    image = segmentation.isotropic(read_image(path, voxel))
    whole = segmentation.segment(image, threshold, smooth, labels, region)
    part = segmentation.crop(whole, crop, centre)
    tb_th = _sample_thickness(part.bone, part.voxel[0])
    fraction, kept = _largest(segmentation.resample(part.bone, part.voxel[0], target_voxel))
    if not fraction.any():
        msg = f"{path}: no bone is left on voxels of {target_voxel:g} um; take smaller ones"
        raise InputError(msg)
    fraction = np.round(fraction * LEVELS) / LEVELS
    bv_tv = float(fraction.mean())
    return ImportedBone(
        fraction=fraction,
        voxel=float(target_voxel),
        bv_tv_image=whole.bv_tv,
        bv_tv_crop=float(part.bone.mean()),
        bv_tv=bv_tv,
        tb_th_image=tb_th,
        threshold=whole.threshold,
        warnings=(*part.warnings, *_doubts(part, tb_th, target_voxel, kept, bv_tv)),
        kept_share=kept,
        source=image.source,
        sha256=digest(Path(path)),
    )


def preview(image, segmented):
    """Return a figure: middle slices in three planes with the bone outlined, and the histogram.

    Parameters
    ----------
    image : Image
    segmented : Segmented
        Of the whole image.

    Returns
    -------
    matplotlib.figure.Figure
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 9), layout="constrained")
    panels = figure.subplots(2, 2).ravel()
    planes = (("z", "y", "x"), ("y", "z", "x"), ("x", "z", "y"))
    for axis, (panel, (normal, down, across)) in enumerate(zip(panels, planes, strict=False)):
        middle = image.values.shape[axis] // 2
        edges = [e for i, e in enumerate(segmented.voxel) if i != axis]
        grey, bone, region = (
            np.take(array, middle, axis)
            for array in (image.values, segmented.bone, segmented.region)
        )
        height, width = (n * e / 1000 for n, e in zip(grey.shape, edges, strict=True))
        extent = (0, width, height, 0)
        panel.imshow(grey, cmap="gray", extent=extent, interpolation="nearest")
        _outline(panel, bone, extent, "tab:red", 0.7)
        _outline(panel, region, extent, "tab:cyan", 1.0)
        panel.set(title=f"middle {normal}", xlabel=f"{across} (mm)", ylabel=f"{down} (mm)")
    panels[3].hist(image.values.ravel(), bins=128, log=True, color="0.5")
    if segmented.threshold is not None:
        panels[3].axvline(segmented.threshold, color="tab:red", label="threshold")
        panels[3].legend(frameon=False)
    panels[3].set(title=f"BV/TV {segmented.bv_tv:.3f}", xlabel="grey value", ylabel="voxels")
    return figure


def save_bone(imported, folder) -> Path:
    """Write ``bone.nii.gz`` and ``bone.toml`` into a folder and return it.

    The image holds round(255 fraction) as uint8 with the voxel size in mm, which any viewer
    opens; the text holds where the bone came from and what was done. Each is written beside its
    place and moved there, the text last, so that a folder is whole or refused.
    """
    import nibabel

    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    values = np.round(imported.fraction * LEVELS).astype(np.uint8).T
    edge = imported.voxel / 1000
    file = nibabel.Nifti1Image(values, np.diag([edge, edge, edge, 1.0]))
    file.header.set_xyzt_units("mm")
    part = folder / ".part.bone.nii.gz"
    nibabel.save(file, part)
    record = {k: v for k, v in asdict(imported).items() if k != "fraction" and v is not None}
    record["warnings"] = list(record["warnings"])
    record |= {"quantisation": f"fraction = value / {LEVELS}", "bone_sha256": digest(part)}
    record["shape"] = list(imported.fraction.shape)
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in record.items()]
    text = folder / ".part.bone.toml"
    text.write_text("\n".join(lines) + "\n", encoding="utf-8")
    os.replace(part, folder / "bone.nii.gz")  # noqa: PTH105
    os.replace(text, folder / "bone.toml")  # noqa: PTH105
    return folder


def load_bone(folder) -> ImportedBone:
    """Read back what `save_bone` wrote, exactly.

    Raises
    ------
    InputError
        If a file is missing, damaged, or not the one that was saved with the other.
    """
    import nibabel

    folder = Path(folder)
    for name in ("bone.toml", "bone.nii.gz"):
        if not (folder / name).is_file():
            msg = f"{folder}: has no {name}; import the bone again"
            raise InputError(msg)
    try:
        record = tomllib.loads((folder / "bone.toml").read_text(encoding="utf-8"))
        if record.pop("bone_sha256") != digest(folder / "bone.nii.gz"):
            msg = f"{folder}: bone.nii.gz is not the file that bone.toml describes; import again"
            raise InputError(msg)
        values = np.asarray(nibabel.load(folder / "bone.nii.gz").dataobj).T
        if list(values.shape) != record.pop("shape"):
            raise ValueError("shape")
        record.pop("quantisation")
        record["warnings"] = tuple(record["warnings"])
        if not 0.0 < float(record["voxel"]) < math.inf:
            raise ValueError(f"voxel = {record['voxel']}")
        return ImportedBone(values / LEVELS, **{"threshold": None, **record})
    except (ValueError, KeyError, TypeError, OSError, EOFError) as error:
        msg = f"{folder}: bone.toml is damaged ({error}); import the bone again"
        raise InputError(msg) from None


def digest(path) -> str:
    """Return the SHA-256 of a file with its detached data, or of all files in a folder."""
    files = [path]
    if path.is_dir():
        files = sorted(p for p in path.rglob("*") if p.is_file())
    elif path.suffix.lower() in (".mhd", ".nhdr"):
        files = sorted(p for p in path.parent.glob(f"{path.stem}.*") if p.is_file())
    total = hashlib.sha256()
    for file in files:
        with file.open("rb") as stream:
            total.update(hashlib.file_digest(stream, "sha256").digest() if len(files) > 1 else b"")
            if len(files) == 1:
                return hashlib.file_digest(stream, "sha256").hexdigest()
    return total.hexdigest()


def _outline(panel, mask, extent, color, width):
    """Draw the edge of a mask, if it has one."""
    if mask.any() and not mask.all():
        panel.contour(mask, [0.5], colors=color, linewidths=width, extent=extent, origin="upper")


def _largest(fraction):
    """Return the fraction without islands, and the share of bone kept."""
    if fraction.shape[0] == 1:
        return fraction, 1.0
    main, _ = largest_component(fraction >= 0.5)
    near = ndimage.binary_dilation(main, np.ones((3, 3, 3)), iterations=1)
    kept = np.where(near & (main | (fraction < 0.5)), fraction, 0.0)
    return kept, float(kept.sum() / max(fraction.sum(), 1e-12))


def _sample_thickness(bone, voxel):
    """Return the mean thickness [um] of the middle cube, or of all when that holds no bone."""
    sides = [
        slice(max(0, (n - LARGEST_SAMPLE) // 2), (n + LARGEST_SAMPLE) // 2) for n in bone.shape
    ]
    sample = bone[tuple(sides)] if bone.shape[0] > 1 else bone
    return mean_thickness(sample if sample.any() else bone, voxel)


def _doubts(part, tb_th, target_voxel, kept, bv_tv):
    """Return warnings on resolution, dropped islands and lost bone."""
    notes = []
    for what, edge in (("image", part.voxel[0]), ("target", target_voxel)):
        if tb_th < FEWEST_VOXELS * edge:
            notes.append(
                f"the {what} voxel of {edge:g} um is coarse: {tb_th / edge:.1f} voxels across a "
                f"trabecula of {tb_th:.0f} um, {FEWEST_VOXELS:g} are needed"
            )
    if kept < 0.99:
        notes.append(f"{1 - kept:.1%} of the bone lay in loose pieces and was dropped")
    before = float(part.bone.mean())
    if abs(bv_tv - before) > 0.01:
        notes.append(f"BV/TV changed from {before:.3f} to {bv_tv:.3f} on the new voxels")
    return notes
