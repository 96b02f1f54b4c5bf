"""Scenarios: frozen, typed, read from TOML, each may extend another.

A scenario names the bone, the parts that act, what the calendar brings, the mechanisms that are
switched off, and every parameter that differs from the ledger. Whatever is misspelt, has the
wrong unit or lies outside its range is refused here, with one sentence, before anything runs.
"""

import math
from dataclasses import dataclass, field, fields, replace
from functools import cache
from pathlib import Path
from typing import Any

from remodel_abm import ledger
from remodel_abm.declare import InputError, nearest
from remodel_abm.scenario_file import FLAT, PRESETS, bundled, find, merge_key, read, to_toml
from remodel_abm.units import number, quantity, whole

__all__ = [
    "PRESETS", "Bone", "Scenario", "as_table", "build", "bundled", "find", "number", "rooms",
    "to_toml", "values_of", "whole",
]  # fmt: skip


@dataclass(frozen=True)
class Bone:
    """The bone a run starts from: generated, or a real one that was imported.

    Attributes
    ----------
    source
        ``section``, ``volume``, or the folder of an imported bone (or an image file).
    voxel, shape
        Edge [um] and number of voxels as (z, y, x); of an image, the edge it is brought to.
    bv_tv, tb_th, anisotropy, direction, seed
        What is generated: bone volume fraction [1], thickness [um], stretch along a direction.
    voxel_size, threshold, crop
        For an image file: its voxel [um] if the file does not say, ``otsu`` or a grey value, and
        the edge of a cube cut from its middle [um], 0 for all of it.
    """

    source: str = "section"
    voxel: float = 10.0
    shape: tuple[int, int, int] = (1, 256, 256)
    bv_tv: float = 0.154
    tb_th: float = 170.0
    anisotropy: float = 1.5
    direction: tuple[float, float, float] = (1.0, 0.0, 0.0)
    seed: int = 1
    voxel_size: float = 0.0
    threshold: str = "otsu"
    crop: float = 0.0

    @property
    def is_generated(self) -> bool:
        """Tell whether the bone is made, not read."""
        return self.source in ("section", "volume")


_BONE_UNITS = {"voxel": "um", "tb_th": "um", "voxel_size": "um", "crop": "um"}
_BONE_RANGE = {
    "voxel": (2.0, 50.0), "bv_tv": (0.05, 0.5), "tb_th": (50.0, 400.0),
    "anisotropy": (1.0, 4.0), "voxel_size": (0.0, 200.0), "crop": (0.0, 20000.0),
}  # fmt: skip


@dataclass(frozen=True)
class Scenario:
    """Everything that determines a run.

    Attributes
    ----------
    years, settling, step
        Length of the story [yr]; days before it in which the tissue finds its level [d]; step [d].
    seed, age, sex
        Seed of every draw; age on day 0 [yr]; ``female`` or ``male``.
    bone
        Where it takes place.
    signals, cells, measures
        Names of the parts that take part, in the order in which they act.
    schedule
        Influences as (name, settings), in the order in which they touch the hormones.
    off
        Mechanisms switched off, by their identifier.
    set
        Parameters that differ from the ledger, by full name, in the ledger's unit.
    snapshot_every, checkpoint_every
        Days between pictures and between checkpoints. [d]
    tolerance, refine
        Residual a signal may keep; how much finer than usual its grid is (K15).
    """

    title: str = ""
    about: str = ""
    years: float = 10.0
    settling: float = 730.0
    step: float = 1.0
    seed: int = 1
    age: float = 45.0
    sex: str = "female"
    bone: Bone = field(default_factory=Bone)
    signals: tuple[str, ...] = ()
    cells: tuple[str, ...] = ()
    measures: tuple[str, ...] = ()
    schedule: tuple[tuple[str, tuple[tuple[str, float], ...]], ...] = ()
    off: tuple[str, ...] = ()
    set: tuple[tuple[str, float], ...] = ()
    snapshot_every: float = 30.0
    checkpoint_every: float = 365.0
    tolerance: float = 1e-3
    refine: float = 1.0
    name: str = "scenario"

    @classmethod
    def load(cls, source: str | Path, **changes) -> "Scenario":
        """Read a scenario from a file, or a bundled one by name.

        Parameters
        ----------
        source
            Path of a TOML file, or a name such as ``menopause``.
        **changes
            Fields to replace, such as ``years=2`` or ``bone="volume"``.

        Raises
        ------
        InputError
            If the file is missing, is not TOML, or says something that is not allowed.
        """
        path = find(source)
        return build(read(path, _keys()), path).with_(**changes)

    def with_(self, **changes) -> "Scenario":
        """Return a copy with some fields replaced; `bone`, `set` and `off` may be given in part.

        Raises
        ------
        InputError
            As for `load`.
        """
        if not changes:
            return self
        table = as_table(self)
        for key, value in changes.items():
            merge_key(table, key, value, "given", _keys())
        return replace(build(table, "given"), name=self.name)

    @property
    def ticks(self) -> int:
        """Number of steps, settling included."""
        return round((self.settling + self.years * 365.25) / self.step)

    def to_toml(self) -> str:
        """Return the scenario as a TOML file that means the same."""
        return to_toml(as_table(self))


