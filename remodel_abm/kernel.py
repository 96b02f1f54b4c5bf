"""How kernels are compiled: one decorator, and a cache that never serves stale code.

Numba keys its disk cache to the file a kernel stands in, not to the files it calls into, so an
edited callee keeps its old code in its callers. Our cache folder therefore carries a hash of
every file that holds kernels: any edit of one starts a fresh folder.
"""

import hashlib
import os
import shutil
import sys
from pathlib import Path

import numba
import numpy as np

CACHES_KEPT = 3


def cache_root() -> Path:
    """Return the folder that holds one cache of compiled kernels per version of the sources."""
    base = os.environ.get("REMODEL_ABM_CACHE") or os.environ.get("XDG_CACHE_HOME")
    if base:
        return Path(base) / "remodel_abm"
    home = Path.home()
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", home)) / "remodel_abm"
    return home / ("Library/Caches" if sys.platform == "darwin" else ".cache") / "remodel_abm"


def source_hash() -> str:
    """Return a hash of every file with kernels and of what compiles them."""
    digest = hashlib.blake2b(digest_size=8)
    folder = Path(__file__).parent
    digest.update(f"{folder} {sys.version} {numba.__version__} {np.__version__}".encode())
    for path in sorted(folder.rglob("*.py")):
        content = path.read_bytes()
        if b"remodel_abm.kernel" in content or path.name == "kernel.py":
            digest.update(content)
    return digest.hexdigest()


def cache_folder() -> Path:
    """Return the folder for kernels compiled from today's sources."""
    return cache_root() / source_hash()


def is_warm() -> bool:
    """Tell whether kernels of today's sources were compiled before."""
    folder = Path(numba.config.CACHE_DIR or cache_folder())
    return folder.is_dir() and any(folder.rglob("*.nbc"))


def drop_old_caches() -> None:
    """Delete all but the newest caches of earlier sources."""
    folders = [path for path in cache_root().glob("*") if path.is_dir()]
    folders.sort(key=lambda path: path.stat().st_mtime, reverse=True)
    for folder in folders[CACHES_KEPT:]:
        shutil.rmtree(folder, ignore_errors=True)


if not os.environ.get("NUMBA_CACHE_DIR"):
    numba.config.CACHE_DIR = str(cache_folder())

COMPILED = not numba.config.DISABLE_JIT

# nogil: a page can draw while a kernel runs. No fastmath and no parallel sums: the same bits as
# plain Python. Kernels hand some forty tables on to each other, which took longer than the work: so
# they are built into their callers (forceinline), and since they only work on tables that they are
# given, nobody counts who holds one (_nrt). Quotients are not checked for nought, which takes a
# branch each: they give inf or nan. A kernel that makes tables or sets is `allocating`.
kernel = numba.njit(cache=True, nogil=True, error_model="numpy", forceinline=True, _nrt=False)
allocating = numba.njit(cache=True, nogil=True, error_model="numpy", _nrt=True)


class Direct:
    """A kernel called day after day with arguments of the same types.

    At each call numba looks up the types of all arguments, which for tuples of tables takes longer
    than the work of many a kernel. Here the first call does so, and later ones go straight to the
    machine code, so their arguments must be of the types of the first.
    """

    def __init__(self, kernel):
        self._kernel = kernel
        self._code = None

    def __call__(self, *arguments):
        if self._code is not None:
            return self._code(*arguments)
        answer = self._kernel(*arguments)
        self._code = self._kernel
        if COMPILED and isinstance(self._kernel, numba.core.dispatcher.Dispatcher):
            types = tuple(numba.typeof(argument) for argument in arguments)
            self._code = self._kernel.get_overload(types)
        return answer
