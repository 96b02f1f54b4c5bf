"""What broke in the trials: how bone was lost (T40), and whether breaks were rebuilt (K05)."""

import math

import numpy as np
import pandas as pd

from remodel_abm.ensemble import losses
from remodel_abm.ensemble.compare import common_days

COLUMNS = {
    "arm": ("string", "", "trial; with `TREATED`, only the years on hormone therapy of it"),
    "way": ("string", "", "perforation, rod, island, or thinning of what is left"),
    "lost": ("float64", "mm3", "net loss of bone that way, all runs; negative: gained"),
    "share": ("float64", "%", "of all that was lost; none where bone was gained"),
    "breaks": ("Int64", "1", "seen a year or more later, and at the end"),
    "lasting": ("Int64", "1", "of these, still open then: they outlasted the unit that made them"),
    "rebuilt": ("float64", "%", "of the lasting, places that hold bone at the end"),
    "wide": ("Int64", "1", f"of the lasting, those then over {losses.PINHOLE:.0f} um from bone"),
    "wide_rebuilt": ("float64", "%", "of the wide, places that hold bone at the end"),
}
TREATED = ", on therapy"  # K05 asks what antiresorptives rebuild
# The trials that the sentence is about, and how it names them.
TOLD = {
    "menopause": "in menopause",
    f"late-hormone-therapy{TREATED}": "within three years of late hormone therapy",
}


def breaks(ensembles: list) -> pd.DataFrame:
    """Return what was lost and rebuilt by trial and way, all ensembles pooled.

    Parameters
    ----------
    ensembles
        As `campaign.read` returns them, with pictures of each run's first and last day, and more
        between where breaks are to be followed.

    Returns
    -------
    DataFrame
        Columns as in `COLUMNS`.

    Raises
    ------
    InputError
        If an arm has no two pictures.

    Notes
    -----
    What broke a year or more before hormone therapy and was open when it began has rows of its
    own: breaks and lasting as of the last picture before it, rebuilt as of the last one in it.
    """
    by = ["arm", "way"]
    lost = pd.concat([losses.loss_shares(one) for one in ensembles])
    lost = lost.groupby(by, sort=False)["volume"].sum().rename("lost")
    whole = lost.groupby("arm", sort=False).transform("sum")
    share = (100.0 * lost / whole).where(whole > 0.0).rename("share")
    again = pd.concat([found for one in ensembles for found in _followed(one)])
    again = again.rename(columns={"kind": "way"})
    counts = ["breaks", "lasting", "wide"]
    parts = {"lasting": "rebuilt", "wide": "wide_rebuilt"}
    for of, back in parts.items():
        again[back] = again[of].astype(float) * again[back].astype(float).fillna(0.0)
    again = again.groupby(by, sort=False)[counts + list(parts.values())].sum()
    for of, back in parts.items():
        again[back] = again[back] / again[of].replace(0, np.nan)
    table = pd.concat([lost, share, again], axis=1).reset_index()
    return table.astype(dict.fromkeys(counts, "Int64"))[list(COLUMNS)]


def _followed(ensemble) -> list[pd.DataFrame]:
    """Return what became of breaks in whole trials, and in their years on hormone therapy."""
    treated = losses.rebuilt(ensemble, _treated(ensemble))
    return [losses.rebuilt(ensemble), treated.assign(arm=treated["arm"] + TREATED)]


def _treated(ensemble) -> dict[str, tuple[int, int]]:
    """Return the last pictures before and on hormone therapy, by arm, where breaks are known."""
    found = {}
    for arm, scenario in ensemble.scenarios.items():
        given = dict(dict(scenario.schedule).get("hormone_therapy", ()))
        days = np.array(common_days(ensemble, [arm]))
        before = days[days <= given.get("start", -math.inf)]
        on = days[days <= given.get("stop", math.inf)]
        if len(before) and before[-1] >= losses.REFILL and on[-1] > before[-1]:
            found[arm] = int(before[-1]), int(on[-1])
    return found


def told(table: pd.DataFrame) -> str:
    """Return the sentence on what was rebuilt; empty where nothing broke."""
    parts = [f"{when} {found}" for arm, when in TOLD.items() if (found := _told_of(table, arm))]
    return f"bone again at lasting breaks (K05: none): {'; '.join(parts)}" if parts else ""


def _told_of(table: pd.DataFrame, arm: str) -> str:
    mine = table[(table["arm"] == arm) & table["rebuilt"].notna()]
    return ", ".join(
        f"of {row.lasting} {name} {row.rebuilt:.0f} %{_told_wide(row)}"
        for way, name in (("perforation", "perforations"), ("rod", "cut rods"))
        for row in mine[mine["way"] == way].itertuples()
    )


def _told_wide(row) -> str:
    if pd.isna(row.wide_rebuilt):
        return ""
    width = 2.0 * losses.PINHOLE
    return f" (of the {row.wide} wider than {width:.0f} um {row.wide_rebuilt:.0f} %)"
