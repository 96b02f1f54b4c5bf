"""The schedule: what hormones, drugs, load and age make of every parameter today.

A part of this room is an `Influence`. It may set or change the level of a hormone
(`hormones`), and it returns factors on named values owned elsewhere (`effect`); a factor of 1
changes nothing. Cells never learn that a hormone or a drug exists. The entry in a scenario gives
its `settings`: days and doses.
"""

import math
import sys
from typing import ClassVar, NamedTuple

from remodel_abm.declare import InputError, Part, discover, nearest

YEAR = 365.25  # d


class Setting(NamedTuple):
    """Something that the scenario says of an influence, beside its parameters."""

    default: float | None  # None: must be given
    unit: str
    doc: str
    most: float = math.inf  # that may be given


class Influence(Part):
    """Something that acts on the whole tissue by the calendar.

    Parameters
    ----------
    values : Values
        Its parameters.
    settings : dict
        What the scenario's entry says, in the units of `Influence.settings`.
    life : Life
        Age and sex of the person on day 0.
    """

    settings: ClassVar[dict[str, Setting]] = {}
    acts_on: ClassVar[tuple[str, ...]] = ()
    law: "Schedule | None" = None  # in which it stands, for what all make of other days

    def __init__(self, values, settings: dict[str, float], life):
        self.p, self.given, self.life = values, settings, life

    def hormones(self, day: float, levels: dict[str, float]) -> None:
        """Change the hormone levels of `day` in place. [pmol/L]"""

    def effect(self, day: float, levels: dict[str, float]) -> dict[str, float]:
        """Return factors on named values on `day`."""
        return {}


class Life(NamedTuple):
    """Whose bone it is."""

    age: float  # on day 0 [yr]
    sex: str


class Schedule:
    """All influences of a scenario, and the values that come of them.

    Parameters
    ----------
    influences : list of Influence
        In the order in which they touch the hormones.
    values : dict of str to Values
        Parameters of every part before any influence.
    """

    def __init__(self, influences: list[Influence], values: dict[str, tuple]):
        self.influences = influences
        self.base = values
        self.levels: dict[str, float] = {}
        self.factors: dict[str, float] = {}
        self._before: tuple[Schedule, float] | None = None
        self._today = dict(values)
        self._changed: set[str] = set()
        self._place: dict[str, tuple[str, int]] = {}
        for influence in influences:
            influence.law = self
            for name in influence.acts_on:
                self._check(influence, name)
                part, _, key = name.partition(".")
                self._place[name] = part, values[part]._fields.index(key)

    def _check(self, influence, name):
        part, _, key = name.partition(".")
        # The values are those of the whole ledger, also of parts that the scenario leaves out.
        if part not in self.base or key not in self.base[part]._fields:
            rooms = [part] if part in self.base else self.base
            known = [f"{one}.{field}" for one in rooms for field in self.base[one]._fields]
            msg = f"{influence.name} acts on {name!r}, which does not exist{nearest(name, known)}"
            raise InputError(msg)

    def follow(self, before: "Schedule", day: float) -> None:
        """Hold from a day on; hormones of the days before are those of another schedule."""
        self._before = before, day

    def hormones(self, day: float) -> dict[str, float]:
        """Return the levels of all hormones on a day, also one before the story. [pmol/L]"""
        if self._before and day < self._before[1]:
            return self._before[0].hormones(day)
        levels: dict[str, float] = {}
        for influence in self.influences:
            influence.hormones(day, levels)
        return levels

    def today(self, day: float) -> dict[str, tuple]:
        """Return every part's values on `day`."""
        self.levels = self.hormones(day)
        factors: dict[str, float] = {}
        for influence in self.influences:
            for name, factor in influence.effect(day, self.levels).items():
                factors[name] = factors.get(name, 1.0) * factor
        if factors != self.factors:
            self._apply(factors)
        self.factors = factors
        return self._today

    def _apply(self, factors: dict[str, float]) -> None:
        """Let today's values be the base values times `factors`."""
        changed: dict[str, list[float]] = {}
        for name, factor in factors.items():
            part, number = self._place[name]
            if part not in changed:
                changed[part] = list(self.base[part])
            changed[part][number] *= factor
        for part in self._changed - changed.keys():
            self._today[part] = self.base[part]
        for part, values in changed.items():
            self._today[part] = self.base[part]._make(values)
        self._changed = set(changed)


def influences() -> dict[str, type[Influence]]:
    """Return every influence this room holds, by name."""
    return discover(sys.modules[__name__], Influence)
