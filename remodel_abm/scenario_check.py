"""What a scenario may name, checked: parts, what the calendar brings, switches, overrides.

Whatever is misspelt, has the wrong unit or lies outside its range is refused with one sentence.
"""

import math
from functools import cache

from remodel_abm import ledger
from remodel_abm.declare import InputError, nearest
from remodel_abm.units import number, quantity


@cache
def rooms() -> dict[str, dict[str, type]]:
    """Return every part of every room, by room and name."""
    return ledger.rooms()


def named(room: str, names, path) -> tuple[str, ...]:
    """Return the names of parts of a room, each known and none twice."""
    known = rooms()[room]
    for name in names:
        if name not in known:
            msg = f"{path}: {room} has no {name!r}{nearest(str(name), known)}"
            raise InputError(msg)
    if len(set(names)) != len(names):
        msg = f"{path}: {room} names a part twice: {list(names)}"
        raise InputError(msg)
    return tuple(names)


def check_reads(cells, signals, path) -> None:
    """Refuse a cell kind without a signal that its kernels touch."""
    for name in cells:
        missing = [signal for signal in rooms()["cells"][name].reads if signal not in signals]
        if missing:
            msg = f"{path}: the cell {name!r} needs the signal {missing[0]!r}, which is not listed"
            raise InputError(msg + " in signals")


def calendar(entries, path) -> tuple:
    """Return influences as (name, settings), in the units of their settings."""
    known = rooms()["schedule"]
    found = []
    for entry in entries:
        name = entry.get("part")
        if not isinstance(name, str) or name not in known:
            msg = f"{path}: schedule has no part {name!r}{nearest(str(name), known)}"
            raise InputError(msg)
        if name in dict(found):
            msg = f"{path}: schedule has {name!r} twice; a second spell of it is a [[change]]"
            raise InputError(msg)
        allowed = known[name].settings
        given = {key: value for key, value in entry.items() if key != "part"}
        for key in given:
            if key not in allowed:
                msg = f"{path}: {name} has no setting {key!r}{nearest(key, allowed)}"
                raise InputError(msg)
        what = f"{path}: {name}"
        settings = {key: _setting(given, key, one, what) for key, one in allowed.items()}
        start, stop = settings.get("start", -math.inf), settings.get("stop", math.inf)
        if stop < start:
            msg = f"{what}.stop = {stop:g} d is before {name}.start = {start:g} d"
            raise InputError(msg)
        found.append((name, tuple(settings.items())))
    return tuple(found)


def _setting(given: dict, key: str, setting, what: str) -> float:
    """Return a setting of an influence, in its unit."""
    if key not in given and setting.default is None:
        msg = f"{what} needs {key!r} ({setting.doc}, in {setting.unit})"
        raise InputError(msg)
    # A story may start after a day that matters; a dose cannot be less than none.
    low = -math.inf if setting.unit == "d" else 0.0
    value = given.get(key, setting.default)
    found = number(value, setting.unit, f"{what}.{key}", low, setting.most)
    if math.isinf(found) and found != setting.default:
        msg = f"{what}.{key} = {found:g} is not a finite number; give one in {setting.unit}"
        raise InputError(msg)
    return found


def switches(ids, path) -> tuple[str, ...]:
    """Return identifiers of mechanisms, in order."""
    known = ledger.mechanisms()
    for identifier in ids:
        if identifier not in known:
            msg = f"{path}: no mechanism {identifier!r}{nearest(str(identifier), known)}; known: "
            raise InputError(msg + ", ".join(known))
    return tuple(sorted(ids))


def overrides(table: dict, path) -> tuple[tuple[str, float], ...]:
    """Return parameters that differ from the ledger, in its units."""
    known = ledger.parameters()
    found = {}
    for name, value in table.items():
        if name not in known:
            msg = f"{path}: no parameter is called {name!r}{nearest(name, known)}"
            raise InputError(msg)
        what = f"{path}: {name}"
        found[name] = known[name].check(what, quantity(value, known[name].unit, what))
    return tuple(sorted(found.items()))
