"""Pooling: how readings of many runs become one number (K13).

A share of bone surface is pooled by bone surface, a share of bone by bone volume, what is read per
remodeling site by the area of the sites, all else by tissue volume: a pooled reading is what one
would have read in all the tissue at once, and never a mean of ratios.
"""

from functools import lru_cache

import numpy as np
import pandas as pd

YEAR = 365.25
QUIET = 60.0  # d without work after which a site counts as closed, as in measures.unit
BASELINE = 180.0  # d before day 0 over which a run's own baseline is taken, as in Results

SITE = ("e_de", "oc_de", "w_th", "balance", "rs_p", "fp", "arrested", "bmu_area", "bmu_extent")
BONE = ("tmd", "mineralization", "bone_age", "osteocyte_viability", "remodeling_space")
SURFACE = ("ac_f",)
LABELLED = ("mar",)


def referent(name: str, symbol: str) -> str:
    """Return what a quantity is referred to: surface, bone, site, label or tissue.

    Examples
    --------
    >>> referent("es_bs", "ES/BS"), referent("ov_bv", "OV/BV"), referent("e_de", "E.De")
    ('surface', 'bone', 'site')
    """
    below = symbol.rpartition("/")[2]
    if name in SITE:
        return "site"
    if name in LABELLED:
        return "label"
    if name in SURFACE or below in ("BS", "B.Pm"):
        return "surface"
    return "bone" if name in BONE or below in ("BV", "B.Ar") else "tissue"


def periods(days: pd.Index, length: float) -> np.ndarray:
    """Return the last day of the period that each day falls into. [d]"""
    return np.ceil(np.asarray(days, float) / length - 1e-9) * length


def by_period(course: pd.DataFrame, length: float) -> pd.DataFrame:
    """Return the means over periods of a wide course, by the last day of the period. [d]"""
    found = course.groupby(periods(course.index, length)).mean().rename_axis("day")
    return found.dropna(how="all")


def baselines(course: pd.DataFrame) -> pd.Series:
    """Return the baseline of each run: mean of the last 180 days before day 0, else its first."""
    settled = course[(course.index >= -BASELINE) & (course.index < 0)].dropna(how="all")
    if len(settled):
        return settled.mean()
    return course.bfill().iloc[0] if len(course) else pd.Series(np.nan, index=course.columns)


def first_weights(weight: pd.DataFrame) -> pd.Series:
    """Return what each run counts for at its baseline, from weights by period."""
    settled = weight[(weight.index > -BASELINE) & (weight.index <= 0)].dropna(how="all")
    if len(settled):
        return settled.mean()
    return weight.bfill().iloc[0] if len(weight) else pd.Series(np.nan, index=weight.columns)


def closed_area(sites: pd.DataFrame, runs: pd.MultiIndex, days, window: float = YEAR):
    """Return the area of the sites that closed within `window` before each day. [um2]

    Parameters
    ----------
    sites : DataFrame
        Of an ensemble: keys of the run, area, state and days of the sites.
    runs : MultiIndex
        (arm, bone, seed) of the columns.
    days
        Days of the rows. [d]

    Returns
    -------
    DataFrame
        (days, runs).
    """
    done = closed(sites)
    area = pd.DataFrame(0.0, index=pd.Index(days, name="day"), columns=runs)
    for key, mine in done.groupby(["arm", "bone", "seed"]):
        if key in area.columns:
            order = np.argsort(mine["closed"].to_numpy())
            total = np.concatenate([[0.0], np.cumsum(mine["area"].to_numpy()[order])])
            ends = mine["closed"].to_numpy()[order]
            upto = np.searchsorted(ends, area.index, side="left")
            since = np.searchsorted(ends, area.index - window, side="right")
            area[key] = total[upto] - total[since]
    return area


def closed(sites: pd.DataFrame) -> pd.DataFrame:
    """Return the completed and arrested sites, with the day on which each counts as closed."""
    done = sites[sites["state"].isin(["completed", "arrested"])].copy()
    done["closed"] = done[["last_resorbed", "last_formed"]].max(axis=1) + QUIET
    return done


def weights(kind: str, course, sites: pd.DataFrame, volume: pd.Series, length: float):
    """Return what each run counts for in each period, (periods, runs), or (runs,) if constant.

    Parameters
    ----------
    kind
        What the quantity is referred to, see `referent`.
    course : callable
        Gives the wide course of a measure, or None if the runs did not read it.
    sites
        Of the ensemble.
    volume : Series
        Tissue volume of each run. [mm3]
    length
        Of a period. [d]
    """
    found = {"tissue": None, "site": None, "surface": course("bs_tv"), "bone": course("bv_tv"),
             "label": course("ms_bs")}[kind]  # fmt: skip
    if kind == "site":
        days = by_period(course("bv_tv"), length).index if course("bv_tv") is not None else []
        return closed_area(sites, volume.index, days) if len(days) else volume
    if found is None:
        return volume
    amount = by_period(found, length) * volume
    if kind == "label" and course("bs_tv") is not None:
        amount = amount * by_period(course("bs_tv"), length)
    return amount


def draws(strata, times: int = 2000, seed: int = 1) -> np.ndarray:
    """Return how often each run counts in each bootstrap sample, (times + 1, runs).

    Runs are drawn with replacement within their stratum (the bone), or among all where a stratum
    holds one run only. The first row counts every run once. `scipy.stats.bootstrap` does the
    same for one series; counts serve every series and day of an ensemble by one matrix product.
    """
    return _draws(tuple(strata), times, seed)


@lru_cache(maxsize=64)
def _draws(strata: tuple, times: int, seed: int) -> np.ndarray:
    strata = np.asarray(strata)
    kinds, sizes = np.unique(strata, return_counts=True)
    if len(kinds) and sizes.min() < 2:
        strata, kinds = np.zeros(len(strata), int), np.array([0])
    rng = np.random.default_rng(seed)
    counts = np.ones((times + 1, len(strata)))
    for kind in kinds:
        mine = np.flatnonzero(strata == kind)
        counts[1:, mine] = rng.multinomial(len(mine), np.full(len(mine), 1 / len(mine)), times)
    return counts


def pooled(counts: np.ndarray, values: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Return the weighted mean over runs in each bootstrap sample, (samples, periods).

    Parameters
    ----------
    counts : (samples, runs)
        From `draws`.
    values, weight : (periods, runs)
        NaN where a run has no reading; it then counts for nothing.
    """
    weight = np.where(np.isfinite(values) & np.isfinite(weight), weight, 0.0)
    total = counts @ (np.where(weight > 0, values, 0.0) * weight).T
    below = counts @ weight.T
    return np.divide(total, below, out=np.full(total.shape, np.nan), where=below > 0)


def interval(samples: np.ndarray, share: float = 0.95) -> tuple[np.ndarray, np.ndarray]:
    """Return the ends of the percentile interval of bootstrap samples, (periods,) each."""
    tail = 50.0 * (1.0 - share)
    return tuple(quantiles(samples[1:], (tail, 100.0 - tail)))


def quantiles(values: np.ndarray, shares) -> np.ndarray:
    """Return percentiles down the first axis, NaN left out and where nothing is left."""
    found = np.full((len(shares), values.shape[1]), np.nan)
    seen = np.isfinite(values)
    every, some = seen.all(axis=0), seen.any(axis=0) & ~seen.all(axis=0)
    # NumPy takes columns with NaN one by one, which is slow: only those that have some.
    if every.any():
        found[:, every] = np.percentile(values[:, every], shares, axis=0)
    if some.any():
        found[:, some] = np.nanpercentile(values[:, some], shares, axis=0)
    return found
