"""What a run leaves behind: tables with units, snapshots, provenance; saved, loaded, compared.

Days count from the start of the story a scenario tells; the days before 0 are the settling-in
period, in which an imposed tissue finds its own level of remodeling. Identical content gives
identical bytes in every file but ``timing.json``.
"""

import tomllib
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pandas as pd

from remodel_abm.declare import InputError, nearest
from remodel_abm.results import tables
from remodel_abm.results.files import (
    explained,
    read_bytes,
    read_json,
    write_json,
    write_text,
)
from remodel_abm.results.record import Quantity, Record, tidy, widen
from remodel_abm.results.snapshot import (
    Snapshot,
    load_snapshot,
    snapshot_days,
    snapshot_path,
    write_snapshot,
)

__all__ = ["Quantity", "Record", "Results", "Snapshot"]

BASELINE_DAYS = 180.0
DAYS_A_YEAR = 365.25


@dataclass
class Results:
    """Everything a run found.

    Attributes
    ----------
    scenario, scenario_text
        The resolved scenario, and the same as TOML text; one of them is enough to build, the
        text is needed to save.
    provenance
        Version, seed, platform, Python, packages; no time of day, so that it repeats.
    audit
        Each check the run made of itself: value, tolerance, passed.
    quantities, daily
        What was read, and a column of readings each, indexed by day. [d]
    sites, breaks
        The event log, a row a remodeling site; perforations and rod losses as they happened
        (columns and units in `remodel_abm.results.tables`).
    tracks
        Where the front of a site was, day by day; may be empty.
    folder
        Where the run lies on disk, or None.
    timing
        Wall-clock seconds by part; the one thing that differs between equal runs.
    kept
        Snapshots held in memory, by day.
    """

    scenario: dict = field(default_factory=dict)
    provenance: dict = field(default_factory=dict)
    audit: dict = field(default_factory=dict)
    quantities: list[Quantity] = field(default_factory=list)
    daily: pd.DataFrame = field(default_factory=tables.no_readings)
    sites: pd.DataFrame = field(default_factory=partial(tables.empty, tables.SITES))
    breaks: pd.DataFrame = field(default_factory=partial(tables.empty, tables.BREAKS))
    tracks: pd.DataFrame = field(default_factory=partial(tables.empty, tables.TRACKS))
    folder: Path | None = None
    scenario_text: str = ""
    timing: dict = field(default_factory=dict)
    kept: dict[int, Snapshot] = field(default_factory=dict)

    def __post_init__(self):
        self.folder = None if self.folder is None else Path(self.folder)
        if self.scenario_text and not self.scenario:
            self.scenario = tomllib.loads(self.scenario_text)

    def begin(self, folder: Path | str) -> Path:
        """Write scenario and provenance, which mark a folder as a run before its first day ends.

        Raises
        ------
        InputError
            If the folder cannot be written to.
        """
        self.folder = Path(folder)
        with explained(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
        # The mark of a run first: a scenario alone may be anyone's, and is never overwritten.
        write_json(self.folder / "provenance.json", self.provenance)
        write_text(self.folder / "scenario.toml", self.scenario_text)
        return self.folder

    def save(self, folder: Path | str | None = None) -> Path:
        """Write every table into `folder`, or into the run's own.

        Raises
        ------
        InputError
            If the folder cannot be written to, or is not named.
        """
        if folder is None and self.folder is None:
            msg = "these results have no folder yet; name one: results.save('my-run')"
            raise InputError(msg)
        source, target = self.folder, Path(folder or self.folder)
        days = self.snapshots()
        self.begin(target)
        write_json(target / "audit.json", self.audit)
        notes = {"quantities": [quantity._asdict() for quantity in self.quantities]}
        write = tables.write_table
        write(target / "daily", tidy(self.daily, self.quantities), tables.READINGS, notes)
        write(target / "sites", self.sites, tables.SITES)
        write(target / "breaks", self.breaks, tables.BREAKS)
        if len(self.tracks):
            write(target / "tracks", self.tracks, tables.TRACKS)
        if self.timing:
            write_json(target / "timing.json", self.timing)
        for day in days:
            if day in self.kept or target != source:
                snapshot = self.kept.get(day) or load_snapshot(snapshot_path(source, day))
                write_snapshot(target, snapshot)
        return target

    @classmethod
    def load(cls, folder: Path | str) -> "Results":
        """Read the results of a run.

        Raises
        ------
        InputError
            If the folder is not a finished run, or a file in it is damaged.
        """
        folder = Path(folder)
        if not folder.is_dir():
            msg = f"{folder} is not a folder of results"
            raise InputError(msg)
        if not (folder / "daily.parquet").exists():
            begun = (folder / "provenance.json").exists()
            why = "; its run has not finished" if begun else ""
            msg = f"{folder} holds no results: daily.parquet is missing{why}"
            raise InputError(msg)
        text = _scenario_text(folder / "scenario.toml")
        readings, notes = tables.read_table(folder / "daily.parquet")
        quantities = [Quantity(**row) for row in notes.get("quantities", [])]
        optional = {"tracks": {}, "timing": {}}
        if (folder / "tracks.parquet").exists():
            optional["tracks"] = tables.read_table(folder / "tracks.parquet")[0]
        if (folder / "timing.json").exists():
            optional["timing"] = read_json(folder / "timing.json")
        return cls(
            scenario=tomllib.loads(text),
            provenance=read_json(folder / "provenance.json"),
            audit=read_json(folder / "audit.json"),
            quantities=quantities,
            daily=widen(readings, quantities),
            sites=tables.read_table(folder / "sites.parquet")[0],
            breaks=tables.read_table(folder / "breaks.parquet")[0],
            folder=folder,
            scenario_text=text,
            **{name: value for name, value in optional.items() if len(value)},
        )

    def quantity(self, name: str) -> Quantity:
        """Return symbol, unit and source of a quantity.

        Raises
        ------
        InputError
            If the run did not read it.
        """
        for quantity in self.quantities:
            if quantity.name == name and name in self.daily:
                return quantity
        msg = f"these results have no {name!r}{nearest(name, self.daily.columns)}"
        raise InputError(msg)

    def course(self, name: str) -> pd.Series:
        """Return the readings of one quantity, in its unit, by day. [d]"""
        self.quantity(name)
        return self.daily[name].dropna()

    def baseline(self, name: str) -> float:
        """Return the mean over the last 180 days of settling in; without any, the first reading."""
        course = self.course(name)
        settled = course[(course.index >= -BASELINE_DAYS) & (course.index < 0)]
        if len(settled):
            return float(settled.mean())
        return float(course.iloc[0]) if len(course) else float("nan")

    def changes(self, name: str) -> pd.Series:
        """Return the course of one quantity as change from the run's own baseline. [%]"""
        base = self.baseline(name)
        return (
            (self.course(name) / base - 1.0) * 100.0 if base else self.course(name) * float("nan")
        )

    def change(self, name: str, day: float) -> float:
        """Return the change from the run's own baseline at the last reading up to `day`. [%]

        Raises
        ------
        InputError
            If there is no such quantity, or no reading by then.
        """
        upto = self.changes(name).loc[:day]
        if not len(upto):
            msg = f"{name} has no reading up to day {day:g}"
            raise InputError(msg)
        return float(upto.iloc[-1])

    def snapshots(self) -> list[int]:
        """Return the days with a snapshot, in order. [d]"""
        stored = snapshot_days(self.folder) if self.folder else []
        return sorted({*self.kept, *stored})

    def snapshot(self, day: int) -> Snapshot:
        """Return the snapshot of one day.

        Raises
        ------
        InputError
            If there is none, or its file is damaged.
        """
        if day in self.kept:
            return self.kept[day]
        days = self.snapshots()
        if day not in days:
            hint = f"; the nearest is day {min(days, key=lambda d: abs(d - day))}" if days else ""
            msg = f"there is no snapshot of day {day}{hint}"
            raise InputError(msg)
        return load_snapshot(snapshot_path(self.folder, day))


def _scenario_text(path: Path) -> str:
    """Return the text of a resolved scenario, checked to be TOML."""
    try:
        text = read_bytes(path).decode()
        if not tomllib.loads(text):
            raise ValueError("it is empty")
    except ValueError as error:
        msg = f"{path} is damaged: it is not TOML ({error})"
        raise InputError(msg) from error
    return text
