"""Signals: what cells tell each other through the marrow and through the bone.

A part of this room is a `Signal`: where it spreads (`phase`), how fast, how fast it goes. With a
step of a day every soluble signal is quasi-steady (science basis, 2b), so `Signals.settle` solves
``D lap c - k c + s = 0`` round the bone on a grid as coarse as the signal's diffusion length
allows. Only sqrt(D / k) and the ratio of source to half-saturation can be identified.

Kernels sense and secrete through `field.sense` and `field.secrete`. Cells act on the field that
they secreted the step before, so that in a large tissue the next one is solved while they act.
"""

import sys
from concurrent.futures import Future

import numpy as np

from remodel_abm import aside
from remodel_abm.declare import Param, Part, discover, values_type
from remodel_abm.signals.diffusion import Solver
from remodel_abm.signals.field import FIELDS, GRID
from remodel_abm.signals.medium import Medium, Space, noticed, ways
from remodel_abm.signals.outlet import Outlets

MEDIUM_INTERVAL = 30  # d; walls move by about a micrometre a day at a few sites
# Signals do not see each other while they spread, so large ones are solved side by side.
THREADED_FROM = 40_000  # coarse voxels of all signals; below, handing over takes longer


class Signal(Part):
    """A soluble signal. Subclass with a `name`, a `phase` and the three parameters."""

    phase = "marrow"  # or "bone": the osteocyte network
    # Coarse voxels per diffusion length, and the widest: from 80 um on, coarse voxels of a section
    # part marrow that is joined. What either costs: tests/signals/test_resolution.py (K15).
    resolution = 2.9
    coarsest = 70.0  # um

    diffusivity: Param
    decay_rate: Param

    @classmethod
    def factor(cls, values, voxel: float) -> int:
        """Return how many tissue voxels share one voxel of this signal's grid."""
        length = np.sqrt(values.diffusivity / values.decay_rate)
        return max(1, round(min(length / cls.resolution, cls.coarsest) / voxel))


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
            row["start"], row["factor"], row["share"] = size, factor, 1.0 / factor
            row["ny"], row["nx"] = shape[1:]
            size += int(np.prod(shape))
        self.values, self.source, self.released = np.zeros((3, size))
        self._coming = np.zeros(size)  # what cells sense from the next step on
        self._solving: list[Future] = []
        self.outlet, self.ways = np.zeros((2, size), "i8")
        self.everywhere = np.zeros(len(parts))
        self.media: dict[str, Medium] = {}
        self._spaces: dict[tuple[str, int], Space] = {}
        self._open: dict[str, np.ndarray] = {}  # open to each phase when walls were last measured
        self.residual = dict.fromkeys(parts, 0.0)
        self.cycles = dict.fromkeys(parts, 0)
        self._solvers: dict[tuple, Solver] = {}
        self._rates: list | None = None  # that the solvers and jobs are made for
        self._jobs: list[tuple[Solver, list]] = []
        self._outlets: dict[tuple[str, int], Outlets] = {}
        self._type = values_type("Fields", (*FIELDS, *parts))
        self._numbers = {name: number for number, name in enumerate(parts)}
        self._stored = [name for name in parts if "matrix_content" in values[name]._fields]
        # What each signal owns of the flat arrays, which are written in place for good.
        flat = self._coming, self.source
        self._own = {name: tuple(self.grid(name, array) for array in flat) for name in parts}
        self.see_walls(tissue)
        self.fields = self._bundle(values)

    def _bundle(self, values):
        for name in self._stored:
            self.grids["content"][self._numbers[name]] = values[name].matrix_content
        return self._type(
            self.values, self.source, self.released, self.outlet, self.ways, self.everywhere,
            self.grids, values["rankl"], **self._numbers,
        )  # fmt: skip

    def grid(self, name: str, array: np.ndarray | None = None) -> np.ndarray:
        """Return the concentrations of a signal on its grid, or its part of another flat array."""
        start, shape = self.grids["start"][self._numbers[name]], self.shapes[name]
        array = self.values if array is None else array
        return array[start : start + int(np.prod(shape))].reshape(shape)

    def _space(self, name: str) -> tuple[str, int]:
        """Return what tells apart the media of signals: where they spread, on what grid."""
        return self.parts[name].phase, int(self.grids["factor"][self._numbers[name]])

    def see_walls(self, tissue) -> None:
        """Measure anew where each signal can spread, as far as tissue has changed."""
        spaces = dict.fromkeys(map(self._space, self.parts))
        if not self._open:
            matrix = np.ascontiguousarray(tissue.matrix)
            self._open = {"bone": matrix, "marrow": np.maximum(1.0 - matrix, 0.0)}
            self._spaces = {one: Space(self._open[one[0]], one[1]) for one in spaces}
        else:
            moved = noticed(tissue.layers.voxels, self._open["bone"], self._open["marrow"])
            self._each(lambda one: self._spaces[one].update(self._open[one[0]], moved), spaces)
        self.media = {name: self._spaces[self._space(name)].medium for name in self.parts}
        self._look()

    def _look(self) -> None:
        """Find what follows from the media."""
        self._solvers, self._rates = {}, None
        walls = {self._space(name): self.media[name] for name in self.parts}
        found = self._each(lambda one: (self._outlets_of(one, walls[one]), ways(walls[one])), walls)
        seen = dict(zip(walls, found, strict=True))
        for name in self.parts:
            nearest, sides = seen[self._space(name)]
            self.grid(name, self.outlet)[...] = nearest + self.grids["start"][self._numbers[name]]
            self.grid(name, self.ways)[...] = sides

    def _outlets_of(self, space, walls: Medium) -> np.ndarray:
        if space in self._outlets:
            self._outlets[space].follow(walls.open_fraction)
        else:
            self._outlets[space] = Outlets(walls.open_fraction)
        return self._outlets[space].nearest

    def _each(self, call, items) -> list:
        """Return what a call answers for each item, side by side where that pays."""
        if self._threads() == 1:
            return [call(item) for item in items]
        # Raises what one of them raised.
        return list(aside.pool("signals", self._threads()).map(call, items))

    def _threads(self) -> int:
        return aside.THREADS if self.values.size >= THREADED_FROM else 1

    def settle(self, tissue, cells, values, now) -> None:
        """Bring in the field of the step before, and spread until steady what is secreted now.

        The first step has none before it, and waits for its own.
        """
        self.bring_in()
        if now.tick % round(MEDIUM_INTERVAL / now.dt) == 0:
            self.see_walls(tissue)
            # What was freed where walls now stand comes out at the new outlets.
            freed = self.released.copy()
            self.released[...] = 0.0
            np.add.at(self.released, self.outlet, freed)
        self.fields = self._bundle(values)
        np.divide(self.released, now.dt, out=self.source)
        self.released[...] = 0.0
        self.everywhere[...] = 0.0
        for population in cells.values():
            population.secrete(tissue.layers, self.fields, now)
        self._spread(tissue, values)
        if now.tick == 0:
            self.bring_in()

    def bring_in(self) -> None:
        """Let cells sense what was solved last."""
        self._wait()
        self.values[...] = self._coming

    def _wait(self) -> None:
        for one in self._solving:
            found = one.result()  # what it raised is raised here
            self.residual.update((name, residual) for name, residual, _ in found)
            self.cycles.update((name, cycles) for name, _, cycles in found)
        self._solving = []

    def _spread(self, tissue, values) -> None:
        """Solve for every signal, those of one solver after each other, beside what follows."""
        rates = [(values[name].diffusivity, values[name].decay_rate) for name in self.parts]
        if rates != self._rates:
            self._share_out(tissue, rates)
        evens = dict(zip(self.parts, self.everywhere.tolist(), strict=True))
        threads = self._threads()
        self._solving = [
            aside.begin(self._solve, job, evens, room="solves", threads=threads)
            for job in self._jobs
        ]

    def _solve(self, job, evens) -> list[tuple[str, float, int]]:
        """Return the residual and the sweeps of each signal of a solver."""
        solver, names = job
        return [(name, *solver.settle(*self._own[name], evens[name])) for name in names]

    def _share_out(self, tissue, rates) -> None:
        """Give signals that spread alike one solver, and one job; the longest job first."""
        alike = {}
        for name, pair in zip(self.parts, rates, strict=True):
            alike.setdefault((*self._space(name), *pair), []).append(name)
        known = self._solvers
        solvers = self._each(
            lambda key: known.get(key) or self._solver(alike[key][0], tissue, *key[2:]), alike
        )
        self._solvers, self._rates = dict(zip(alike, solvers, strict=True)), rates
        jobs = zip(solvers, alike.values(), strict=True)
        self._jobs = sorted(jobs, key=lambda job: -self._own[job[1][0]][0].size)

    def _solver(self, name, tissue, diffusivity, decay_rate) -> Solver:
        edge = self._space(name)[1] * tissue.voxel
        depth = tissue.depth if tissue.is_section else edge
        return Solver(self.media[name], diffusivity, decay_rate, edge, depth, self.tolerance)

    def arrays(self) -> dict[str, np.ndarray]:
        """Return the state of the signals, and the walls as last seen, by name."""
        self._wait()
        residual = np.array([self.residual[name] for name in self.parts])
        kept = {"values": self.values, "coming": self._coming, "released": self.released,
                "residual": residual}  # fmt: skip
        for name, walls in self.media.items():
            kept.update({f"{name}.{key}": array for key, array in walls._asdict().items()})
        return kept

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        """Take over the state that `arrays` gave."""
        self._wait()
        self.values[...], self._coming[...] = arrays["values"], arrays["coming"]
        self.released[...] = arrays["released"]
        self.residual = dict(zip(self.parts, arrays["residual"].tolist(), strict=True))
        for name in self.parts:
            walls = {key: arrays[f"{name}.{key}"] for key in Medium._fields}
            self.media[name] = Medium(**walls)
        self._open = {}
        self._look()

    def mean(self, name: str) -> float:
        """Return the mean concentration where the signal can spread. [pmol/L]"""
        room = self.media[name].open_fraction
        total = room.sum()
        return float((self.grid(name) * room).sum() / total) if total > 0 else 0.0


def signals() -> dict[str, type[Signal]]:
    """Return every signal this room holds, by name."""
    return discover(sys.modules[__name__], Signal)
