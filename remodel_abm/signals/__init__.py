"""Signals: what cells tell each other through the marrow and through the bone.

A part of this room is a `Signal`: where it spreads (`phase`), how fast, how fast it goes. With a
step of a day every soluble signal is quasi-steady (science basis, 2b), so `Signals.settle` solves
``D lap c - k c + s = 0`` round the bone on a grid as coarse as the signal's diffusion length
allows. Only sqrt(D / k) and the ratio of source to half-saturation can be identified.

Kernels sense and secrete through `field.sense` and `field.secrete`. What resorption frees during
a step is in the field from the next step on.
"""

import sys

import numpy as np
from scipy.ndimage import distance_transform_edt

from remodel_abm.declare import Param, Part, discover, values_type
from remodel_abm.signals import diffusion
from remodel_abm.signals.field import Field

MEDIUM_INTERVAL = 30  # d; walls move by about a micrometre a day at a few sites


class Signal(Part):
    """A soluble signal. Subclass with a `name`, a `phase` and the three parameters."""

    phase = "marrow"  # or "bone": the osteocyte network
    # Coarse voxels per diffusion length, see tests/signals/test_resolution.py (K15).
    resolution = 5.0

    diffusivity: Param
    decay_rate: Param

    @classmethod
    def factor(cls, values, voxel: float) -> int:
        """Return how many tissue voxels share one voxel of this signal's grid."""
        length = np.sqrt(values.diffusivity / values.decay_rate)
        return max(1, round(length / cls.resolution / voxel))


class Signals:
    """All signals of one run.

    Parameters
    ----------
    parts : dict of str to Signal class
        In the order of the scenario.
    tissue : Tissue
        Its matrix is the wall.
    values : dict of str to Values
        Today's parameters, by part.
    tolerance : float
        Residual, as a share of what is secreted, that a solve may leave.
    """

    def __init__(self, parts, tissue, values, tolerance: float, refine: float = 1.0):
        self.parts = parts
        self.tolerance = tolerance
        self.edge = {}
        fields = {}
        for name, part in parts.items():
            factor = max(1, round(part.factor(values[name], tissue.voxel) / refine))
            shape = tuple(-(-n // factor) for n in tissue.shape)
            self.edge[name] = factor * tissue.voxel
            fields[name] = Field(
                np.zeros(shape), np.zeros(shape), np.zeros(shape), np.zeros(shape, "i8"), factor
            )
        self._type = values_type("Fields", (*fields, "affinity"))
        self._fields = fields
        self.media = {}
        self.residual = dict.fromkeys(parts, 0.0)
        self.cycles = dict.fromkeys(parts, 0)
        self.see_walls(tissue)
        self.fields = self._bundle(values)

    def _bundle(self, values):
        for name, field in self._fields.items():
            content = getattr(values[name], "matrix_content", 0.0)
            self._fields[name] = field._replace(content=content)
        return self._type(**self._fields, affinity=values["rankl"])

    def see_walls(self, tissue) -> None:
        """Measure anew where each signal can spread."""
        matrix = tissue.matrix
        seen = {}
        for name, part in self.parts.items():
            field = self._fields[name]
            key = (part.phase, field.factor)
            if key not in seen:
                room = matrix if part.phase == "bone" else 1.0 - matrix
                medium = diffusion.medium(np.ascontiguousarray(room), field.factor)
                seen[key] = medium, outlets(medium.open_fraction)
            self.media[name], field.outlet[...] = seen[key]

    def settle(self, tissue, cells, values, now) -> None:
        """Collect what cells secrete and what resorption freed, and spread it until steady."""
        if now.tick % round(MEDIUM_INTERVAL / now.dt) == 0:
            self.see_walls(tissue)
        self.fields = self._bundle(values)
        for field in self._fields.values():
            np.divide(field.released, now.dt, out=field.source)
            field.released[...] = 0.0
        for population in cells.values():
            population.secrete(tissue.layers, self.fields, now)
        for name in self.parts:
            self._solve(name, tissue, values[name])

    def _solve(self, name, tissue, p) -> None:
        field, edge = self._fields[name], self.edge[name]
        depth = tissue.depth if tissue.is_section else edge
        self.residual[name], self.cycles[name] = diffusion.settle(
            field.values, field.source, self.media[name], p.diffusivity, p.decay_rate,
            edge, depth, self.tolerance,
        )  # fmt: skip

    def arrays(self) -> dict[str, np.ndarray]:
        """Return the state of the signals, and the walls as last seen, by name."""
        kept = {}
        for name, field in self._fields.items():
            for key in ("values", "released", "outlet"):
                kept[f"{name}.{key}"] = getattr(field, key)
            for key, array in self.media[name]._asdict().items():
                kept[f"{name}.{key}"] = array
        return kept

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        """Take over the state that `arrays` gave."""
        for name, field in self._fields.items():
            for key in ("values", "released", "outlet"):
                getattr(field, key)[...] = arrays[f"{name}.{key}"]
            walls = {key: arrays[f"{name}.{key}"] for key in diffusion.Medium._fields}
            self.media[name] = diffusion.Medium(**walls)

    def mean(self, name: str) -> float:
        """Return the mean concentration where the signal can spread. [pmol/L]"""
        room = self.media[name].open_fraction
        total = room.sum()
        return float((self._fields[name].values * room).sum() / total) if total > 0 else 0.0


def outlets(room: np.ndarray) -> np.ndarray:
    """Return, for each coarse voxel, the flat index of the nearest one with room to spread in."""
    closed = room < 0.02
    if closed.all() or not closed.any():
        return np.arange(room.size).reshape(room.shape)
    nearest = distance_transform_edt(closed, return_distances=False, return_indices=True)
    return np.ravel_multi_index(tuple(nearest), room.shape)


def signals() -> dict[str, type[Signal]]:
    """Return every signal this room holds, by name."""
    return discover(sys.modules[__name__], Signal)
