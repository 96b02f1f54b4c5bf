"""Measures: what is read off the tissue, under the names and units of the field.

A part of this room is a `Measure`: it declares its readings (ASBMR symbols after Dempster 2013,
micro-CT after Bouxsein 2010; 2-D names for sections, 3-D names for volumes), how often it is
taken, and looks at a `Scene` without changing it. What it must remember from one reading to the
next stands in `memory`, arrays by name, so that a resumed run reads the same.
"""

import sys
from typing import Any, ClassVar, NamedTuple

from remodel_abm.declare import Part, discover


class Reading(NamedTuple):
    """One number that a measure returns."""

    name: str
    symbol: str
    unit: str
    doc: str
    symbol_2d: str = ""
    unit_2d: str = ""


class Scene(NamedTuple):
    """All that a measure may look at."""

    tissue: Any
    signals: Any
    cells: dict[str, Any]
    levels: dict[str, float]
    now: Any


class Measure(Part):
    """Something read off the model. Subclass with a `name`, `readings` and `__call__`."""

    readings: ClassVar[tuple[Reading, ...]] = ()
    source: ClassVar[str] = ""
    interval: ClassVar[float] = 1.0  # d between readings

    def __init__(self, values=None):
        self.p = values
        self.memory: dict[str, Any] = {}

    def is_due(self, now) -> bool:
        """Tell whether the measure is taken at the end of this step."""
        return (now.tick + 1) % max(1, round(self.interval / now.dt)) == 0

    def __call__(self, scene: Scene) -> tuple[float, ...]:
        """Return the readings, in the order declared; NaN where there is nothing to read."""
        raise NotImplementedError


class SlowMeasure(Measure):
    """A measure that takes so long that it is read aside, while cells live on."""

    def __call__(self, scene: Scene) -> tuple[float, ...]:
        """Return the readings at once."""
        return self.read(*self.look(scene))

    def look(self, scene: Scene) -> tuple:
        """Return what `read` needs, copied: the scene goes on changing."""
        raise NotImplementedError

    def read(self, *seen) -> tuple[float, ...]:
        """Return the readings of what was seen, as `Measure` does."""
        raise NotImplementedError


def measures() -> dict[str, type[Measure]]:
    """Return every measure this room holds, by name."""
    return discover(sys.modules[__name__], Measure)
