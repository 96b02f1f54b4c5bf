"""Whether the books balance: identities I1 to I4 on what the trials lived (K04)."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from remodel_abm.ensemble import identities as ident
from remodel_abm.judgement.arms import YEAR, Arm

HOLDS, FAILS = "holds", "does not hold"
ACCEPTED = 10.0  # % of what is turned over or held (K04)
COLUMNS = {"when": ("string", "", "which window"), **ident.COLUMNS} | {
    "verdict": ("string", "", "whether the residual is below 10 %")
}


class Window(NamedTuple):
    """A window of a trial, and the one before it that folds count from, years from its event."""

    arm: str
    when: str
    start: float
    stop: float
    before: tuple[float, float]


# Bone settles two years before a story, and sites live for almost two: the first year of it still
# has few old ones.
WINDOWS = (
    Window("reference", "nothing happens", 8.0, 20.0, (1.5, 8.0)),
    Window("menopause", "before", -3.5, -2.1, (-3.5, -2.1)),
    Window("menopause", "0.5 to 3 yr after", 0.5, 3.0, (-3.5, -2.1)),
    Window("menopause", "5 to 15 yr after", 5.0, 15.0, (-3.5, -2.1)),
)


def books(ensembles: list, arms: Mapping[str, Arm]) -> pd.DataFrame:
    """Return I1 to I4 in each window that was lived, all ensembles pooled.

    Parameters
    ----------
    ensembles
        As `campaign.read` returns them, an ensemble an architecture.
    arms
        Their arms, by name.

    Returns
    -------
    DataFrame
        Columns as in `COLUMNS`; start and stop are days of the story. No rows if no window was
        lived.
    """
    tables = [pd.DataFrame(columns=list(COLUMNS))]
    for window in WINDOWS:
        if window.arm in arms and _lived(arms[window.arm], window):
            tables.append(_rows(ensembles, arms[window.arm].event, window))
    return pd.concat(tables[1:] or tables, ignore_index=True)


def _lived(arm: Arm, window: Window) -> bool:
    first, last = arm.span
    return first <= min(window.start, window.before[0]) and window.stop <= last


def _rows(ensembles: list, event: float, window: Window) -> pd.DataFrame:
    """Return the identities of one window."""
    arm = window.arm
    start, stop, *before = (event + year * YEAR for year in (*window[2:4], *window.before))
    mine = [one for one in ensembles if arm in one.arms]
    now, then = (
        pd.concat([ident.flows(one, arm, *days) for one in mine])
        for days in ((start, stop), before)
    )
    table = ident.held(arm, start, stop, now, then)
    if window.before == window[2:4]:
        table = table[table["identity"] != "I4"]  # a fold of itself says nothing
    held = table["residual"].abs() < ACCEPTED
    return table.assign(when=window.when, verdict=np.where(held, HOLDS, FAILS))[list(COLUMNS)]


def told(table: pd.DataFrame) -> str:
    """Return the sentence that says how many hold; empty where no window was lived."""
    if not len(table):
        return ""
    number = int((table["verdict"] == HOLDS).sum())
    return f"identities I1 to I4 (K04): {number} of {len(table)} within {ACCEPTED:.0f} %"
