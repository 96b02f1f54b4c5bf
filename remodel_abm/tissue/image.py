"""Reading micro-CT images: the voxels in order [z, y, x] and the voxel size in um.

The voxel size is read where the format really states it, and asked for otherwise; a default that
a library fills in (SimpleITK: 1.0, TIFF: 72 dpi) is not taken for a measurement.
"""

import re
from pathlib import Path
from typing import NamedTuple

import numpy as np

from remodel_abm.declare import InputError
from remodel_abm.tissue.tiff import TIFF_NAMES, UNITS, read_tiff, read_tiff_folder

SMALLEST_VOXEL, LARGEST_VOXEL = 1.0, 200.0
HOW_TO_STATE = (
    'state it, for example --voxel-size "19.5 um" when importing or measuring it, or voxel_size '
    "below [bone] in a scenario"
)


class Image(NamedTuple):
    """An image as it was read.

    Parameters
    ----------
    values : (nz, ny, nx) array
        Grey values or labels, in the type of the file.
    voxel : tuple of 3 float
        Edges of a voxel, (z, y, x). [um]
    source : str
        Where it came from, for the record.
    warnings : tuple of str
        What was assumed on the way.
    """

    values: np.ndarray
    voxel: tuple[float, float, float]
    source: str
    warnings: tuple[str, ...] = ()


def read_image(path, voxel=None) -> Image:
    """Read a three-dimensional image or a section.

    Parameters
    ----------
    path : path
        TIFF stack (one file or a folder of slices), NIfTI (.nii, .nii.gz), MetaImage (.mha,
        .mhd), NRRD (.nrrd, .nhdr), or a DICOM file or folder.
    voxel : float or (z, y, x), optional
        Voxel edge; replaces what the file says. [um]

    Raises
    ------
    InputError
        If the file is missing, damaged, of another format, not 3-D, holds one value or values
        that are not finite, or if its voxel size is unknown or outside 1 to 200 um.
    """
    path = Path(path)
    if not path.exists():
        msg = f"{path}: no such file or folder"
        raise InputError(msg)
    kind, reader = _reader(path)
    try:
        values, found, notes = reader(path)
    except InputError:
        raise
    except Exception as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[-1]
        # ITK adds the last error of the system, which has nothing to do with the file.
        reason = "" if reason.startswith("Reason:") else f" ({reason})"
        msg = f"{path}: cannot be read as {kind}, the file is damaged or incomplete{reason}"
        raise InputError(msg) from None
    values = _checked_values(path, values)
    edges, more = _checked_voxel(path, voxel, found, values.shape)
    return Image(values, edges, f"{path.name} ({kind})", (*notes, *more))


def _reader(path):
    """Return the name of the format of `path` and the function that reads it."""
    name = path.name.lower()
    if path.is_dir():
        slices = any(p.suffix.lower() in TIFF_NAMES for p in path.iterdir())
        return ("TIFF slices", read_tiff_folder) if slices else ("DICOM series", _read_dicom)
    for kind, endings, reader in (
        ("TIFF", TIFF_NAMES, read_tiff),
        ("NIfTI", (".nii", ".nii.gz"), _read_nifti),
        ("MetaImage", (".mha", ".mhd"), _read_meta_image),
        ("NRRD", (".nrrd", ".nhdr"), _read_nrrd),
        ("DICOM", (".dcm", ".ima"), _read_dicom),
    ):
        if name.endswith(endings):
            return kind, reader
    msg = (
        f"{path}: unknown image format; allowed are TIFF (.tif, .tiff or a folder of slices), "
        "NIfTI (.nii, .nii.gz), MetaImage (.mha, .mhd), NRRD (.nrrd, .nhdr) and DICOM (a folder "
        "or .dcm)"
    )
    raise InputError(msg)


def _checked_values(path, values):
    """Return `values` as a native (nz, ny, nx) array, or say what is wrong with them."""
    if values.dtype.fields or values.dtype.kind not in "buif":
        msg = f"{path}: holds {values.dtype} values (colour or complex); give one grey channel"
        raise InputError(msg)
    while values.ndim > 3 and 1 in values.shape:
        values = values.squeeze(axis=values.shape.index(1))
    values = values[None] if values.ndim == 2 else values
    if values.ndim != 3 or min(values.shape[1:]) < 2:
        msg = f"{path}: has shape {values.shape}; give a volume (z, y, x) or a section (y, x)"
        raise InputError(msg)
    values = values.astype(np.uint8 if values.dtype.kind == "b" else values.dtype.newbyteorder("="))
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        count = int(values.size - np.isfinite(values).sum())
        msg = f"{path}: {count} voxels are NaN or infinite; fill them before the import"
        raise InputError(msg)
    if values.min() == values.max():
        msg = f"{path}: every voxel has the value {values.flat[0]:g}; there is no bone to find"
        raise InputError(msg)
    return values


