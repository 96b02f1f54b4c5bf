"""Identities I1 to I4: what histomorphometry says bone must do, beside what the model did (K04).

Each follows from activation frequency, depths and times of remodeling sites alone, and is held
against what was read off the tissue. Depths are those of the sites that closed in the window,
pooled by area; frequencies and volumes are means over the window, pooled over the runs.

References
----------
Frost 1969; Parfitt 1983; Dempster et al. 2013 (doi 10.1002/jbmr.1805), for the bookkeeping.
"""

import numpy as np
import pandas as pd

from remodel_abm.ensemble import pooling
from remodel_abm.ensemble.bands import PERIOD

UM = 1e-3  # mm
EROSION = 42 / 51  # of the time from first bite to first osteoid at a place, erosion (P17)
COLUMNS = {
    "arm": ("string", "", "name of the arm"),
    "identity": ("string", "", "I1 to I4 of science"),
    "what": ("string", "", "what is predicted"),
    "unit": ("string", "", "unit of the numbers"),
    "start": ("float64", "d", "first day of the window"),
    "stop": ("float64", "d", "its last day"),
    "predicted": ("float64", "see unit", "from frequency, depths and times of sites"),
    "observed": ("float64", "see unit", "read off the tissue"),
    "observed_low": ("float64", "see unit", "95 % bootstrap interval over runs, lower end"),
    "observed_high": ("float64", "see unit", "its upper end"),
    "residual": (
        "float64",
        "%",
        "predicted less observed, as share of what is turned over or held",
    ),
    "residual_low": ("float64", "%", "95 % bootstrap interval over runs, lower end"),
    "residual_high": ("float64", "%", "its upper end"),
}


def identities(
    ensemble, start: float, stop: float, arms=None, before=(-pooling.YEAR, 0.0)
) -> pd.DataFrame:
    """Return I1 to I4 for each arm.

    Parameters
    ----------
    ensemble : Ensemble
        With measures bone_volume, surfaces, markers and remodeling_units.
    start, stop
        The window. [d]
    arms
        Which; all without.
    before
        The window that folds count from. The last year of settling in, without, which serves only
        where bone settled longer than sites live: earlier, the few that closed were short-lived.
        [d, d]

    Returns
    -------
    DataFrame
        Columns as in `COLUMNS`.

    Notes
    -----
    I1 is a small difference of two large flows, so its residual is given as a share of turnover,
    as that of I2; that of I3 is a share of the predicted space, that of I4 of the fold.
    I4 is left out where nothing was lived in the window before.
    """
    return pd.concat(
        [
            held(arm, start, stop, flows(ensemble, arm, start, stop), flows(ensemble, arm, *before))
            for arm in arms or ensemble.arms
        ],
        ignore_index=True,
    )


def held(arm: str, start: float, stop: float, now: pd.DataFrame, before: pd.DataFrame):
    """Return I1 to I4 of one arm as `identities` does, from the flows of its runs.

    Parameters
    ----------
    now, before
        As `flows` gives them, of one ensemble or of several on end.
    """
    counts = pooling.draws(now.index.get_level_values("bone"))
    rows = list(balance(sums(counts, now), (stop - start) / pooling.YEAR))
    if np.isfinite(before["activated"]).any():
        rows += folds(sums(counts, now), sums(counts, before))
    table = [{"arm": arm, "start": start, "stop": stop, **_row(*row)} for row in rows]
    return pd.DataFrame(table)[list(COLUMNS)]


def flows(ensemble, arm: str, start: float, stop: float) -> pd.DataFrame:
    """Return what is summed over runs, a row a run (bone, seed).

    Returns
    -------
    DataFrame
        bone_start, bone_stop, bone [mm3]; surface [mm2]; activated [mm2/yr]; resorbing, forming:
        matrix resorbed and laid down [mm3/yr]; area [mm2], eroded, refilled [mm3] of sites closed
        in the window; vacant: what sites at work will still be refilled by [mm3];
        reversal, formation, timed: area times days of these phases at a place [mm2 d], and area
    """
    volume = ensemble.volumes[arm]

    def mean(name, since, upto):
        course = ensemble.course(name, arm)[arm]
        return course[(course.index > since) & (course.index <= upto)].mean()

    surface, bone = mean("bs_tv", start, stop) * volume, mean("bv_tv", start, stop) / 100.0 * volume
    rate = 1e-9 * pooling.YEAR * volume  # um3/mm3/d to mm3/yr
    found = pd.DataFrame(
        {
            "bone_start": mean("bv_tv", start - PERIOD, start) / 100.0 * volume,
            "bone_stop": mean("bv_tv", stop - PERIOD, stop) / 100.0 * volume,
            "bone": bone,
            "vacant": mean("remodeling_space", start, stop) / 100.0 * bone,
            "surface": surface,
            "activated": mean("ac_f", *yearly(start, stop)) * surface,
            "resorbing": mean("brs_r", start, stop) * rate,
            "forming": mean("p1np", start, stop) * rate,
        }
    )
    return found.join(of_sites(ensemble.sites, arm, start, stop)).fillna(
        dict.fromkeys(SITE_SUMS, 0.0)
    )


