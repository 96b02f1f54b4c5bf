"""Snapshots for other programs: VTK image data, cell positions and a time series for ParaView."""

import contextlib
from pathlib import Path

import numpy as np
from pyevtk.hl import imageToVTK, pointsToVTK
from pyevtk.vtk import VtkGroup

from remodel_abm.results.files import PARTIAL, explained
from remodel_abm.results.snapshot import FRACTIONS, Snapshot


def to_vti(snapshot: Snapshot, voxel: float | None, path: Path | str) -> Path:
    """Write the layers of a snapshot as VTK image data (``.vti``), which ParaView opens.

    Parameters
    ----------
    snapshot
        The day to write; fractions become float32 between 0 and 1.
    voxel
        Edge of a voxel, or None for the snapshot's own. [um]
    path
        File to write; its folder must exist.

    Raises
    ------
    InputError
        If the file cannot be written.
    """
    edge = float(voxel or snapshot.voxel)
    data = {
        # VTK counts x fastest, so the axes turn round and the memory stays as it is.
        name: (snapshot.fraction(name) if name in FRACTIONS else layer).transpose(2, 1, 0)
        for name, layer in sorted(snapshot.layers.items())
    }

    def write(stem: str) -> None:
        imageToVTK(stem, spacing=(edge, edge, edge), cellData=data)

    return _atomically(Path(path), ".vti", write)


def cells_to_vtu(snapshot: Snapshot, path: Path | str) -> Path | None:
    """Write the cells of a snapshot as VTK points (``.vtu``): position [um] and number of class.

    Returns None if there are no cells. Classes count in alphabetical order from 0.
    """
    names = sorted(snapshot.cells)
    counts = [len(snapshot.cells[name]) for name in names]
    if not sum(counts):
        return None
    where = np.concatenate([snapshot.cells[name] for name in names])
    z, y, x = ((where.T + 0.5) * snapshot.voxel).astype(np.float32)
    kind = np.repeat(np.arange(len(names), dtype=np.uint8), counts)

    def write(stem: str) -> None:
        pointsToVTK(stem, x.copy(), y.copy(), z.copy(), data={"class": kind})

    return _atomically(Path(path), ".vtu", write)


def to_paraview(results, folder: Path | str) -> Path:
    """Write every snapshot of `results` and ``bone.pvd``, which opens them as a film.

    Returns
    -------
    Path
        The ``.pvd`` file; its time is in days.
    """
    folder = Path(folder)
    with explained(folder):
        folder.mkdir(parents=True, exist_ok=True)
    group = VtkGroup(str(folder / "bone"))
    for number, day in enumerate(results.snapshots()):
        snapshot = results.snapshot(day)
        image = to_vti(snapshot, None, folder / f"bone_{number:05d}.vti")
        group.addFile(str(image), sim_time=float(day))
        cells_to_vtu(snapshot, folder / f"cells_{number:05d}.vtu")
    with explained(folder / "bone.pvd"):
        group.save()
    return folder / "bone.pvd"


def _atomically(path: Path, ending: str, write) -> Path:
    """Let `write` make a file from a stem, then move it into place."""
    path = path.with_suffix(ending)
    stem = path.with_name(f".{path.stem}{PARTIAL}")
    partial = Path(f"{stem}{ending}")
    with explained(path):
        try:
            write(str(stem))
            partial.replace(path)
        except BaseException:
            with contextlib.suppress(OSError):
                partial.unlink(missing_ok=True)
            raise
    return path
