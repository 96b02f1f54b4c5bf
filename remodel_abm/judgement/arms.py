"""Arms: the trials that ``arms.toml`` names, and what came of many runs of one."""

import math
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from remodel_abm.declare import InputError, nearest
from remodel_abm.results import tables
from remodel_abm.scenario import Scenario, values_of
from remodel_abm.units import quantity

FILE = Path(__file__).with_name("arms.toml")
YEAR = 365.25  # d
NEAR = 0.25  # yr to either side over which a reading is averaged
YEARLY = 0.55  # yr within which there is a reading of what is read once a year
READ = (
    "bmd", "bv_tv", "ctx", "brs_r", "p1np", "ac_f", "rs_p", "fp", "mar", "bfr_bs", "ms_bs", "es_bs",
    "n_oc_bs", "estrogen_signal", "tnf", "il1", "sclerostin", "osteocyte_viability", "marrow_fat",
    "tb_n", "tb_sp", "conn_d",
)  # fmt: skip
WEEK = 7.0 / YEAR  # yr that one reading of a marker stands for
# yr by which a reading follows the middle of the span that it counts: the year or week before it
LATE = {"ac_f": 0.5} | dict.fromkeys(("ctx", "p1np", "brs_r"), WEEK / 2.0)
THERAPIES = ("hormone_therapy", "cytokine_blockade")
NEEDED = {"density", "estrogen", "rankl"}  # parts whose values observables take
_OWN = (
    "scenario", "like", "event", "calm", "steady", "long", "small", "pictures", "times", "cubes",
)  # fmt: skip


class Trial(NamedTuple):
    """One arm as it is planned: what is lived, the day its years count from, until when nothing
    of it has begun, days between pictures beside the first and the last [d], how often the seeds
    that are asked for, and what differs in its generated bones.
    """

    name: str
    scenario: Scenario
    event: float
    steady: bool
    long: bool
    calm: float = 0.0
    pictures: float | None = None
    times: int = 1
    cubes: dict = {}


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
    pictures = merged.get("pictures")
    return Trial(
        name,
        scenario.with_(name=name),
        quantity(merged["event"], "d", f"{FILE.name}: {name}.event"),
        bool(merged.get("steady", False)),
        bool(merged.get("long", False)),
        quantity(merged.get("calm", "0 d"), "d", f"{FILE.name}: {name}.calm"),
        quantity(pictures, "d", f"{FILE.name}: {name}.pictures") if pictures else None,
        merged.get("times", 1),
        merged.get("cubes", {}),
    )


def therapy(name: str) -> str:
    """Return what is given in an arm, by the names of parts; empty if nothing is."""
    if name not in _table():
        return ""
    return ", ".join(part for part, _ in trial(name).scenario.schedule if part in THERAPIES)


def ratio(new: float, old: float) -> float:
    """Return one number over another, NaN over nothing."""
    return new / old if old else math.nan


