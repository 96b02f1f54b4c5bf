"""Changes: what differs from a day of the run on, so that an experiment half-way is a file too.

A ``[[change]]`` gives the day and any of: ``set`` (parameters), ``off`` (all mechanisms that are
off from then on, an empty list switches every one on again), ``schedule`` (influences that join,
or take the place of the one of that name), ``drop`` (influences that end), ``brush`` (bone and
cells put in or taken out by hand, once). Days before it are lived as without it, bit for bit;
changes of one day apply in the order given.
"""

import math
from dataclasses import dataclass
from typing import Any

from remodel_abm.cells.placing import ROAMING
from remodel_abm.declare import InputError, nearest
from remodel_abm.scenario_check import calendar, overrides, rooms, switches
from remodel_abm.units import number

# What is built with these on the first day, and cannot be built again.
FIRST_DAY = tuple(
    f"tissue.{key}" for key in ("section_depth", "initial_age", "secondary_time", "strain_reach")
)
_KEYS = ("day", "set", "off", "schedule", "drop", "brush")
PAINTS = ("bone", "marrow", "no cells", *ROAMING)
MOST_STROKES = 2000


@dataclass(frozen=True)
class Change:
    """What differs from `day` [d] on.

    Attributes
    ----------
    set
        Parameters, by full name.
    off
        All mechanisms that are off from then on; None leaves them as they are.
    schedule
        Influences as (name, settings).
    drop
        Names of influences that end.
    brush
        Strokes as (what, z, y, x, radius): ``bone`` or ``marrow`` fills a ball of `radius` [um]
        round a voxel; the name of a cell that roams puts one there; ``no cells`` empties the ball.
    """

    day: float
    set: tuple[tuple[str, float], ...] = ()
    off: tuple[str, ...] | None = None
    schedule: tuple[tuple[str, tuple[tuple[str, float], ...]], ...] = ()
    drop: tuple[str, ...] = ()
    brush: tuple[tuple[str, int, int, int, float], ...] = ()

    def as_table(self) -> dict[str, Any]:
        """Return the change as plain values, as a file says it."""
        table: dict[str, Any] = {"day": self.day}
        if self.set:
            table["set"] = dict(self.set)
        if self.off is not None:
            table["off"] = list(self.off)
        if self.schedule:
            table["schedule"] = [as_entry(name, settings) for name, settings in self.schedule]
        if self.drop:
            table["drop"] = list(self.drop)
        if self.brush:
            table["brush"] = [list(stroke) for stroke in self.brush]
        return table

    def after(self, given: dict[str, Any]) -> dict[str, Any]:
        """Return the fields `set`, `off` and `schedule` of a scenario once the change holds."""
        kept = {name: settings for name, settings in given["schedule"] if name not in self.drop}
        return {
            "set": tuple(sorted({**dict(given["set"]), **dict(self.set)}.items())),
            "off": given["off"] if self.off is None else self.off,
            "schedule": tuple({**kept, **dict(self.schedule)}.items()),
        }


def as_entry(name: str, settings) -> dict[str, Any]:
    """Return an influence as its entry in a file; what is never is left out."""
    return {"part": name, **{key: value for key, value in settings if math.isfinite(value)}}


def changes(entries, path) -> tuple[Change, ...]:
    """Return the changes of a scenario in the order of their days.

    Raises
    ------
    InputError
        Naming the file, the key, the value and what is allowed.
    """
    return tuple(sorted((_change(entry, path) for entry in entries), key=lambda one: one.day))


def _change(entry: dict, path) -> Change:
    for key in entry:
        if key not in _KEYS:
            msg = f"{path}: a change has no key {key!r}{nearest(key, _KEYS)}"
            raise InputError(msg)
    if "day" not in entry:
        msg = f"{path}: a change needs 'day', from which on it holds (in d, or such as '3 yr')"
        raise InputError(msg)
    day = number(entry["day"], "d", f"{path}: change.day", -20000.0, 50000.0)
    what = f"{path}: change on day {day:g}"
    given = {key: _of_kind(entry, key, what) for key in _KEYS[1:]}
    for name in given["set"]:
        if name in FIRST_DAY:
            msg = f"{what}: {name} shapes the first day and cannot change later; give it in [set]"
            raise InputError(msg)
    for name in given["drop"]:
        if name not in rooms()["schedule"]:
            msg = f"{what}: schedule has no part {name!r}{nearest(name, rooms()['schedule'])}"
            raise InputError(msg)
    if len(given["brush"]) > MOST_STROKES:
        msg = f"{what}: brush has {len(given['brush'])} strokes; allowed are {MOST_STROKES}"
        raise InputError(msg)
    off = switches(given["off"], what) if "off" in entry else None
    return Change(
        day,
        overrides(given["set"], what),
        off,
        calendar(given["schedule"], what),
        tuple(given["drop"]),
        tuple(_stroke(stroke, what) for stroke in given["brush"]),
    )


def _stroke(stroke, what: str) -> tuple:
    """Return a stroke of the brush, or say what it should be."""
    good = isinstance(stroke, (list, tuple)) and len(stroke) == 5 and stroke[0] in PAINTS
    good = good and all(isinstance(n, int) and 0 <= n < 1 << 20 for n in stroke[1:4])
    good = good and isinstance(stroke[4], (int, float)) and 0.0 < stroke[4] <= 1000.0
    if not good:
        msg = f"{what}: brush = {stroke!r} is not [what, z, y, x, radius in um up to 1000], what "
        raise InputError(msg + f"being one of {', '.join(PAINTS)}")
    return (stroke[0], *stroke[1:4], float(stroke[4]))


def _of_kind(entry: dict, key: str, what: str):
    """Return what an entry says under a key, a table or a list."""
    if key == "set":
        kind, value = dict, entry.get(key, {})
    else:
        kind, value = (list, tuple), entry.get(key, ())
    inner = {"schedule": dict, "off": str, "drop": str}.get(key, object)
    if not isinstance(value, kind) or not all(isinstance(one, inner) for one in value):
        allowed = {"set": "a table", "schedule": "a list of tables"}.get(key, "a list of names")
        msg = f"{what}: {key} = {value!r} is not {allowed}"
        raise InputError(msg)
    return value
