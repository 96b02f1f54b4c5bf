"""What broke in the trials: how bone was lost (T40), and whether breaks were rebuilt (K05)."""

import numpy as np
import pandas as pd

from remodel_abm.ensemble import losses

COLUMNS = {
    "arm": ("string", "", "trial"),
    "way": ("string", "", "perforation, rod, island, or thinning of what is left"),
    "lost": ("float64", "mm3", "net loss of bone that way, all runs; negative: gained"),
    "share": ("float64", "%", "of all that was lost; none where bone was gained"),
    "breaks": ("Int64", "1", "seen a year or more later, and at the end"),
    "lasting": ("Int64", "1", "of these, still open then: they outlasted the unit that made them"),
    "rebuilt": ("float64", "%", "of the lasting, places that hold bone at the end"),
    "wide": ("Int64", "1", f"of the lasting, those then over {losses.PINHOLE:.0f} um from bone"),
    "wide_rebuilt": ("float64", "%", "of the wide, places that hold bone at the end"),
}
TOLD = "menopause"  # the trial that the sentence is about


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
    """
    by = ["arm", "way"]
    lost = pd.concat([losses.loss_shares(one) for one in ensembles])
    lost = lost.groupby(by, sort=False)["volume"].sum().rename("lost")
    whole = lost.groupby("arm", sort=False).transform("sum")
    share = (100.0 * lost / whole).where(whole > 0.0).rename("share")
    again = pd.concat([losses.rebuilt(one) for one in ensembles]).rename(columns={"kind": "way"})
    counts = ["breaks", "lasting", "wide"]
    parts = {"lasting": "rebuilt", "wide": "wide_rebuilt"}
    for of, back in parts.items():
        again[back] = again[of].astype(float) * again[back].astype(float).fillna(0.0)
    again = again.groupby(by, sort=False)[counts + list(parts.values())].sum()
    for of, back in parts.items():
        again[back] = again[back] / again[of].replace(0, np.nan)
    table = pd.concat([lost, share, again], axis=1).reset_index()
    return table.astype(dict.fromkeys(counts, "Int64"))[list(COLUMNS)]


def told(table: pd.DataFrame) -> str:
    """Return the sentence on what was rebuilt after menopause; empty where nothing broke."""
    mine = table[(table["arm"] == TOLD) & table["rebuilt"].notna()].set_index("way")
    parts = [
        f"of {row.lasting} {name} {row.rebuilt:.0f} %{_told_wide(row)}"
        for way, name in (("perforation", "perforations"), ("rod", "cut rods"))
        for row in mine[mine.index == way].itertuples()
    ]
    if not parts:
        return ""
    return f"bone again at lasting breaks in {TOLD} (K05: none): {', '.join(parts)}"


def _told_wide(row) -> str:
    if pd.isna(row.wide_rebuilt):
        return ""
    width = 2.0 * losses.PINHOLE
    return f" (of the {row.wide} wider than {width:.0f} um {row.wide_rebuilt:.0f} %)"
