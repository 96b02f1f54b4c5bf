"""A volume of living bone in the browser: a widget that turns, cuts and erodes without a server.

Python sends a day whole the first time and later only the voxels that changed; the browser marches
rays through its own copy, and says in `shown` which frame it has drawn.
"""

from importlib.resources import files

import anywidget
import numpy as np
import traitlets as t
from matplotlib.colors import to_rgb

from remodel_abm.figures import palette
from remodel_abm.results import Snapshot
from remodel_abm.results.snapshot import ERODED

# Wider than any run's, so that colours mean the same on every day. [share of full mineral]
MINERAL = (0.6, 1.0)
SPARSE = 0.25  # more changed voxels than this share, and the whole volume is sent
HIDDEN = ("adipocyte",)  # so many and so large that they hide the bone
SHARED = ("shaders.js", "blocks.js", "raymarch.js", "turn.js")


def source() -> str:
    """Return the widget's script: what it shares with the replay file, then its own."""
    replay, own = files("remodel_abm.replay"), files("remodel_abm.dashboard")
    parts = [*(replay / name for name in SHARED), own / "pick.js", own / "volume_view.js"]
    return "\n".join(part.read_text(encoding="utf-8") for part in parts)


def texture(snapshot: Snapshot) -> np.ndarray:
    """Return what is drawn of each voxel, (nz * ny * nx, 4) uint8.

    Matrix; and within it, so that voxels at the rim weigh less: degree of mineralisation
    between the ends of `MINERAL`, osteoid, and whether the surface is eroded.
    """
    bone, matrix = snapshot.fraction("bone"), snapshot.matrix()
    low, high = MINERAL
    degree = snapshot.fraction("mineral") / np.maximum(bone, 1 / 255)
    mineral = np.clip((degree - low) / (high - low), 0, 1)
    eroded = snapshot.layers.get("state", np.zeros(snapshot.shape)) == ERODED
    layers = (matrix, mineral * matrix, snapshot.fraction("osteoid"), eroded * matrix)
    return np.rint(255 * np.stack(layers, -1)).astype(np.uint8).reshape(-1, 4)


class VolumeView(anywidget.AnyWidget):
    """The volume of a run, seen from outside.

    Attributes
    ----------
    axis, at
        Where it is cut: across z, y or x (0, 1, 2), and how much of it is taken away [1].
    hidden
        Classes of cells that are not drawn; fat cells at first, which would hide the bone.
    label
        What a screen reader says of the picture.
    picks, picked
        Whether a click is told, and who is then called with the voxel (z, y, x) that it met.
    group
        Views of one group turn together; empty for a view that turns alone.
    frame, shown
        Number of the last picture sent, and of the last one the browser has drawn.

    Examples
    --------
    >>> view = VolumeView()                                 # doctest: +SKIP
    >>> view.show(results.snapshot(360))                    # doctest: +SKIP
    """

    _esm = source()
    shape = t.List(t.Int()).tag(sync=True)
    matrix = t.Bytes().tag(sync=True)
    tint = t.Bytes().tag(sync=True)
    changed = t.Bytes().tag(sync=True)
    values = t.Bytes().tag(sync=True)
    points = t.Bytes().tag(sync=True)
    colours = t.Dict().tag(sync=True)
    looks = t.List().tag(sync=True)
    axis = t.Int(1).tag(sync=True)
    at = t.Float(0.0).tag(sync=True)
    camera = t.Dict().tag(sync=True)
    group = t.Unicode("").tag(sync=True)
    label = t.Unicode("A volume of bone").tag(sync=True)
    picks = t.Bool(False).tag(sync=True)
    flat_only = t.Bool(False).tag(sync=True)
    since = t.Int(-1).tag(sync=True)
    frame = t.Int(-1).tag(sync=True)
    shown = t.Int(-1).tag(sync=True)

    def __init__(self, kinds: list[str] | None = None, **traits):
        self.kinds = list(palette.CELLS) if kinds is None else list(kinds)
        self.hidden = set(HIDDEN)
        self.picked = None
        self._sent: np.ndarray | None = None
        super().__init__(colours=colours(), looks=looks(self.kinds), **traits)
        self.on_msg(self._asked)

    @property
    def seen(self) -> bool:
        """Whether the browser has drawn the last picture sent."""
        return self.shown == self.frame

    def show(self, snapshot: Snapshot) -> None:
        """Send a day; only its changes if the browser holds a day of the same shape."""
        content = texture(snapshot)
        known = self._sent is not None and tuple(self.shape) == snapshot.shape
        changes = np.flatnonzero((content != self._sent).any(1)) if known else ()
        with self.hold_sync():
            if known and len(changes) <= SPARSE * len(content):
                self._send_changes(changes, content)
            else:
                self._send_whole(snapshot.shape, content)
            self.points = self._rows(snapshot).tobytes()
            self.frame += 1
        self._sent = content

    def _send_changes(self, changes, content) -> None:
        self.since = self.frame
        self.changed = changes.astype("<u4").tobytes()
        self.values = content[changes].tobytes()

    def _send_whole(self, shape, content) -> None:
        self.since, self.changed, self.values = -1, b"", b""
        self.shape = list(shape)
        self.matrix, self.tint = content[:, 0].tobytes(), content[:, 1:].tobytes()

    def _asked(self, _, content, __) -> None:
        """Pass on what a click met, or send the whole volume to a browser that came late."""
        if "picked" in content and self.picked is not None:
            self.picked(tuple(content["picked"]))
        if content.get("wanted") == "whole" and self._sent is not None:
            with self.hold_sync():
                self._send_whole(tuple(self.shape), self._sent)
                self.frame += 1

    def _rows(self, snapshot: Snapshot) -> np.ndarray:
        """Return x, y, z and kind of every cell that is drawn, (n, 4) int16."""
        found = [np.empty((0, 4), "<i2")]
        for kind, where in snapshot.cells.items():
            if kind not in self.hidden:
                if kind not in self.kinds:
                    self.kinds.append(kind)
                    self.looks = looks(self.kinds)
                number = np.full((len(where), 1), self.kinds.index(kind))
                found.append(np.hstack([where[:, ::-1], number]).astype("<i2"))
        return np.concatenate(found)


def colours() -> dict[str, list[float]]:
    """Return the colours of the tissue as the browser takes them."""
    return {
        "young": list(palette.RELIEF_YOUNG), "old": list(palette.RELIEF_OLD),
        "osteoid": palette.OSTEOID.tolist(), "eroded": list(to_rgb(palette.RESORBED)),
    }  # fmt: skip


def looks(kinds: list[str]) -> list[dict]:
    """Return colour, size [voxel] and name of each class of cell."""
    found = [palette.look(kind, number) for number, kind in enumerate(kinds)]
    return [
        {"label": label, "colour": list(to_rgb(colour)), "size": size}
        for label, colour, _, size in found
    ]
