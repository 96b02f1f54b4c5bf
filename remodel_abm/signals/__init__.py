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
from remodel_abm.signals.field import FIELDS, GRID

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
        self.grids = np.zeros(len(parts), GRID)
        self.shapes = {}
        size = 0
        for row, (name, part) in zip(self.grids, parts.items(), strict=True):
            factor = max(1, round(part.factor(values[name], tissue.voxel) / refine))
            self.shapes[name] = shape = tuple(-(-n // factor) for n in tissue.shape)
            row["start"], row["factor"] = size, factor
            row["ny"], row["nx"] = shape[1:]
            size += int(np.prod(shape))
        self.values, self.source, self.released = (
            np.zeros(size),
            np.zeros(size),
            np.zeros(size),
        )
        self.outlet = np.zeros(size, "i8")
        self.media: dict[str, diffusion.Medium] = {}
        self.residual = dict.fromkeys(parts, 0.0)
        self.cycles = dict.fromkeys(parts, 0)
        self._type = values_type("Fields", (*FIELDS, *parts))
        self._numbers = {name: number for number, name in enumerate(parts)}
        self.see_walls(tissue)
        self.fields = self._bundle(values)

    def _bundle(self, values):
        for name, number in self._numbers.items():
            self.grids["content"][number] = getattr(values[name], "matrix_content", 0.0)
        return self._type(
            self.values, self.source, self.released, self.outlet, self.grids, values["rankl"],
            **self._numbers,
        )  # fmt: skip

    def grid(self, name: str, array: np.ndarray | None = None) -> np.ndarray:
        """Return the concentrations of a signal on its grid, or its part of another flat array."""
        start, shape = self.grids["start"][self._numbers[name]], self.shapes[name]
        array = self.values if array is None else array
        return array[start : start + int(np.prod(shape))].reshape(shape)

    def see_walls(self, tissue) -> None:
        """Measure anew where each signal can spread."""
        matrix = tissue.matrix
        seen = {}
        for name, part in self.parts.items():
            row = self.grids[self._numbers[name]]
            key = (part.phase, int(row["factor"]))
            if key not in seen:
                room = matrix if part.phase == "bone" else np.maximum(1.0 - matrix, 0.0)
                medium = diffusion.medium(np.ascontiguousarray(room), key[1])
                seen[key] = medium, outlets(medium.open_fraction)
            self.media[name] = seen[key][0]
            self.grid(name, self.outlet)[...] = seen[key][1] + row["start"]

    def settle(self, tissue, cells, values, now) -> None:
        """Collect what cells secrete and what resorption freed, and spread it until steady."""
        if now.tick % round(MEDIUM_INTERVAL / now.dt) == 0:
            self.see_walls(tissue)
        self.fields = self._bundle(values)
        np.divide(self.released, now.dt, out=self.source)
        self.released[...] = 0.0
        for population in cells.values():
            population.secrete(tissue.layers, self.fields, now)
        for name in self.parts:
            self._solve(name, tissue, values[name])

    def _solve(self, name, tissue, p) -> None:
        edge = float(self.grids["factor"][self._numbers[name]]) * tissue.voxel
        depth = tissue.depth if tissue.is_section else edge
        self.residual[name], self.cycles[name] = diffusion.settle(
            self.grid(name), self.grid(name, self.source), self.media[name],
            p.diffusivity, p.decay_rate, edge, depth, self.tolerance,
        )  # fmt: skip

    def arrays(self) -> dict[str, np.ndarray]:
        """Return the state of the signals, and the walls as last seen, by name."""
        kept = {"values": self.values, "released": self.released, "outlet": self.outlet}
        for name, medium in self.media.items():
            kept.update({f"{name}.{key}": array for key, array in medium._asdict().items()})
        return kept

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        """Take over the state that `arrays` gave."""
        for key in ("values", "released", "outlet"):
            getattr(self, key)[...] = arrays[key]
        for name in self.parts:
            walls = {key: arrays[f"{name}.{key}"] for key in diffusion.Medium._fields}
            self.media[name] = diffusion.Medium(**walls)

    def mean(self, name: str) -> float:
        """Return the mean concentration where the signal can spread. [pmol/L]"""
        room = self.media[name].open_fraction
        total = room.sum()
        return float((self.grid(name) * room).sum() / total) if total > 0 else 0.0


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
