"""Scenarios: frozen, typed, read from TOML, each may extend another.

A scenario names the bone, the parts that act, what the calendar brings, the mechanisms that are
switched off, and every parameter that differs from the ledger. Whatever is misspelt, has the
wrong unit or lies outside its range is refused here, with one sentence, before anything runs.
"""

import math
from dataclasses import dataclass, field, fields, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from remodel_abm import ledger
from remodel_abm.declare import InputError, nearest
from remodel_abm.scenario_change import Change, as_entry, changes
from remodel_abm.scenario_check import calendar, check_reads, named, overrides, rooms, switches
from remodel_abm.scenario_file import FLAT, PRESETS, bundled, find, merge_key, read, to_toml
from remodel_abm.schedule import Life, Schedule
from remodel_abm.units import number, quantity, whole

__all__ = [
    "PRESETS", "Bone", "Change", "Scenario", "as_table", "build", "bundled", "chapters", "find",
    "number", "rooms",
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

    @property
    def is_section(self) -> bool:
        """Tell whether the bone is made in one layer."""
        return self.is_generated and self.shape[0] == 1


_BONE_UNITS = {"voxel": "um", "tb_th": "um", "voxel_size": "um", "crop": "um"}
_BONE_RANGE = {
    "voxel": (2.0, 50.0), "bv_tv": (0.05, 0.5), "tb_th": (50.0, 400.0),
    "anisotropy": (1.0, 3.0), "voxel_size": (0.0, 200.0), "crop": (0.0, 20000.0),
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
    change
        What differs from a day of the run on, by day.
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
    change: tuple[Change, ...] = ()
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
        elif key == "name":
            given[key] = _name(value, f"{path}: name")
        elif key == "sex" and value not in ("female", "male"):
            msg = f"{path}: sex = {value!r}; allowed are 'female' and 'male'"
            raise InputError(msg)
        else:
            given[key] = value
    given["bone"] = _bone(given.get("bone", {}), path)
    for room in ("signals", "cells", "measures"):
        given[room] = named(room, given.get(room, ()), path)
    check_reads(given["cells"], given["signals"], path)
    given["schedule"] = calendar(given.get("schedule", ()), path)
    given["off"] = switches(given.get("off", ()), path)
    given["set"] = overrides(given.get("set", {}), path)
    given["change"] = changes(given.get("change", ()), path)
    return Scenario(**given)


def _name(value: str, what: str) -> str:
    """Return the name of a scenario, which names the folder of its runs too."""
    if value.startswith((".", "-")) or not value.strip() or {"/", "\\", "\0"} & {*value}:
        msg = f"{what} = {value!r} names a folder: no slash in it, no dot or dash in front"
        raise InputError(msg)
    return value


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
        elif key == "threshold" and value != "otsu":
            given[key] = str(_grey(value, what))
        elif key in ("shape", "direction"):
            given[key] = _triple(value, what, key == "shape")
        else:
            given[key] = str(value)
    return Bone(**given)


def _grey(value, what: str) -> float:
    try:
        return quantity(value, "1", what)
    except InputError:
        msg = f"{what} = {value!r}; allowed are 'otsu' and a grey value"
        raise InputError(msg) from None


def _triple(value, what: str, of_voxels: bool) -> tuple:
    kinds = (int,) if of_voxels else (int, float)
    good = isinstance(value, (list, tuple)) and len(value) == 3
    good = good and all(isinstance(n, kinds) and not isinstance(n, bool) for n in value)
    if good and of_voxels:
        good = value[0] == 1 or value[0] >= 8
        good = good and min(value[1:]) >= 8 and math.prod(value) <= 2e8
    if not good or (not of_voxels and not any(value)):
        allowed = "three numbers"
        if of_voxels:
            allowed = "three whole numbers z, y, x of at least 8 (z may be 1)"
        msg = f"{what} = {value!r}; allowed are {allowed}"
        raise InputError(msg)
    return tuple(int(n) if of_voxels else float(n) for n in value)


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


def law(scenario: Scenario, section: bool = False) -> Schedule:
    """Return the calendar of a scenario on the values that it gives to every part."""
    values, life = values_of(scenario, section), Life(scenario.age, scenario.sex)
    known = rooms()["schedule"]
    influences = [
        known[name](values[name], dict(settings), life) for name, settings in scenario.schedule
    ]
    return Schedule(influences, values)


def laws(scenario: Scenario, section: bool = False) -> list[Schedule]:
    """Return the calendar of each chapter; what was lived before it is known to each."""
    found = [law(chapter, section) for chapter in chapters(scenario)]
    for (before, after), change in zip(pairwise(found), scenario.change, strict=True):
        after.follow(before, change.day)
    return found


def as_table(scenario: Scenario) -> dict[str, Any]:
    """Return the scenario as nested plain values, the inverse of `build`."""
    table = {item.name: getattr(scenario, item.name) for item in fields(Scenario)}
    bone = scenario.bone
    table["bone"] = {item.name: getattr(bone, item.name) for item in fields(Bone)}
    table["set"] = dict(scenario.set)
    table["schedule"] = [as_entry(name, settings) for name, settings in scenario.schedule]
    table["change"] = [change.as_table() for change in scenario.change]
    return table


def chapters(scenario: Scenario) -> list[Scenario]:
    """Return the scenario as it stands before its first change and after each of them."""
    found = [replace(scenario, change=())]
    for change in scenario.change:
        before = found[-1]
        fields_of = {"set": before.set, "off": before.off, "schedule": before.schedule}
        found.append(replace(before, **change.after(fields_of)))
    return found