def _checked_voxel(path, stated, found, shape):
    """Return the voxel edges [um] and warnings; what the caller states comes first."""
    if stated is None and found is None:
        msg = f"{path}: the file does not say how large a voxel is; {HOW_TO_STATE}"
        raise InputError(msg)
    edges = np.array(found if stated is None else np.broadcast_to(stated, 3), dtype=float)
    if shape[0] == 1:
        edges[0] = edges[1:].mean()
    if not np.all((edges >= SMALLEST_VOXEL) & (edges <= LARGEST_VOXEL)):
        size = " x ".join(f"{edge:g}" for edge in edges)
        msg = (
            f"{path}: a voxel of {size} um is outside [{SMALLEST_VOXEL:g}, {LARGEST_VOXEL:g}] um; "
            f"{HOW_TO_STATE}"
        )
        raise InputError(msg)
    notes = []
    if stated is not None and found is not None:
        told = np.array(found, dtype=float)[1:]
        if not np.allclose(edges[1:], told, rtol=0.01):
            notes.append(f"voxel size {edges[1]:g} um as stated, not {told[0]:g} um as in the file")
    # Headers keep mm in single precision.
    return tuple(round(float(edge), 4) for edge in edges), tuple(notes)


def _read_nifti(path):
    """Return values, voxel edges or None, notes, of a NIfTI file; its arrays are (x, y, z)."""
    import nibabel

    file = nibabel.load(path)
    values = np.asanyarray(file.dataobj)
    unit = file.header.get_xyzt_units()[0]
    zooms = [float(z) for z in file.header.get_zooms()[:3]]
    zooms += [zooms[0]] * (3 - len(zooms))
    if values.ndim > 3 and max(values.shape[3:]) > 1:
        msg = f"{path}: has shape {values.shape}; give one volume without time or channels"
        raise InputError(msg)
    values = values.reshape(values.shape[:3]).T
    notes = () if unit in UNITS else ("the NIfTI names no length unit; mm assumed",)
    unknown = unit not in UNITS and all(z == 1.0 for z in zooms)
    scale = {"micron": 1.0}.get(unit, UNITS.get(unit, 1e3))
    return values, None if unknown else tuple(z * scale for z in zooms[::-1]), notes


def _read_sitk(path, states_spacing, scale=1e3):
    """Return values, voxel edges or None, notes, of what SimpleITK reads."""
    import SimpleITK as sitk

    image = sitk.ReadImage(str(path))
    if image.GetNumberOfComponentsPerPixel() > 1:
        msg = f"{path}: is a colour image; give one grey channel"
        raise InputError(msg)
    spacing = list(image.GetSpacing())[:3]
    spacing += [spacing[0]] * (3 - len(spacing))
    edges = tuple(edge * scale for edge in spacing[::-1]) if states_spacing else None
    return sitk.GetArrayFromImage(image), edges, ()


def _header(path, end):
    """Return the text header of a file, up to what marks its end."""
    with path.open("rb") as file:
        return re.split(end, file.read(65536), maxsplit=1)[0].decode("latin-1")


def _read_meta_image(path):
    """Return values, voxel edges or None, notes; MetaImage lengths are mm."""
    text = _header(path, rb"ElementDataFile")
    return _read_sitk(path, re.search(r"^\s*Element(Spacing|Size)\s*=", text, re.M) is not None)


def _read_nrrd(path):
    """Return values, voxel edges or None, notes; NRRD lengths are mm unless it names a unit."""
    text = _header(path, rb"\r?\n\r?\n")
    stated = re.search(r"^(spacings|space directions):(?!.*nan)", text, re.M | re.I) is not None
    named = re.search(r'^(?:space units|units):\s*"([^"]*)"', text, re.M | re.I)
    unit = named.group(1).lower() if named else ""
    values, edges, _ = _read_sitk(path, stated, UNITS.get(unit, 1e3))
    return (
        values,
        edges,
        ("the NRRD names no length unit; mm assumed",) if unit not in UNITS else (),
    )


def _read_dicom(path):
    """Return values, voxel edges or None, notes, of a DICOM file or the one series of a folder."""
    import SimpleITK as sitk

    reader = sitk.ImageSeriesReader()
    names = (str(path),)
    if path.is_dir():
        series = reader.GetGDCMSeriesIDs(str(path))
        if len(series) != 1:
            msg = f"{path}: holds {len(series)} DICOM series and no TIFF slices; give one series"
            raise InputError(msg)
        names = reader.GetGDCMSeriesFileNames(str(path), series[0])
    reader.SetFileNames(names)
    reader.MetaDataDictionaryArrayUpdateOn()
    image = reader.Execute()
    if image.GetNumberOfComponentsPerPixel() > 1:
        msg = f"{path}: is a colour image; give one grey channel"
        raise InputError(msg)
    z, y, x = (edge * 1e3 for edge in image.GetSpacing()[::-1])
    notes = ()
    if not (reader.HasMetaDataKey(0, "0020|0032") or reader.HasMetaDataKey(0, "0018|0050")):
        z, notes = (
            x,
            ("the DICOM states no slice spacing; taken equal to the pixel size",),
        )
    stated = reader.HasMetaDataKey(0, "0028|0030")
    return sitk.GetArrayFromImage(image), (z, y, x) if stated else None, notes
