"""Bands: the pooled course of every quantity, how sure its mean is and how much runs differ."""

import numpy as np
import pandas as pd

from remodel_abm.ensemble import pooling

PERIOD = 30.0  # d over which readings are averaged
BANDS = {
    "arm": ("string", "", "name of the arm"),
    "bone": ("string", "", "name of the bone; 'all' for all of them together"),
    "measure": ("string", "", "name of the measure"),
    "symbol": ("string", "", "symbol as printed"),
    "kind": ("string", "", "value, or change from the baseline of the runs"),
    "unit": ("string", "", "unit of the numbers"),
    "referent": ("string", "", "what it is pooled by: tissue, surface, bone, site or label"),
    "day": ("float64", "d", "last day of the period over which readings are averaged"),
    "runs": ("int64", "1", "runs with a reading"),
    "mean": ("float64", "see unit", "pooled over the runs"),
    "low": ("float64", "see unit", "95 % bootstrap interval of the pooled mean, lower end"),
    "high": ("float64", "see unit", "its upper end"),
    "median": ("float64", "see unit", "of the runs"),
    "p05": ("float64", "see unit", "5th percentile of the runs"),
    "p25": ("float64", "see unit", "25th percentile of the runs"),
    "p75": ("float64", "see unit", "75th percentile of the runs"),
    "p95": ("float64", "see unit", "95th percentile of the runs"),
}
ALL = "all"


def bands(ensemble, period: float = PERIOD) -> pd.DataFrame:
    """Return the bands of every measure, arm and bone.

    Parameters
    ----------
    ensemble : Ensemble
        What to pool.
    period
        Days over which readings are averaged. [d]

    Returns
    -------
    DataFrame
        Columns as in `BANDS`; a row an arm, bone, measure, kind and period.

    Notes
    -----
    ``change`` is the pooled value over the pooled baseline, less one, so that runs whose own
    baseline is nought (nothing closed yet) do not spoil it; its percentiles are those of single
    runs, against their own baselines.
    """
    tables = []
    for quantity in ensemble.quantities:
        measured = Measured(ensemble, quantity, period)
        for arm in ensemble.arms:
            groups = [ALL, *ensemble.bones] if len(ensemble.bones) > 1 else [ALL]
            tables += [measured.band(arm, bone) for bone in groups]
    return pd.concat([table for table in tables if len(table)], ignore_index=True)


class Measured:
    """One measure of an ensemble by period and run, with what each run counts for.

    Attributes
    ----------
    keys : list of (arm, bone, seed)
        The runs.
    days : (periods,) array
        Last day of each period. [d]
    values, weight : (periods, runs) arrays
        Means over periods, and what they count for.
    base, base_weight : (1, runs) arrays
        Baseline of each run, and what it counts for.
    """

    def __init__(self, ensemble, quantity, period: float = PERIOD):
        self.quantity = quantity
        self.referent = pooling.referent(quantity.name, quantity.symbol)
        course = ensemble.course(quantity.name)
        values = pooling.by_period(course, period)
        weight = _spread(ensemble.weights(self.referent, period), values)
        self.keys, self.days = course.columns.tolist(), values.index.to_numpy(float)
        self.values, self.weight = values.to_numpy(), weight.to_numpy()
        self.base = pooling.baselines(course).to_numpy()[None]
        self.base_weight = pooling.first_weights(weight).to_numpy()[None]

    def places(self, arm: str, bone: str) -> list[int]:
        """Return the columns of an arm in one bone, or in all."""
        return [i for i, key in enumerate(self.keys) if key[0] == arm and bone in (ALL, key[1])]

    def single(self, places) -> dict[str, np.ndarray]:
        """Return value and change [%] of single runs, (periods, runs)."""
        values = self.values[:, places]
        return {"value": values, "change": relative(values, self.base[:, places])}

    def samples(self, places, counts) -> dict[str, np.ndarray]:
        """Return pooled value and change [%] in each bootstrap sample, (samples, periods)."""
        value = pooling.pooled(counts, self.values[:, places], self.weight[:, places])
        start = pooling.pooled(counts, self.base[:, places], self.base_weight[:, places])
        return {"value": value, "change": relative(value, start)}

    def band(self, arm: str, bone: str) -> pd.DataFrame:
        """Return the bands of one arm in one bone, or in all."""
        places = self.places(arm, bone)
        if not places:
            return pd.DataFrame(columns=list(BANDS))
        counts = pooling.draws([self.keys[place][1] for place in places])
        single, samples = self.single(places), self.samples(places, counts)
        found = [self._table(kind, samples[kind], single[kind]) for kind in samples]
        table = pd.concat(found, ignore_index=True)
        table["arm"], table["bone"] = arm, bone
        return table[list(BANDS)]

    def _table(self, kind: str, samples: np.ndarray, single: np.ndarray) -> pd.DataFrame:
        low, high = pooling.interval(samples)
        spread = pooling.quantiles(single.T, (50, 5, 25, 75, 95))
        table = pd.DataFrame(
            {
                "measure": self.quantity.name, "symbol": self.quantity.symbol, "kind": kind,
                "unit": "%" if kind == "change" else self.quantity.unit,
                "referent": self.referent, "day": self.days,
                "runs": np.isfinite(single).sum(axis=1), "mean": samples[0],
                "low": low, "high": high,
                **dict(zip(("median", "p05", "p25", "p75", "p95"), spread, strict=True)),
            }
        )  # fmt: skip
        return table[np.isfinite(table["mean"])]


def relative(value: np.ndarray, start: np.ndarray) -> np.ndarray:
    """Return the change from `start`; NaN where that is nought. [%]"""
    share = np.divide(value, start, out=np.full(np.shape(value), np.nan), where=start != 0)
    return 100.0 * (share - 1.0)


def _spread(weight, values: pd.DataFrame) -> pd.DataFrame:
    """Return weights on the periods and runs of the values."""
    if isinstance(weight, pd.Series):
        return pd.DataFrame(1.0, index=values.index, columns=values.columns) * weight
    return weight.reindex(index=values.index, columns=values.columns)
