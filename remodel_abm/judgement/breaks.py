"""What broke in the trials: how bone was lost (T40), and whether breaks were rebuilt (K05)."""

import numpy as np
import pandas as pd

from remodel_abm.ensemble import losses

COLUMNS = {
    "arm": ("string", "", "trial"),
    "way": ("string", "", "perforation, rod, island, or thinning of what is left"),
    "lost": ("float64", "mm3", "net loss of bone that way, all runs; negative: gained"),
    "share": ("float64", "%", "of all that was lost; none where bone was gained"),
    "breaks": ("Int64", "1", "a year or more before the last picture"),
    "rebuilt": ("float64", "%", "of these breaks, places that hold bone again in it"),
}
TOLD = "menopause"  # the trial that the sentence is about


def breaks(ensembles: list) -> pd.DataFrame:
    """Return what was lost and rebuilt by trial and way, all ensembles pooled.

    Parameters
    ----------
    ensembles
        As `campaign.read` returns them, with a picture of each run's first and last day.

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
    again["back"] = again["breaks"] * again["rebuilt"].fillna(0.0)
    again = again.groupby(by, sort=False)[["breaks", "back"]].sum()
    rebuilt = (again["back"] / again["breaks"].replace(0, np.nan)).rename("rebuilt")
    table = pd.concat([lost, share, again["breaks"], rebuilt], axis=1).reset_index()
    return table.astype({"breaks": "Int64"})[list(COLUMNS)]


def told(table: pd.DataFrame) -> str:
    """Return the sentence on what was rebuilt after menopause; empty where nothing broke."""
    mine = table[(table["arm"] == TOLD) & table["rebuilt"].notna()].set_index("way")
    parts = [
        f"of {row.breaks} {name} {row.rebuilt:.0f} %"
        for way, name in (("perforation", "perforations"), ("rod", "cut rods"))
        for row in mine[mine.index == way].itertuples()
    ]
    if not parts:
        return ""
    return f"bone again where it broke in {TOLD} (K05: none): {', '.join(parts)}"
