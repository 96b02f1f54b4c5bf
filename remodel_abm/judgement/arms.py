"""Arms: the trials that ``arms.toml`` names, and what came of many runs of one."""

import math
import tomllib
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from remodel_abm.declare import InputError, nearest
from remodel_abm.scenario import Scenario, values_of
from remodel_abm.units import quantity

FILE = Path(__file__).with_name("arms.toml")
YEAR = 365.25  # d
NEAR = 0.25  # yr to either side over which a reading is averaged
YEARLY = 0.55  # yr within which there is a reading of what is read once a year
_OWN = ("scenario", "like", "event", "steady", "long", "small")


class Trial(NamedTuple):
    """One arm as it is planned: what is lived, and the day its years count from. [d]"""

    name: str
    scenario: Scenario
    event: float
    steady: bool
    long: bool


@cache
def _table() -> dict[str, dict]:
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


def names(small: bool = False, long: bool = True) -> list[str]:
    """Return the arms there are; those of the small version, or those that are not long."""
    table = _table()
    return [
        name
        for name, row in table.items()
        if (not small or "small" in row) and (long or not row.get("long"))
    ]


def trial(name: str, small: bool = False) -> Trial:
    """Return an arm as it is planned.

    Raises
    ------
    InputError
        If no arm has this name.
    """
    table = _table()
    if name not in table:
        msg = f"no arm is called {name!r}{nearest(name, table)}; known: {', '.join(table)}"
        raise InputError(msg)
    row = dict(table[name])
    chosen = dict(table[row["like"]]) if "like" in row else {}
    steps = [{k: v for k, v in chosen.items() if k != "small"}, row]
    if small:
        steps.append(row.get("small", {}))
    scenario, merged = Scenario.load((chosen or row)["scenario"]), {}
    for step in steps:
        merged |= step
        changes = {key: value for key, value in step.items() if key not in _OWN}
        scenario = scenario.with_(**changes)
    return Trial(
        name,
        scenario.with_(name=name),
        quantity(merged["event"], "d", f"{FILE.name}: {name}.event"),
        bool(merged.get("steady", False)),
        bool(merged.get("long", False)),
    )


def ratio(new: float, old: float) -> float:
    """Return one number over another, NaN over nothing."""
    return new / old if old else math.nan