_PLAIN = {
    "years": ("yr", 0.0, 120.0), "settling": ("d", 0.0, 20000.0), "step": ("d", 0.1, 1.0),
    "age": ("yr", 15.0, 100.0), "snapshot_every": ("d", 1.0, 1e6),
    "checkpoint_every": ("d", 1.0, 1e6), "tolerance": ("1", 1e-10, 0.05),
    "refine": ("1", 0.25, 8.0),
}  # fmt: skip


def _keys() -> list[str]:
    """Return what a file may say at its top, beside tables that are spread over fields."""
    return [item.name for item in fields(Scenario)]


def build(table: dict[str, Any], path) -> Scenario:
    """Return the scenario that a merged table describes, every value checked.

    Raises
    ------
    InputError
        Naming the file, the key, the value and what is allowed.
    """
    table = dict(table)
    for name, units in FLAT.items():
        for key, value in table.pop(name, {}).items():
            if key not in units:
                msg = f"{path}: unknown key '{name}.{key}'{nearest(key, units)}"
                raise InputError(msg)
            table[key] = value
    given: dict[str, Any] = {}
    for key, value in table.items():
        if key in _PLAIN:
            unit, low, high = _PLAIN[key]
            given[key] = number(value, unit, f"{path}: {key}", low, high)
        elif key == "seed":
            given[key] = whole(value, f"{path}: seed")
        elif key == "sex" and value not in ("female", "male"):
            msg = f"{path}: sex = {value!r}; allowed are 'female' and 'male'"
            raise InputError(msg)
        else:
            given[key] = value
    given["bone"] = _bone(given.get("bone", {}), path)
    for room in ("signals", "cells", "measures"):
        given[room] = _names(room, given.get(room, ()), path)
    _check_reads(given["cells"], given["signals"], path)
    given["schedule"] = _schedule(given.get("schedule", ()), path)
    given["off"] = _switches(given.get("off", ()), path)
    given["set"] = _overrides(given.get("set", {}), path)
    return Scenario(**given)


def _bone(table: dict, path) -> Bone:
    known = [item.name for item in fields(Bone)]
    given = {}
    for key, value in table.items():
        what = f"{path}: bone.{key}"
        if key not in known:
            msg = f"{path}: unknown key 'bone.{key}'{nearest(key, known)}"
            raise InputError(msg)
        if key in _BONE_RANGE:
            low, high = _BONE_RANGE[key]
            given[key] = number(value, _BONE_UNITS.get(key, "1"), what, low, high)
        elif key == "seed":
            given[key] = whole(value, what)
        elif key in ("shape", "direction"):
            given[key] = _triple(value, what, key == "shape")
        else:
            given[key] = str(value)
    return Bone(**given)


def _triple(value, what: str, of_voxels: bool) -> tuple:
    kinds = (int,) if of_voxels else (int, float)
    good = isinstance(value, (list, tuple)) and len(value) == 3
    good = good and all(isinstance(n, kinds) and not isinstance(n, bool) for n in value)
    if good and of_voxels:
        good = value[0] >= 1 and min(value[1:]) >= 8 and math.prod(value) <= 2e8
    if not good or (not of_voxels and not any(value)):
        allowed = (
            "three whole numbers z, y, x (y and x at least 8)" if of_voxels else "three numbers"
        )
        msg = f"{what} = {value!r}; allowed are {allowed}"
        raise InputError(msg)
    return tuple(int(n) if of_voxels else float(n) for n in value)