def counted_yearly(rate: pd.Series) -> pd.Series:
    """Return what is read of a rate by counting the year before, as `measures.unit` does Ac.f.

    Parameters
    ----------
    rate
        Told every so many days. Index: day.
    """
    every = float(np.median(np.diff(rate.index)))
    return rate.rolling(round(YEAR / every), min_periods=1).mean()


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
    counts
        How often each run counts: once, or as often as a bootstrap drew it.
    calm
        Day of the story before which nothing has changed. [d]
    """

    name: str
    event: float
    steady: bool
    courses: dict[str, pd.DataFrame]
    sites: pd.DataFrame = field(default_factory=pd.DataFrame)
    breaks: pd.DataFrame = field(default_factory=pd.DataFrame)
    weights: np.ndarray = field(default_factory=lambda: np.ones(1))
    values: dict[str, float] = field(default_factory=dict)
    counts: np.ndarray | None = None
    calm: float = 0.0
    _sums: dict = field(default_factory=dict, repr=False)  # what any draw of runs needs again

    def __post_init__(self):
        if self.counts is None:
            object.__setattr__(self, "counts", np.ones(self.runs))

    @property
    def runs(self) -> int:
        """Number of runs."""
        return len(self.weights)

    @property
    def span(self) -> tuple[float, float]:
        """First and last reading, years from the event. [yr]"""
        if "span" not in self._sums:
            days = [table.index[[0, -1]] for table in self.courses.values() if len(table)]
            first = max(0.0, min((one[0] for one in days), default=math.nan))
            last = max((one[1] for one in days), default=math.nan)
            self._sums["span"] = (first - self.event) / YEAR, (last - self.event) / YEAR
        return self._sums["span"]

    def window(self, start: float, stop: float) -> tuple[float, float]:
        """Return a window of years, cut to what was lived if nothing happens in this arm. [yr]"""
        if not self.steady:
            return start, stop
        first, last = self.span
        return max(start, first), min(stop, last)

    def mean(self, name: str, start: float, stop: float) -> float:
        """Return the mean over runs and a window of years; NaN if it was not lived whole.

        What is counted over a span belongs to the middle of it (`LATE`).
        """
        if name not in self.courses or not self._lived(start, stop):
            return math.nan
        # A day of rounding must not lose a reading at the edge of the window.
        late = LATE.get(name, 0.0)
        first, last = (self.event + (year + late) * YEAR for year in (start, stop))
        return self._pooled(name, first - 1.0, last + 1.0)

    def at(self, name: str, year: float) -> float:
        """Return the mean over runs round a year, or round the nearest reading of the year."""
        if name not in self.courses or not self._lived(year):
            return math.nan
        day = self.event + year * YEAR
        for near in (NEAR * YEAR, YEARLY * YEAR):
            found = self._pooled(name, day - near, day + near)
            if not math.isnan(found):
                return found
        return math.nan

    def baseline(self, name: str) -> float:
        """Return the mean over runs from half a year before the story until something changes.

        The first reading, if there is none so early.
        """
        if name not in self.courses:
            return math.nan
        before = self._pooled(name, -YEAR / 2.0, self.calm - 0.5)
        first = self.courses[name].first_valid_index()
        return before if first is None or before == before else self._pooled(name, first, first)

    def change(self, name: str, start: float, stop: float) -> float:
        """Return the change between two years. [%]"""
        return 100.0 * (ratio(self.at(name, stop), self.at(name, start)) - 1.0)

    def refilled_sites(self, start: float, stop: float) -> pd.DataFrame:
        """Return the sites that came to rest, refilled, within a window of years."""
        if not len(self.sites) or not self._lived(start, stop):
            return self.sites.iloc[:0]
        if ("sites", start, stop) not in self._sums:
            sites = self.sites[self.sites["state"] == "completed"]
            last = sites[["last_resorbed", "last_formed"]].max(axis=1)
            since = (last - self.event) / YEAR
            self._sums["sites", start, stop] = sites[(since >= start) & (since <= stop)]
        return self._sums["sites", start, stop]

    def drawn(self, counts: np.ndarray) -> "Arm":
        """Return the same arm with each run counted as often as given. (runs,)"""
        return replace(self, counts=np.asarray(counts, float))

    def share(self, table: pd.DataFrame) -> np.ndarray:
        """Return how often each row of a table of sites or breaks counts."""
        return self.counts[table["run"].to_numpy(int)]

    def _lived(self, *years: float) -> bool:
        first, last = self.span
        return all(first - NEAR <= year <= last + NEAR for year in years)

    def _pooled(self, name: str, first: float, last: float) -> float:
        """Return the mean of a course between two days, runs weighted by their tissue."""
        if (name, first, last) not in self._sums:
            values = self.courses[name].loc[first:last].to_numpy(float)
            self._sums[name, first, last] = np.nansum(values, 0), (~np.isnan(values)).sum(0)
        sums, number = self._sums[name, first, last]
        weights = self.weights * self.counts
        return ratio(float(sums @ weights), float(number @ weights))


def arms_from(ensembles: Iterable, small: bool) -> dict[str, Arm]:
    """Return the arms of ensembles, the runs of all of them pooled.

    Parameters
    ----------
    ensembles
        `remodel_abm.ensemble.Ensemble`, such as one an architecture.
    small
        Whether they ran the small version of the trials.
    """
    ensembles = list(ensembles)
    return {
        name: _arm(trial(name, small), [one for one in ensembles if name in one.arms])
        for name in dict.fromkeys(name for one in ensembles for name in one.arms)
    }


def arms_from_runs(found, plan: Trial) -> dict[str, Arm]:
    """Return every arm of an ensemble as a variant of one trial, by the name of the arm."""
    return {name: _arm(plan._replace(name=name), [found]) for name in found.arms}


def _arm(plan: Trial, ensembles: list) -> Arm:
    number: dict[tuple, int] = {}
    pieces: dict[str, list] = {"readings": [], "sites": [], "breaks": []}
    weights = []
    for place, one in enumerate(ensembles):
        mine = one.runs[one.runs["arm"] == plan.name].sort_values(["bone", "seed"])
        for bone, seed in zip(mine["bone"], mine["seed"], strict=True):
            number[place, bone, seed] = len(number)
        weights += mine["tissue_volume"].tolist()
        for key, table in (
            ("readings", _readings(one, plan.name)),
            ("sites", one.sites[one.sites["arm"] == plan.name]),
            ("breaks", one.breaks[one.breaks["arm"] == plan.name]),
        ):
            keys = zip(table["bone"], table["seed"], strict=True)
            runs = [number[place, bone, seed] for bone, seed in keys]
            pieces[key].append(table.drop(columns=["arm", "bone", "seed"]).assign(run=runs))
    read, sites, breaks = (_stacked(found) for found in pieces.values())
    courses = {
        str(name): part.pivot(index="day", columns="run", values="value").reindex(
            columns=range(len(number))
        )
        for name, part in read.groupby("measure")
    }
    known = values_of(ensembles[0].scenarios[plan.name])
    values = {
        f"{part}.{key}": value
        for part in NEEDED & known.keys()
        for key, value in known[part]._asdict().items()
    }
    return Arm(
        plan.name, plan.event, plan.steady, courses, sites, breaks, np.array(weights), values,
        calm=plan.calm,
    )  # fmt: skip


def _readings(ensemble, arm: str) -> pd.DataFrame:
    """Return what observables read of an arm; a night's readings do not all fit in memory."""
    path = Path(ensemble.folder) / "readings.parquet"
    chosen = [("arm", "==", arm), ("measure", "in", list(READ))]
    columns = ["arm", "bone", "seed", "day", "measure", "value"]
    return tables.read_chosen(path, chosen, columns)


def _stacked(found: list[pd.DataFrame]) -> pd.DataFrame:
    filled = [table for table in found if len(table)]
    return pd.concat(filled, ignore_index=True) if filled else found[0]
