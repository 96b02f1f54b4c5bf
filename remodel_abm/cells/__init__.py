"""Cells: who lives in the tissue. A cell kind is one file here.

A kind declares its columns, its parameters, the fates its cells can meet and up to three kernels,
all with the same five arguments: rows; named tuples of arrays (`tissue`, `signals`); today's
values of its own parameters; and `now`.

- `secrete`    what it adds to the signals, before they settle
- `act`        dynamic: sense, move, resorb, form, age
- `turn_over`  discrete: recruit, fuse, differentiate, embed, die

A kernel seals a fate by writing ``k + 1`` to the column `fate`, where `fates[k]` names the kind
the cell becomes (None: it dies); `litter` says into how many. It buds by writing `buds` and the
place (`bz`, `by`, `bx`); the daughters are of kind `daughter`. Cells of different kinds meet
through the layers of the tissue and the signals only.

Every kind is a Mesa agent class: its instances are views of one row, made when someone looks.
"""

import sys
from typing import ClassVar, NamedTuple

import mesa
import numpy as np

from remodel_abm.cells.population import COMMON, Population, pass_on
from remodel_abm.declare import Param, Part, discover

__all__ = ["Cell", "Column", "Now", "Population", "cells", "found", "pass_on"]


class Now(NamedTuple):
    """The moment of a step: what draws are keyed by, and how long the step is."""

    seed: np.uint64
    tick: int
    day: float  # [d] since the start of the run; negative while settling in
    dt: float  # [d]


class Column(NamedTuple):
    """A column of a kind's rows."""

    dtype: str
    unit: str
    doc: str


class Cell(Part, mesa.Agent):
    """A kind of cell, and one of its cells as a Mesa agent: a view of its row.

    Subclass with a `name`; see the docstring of this room.
    """

    columns: ClassVar[dict[str, Column]] = {}
    fates: ClassVar[tuple[str | None, ...]] = (None,)
    daughter: ClassVar[str | None] = None
    reads: ClassVar[tuple[str, ...]] = ()  # signals that its kernels sense or feed
    habitat: ClassVar[str] = "marrow"  # where founders and arrivals are put: see `seeding`
    secrete = act = turn_over = None
    density: ClassVar[Param | None] = None  # founders per mm3 of habitat (mm2 of surface)

    def __init__(self, model, identity: int):
        self.__dict__["identity"] = identity
        super().__init__(model)

    @property
    def _population(self) -> Population:
        return self.model.cells[type(self).name]

    @property
    def pos(self) -> tuple[int, int, int]:
        """Voxel that the cell sits in, as (z, y, x)."""
        return self.z, self.y, self.x

    @pos.setter
    def pos(self, place):
        # Mesa clears the place of a new agent; the row says where the cell is.
        if place is not None:
            self.z, self.y, self.x = place

    @property
    def is_alive(self) -> bool:
        """Tell whether the cell still lives."""
        try:
            self._population.row_of(self.identity)
        except KeyError:
            return False
        return True

    def __getattr__(self, name):
        kind = type(self)
        if name in kind.columns or name in _COMMON_NAMES:
            population = self._population
            return population.rows[name].item(population.row_of(self.identity))
        msg = f"{kind.__name__} has no attribute {name!r}"
        raise AttributeError(msg)

    def __setattr__(self, name, value):
        if name in type(self).columns or name in _COMMON_NAMES:
            population = self._population
            population.rows[name][population.row_of(self.identity)] = value
        else:
            super().__setattr__(name, value)

    def step(self):
        """Do nothing: a day is lived by kernels over all rows, see `Model.step`."""

    def leave_place(self, layers):
        """Take back what the cell is counted for in the layers of the tissue."""

    def remove(self):
        """Take the cell out of the tissue."""
        if self.is_alive:
            self.leave_place(self.model.tissue.layers)
            self.alive = False
            self._population.version += 1
        super().remove()


_COMMON_NAMES = frozenset(name for name, _ in COMMON)


def found(kind: type[Cell], places: np.ndarray, ids: np.ndarray, day: float, **columns):
    """Return a population with one cell at each place.

    Parameters
    ----------
    places : (n, 3) int array
        Voxels as z, y, x.
    ids : (n,) uint64 array
        Identities.
    """
    population = Population(kind)
    rows = np.zeros(len(places), population.dtype)
    rows["z"], rows["y"], rows["x"] = places.T
    rows["id"], rows["site"] = ids, -1
    for name, values in columns.items():
        rows[name] = values
    population.admit(rows, day)
    return population


def cells() -> dict[str, type[Cell]]:
    """Return every kind of cell this room holds, by name."""
    return discover(sys.modules[__name__], Cell)
