"""A run put aside: every array of its state, exact, and refused if a single bit is wrong."""

import hashlib
import io
import json
import zipfile
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from remodel_abm.declare import InputError
from remodel_abm.results.files import read_bytes, write_atomically

SCHEMA = 6
PREVIOUS = "checkpoint.previous.npz"
_META = "meta.json"
_MAGIC = b"remodel_abm checkpoint "
_TRAILER = len(_MAGIC) + hashlib.blake2b().digest_size


class DamagedCheckpoint(InputError):
    """A checkpoint that is not whole: the run behind it can only be lived again."""


def save_checkpoint(path: Path | str, meta: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
    """Write the state of a run; the checkpoint before it stays as ``checkpoint.previous.npz``.

    The file is an uncompressed NPZ archive with a digest of its content behind it: state is
    written often and read seldom, so speed counts before size.

    Parameters
    ----------
    path
        The file; its folder must exist.
    meta
        What JSON can hold: day, seed, version, and so on.
    arrays
        Arrays of numbers, structured ones too, by name.

    Raises
    ------
    InputError
        If the file cannot be written.
    ValueError
        If an array holds Python objects, which no other process could trust.
    """
    content = io.BytesIO()
    _pack(content, {"schema": SCHEMA, "meta": meta}, arrays)
    path = Path(path)
    # Let go of the buffer even if the disk is full, or Python complains of it later.
    with content.getbuffer() as body:
        trailer = _MAGIC + hashlib.blake2b(body).digest()

        def write(file: BinaryIO) -> None:
            file.write(body)
            file.write(trailer)

        write_atomically(path, write, keep=path.with_name(PREVIOUS))


def load_checkpoint(path: Path | str) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Read a checkpoint; if it is missing or damaged, the one before it.

    Returns
    -------
    meta, arrays
        As given to `save_checkpoint`; `meta` has a key ``warning`` if the one before was read.

    Raises
    ------
    DamagedCheckpoint
        If neither can be read whole.
    InputError
        If the one that can was written in another format.
    """
    path = Path(path)
    try:
        return _load(path)
    except InputError as error:
        previous = path.with_name(PREVIOUS)
        if previous == path or not previous.exists():
            raise
        try:
            meta, arrays = _load(previous)
        except InputError:
            raise error from None
        return meta | {"warning": f"{error}; continuing from {previous.name}, one earlier"}, arrays


def _pack(file: BinaryIO, head: dict, arrays: dict[str, np.ndarray]) -> None:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        # A name alone gives the entry the fixed date 1980, so equal states are equal bytes.
        archive.writestr(zipfile.ZipInfo(_META), json.dumps(head, sort_keys=True))
        for name in sorted(arrays):
            with archive.open(f"{name}.npy", "w", force_zip64=True) as entry:
                array = np.asanyarray(arrays[name])
                np.lib.format.write_array(entry, array, allow_pickle=False)


def _load(path: Path) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    if not path.exists():
        msg = f"{path} is missing"
        raise DamagedCheckpoint(msg)
    body = _verified(path, read_bytes(path))
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        head = json.loads(archive.read(_META))
        if head["schema"] != SCHEMA:
            msg = (
                f"{path} has checkpoint format {head['schema']} and this version reads {SCHEMA}; "
                "continue it with the version that wrote it"
            )
            raise InputError(msg)
        arrays = {
            entry.removesuffix(".npy"): np.lib.format.read_array(
                io.BytesIO(archive.read(entry)), allow_pickle=False
            )
            for entry in archive.namelist()
            if entry != _META
        }
    return head["meta"], arrays


def _verified(path: Path, content: bytes) -> memoryview:
    """Return the archive in `content` if the digest behind it is right."""
    view = memoryview(content)
    body, trailer = view[:-_TRAILER], bytes(view[-_TRAILER:])
    if not trailer.startswith(_MAGIC):
        fault = "truncated" if content[:2] == b"PK" else "not a checkpoint"
        msg = f"{path} is {fault} (no checksum of remodel_abm at its end)"
        raise DamagedCheckpoint(msg)
    if hashlib.blake2b(body).digest() != trailer[len(_MAGIC) :]:
        msg = f"{path} is damaged (its checksum does not agree with its content)"
        raise DamagedCheckpoint(msg)
    return body
