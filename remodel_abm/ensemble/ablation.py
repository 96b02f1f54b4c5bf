"""Ablation: each mechanism switched off in turn, against the intact arm, pair by pair (K19)."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from remodel_abm import ledger
from remodel_abm.declare import InputError
from remodel_abm.ensemble import pooling, run
from remodel_abm.ensemble.compare import effect_size
from remodel_abm.ensemble.dataset import Ensemble
from remodel_abm.results import tables
from remodel_abm.results.files import explained
from remodel_abm.scenario import Scenario

INTACT = "intact"
# Outcome: (target it belongs to, measure, kind, symbol, unit).
OUTCOMES = {
    "bmd": ("T01", "bmd", "change", "vBMD", "% of baseline"),
    "bv_tv": ("T01", "bv_tv", "change", "BV/TV", "% of baseline"),
    "e_de": ("T11", "depth", "site", "E.De", "um"),
    "balance": ("T11", "balance", "site", "W.Th-E.De", "um"),
    "ctx": ("T20", "ctx", "change", "CTX", "% of baseline"),
    "p1np": ("T20", "p1np", "change", "P1NP", "% of baseline"),
}
EFFECTS = {
    "mechanism": ("string", "", "identifier of the mechanism that is off; 'intact': none"),
    "title": ("string", "", "what the mechanism is"),
    "outcome": ("string", "", "what is looked at"),
    "target": ("string", "", "target it belongs to"),
    "symbol": ("string", "", "symbol as printed"),
    "unit": ("string", "", "unit of the numbers"),
    "pairs": ("int64", "1", "pairs of runs"),
    "value": ("float64", "see unit", "with the mechanism off, pooled"),
    "intact": ("float64", "see unit", "with all mechanisms, pooled"),
    "effect": ("float64", "see unit", "value less intact"),
    "low": ("float64", "see unit", "95 % bootstrap interval of the effect, lower end"),
    "high": ("float64", "see unit", "its upper end"),
    "dz": ("float64", "1", "Cohen's dz of the pairs"),
}


@dataclass
class Ablation:
    """What each mechanism does: `table` (columns `EFFECTS`) and the ensemble it comes from."""

    table: pd.DataFrame
    ensemble: Ensemble

    def save(self, folder: str | Path) -> Path:
        """Write ``ablation.parquet``, CSV and the figure into `folder`."""
        from remodel_abm.figures import tornado

        folder = Path(folder)
        with explained(folder):
            folder.mkdir(parents=True, exist_ok=True)
        tables.write_table(folder / "ablation", self.table, EFFECTS)
        tornado.save(self.table, folder)
        return folder


def ablate(
    scenario: str | Path | Scenario,
    folder: str | Path,
    replicates: int = 20,
    mechanisms=None,
    window: tuple[float, float] | None = None,
    **more,
) -> Ablation:
    """Run a scenario with each mechanism off in turn, and say what that does.

    Parameters
    ----------
    scenario
        Name, file or scenario.
    folder
        Where the ensemble is kept, and the table.
    replicates
        Seeds an arm and bone.
    mechanisms
        Identifiers; all of the ledger that are on without.
    window
        Days over which the outcomes are read; the last year of the story without. [d]
    **more
        As for `ensemble.run`: bones, workers, scheduler, progress, years, set.

    Raises
    ------
    InputError
        If the scenario, a mechanism or the window is not sound.
    """
    base = scenario if isinstance(scenario, Scenario) else Scenario.load(scenario)
    known = ledger.mechanisms()
    chosen = list(mechanisms or [name for name in known if name not in base.off])
    arms = {INTACT: base} | {f"without-{name}": base.with_(off=[name]) for name in chosen}
    found = run(arms, folder, replicates, **more)
    years = found.scenarios[INTACT].years
    table = effects(found, window or ((years - 1) * pooling.YEAR, years * pooling.YEAR))
    table["title"] = [known[name].title if name in known else "" for name in table["mechanism"]]
    return Ablation(table[list(EFFECTS)], found)


def effects(ensemble: Ensemble, window: tuple[float, float], intact: str = INTACT) -> pd.DataFrame:
    """Return what each arm does to each outcome, against the intact arm, pair by pair.

    Parameters
    ----------
    ensemble
        With an arm `intact`.
    window
        First and last day over which outcomes are read. [d]
    intact
        The arm the others are held against.

    Returns
    -------
    DataFrame
        Columns as in `EFFECTS` but the title; a row an arm and outcome.

    Raises
    ------
    InputError
        If the window holds no readings.
    """
    rows = []
    for name, (target, *_, symbol, unit) in OUTCOMES.items():
        outcome = _Outcome(ensemble, name, window)
        for arm in ensemble.arms:
            rows.append(
                {"mechanism": arm.removeprefix("without-"), "outcome": name, "target": target,
                 "symbol": symbol, "unit": unit, **outcome.effect(arm, intact)}
            )  # fmt: skip
    return pd.DataFrame(rows)


class _Outcome:
    """One outcome of every run, as a sum above and a sum below, so that runs can be pooled."""

    def __init__(self, ensemble: Ensemble, name: str, window: tuple[float, float]):
        _, measure, kind, *_ = OUTCOMES[name]
        self.scale = 1.0
        if kind == "site":
            self.above, self.below = _of_sites(ensemble, measure, window)
            return
        course = ensemble.course(measure)
        inside = course[(course.index > window[0]) & (course.index <= window[1])]
        if not len(inside):
            msg = f"no {measure} was read between day {window[0]:g} and {window[1]:g}"
            raise InputError(msg)
        # Amounts per tissue volume add up over runs when weighed by it.
        self.below = pooling.baselines(course) * ensemble.volumes
        self.above = inside.mean() * ensemble.volumes - self.below
        self.scale = 100.0

    def effect(self, arm: str, intact: str) -> dict:
        """Return value, intact value, effect, interval, dz and number of pairs."""
        counts = pooling.draws(self.above[arm].index.get_level_values("bone"))
        pooled = {one: self._ratio(counts @ self.above[one].to_numpy(),
                                   counts @ self.below[one].to_numpy())
                  for one in (arm, intact)}  # fmt: skip
        single = {one: self._ratio(self.above[one].to_numpy(), self.below[one].to_numpy())
                  for one in (arm, intact)}  # fmt: skip
        pairs = single[arm] - single[intact]
        samples = pooled[arm] - pooled[intact]
        low, high = pooling.interval(samples[:, None])
        return {
            "pairs": int(np.isfinite(pairs).sum()), "value": pooled[arm][0],
            "intact": pooled[intact][0], "effect": samples[0], "low": low[0], "high": high[0],
            "dz": effect_size(pairs[None])[0],
        }  # fmt: skip

    def _ratio(self, above: np.ndarray, below: np.ndarray) -> np.ndarray:
        empty = np.full(np.shape(above), np.nan)
        return self.scale * np.divide(above, below, out=empty, where=below > 0)


def _of_sites(ensemble: Ensemble, measure: str, window) -> tuple[pd.Series, pd.Series]:
    """Return depth times area, and area, of the sites of each run that closed in the window.

    E.De is referred to the floor of sites, their balance to the surface that they eroded.
    """
    done = pooling.closed(ensemble.sites)
    done = done[(done["closed"] > window[0]) & (done["closed"] <= window[1])]
    gained = done["formed"] - done["resorbed"]
    depth = done["floor_depth"], done["floor"]
    of = depth if measure == "depth" else (gained, done["area"])
    keys = [done[name] for name in ("arm", "bone", "seed")]
    runs = ensemble.volumes.index
    above, below = (one.groupby(keys).sum().reindex(runs, fill_value=0.0)
                    for one in of)  # fmt: skip
    return above, below
