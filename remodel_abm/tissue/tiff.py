"""Reading TIFF stacks, and the places where a TIFF may state its voxel size.

ImageJ writes the slice spacing and the unit into its description and the pixels per unit into
XResolution; OME-TIFF has them in XML; plain TIFF has XResolution per inch or cm, where a printer's
72 or 300 dpi says nothing about the object.
"""

import logging
import re
from xml.etree import ElementTree

import numpy as np

from remodel_abm.declare import InputError

PRINT_RESOLUTIONS = (72, 75, 90, 96, 100, 120, 150, 200, 300, 600, 1200)
TIFF_NAMES = (".tif", ".tiff")
UNITS = {
    "um": 1.0, "µm": 1.0, "μm": 1.0, "\\u00b5m": 1.0, "micron": 1.0, "microns": 1.0,
    "micrometer": 1.0, "micrometers": 1.0, "nm": 1e-3, "mm": 1e3, "millimeter": 1e3,
    "millimeters": 1e3, "cm": 1e4, "centimeter": 1e4, "m": 1e6, "meter": 1e6,
    "inch": 25400.0, "in": 25400.0,
}  # fmt: skip


def read_tiff(path):
    """Return values, voxel edges or None, notes, of one TIFF file."""
    import tifffile

    complaints = _Complaints()
    log = logging.getLogger("tifffile")
    log.addHandler(complaints)
    try:
        with tifffile.TiffFile(path) as file:
            series = file.series[0]
            if "S" in series.axes or file.pages[0].samplesperpixel > 1:
                msg = f"{path}: is a colour image; give one grey channel"
                raise InputError(msg)
            values = series.asarray()
            edges, notes = _tiff_voxel(file)
            expected = (file.imagej_metadata or {}).get("images", 1)
    finally:
        log.removeHandler(complaints)
    pages = values.size // int(np.prod(values.shape[-2:]))
    if complaints.heard or pages < expected:
        reason = complaints.heard[0] if complaints.heard else f"{pages} of {expected} slices"
        msg = f"{path}: the TIFF file is damaged or incomplete ({reason})"
        raise InputError(msg)
    return values, edges, notes


def read_tiff_folder(path):
    """Return values, voxel edges or None, notes, of a folder of TIFF slices in natural order."""
    files = sorted(
        (p for p in path.iterdir() if p.suffix.lower() in TIFF_NAMES),
        key=lambda p: [int(t) if t.isdigit() else t for t in re.split(r"(\d+)", p.name.lower())],
    )
    slices = [read_tiff(file) for file in files]
    first = slices[0][0]
    for file, (values, _, _) in zip(files, slices, strict=True):
        if values.shape != first.shape or values.ndim != 2:
            msg = (
                f"{file}: has shape {values.shape}, the first slice {first.shape}; every slice in "
                "the folder must be 2-D and of one size"
            )
            raise InputError(msg)
    notes = ("slice spacing of the TIFF folder taken equal to the pixel size",)
    return np.stack([values for values, _, _ in slices]), slices[0][1], notes


class _Complaints(logging.Handler):
    """Collects what tifffile only logs: pages that lie beyond the end of a truncated file."""

    def __init__(self):
        super().__init__(logging.WARNING)
        self.heard = []

    def emit(self, record):
        text = record.getMessage()
        if "invalid page offset" in text or "corrupt" in text:
            self.heard.append(text)


def _tiff_voxel(file):
    """Return the voxel edges [um] of an open TIFF file, or None, and notes."""
    if file.ome_metadata:
        return _ome_voxel(file.ome_metadata)
    meta, tags = file.imagej_metadata or {}, file.pages[0].tags
    edges = {}
    unit = UNITS.get(str(meta.get("unit", "")).lower())
    coded = int(tags["ResolutionUnit"].value) if "ResolutionUnit" in tags else 2
    for axis, tag in (("y", "YResolution"), ("x", "XResolution")):
        count, length = tags[tag].value if tag in tags else (0, 1)
        per_inch = count / max(length, 1) * (2.54 if coded == 3 else 1.0)
        if not count or (unit is None and _is_print(per_inch, coded)):
            return None, ()
        edges[axis] = length / count * (unit or {2: 25400.0, 3: 1e4}[coded])
    if "spacing" in meta and unit is not None:
        return (float(meta["spacing"]) * unit, edges["y"], edges["x"]), ()
    note = ("the TIFF does not state the slice spacing; taken equal to the pixel size",)
    return (edges["x"], edges["y"], edges["x"]), note if len(file.pages) > 1 else ()


def _is_print(per_inch, coded):
    """Tell whether a TIFF resolution without a length unit, or a printer's, is no voxel size."""
    return coded not in (2, 3) or any(abs(per_inch - dpi) < 0.51 for dpi in PRINT_RESOLUTIONS)


def _ome_voxel(text):
    """Return the voxel edges [um] in OME-XML, or None, and notes."""
    pixels = next(
        (e for e in ElementTree.fromstring(text).iter() if e.tag.endswith("Pixels")),
        None,
    )
    found = {} if pixels is None else pixels.attrib
    if "PhysicalSizeX" not in found:
        return None, ()
    x = float(found["PhysicalSizeX"]) * UNITS.get(found.get("PhysicalSizeXUnit", "um").lower(), 1)
    edges = [
        float(found[f"PhysicalSize{a}"]) * UNITS.get(found.get(f"PhysicalSize{a}Unit", "um"), 1)
        if f"PhysicalSize{a}" in found
        else x
        for a in "ZY"
    ]
    return (*edges, x), ()
