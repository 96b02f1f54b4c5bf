"""An ensemble that was run: its tables, the courses of its runs, and what they are pooled by."""

import json
from functools import cached_property
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq

from remodel_abm.declare import InputError, nearest
from remodel_abm.ensemble import pooling
from remodel_abm.ensemble.bands import PERIOD, bands
from remodel_abm.ensemble.gather import (
    KEYS,
    MARK,
    about,
    bone_and_seed,
    keyed,
    stacked,
    tidy_of,
)
from remodel_abm.results import Quantity, Results, tables
from remodel_abm.results.files import read_bytes, read_json
from remodel_abm.scenario import Scenario


class Ensemble:
    """Everything the runs of an ensemble found, read from its folder when first asked for.

    Parameters
    ----------
    folder
        Of the ensemble.
    plan
        Names of arms and bones, seeds, version.

    Attributes
    ----------
    arms, bones, seeds
        What was run, in the order of the plan.
    readings, runs, sites, breaks, bands
        The tables of the dataset; keys are columns ``arm``, ``bone``, ``seed``.
    quantities
        What was read: name, symbol, unit.

    Examples
    --------
    >>> found = Ensemble.load("my-ensemble")                       # doctest: +SKIP
    >>> found.course("bmd")["menopause"]                           # doctest: +SKIP
    """

    def __init__(self, folder: Path, plan: dict):
        self.folder = Path(folder)
        self.plan = plan
        self.arms, self.bones = list(plan["arms"]), list(plan["bones"])
        self.seeds = list(plan["seeds"])
        self._weights: dict[tuple, pd.DataFrame | pd.Series] = {}

    @classmethod
    def load(cls, folder: str | Path) -> "Ensemble":
        """Read an ensemble.

        Raises
        ------
        InputError
            If the folder holds no ensemble, or one that has not finished.
        """
        folder = Path(folder)
        if not (folder / MARK).exists():
            begun = " that has finished" if (folder / "runs").is_dir() else ""
            msg = f"{folder} holds no ensemble{begun}: {MARK} is missing"
            raise InputError(msg)
        return cls(folder, read_json(folder / MARK))

    @classmethod
    def of_runs(cls, runs: dict[str, Results]) -> "Ensemble":
        """Return an ensemble in memory, of a finished run an arm.

        Parameters
        ----------
        runs
            Results, each in a folder, by name of the arm.
        """
        keys = {arm: (arm, *bone_and_seed(found)) for arm, found in runs.items()}
        bones, seeds = ({key[i] for key in keys.values()} for i in (1, 2))
        made = cls(Path(), {"arms": list(runs), "bones": sorted(bones), "seeds": sorted(seeds)})
        named = [(keys[arm], found) for arm, found in runs.items()]
        rows = [about(key, found) | {"folder": str(found.folder.resolve())} for key, found in named]
        # What is set on the object stands in for what would be read from its folder.
        made.runs = pd.DataFrame(rows)
        made.readings = stacked([keyed(tidy_of(found), key) for key, found in named])
        made.sites = stacked([keyed(found.sites, key) for key, found in named])
        made.breaks = stacked([keyed(found.breaks, key) for key, found in named])
        read = {one.name: one for found in runs.values() for one in found.quantities}
        made.quantities = list(read.values())
        made.bands = bands(made)
        return made

    @cached_property
    def readings(self) -> pd.DataFrame:
        """A row an arm, bone, seed, day and measure: value and unit; names are categories."""
        names = [*KEYS[:2], "measure", "unit"]
        with self._open("readings") as file:
            return file.read().to_pandas(categories=names)

    @cached_property
    def runs(self) -> pd.DataFrame:
        """A row a run: audit, volume, surface, and the seconds it took."""
        table = self._table("runs")
        seconds = read_json(self.folder / "timing.json")
        return table.assign(seconds=table["folder"].map(seconds).astype(float))

    @cached_property
    def sites(self) -> pd.DataFrame:
        """Remodeling sites of all runs.

        Raises
        ------
        InputError
            If they were written by a version that kept less of them.
        """
        table = self._table("sites")
        for name in tables.SITES:
            if name not in table:
                msg = f"{self.folder} is of an older version: sites have no {name!r}; run it again"
                raise InputError(msg)
        return table

    @cached_property
    def breaks(self) -> pd.DataFrame:
        """Perforations and rods lost in all runs."""
        return self._table("breaks")

    @cached_property
    def bands(self) -> pd.DataFrame:
        """Pooled courses with bands; see `bands.BANDS`."""
        return self._table("bands")

    @cached_property
    def quantities(self) -> list[Quantity]:
        """What was read."""
        with self._open("readings") as file:
            noted = file.metadata.metadata[b"quantities"]
        return [Quantity(**row) for row in json.loads(noted)]

    @cached_property
    def scenarios(self) -> dict[str, Scenario]:
        """The scenario of each arm, as of its last bone and seed."""
        return {arm: Scenario.load(self.folder / "arms" / f"{arm}.toml") for arm in self.arms}

    @cached_property
    def volumes(self) -> pd.Series:
        """Tissue volume by run. [mm3]"""
        return self.runs.set_index(list(KEYS))["tissue_volume"]

    @cached_property
    def is_section(self) -> bool:
        """Whether the bones are sections."""
        return bool((self.runs["nz"] == 1).all())

    def quantity(self, name: str) -> Quantity:
        """Return symbol and unit of a quantity.

        Raises
        ------
        InputError
            If no run read it.
        """
        known = {quantity.name: quantity for quantity in self.quantities}
        if name not in known:
            msg = f"{self.folder} has no {name!r}{nearest(name, known)}"
            raise InputError(msg)
        return known[name]

    def course(self, name: str, arm: str | None = None) -> pd.DataFrame:
        """Return the readings of one quantity, (days, runs); columns are (arm, bone, seed).

        Those of one arm are read alone: a night's readings do not all fit in memory.
        """
        self.quantity(name)
        runs = self.volumes.index
        if arm is None or "readings" in vars(self):
            chosen = self.readings[self.readings["measure"] == name]
        else:
            only = [("measure", "==", name), ("arm", "==", arm)]
            path = self.folder / "readings.parquet"
            chosen = tables.read_chosen(path, only, [*KEYS, "day", "value"])
        wide = chosen.astype({"arm": str, "bone": str}).pivot(
            index="day", columns=list(KEYS), values="value"
        )
        return wide.reindex(columns=runs if arm is None else runs[runs.get_loc(arm)])

    def baseline(self, name: str) -> pd.Series:
        """Return each run's mean over the last 180 days of settling in, else its first reading."""
        return pooling.baselines(self.course(name))

    def changes(self, name: str) -> pd.DataFrame:
        """Return the courses of one quantity as change from each run's baseline. [%]"""
        base = self.baseline(name)
        return (self.course(name) / base.where(base != 0) - 1.0) * 100.0

    def weights(self, referent: str, period: float = PERIOD):
        """Return what each run counts for by period, (periods, runs), or (runs,) if constant."""
        if (referent, period) not in self._weights:
            known = {quantity.name for quantity in self.quantities}
            self._weights[referent, period] = pooling.weights(
                referent, lambda name: self.course(name) if name in known else None,
                self.sites, self.volumes, period,
            )  # fmt: skip
        return self._weights[referent, period]

    def place(self, arm: str, bone: str, seed: int) -> Path:
        """Return the folder of one run.

        Raises
        ------
        InputError
            If there is no such run.
        """
        places = self.runs.set_index(list(KEYS))["folder"]
        if (arm, bone, seed) not in places:
            msg = f"{self.folder} has no run of {arm} in {bone} under seed {seed}"
            raise InputError(msg)
        return self.folder / places[(arm, bone, seed)]

    def results(self, arm: str, bone: str, seed: int) -> Results:
        """Return the results of one run."""
        return Results.load(self.place(arm, bone, seed))

    def compare(self, a: str, b: str):
        """Return the paired differences of two arms, b less a; see `compare.Comparison`."""
        from remodel_abm.ensemble.compare import compare

        return compare(self, a, b)

    def draw(self, folder: str | Path | None = None) -> list[Path]:
        """Draw the courses of all arms with their bands, as PNG and SVG; return the files."""
        from remodel_abm.figures import bands as figures

        return figures.save(self.bands, self.arms, Path(folder or self.folder / "figures"))

    def _open(self, name: str):
        read_bytes(self.folder / f"{name}.parquet")
        return pq.ParquetFile(self.folder / f"{name}.parquet")

    def _table(self, name: str) -> pd.DataFrame:
        return tables.read_table(self.folder / f"{name}.parquet")[0]
