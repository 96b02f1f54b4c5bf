"""Generated bones that are kept: fitting one takes longer than reading it.

They lie beside the compiled kernels and go with them when sources change.
"""

import contextlib
import hashlib
import os
import tempfile
import zipfile
from importlib.metadata import version
from pathlib import Path

import numpy as np

from remodel_abm import kernel
from remodel_abm.tissue import trabeculae

KEPT = 24
UNREADABLE = (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile)
SHAPED_BY = ("numpy", "scipy", "localthickness", "edt")


def generated(*given) -> np.ndarray:
    """Return what `trabeculae.generate` returns, from an earlier run if there was one.

    Parameters
    ----------
    given
        The arguments of `trabeculae.generate`.

    Returns
    -------
    (nz, ny, nx) float64 array
        The same bytes either way.
    """
    path = folder() / f"{_name(given)}.npz"
    with contextlib.suppress(*UNREADABLE):
        with path.open("rb") as file, np.load(file) as found:
            fraction = found["fraction"]
        path.touch()  # the least used go first
        return fraction
    fraction = trabeculae.generate(*given)
    with contextlib.suppress(OSError):  # a run needs no cache
        _keep(path, fraction)
    return fraction


def folder() -> Path:
    """Return the folder of the bones that are kept."""
    return kernel.cache_folder() / "bones"


def _name(given) -> str:
    """Return a hash of the arguments, of the generator and of the libraries it rests on."""
    digest = hashlib.blake2b(Path(trabeculae.__file__).read_bytes(), digest_size=12)
    digest.update(repr((given, [version(name) for name in SHAPED_BY])).encode())
    return digest.hexdigest()


def _keep(path: Path, fraction: np.ndarray) -> None:
    """Write a bone at once or not at all, and drop the least used ones."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, part = tempfile.mkstemp(suffix=".part", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            np.savez_compressed(file, fraction=fraction)
        Path(part).replace(path)
    except OSError:
        Path(part).unlink(missing_ok=True)
        raise
    kept = sorted(path.parent.glob("*.npz"), key=lambda one: one.stat().st_mtime)
    for old in kept[:-KEPT]:
        old.unlink(missing_ok=True)
