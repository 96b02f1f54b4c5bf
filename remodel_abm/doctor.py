"""What this installation can do: versions, machine, compiled kernels, what is missing."""

import os
import platform
import sys
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path
from typing import NamedTuple

import numba
from packaging.requirements import Requirement

from remodel_abm import __version__, kernel
from remodel_abm.provenance import installed
from remodel_abm.results.files import cause
from remodel_abm.tissue import kept

PACKAGE = "remodel-abm"


class Finding(NamedTuple):
    """One thing looked at: what, what was found, whether it is well, and what to do."""

    what: str
    found: str
    well: bool = True
    remedy: str = ""


def examine() -> list[Finding]:
    """Return everything worth knowing about this installation."""
    kinds: tuple[Callable[[], list[Finding]], ...] = (_machine, _packages, _kernels, _optional)
    return [finding for look in kinds for finding in look()]


def _machine() -> list[Finding]:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    memory = _memory()
    return [
        Finding("remodel_abm", f"{__version__} in {Path(__file__).parent}"),
        Finding("Python", f"{platform.python_version()} in {sys.prefix}"),
        Finding("platform", platform.platform()),
        Finding("cores", f"{cores} (a run takes one)"),
        Finding("memory", f"{memory / 1e9:.1f} GB" if memory else "unknown"),
    ]


def _memory() -> float | None:
    """Return the memory of the machine, where the system tells. [bytes]"""
    try:
        return float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    except (AttributeError, ValueError, OSError):
        return None


def requirements(extra: str = "") -> list[Requirement]:
    """Return what the package asks for, or what one of its extras adds."""
    wanted = []
    try:
        lines = requires(PACKAGE) or ()
    except PackageNotFoundError:
        return []
    for line in lines:
        one = Requirement(line)
        always = one.marker is None or one.marker.evaluate({"extra": ""})
        if always != bool(extra) and (not extra or one.marker.evaluate({"extra": extra})):
            wanted.append(one)
    return wanted


def _packages() -> list[Finding]:
    if installed(PACKAGE) is None:
        return [Finding(PACKAGE, "runs from its sources, not installed", True, "pip install -e .")]
    return [_package(one, f"pip install '{one}'") for one in requirements()]


def _package(wanted: Requirement, remedy: str) -> Finding:
    version = installed(wanted.name)
    if version is None:
        return Finding(wanted.name, "missing", False, remedy)
    if not wanted.specifier.contains(version, prereleases=True):
        return Finding(wanted.name, f"{version}, needed {wanted.specifier}", False, remedy)
    return Finding(wanted.name, version)


def _optional() -> list[Finding]:
    remedy = f"pip install '{PACKAGE}[test]'"
    missing = [one.name for one in requirements("test") if installed(one.name) is None]
    if missing:
        return [Finding("tests", f"not needed to run; missing {', '.join(missing)}", True, remedy)]
    return [Finding("tests", "everything they need is there")]


def _kernels() -> list[Finding]:
    if not kernel.COMPILED:
        remedy = "unset NUMBA_DISABLE_JIT"
        return [Finding("kernels", "run as plain Python, a thousand times slower", False, remedy)]
    folder = Path(numba.config.CACHE_DIR or kernel.cache_folder())
    state = "compiled" if kernel.is_warm() else "not compiled yet; the next run does, in a minute"
    found = [Finding("kernels", f"{state}; {size(folder) / 1e6:.0f} MB in {folder}")]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / ".probe").touch()
        (folder / ".probe").unlink()
    except OSError as error:
        remedy = "set REMODEL_ABM_CACHE to a folder that can be written to"
        told = f"{folder} cannot be written to: {cause(error)}"
        found.append(Finding("kernel cache", told, False, remedy))
    bones = list(kept.folder().glob("*.npz"))
    taken = sum(path.stat().st_size for path in bones) / 1e6
    found.append(Finding("generated bones", f"{len(bones)} kept with them, {taken:.0f} MB of it"))
    older = [path for path in kernel.cache_root().glob("*") if path.is_dir() and path != folder]
    if len(older) >= kernel.CACHES_KEPT:
        total = sum(size(path) for path in older) / 1e6
        remedy = "remodel-abm doctor --tidy"
        found.append(Finding("older caches", f"{len(older)}, {total:.0f} MB", True, remedy))
    return found


def size(folder: Path) -> int:
    """Return how much the files of a folder take. [bytes]"""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
