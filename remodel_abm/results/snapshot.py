"""The bone on one day: layers in 256 steps and where the cells are, a small file each."""

import io
import re
import zipfile
import zlib
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import numpy as np

from remodel_abm.declare import InputError
from remodel_abm.results.files import explained, read_bytes, write_atomically

FOLDER = "snapshots"
FRACTIONS = ("bone", "osteoid", "mineral")
QUIESCENT, OPENED, ERODED, FORMING = range(4)
_ORIGIN = 100_000  # added to the day in file names, so that settling days sort before day 0
_NAME = re.compile(r"day_(\d{6})\.npz")
_CELL = "cell_"


@dataclass(frozen=True)
class Snapshot:
    """One day of the tissue.

    Attributes
    ----------
    day
        Negative while the tissue settles in. [d]
    voxel
        Edge of a voxel. [um]
    layers
        ``bone``, ``osteoid``, ``mineral``: (nz, ny, nx) uint8, 255 is a fraction of one;
        ``state``: (nz, ny, nx) uint8, on surface voxels 0 quiescent, 1 opened, 2 eroded,
        3 forming. Other layers are kept as they came.
    cells
        (n, 3) int16 array of z, y, x by class of cell. [voxel]
    """

    day: int
    voxel: float
    layers: dict[str, np.ndarray]
    cells: dict[str, np.ndarray] = field(default_factory=dict)

    @classmethod
    def of(cls, day: float, layers: dict, cells: dict, voxel: float = 10.0) -> "Snapshot":
        """Quantise the layers of a model into a snapshot that shares no memory with them."""
        kept = {
            name: quantised(layer) if name in FRACTIONS else _compact(name, layer)
            for name, layer in layers.items()
        }
        where = {name: positions(rows) for name, rows in cells.items()}
        return cls(round(day), float(voxel), kept, where)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Shape of the layers, (nz, ny, nx). [voxel]"""
        return self.layers["bone"].shape

    @property
    def flat(self) -> bool:
        """Whether this is a section, one voxel deep."""
        return self.shape[0] == 1

    def fraction(self, name: str) -> np.ndarray:
        """Return a layer as (nz, ny, nx) float32 fractions; zeros if the run has no such layer."""
        if name not in self.layers:
            return np.zeros(self.shape, np.float32)
        return self.layers[name].astype(np.float32) / np.float32(255)

    def matrix(self) -> np.ndarray:
        """Return bone and osteoid together, (nz, ny, nx) float32 between 0 and 1."""
        return np.minimum(self.fraction("bone") + self.fraction("osteoid"), np.float32(1))


def quantised(fraction: np.ndarray) -> np.ndarray:
    """Return fractions as uint8, clipped to [0, 1] and rounded to the nearest of 256 steps."""
    return np.rint(np.clip(fraction, 0.0, 1.0) * 255.0).astype(np.uint8)


def _compact(name: str, layer: np.ndarray) -> np.ndarray:
    return np.array(layer, np.uint8) if name == "state" else np.array(layer)


def positions(rows: np.ndarray) -> np.ndarray:
    """Return (n, 3) int16 of z, y, x from structured rows with these fields or (n, 3) numbers.

    Rows with a field ``alive`` that is false are left out.
    """
    rows = np.asarray(rows)
    if rows.dtype.names is None:
        return np.floor(rows).astype(np.int16).reshape(-1, 3)
    if "alive" in rows.dtype.names:
        rows = rows[rows["alive"].astype(bool)]
    columns = [np.floor(rows[axis]).astype(np.int16) for axis in ("z", "y", "x")]
    return np.stack(columns, axis=1).reshape(-1, 3)


def snapshot_path(folder: Path | str, day: float) -> Path:
    """Return where the snapshot of `day` lies: day 0 is number 100000, so names sort by day."""
    return Path(folder) / FOLDER / f"day_{round(day) + _ORIGIN:06d}.npz"


def snapshot_days(folder: Path | str) -> list[int]:
    """Return the days with a snapshot in a run folder, in order. [d]"""
    found = (_NAME.fullmatch(path.name) for path in (Path(folder) / FOLDER).glob("day_*.npz"))
    return sorted(int(match[1]) - _ORIGIN for match in found if match)


def save_snapshot(
    folder: Path | str, day: float, layers: dict, cells: dict, voxel: float = 10.0
) -> Path:
    """Write the snapshot of one day into ``<folder>/snapshots`` and return its path.

    Parameters
    ----------
    folder
        The run folder.
    day
        Negative while the tissue settles in. [d]
    layers
        (nz, ny, nx) arrays: fractions ``bone``, ``osteoid``, ``mineral`` and ``state``.
    cells
        By class: structured rows with z, y, x, or an (n, 3) array. [voxel]
    voxel
        Edge of a voxel. [um]

    Raises
    ------
    InputError
        If the file cannot be written.
    """
    return write_snapshot(folder, Snapshot.of(day, layers, cells, voxel))


def write_snapshot(folder: Path | str, snapshot: Snapshot) -> Path:
    """Write a snapshot into ``<folder>/snapshots`` and return its path."""
    path = snapshot_path(folder, snapshot.day)
    with explained(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
    arrays = {"day": np.int64(snapshot.day), "voxel": np.float64(snapshot.voxel)}
    arrays |= {name: snapshot.layers[name] for name in sorted(snapshot.layers)}
    arrays |= {_CELL + name: snapshot.cells[name] for name in sorted(snapshot.cells)}

    def write(file: BinaryIO) -> None:
        np.savez_compressed(file, **arrays)

    write_atomically(path, write)
    return path


def load_snapshot(path: Path | str) -> Snapshot:
    """Read a snapshot.

    Raises
    ------
    InputError
        If the file is missing, damaged or not a snapshot.
    """
    content = read_bytes(path)
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        day, voxel = int(arrays.pop("day")), float(arrays.pop("voxel"))
        cells = {n.removeprefix(_CELL): arrays.pop(n) for n in list(arrays) if n.startswith(_CELL)}
        arrays["bone"].shape  # noqa: B018 (a snapshot without bone is none)
    except (
        ValueError,
        KeyError,
        EOFError,
        OSError,
        zipfile.BadZipFile,
        zlib.error,
    ) as error:
        msg = f"{path} is damaged or not a snapshot of remodel_abm"
        raise InputError(msg) from error
    return Snapshot(day, voxel, arrays, cells)


class SnapshotWriter:
    """Writes snapshots in the background, so that the model does not wait for compression.

    Examples
    --------
    >>> with SnapshotWriter(folder, voxel=10.0) as writer:  # doctest: +SKIP
    ...     writer.put(0, layers, cells)
    """

    def __init__(self, folder: Path | str, voxel: float = 10.0, backlog: int = 2):
        self.folder, self.voxel, self.backlog = Path(folder), voxel, backlog
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="snapshots")
        self._pending: list[Future] = []

    def put(self, day: float, layers: dict, cells: dict) -> None:
        """Take a copy of one day and write it soon; raises what an earlier one ran into."""
        while len(self._pending) >= self.backlog:
            self._pending.pop(0).result()
        snapshot = Snapshot.of(day, layers, cells, self.voxel)
        self._pending.append(self._pool.submit(write_snapshot, self.folder, snapshot))

    def flush(self) -> None:
        """Wait until all is written; raises what any of them ran into."""
        while self._pending:
            self._pending.pop(0).result()

    def close(self) -> None:
        """Wait until all is written and end; raises what any of them ran into."""
        try:
            self.flush()
        finally:
            self._pool.shutdown(wait=True)

    def __enter__(self) -> "SnapshotWriter":
        return self

    def __exit__(self, *_) -> None:
        self.close()
