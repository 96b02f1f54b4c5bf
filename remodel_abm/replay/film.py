"""Snapshots packed into three bytes a voxel, each frame as its difference from the one before."""

import base64
import zlib

import numpy as np

from remodel_abm.results import Snapshot

GROUP = 12  # frames from one that is whole to the next, so that any of them is soon at hand
BONE, OSTEOID, DEGREE = 31, 7, 31  # steps in which shares are kept


def packed(snapshot: Snapshot, kinds: list[str], lowest: float) -> np.ndarray:
    """Return a day as (3, nz * ny * nx) uint8.

    The first byte holds bone (5 bits) and osteoid (3 bits) as shares of the voxel; the second the
    degree of mineralisation between `lowest` and 1 (5 bits) and the state (2 bits); the third the
    class of the cell there, 0 for none, else one more than its place in `kinds`. Of several cells
    in a voxel the one latest in `kinds` is kept.
    """
    bone = snapshot.fraction("bone")
    degree = snapshot.fraction("mineral") / np.maximum(bone, np.float32(1 / 255))
    share = np.clip((degree - lowest) / (1 - lowest), 0, 1)
    state = snapshot.layers.get("state", np.zeros(snapshot.shape, np.uint8))
    first = _steps(bone, BONE) << 3 | _steps(snapshot.fraction("osteoid"), OSTEOID)
    second = _steps(share, DEGREE) << 2 | (state & 3)
    cells = np.zeros(snapshot.shape, np.uint8)
    for number, kind in enumerate(kinds):
        where = snapshot.cells.get(kind, ())
        if len(where):
            cells[tuple(where.T)] = number + 1
    return np.stack([layer.ravel() for layer in (first, second, cells)]).astype(np.uint8)


def _steps(share: np.ndarray, steps: int) -> np.ndarray:
    return np.rint(np.clip(share, 0, 1) * steps).astype(np.uint8)


def film(snapshots, kinds: list[str], lowest: float) -> list[str]:
    """Return the frames in groups: base64 of deflated bytes.

    A group begins with a whole frame; each further one is given as its exclusive or with the one
    before it, which is mostly nought and packs well.
    """
    groups, waiting, before = [], [], None
    for snapshot in snapshots:
        frame = packed(snapshot, kinds, lowest)
        waiting.append(frame if before is None else frame ^ before)
        before = frame
        if len(waiting) == GROUP:
            groups.append(_deflated(waiting))
            waiting, before = [], None
    return [*groups, _deflated(waiting)] if waiting else groups


def _deflated(frames: list[np.ndarray]) -> str:
    content = b"".join(frame.tobytes() for frame in frames)
    return base64.b64encode(zlib.compress(content, 9)).decode()
