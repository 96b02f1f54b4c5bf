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
    parts = []
    for quantity in ensemble.quantities:
        measured = Measured(ensemble, quantity, period)
        for arm in ensemble.arms:
            for bone in groups_of(ensemble):
                parts += measured.band(arm, bone)
    return joined(parts, BANDS)


def groups_of(ensemble) -> list[str]:
    """Return what is pooled: all bones together and, if there are several, each of them."""
    return [ALL, *ensemble.bones] if len(ensemble.bones) > 1 else [ALL]


def joined(parts: list[dict], columns: dict) -> pd.DataFrame:
    """Return the rows of all parts, columns by name, where there is a mean.

    A frame a part, of which there are thousands, takes ten times as long.
    """
    lengths = [len(part["mean"]) for part in parts]
    table = {}
    for name in columns:
        given = [part[name] for part in parts]
        alike = not any(isinstance(one, np.ndarray) for one in given)
        table[name] = (
            np.repeat(np.array(given, object), lengths) if alike else _chained(given, lengths)
        )
    table = pd.DataFrame(table)
    return table[np.isfinite(table["mean"])].reset_index(drop=True)


def _chained(given: list, lengths: list[int]) -> np.ndarray:
    filled = [np.broadcast_to(one, length) for one, length in zip(given, lengths, strict=True)]
    return np.concatenate(filled) if filled else np.zeros(0)


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

    def band(self, arm: str, bone: str) -> list[dict]:
        """Return the bands of one arm in one bone, or in all: rows of `BANDS`, column by column."""
        places = self.places(arm, bone)
        if not places:
            return []
        counts = pooling.draws([self.keys[place][1] for place in places])
        single, samples = self.single(places), self.samples(places, counts)
        return [
            {
                "arm": arm, "bone": bone, **self.names(kind), "referent": self.referent,
                "day": self.days, "runs": np.isfinite(single[kind]).sum(axis=1),
                **spread(samples[kind], single[kind]),
            }
            for kind in samples
        ]  # fmt: skip

    def names(self, kind: str) -> dict[str, str]:
        """Return what the measure is called, and its unit, as a value or as a change."""
        unit = "%" if kind == "change" else self.quantity.unit
        name, symbol = self.quantity.name, self.quantity.symbol
        return {"measure": name, "symbol": symbol, "kind": kind, "unit": unit}


def spread(samples: np.ndarray, single: np.ndarray) -> dict[str, np.ndarray]:
    """Return pooled mean and interval of bootstrap samples, percentiles of single runs.

    Parameters
    ----------
    samples : (samples, periods)
        The first is the mean itself.
    single : (periods, runs)
        Readings of the runs.
    """
    low, high = pooling.interval(samples)
    shares = pooling.quantiles(single.T, (50, 5, 25, 75, 95))
    names = ("median", "p05", "p25", "p75", "p95")
    return {"mean": samples[0], "low": low, "high": high, **dict(zip(names, shares, strict=True))}


def relative(value: np.ndarray, start: np.ndarray) -> np.ndarray:
    """Return the change from `start`; NaN where that is nought. [%]"""
    share = np.divide(value, start, out=np.full(np.shape(value), np.nan), where=start != 0)
    return 100.0 * (share - 1.0)


def _spread(weight, values: pd.DataFrame) -> pd.DataFrame:
    """Return weights on the periods and runs of the values."""
    if isinstance(weight, pd.Series):
        return pd.DataFrame(1.0, index=values.index, columns=values.columns) * weight
    return weight.reindex(index=values.index, columns=values.columns)