SITE_SUMS = ("area", "eroded", "refilled", "reversal", "formation", "timed")


def yearly(start: float, stop: float) -> tuple[float, float]:
    """Return where readings stand that look back a year over a window; its end at least."""
    return min(start + pooling.YEAR, stop - PERIOD), stop


def of_sites(sites: pd.DataFrame, arm: str, start: float, stop: float) -> pd.DataFrame:
    """Return `SITE_SUMS` of one arm by run (bone, seed)."""
    mine = sites[sites["arm"] == arm]
    done = pooling.closed(mine)
    done = done[(done["closed"] > start) & (done["closed"] <= stop)]
    area = done["area"] * UM**2
    found = done[["bone", "seed"]].assign(
        area=area, eroded=done["resorbed"] * UM**3, refilled=done["formed"] * UM**3,
        reversal=area * done["reversal_time"], formation=area * done["formation_time"],
    )  # fmt: skip
    timed = done["reversal_time"].notna() & done["formation_time"].notna()
    found["timed"] = area.where(timed, 0.0)
    return found.groupby(["bone", "seed"]).sum()


def sums(counts: np.ndarray, table: pd.DataFrame) -> dict[str, np.ndarray]:
    """Return the sum over runs of each column in each bootstrap sample, (samples,) each."""
    return {name: counts @ table[name].to_numpy(float) for name in table}


def balance(of: dict, years: float) -> tuple:
    """Return I1, I2 and I3 as (identity, what, unit, predicted, observed, scale)."""
    with np.errstate(invalid="ignore", divide="ignore"):
        eroded = of["activated"] * of["eroded"] / of["area"]
        refilled = of["activated"] * of["refilled"] / of["area"]
        reversal, formation = (of[name] / of["timed"] for name in ("reversal", "formation"))
        missing = (reversal * (1.0 - EROSION / 2.0) + formation / 2.0) / pooling.YEAR
        turnover = of["forming"] / of["bone"]
        lost = (of["bone_stop"] - of["bone_start"]) / years / of["bone"]
        one = (refilled - eroded) / of["bone"]
        space = eroded * missing / of["bone"]
        vacant = of["vacant"] / of["bone"]
    return (
        ("I1", "change of bone a year", "%/yr", 100 * one, 100 * lost, 100 * turnover),
        ("I2", "bone turned over a year", "%/yr", 100 * refilled / of["bone"], 100 * turnover,
         100 * turnover),
        ("I3", "remodeling space", "% of bone", 100 * space, 100 * vacant, 100 * space),
    )  # fmt: skip


def folds(now: dict, before: dict) -> list[tuple]:
    """Return I4 for both markers: frequency, surface and depth say how they rise."""
    found = []
    with np.errstate(invalid="ignore", divide="ignore"):
        for what, marker, amount in (
            ("matrix resorbed, fold", "resorbing", "eroded"),
            ("matrix formed, fold", "forming", "refilled"),
        ):
            flow = [of["activated"] * of[amount] / of["area"] for of in (now, before)]
            seen = now[marker] / before[marker]
            found.append(("I4", what, "1", flow[0] / flow[1], seen, seen))
    return found


def _row(identity, what, unit, predicted, observed, scale) -> dict:
    """Return one row: the first sample is the estimate, the others its bootstrap."""
    with np.errstate(invalid="ignore", divide="ignore"):
        residual = 100.0 * (predicted - observed) / np.abs(scale)
    seen, off = (pooling.interval(one[:, None]) for one in (observed, residual))
    return {
        "identity": identity, "what": what, "unit": unit, "predicted": predicted[0],
        "observed": observed[0], "observed_low": seen[0][0], "observed_high": seen[1][0],
        "residual": residual[0], "residual_low": off[0][0], "residual_high": off[1][0],
    }  # fmt: skip
