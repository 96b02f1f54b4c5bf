"""How anything reaches the disk: whole or not at all, and refused in one sentence."""

import contextlib
import errno
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from remodel_abm.declare import InputError

RUN_MARKS = ("provenance.json", "checkpoint.npz", "checkpoint.previous.npz")
RUN_FILES = (
    "scenario.toml", "provenance.json", "audit.json", "timing.json", "checkpoint*.npz",
    "daily.*", "sites.*", "breaks.*", "tracks.*", "snapshots/day_*.npz",
    "figures/*.png", "figures/*.svg", "figures/*.gif", ".*.partial", "*/.*.partial",
    "replay.html", "paraview/*.vti", "paraview/*.vtu", "paraview/*.pvd", "figures/histology-*.csv",
)  # fmt: skip
RUN_FOLDERS = ("snapshots", "figures", "paraview")
PARTIAL = ".partial"

_CAUSES = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EROFS: "the file system is read-only",
    errno.EACCES: "permission is denied",
    errno.EPERM: "permission is denied",
    errno.EISDIR: "it is a folder",
    errno.ENOTDIR: "a part of the path is a file",
    errno.EEXIST: "a file of this name is in the way",
    errno.ENOENT: "the folder does not exist",
    errno.EFBIG: "the file would be larger than allowed",
    errno.ENAMETOOLONG: "the name is too long",
    errno.ELOOP: "it is a link to itself",
    errno.EIO: "the disk reports an input/output error",
}


def cause(error: OSError) -> str:
    """Return in words why the operating system refused."""
    return _CAUSES.get(error.errno or 0) or error.strerror or str(error) or type(error).__name__


@contextlib.contextmanager
def explained(path: Path, action: str = "write"):
    """Turn an `OSError` about `path` into an `InputError` of one sentence."""
    try:
        yield
    except OSError as error:
        msg = f"cannot {action} {path}: {cause(error)}"
        raise InputError(msg) from error


def write_atomically(
    path: Path | str, write: Callable[[BinaryIO], Any], keep: Path | None = None
) -> None:
    """Write a file so that at every moment either the old or the new one is there, whole.

    Parameters
    ----------
    path
        The file to write; its folder must exist.
    write
        Called with a binary file opened for writing; writes the content.
    keep
        Name under which the file replaced stays, in the same folder.

    Raises
    ------
    InputError
        If the disk is full or read-only, or permission is denied.
    """
    path = Path(path)
    partial = path.with_name(f".{path.name}{PARTIAL}")
    with explained(path):
        try:
            with partial.open("wb") as file:
                write(file)
                file.flush()
                os.fsync(file.fileno())
            if keep is not None and path.exists():
                path.replace(keep)
            partial.replace(path)
        except BaseException:
            with contextlib.suppress(OSError):
                partial.unlink(missing_ok=True)
            raise
    _settle(path.parent)


def _settle(folder: Path) -> None:
    """Ask the system to make a renaming durable, where folders can be synchronised."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def write_text(path: Path | str, text: str) -> None:
    """Write UTF-8 text atomically, with the same line ends on every system."""
    write_atomically(path, lambda file: file.write(text.encode()))


def write_json(path: Path | str, content: dict) -> None:
    """Write a dictionary as sorted JSON; NaN and infinity become null, as JSON has neither."""
    text = json.dumps(_plain(content), indent=2, sort_keys=True, ensure_ascii=False)
    write_text(path, text + "\n")


def _plain(value):
    """Return `value` in JSON's own types."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if hasattr(value, "tolist"):
        return _plain(value.tolist())
    if isinstance(value, float) and (value != value or abs(value) == float("inf")):
        return None
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def read_json(path: Path | str) -> dict:
    """Read a JSON object.

    Raises
    ------
    InputError
        If the file is missing, unreadable or damaged.
    """
    content = read_bytes(path)
    try:
        value = json.loads(content)
    except ValueError as error:
        msg = f"{path} is damaged: it is not JSON ({error})"
        raise InputError(msg) from error
    if not isinstance(value, dict):
        msg = f"{path} is damaged: it holds no JSON object"
        raise InputError(msg)
    return value


def read_bytes(path: Path | str) -> bytes:
    """Read a whole file; `InputError` if it is missing or unreadable."""
    path = Path(path)
    if not path.exists():
        msg = f"{path} is missing"
        raise InputError(msg)
    with explained(path, "read"):
        return path.read_bytes()


def is_run_folder(folder: Path | str) -> bool:
    """Tell whether an earlier run left its marks in `folder`."""
    return any((Path(folder) / name).exists() for name in RUN_MARKS)


def check_writable(folder: Path | str, needed: int = 0, what: str = "a run") -> Path:
    """Create the folder of a run or of `what`, or refuse it in one sentence.

    Parameters
    ----------
    folder
        Where the run will write.
    needed
        Space the run will take, if known. [bytes]
    what
        Is written, in words.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    InputError
        If it is a file, holds something that is not a run, cannot be written to, or is full.
    """
    folder = Path(folder)
    if folder.exists() and not folder.is_dir():
        msg = f"cannot write {what} to {folder}: it is a file; name a folder"
        raise InputError(msg)
    with explained(folder, f"write {what} to"):
        folder.mkdir(parents=True, exist_ok=True)
        others = [item for item in folder.iterdir() if not item.name.endswith(PARTIAL)]
    if others and not is_run_folder(folder):
        msg = (
            f"cannot write {what} to {folder}: it holds {others[0].name!r} and no run; "
            "name an empty or a new folder"
        )
        raise InputError(msg)
    _probe(folder, needed)
    return folder


def clear_run(folder: Path | str) -> None:
    """Remove an earlier run from `folder` with what was made of it, and nothing else."""
    folder = Path(folder)
    with explained(folder, "clear the earlier run in"):
        for pattern in RUN_FILES:
            for path in folder.glob(pattern):
                path.unlink()
    # What is left empty would pass for something that is not a run.
    for name in RUN_FOLDERS:
        with contextlib.suppress(OSError):
            (folder / name).rmdir()


def _probe(folder: Path, needed: int) -> None:
    """Write one page to `folder` and compare the space left with the space needed."""
    probe = folder / f".probe{PARTIAL}"
    with explained(folder, "write a run to"):
        try:
            probe.write_bytes(bytes(4096))
        finally:
            with contextlib.suppress(OSError):
                probe.unlink(missing_ok=True)
        free = shutil.disk_usage(folder).free
    if free < needed:
        msg = (
            f"cannot write a run to {folder}: it needs {needed / 1e6:.0f} MB "
            f"and the disk has {free / 1e6:.0f} MB left"
        )
        raise InputError(msg)