@dataclass(frozen=True)
class Arm:
    """What came of many runs of one trial; also of a null model, as an arm of one run.

    Attributes
    ----------
    name, event, steady
        As in `Trial`.
    courses
        By quantity, a table of readings: a row a day of the story [d], a column a run.
    sites, breaks
        Remodeling sites and broken struts of all runs, with a column ``run``.
    weights
        Tissue volume of each run, by which runs are pooled. [mm3]
    values
        Parameters of the ledger that observables need, by full name.
    """

    name: str
    event: float
    steady: bool
    courses: dict[str, pd.DataFrame]
    sites: pd.DataFrame = field(default_factory=pd.DataFrame)
    breaks: pd.DataFrame = field(default_factory=pd.DataFrame)
    weights: np.ndarray = field(default_factory=lambda: np.ones(1))
    values: dict[str, float] = field(default_factory=dict)

    @property
    def runs(self) -> int:
        """Number of runs."""
        return len(self.weights)

    @property
    def span(self) -> tuple[float, float]:
        """First and last reading, years from the event. [yr]"""
        days = [table.index[[0, -1]] for table in self.courses.values() if len(table)]
        if not days:
            return math.nan, math.nan
        first = max(0.0, min(one[0] for one in days))
        return (first - self.event) / YEAR, (max(one[1] for one in days) - self.event) / YEAR

    def window(self, start: float, stop: float) -> tuple[float, float]:
        """Return a window of years, cut to what was lived if nothing happens in this arm. [yr]"""
        if not self.steady:
            return start, stop
        first, last = self.span
        return max(start, first), min(stop, last)

    def mean(self, name: str, start: float, stop: float) -> float:
        """Return the mean over runs and a window of years; NaN if it was not lived whole."""
        table = self.courses.get(name)
        if table is None or not self._lived(start, stop):
            return math.nan
        # A day of rounding must not lose a reading at the edge of the window.
        part = table.loc[self.event + start * YEAR - 1.0 : self.event + stop * YEAR + 1.0]
        return self._pooled(part)

    def at(self, name: str, year: float) -> float:
        """Return the mean over runs round a year; over the last half year of settling before 0."""
        table = self.courses.get(name)
        if table is None or not self._lived(year):
            return math.nan
        day = self.event + year * YEAR
        for near in (NEAR, YEARLY):
            part = table.loc[day - near * YEAR : day + near * YEAR].dropna(how="all")
            if len(part):
                return self._pooled(part)
        return math.nan

    def baseline(self, name: str) -> float:
        """Return the mean over runs and the half year before the story begins."""
        table = self.courses.get(name)
        if table is None:
            return math.nan
        part = table.loc[-YEAR / 2.0 : -0.5].dropna(how="all")
        return self._pooled(part if len(part) else table.dropna(how="all").iloc[:1])

    def change(self, name: str, start: float, stop: float) -> float:
        """Return the change between two years. [%]"""
        return 100.0 * (ratio(self.at(name, stop), self.at(name, start)) - 1.0)

    def closed_sites(self, start: float, stop: float) -> pd.DataFrame:
        """Return the sites that came to rest within a window of years."""
        if not len(self.sites) or not self._lived(start, stop):
            return self.sites.iloc[:0]
        sites = self.sites[self.sites["state"].isin(["completed", "arrested"])]
        last = sites[["last_resorbed", "last_formed"]].max(axis=1)
        since = (last - self.event) / YEAR
        return sites[(since >= start) & (since <= stop)]

    def take(self, index: np.ndarray) -> "Arm":
        """Return an arm of some of the runs, as often as they are named."""
        courses = {name: table.iloc[:, index] for name, table in self.courses.items()}
        return replace(
            self,
            courses=courses,
            sites=_taken(self.sites, index),
            breaks=_taken(self.breaks, index),
            weights=self.weights[index],
        )

    def _lived(self, *years: float) -> bool:
        first, last = self.span
        return all(first - NEAR <= year <= last + NEAR for year in years)

    def _pooled(self, part: pd.DataFrame) -> float:
        """Return the mean of a piece of a course, runs weighted by their tissue."""
        values = part.to_numpy(float)
        weights = np.where(np.isnan(values), 0.0, self.weights)
        total = weights.sum()
        return float(np.nansum(values * weights) / total) if total > 0 else math.nan


def _taken(table: pd.DataFrame, index: np.ndarray) -> pd.DataFrame:
    if not len(table):
        return table
    by_run = dict(tuple(table.groupby("run")))
    found = [by_run[run] for run in index if run in by_run]
    return pd.concat(found, ignore_index=True) if found else table.iloc[:0]


def arms_from(ensemble, small: bool) -> dict[str, Arm]:
    """Return the arms of an `Ensemble`; `small` tells which version of the trials it ran."""
    runs = ensemble.runs
    readings = ensemble.readings.astype({"arm": str, "bone": str, "measure": str})
    found = {}
    for name in ensemble.arms:
        plan = trial(name, small)
        mine = runs[runs["arm"] == name].sort_values(["bone", "seed"])
        number = {key: i for i, key in enumerate(zip(mine["bone"], mine["seed"], strict=True))}
        read = _numbered(readings[readings["arm"] == name], number)
        courses = {
            str(one): part.pivot(index="day", columns="run", values="value").reindex(
                columns=range(len(number))
            )
            for one, part in read.groupby("measure")
        }
        values = values_of(ensemble.scenarios[name])["density"]._asdict()
        found[name] = Arm(
            name, plan.event, plan.steady, courses,
            _numbered(ensemble.sites[ensemble.sites["arm"] == name], number),
            _numbered(ensemble.breaks[ensemble.breaks["arm"] == name], number),
            mine["tissue_volume"].to_numpy(float),
            {f"density.{key}": value for key, value in values.items()},
        )  # fmt: skip
    return found


def _numbered(table: pd.DataFrame, number: dict) -> pd.DataFrame:
    """Return a table with the number of the run in place of its keys."""
    keys = zip(table["bone"], table["seed"], strict=True)
    return table.assign(run=[number[key] for key in keys]).drop(columns=["arm", "bone", "seed"])