@cache
def rooms() -> dict[str, dict[str, type]]:
    """Return every part of every room, by room and name."""
    return ledger.rooms()


def _names(room: str, names, path) -> tuple[str, ...]:
    known = rooms()[room]
    for name in names:
        if name not in known:
            msg = f"{path}: {room} has no {name!r}{nearest(str(name), known)}"
            raise InputError(msg)
    if len(set(names)) != len(names):
        msg = f"{path}: {room} names a part twice: {list(names)}"
        raise InputError(msg)
    return tuple(names)


def _check_reads(cells, signals, path) -> None:
    """Refuse a cell kind without a signal that its kernels touch."""
    for name in cells:
        missing = [signal for signal in rooms()["cells"][name].reads if signal not in signals]
        if missing:
            msg = f"{path}: the cell {name!r} needs the signal {missing[0]!r}, which is not listed"
            raise InputError(msg + " in signals")


def _schedule(entries, path) -> tuple:
    known = rooms()["schedule"]
    found = []
    for entry in entries:
        name = entry.get("part")
        if name not in known:
            msg = f"{path}: schedule has no part {name!r}{nearest(str(name), known)}"
            raise InputError(msg)
        allowed = known[name].settings
        given = {key: value for key, value in entry.items() if key != "part"}
        for key in given:
            if key not in allowed:
                msg = f"{path}: {name} has no setting {key!r}{nearest(key, allowed)}"
                raise InputError(msg)
        settings = {}
        for key, setting in allowed.items():
            if key not in given and setting.default is None:
                msg = f"{path}: {name} needs {key!r} ({setting.doc}, in {setting.unit})"
                raise InputError(msg)
            value = given.get(key, setting.default)
            # A story may start after a day that matters; a dose cannot be less than none.
            low = -math.inf if setting.unit == "d" else 0.0
            settings[key] = number(value, setting.unit, f"{path}: {name}.{key}", low)
        found.append((name, tuple(settings.items())))
    return tuple(found)


def _switches(ids, path) -> tuple[str, ...]:
    known = ledger.mechanisms()
    for identifier in ids:
        if identifier not in known:
            msg = f"{path}: no mechanism {identifier!r}{nearest(str(identifier), known)}; known: "
            raise InputError(msg + ", ".join(known))
    return tuple(sorted(ids))


def _overrides(table: dict, path) -> tuple[tuple[str, float], ...]:
    known = ledger.parameters()
    found = {}
    for name, value in table.items():
        if name not in known:
            msg = f"{path}: no parameter is called {name!r}{nearest(name, known)}"
            raise InputError(msg)
        what = f"{path}: {name}"
        found[name] = known[name].check(what, quantity(value, known[name].unit, what))
    return tuple(sorted(found.items()))


def values_of(scenario: Scenario, section: bool = False) -> dict[str, tuple]:
    """Return the values of every part before the calendar: ledger, overrides, switches."""
    given = dict(scenario.set)
    neutral = {}
    for identifier in scenario.off:
        neutral.update(ledger.mechanisms()[identifier].neutral_by_name)
    found = {}
    for part in ledger.parts().values():
        values = {}
        for key, param in part.params.items():
            name = f"{part.name}.{key}"
            values[key] = float(neutral.get(name, given.get(name, param.usual(section))))
        found[part.name] = part.Values(**values)
    return found


def as_table(scenario: Scenario) -> dict[str, Any]:
    """Return the scenario as nested plain values, the inverse of `build`."""
    table = {item.name: getattr(scenario, item.name) for item in fields(Scenario)}
    bone = scenario.bone
    table["bone"] = {item.name: getattr(bone, item.name) for item in fields(Bone)}
    table["set"] = dict(scenario.set)
    table["schedule"] = [
        {
            "part": name,
            **{key: value for key, value in settings if math.isfinite(value)},
        }
        for name, settings in scenario.schedule
    ]
    return table
