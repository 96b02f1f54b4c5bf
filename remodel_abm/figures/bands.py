"""Courses of an ensemble: the pooled mean, how sure it is, and how much single runs differ."""

from pathlib import Path
from typing import NamedTuple

import matplotlib as mpl
import pandas as pd

from remodel_abm.figures import palette
from remodel_abm.results.files import explained

YEAR = 365.25


class Panel(NamedTuple):
    """One quantity, as a value in its unit or as change from baseline."""

    measure: str
    kind: str = "change"


TISSUE = (
    Panel("bv_tv"), Panel("bmd"), Panel("tb_th"), Panel("tb_sp"), Panel("tb_n"),
    Panel("conn_d"), Panel("perforations", "value"), Panel("rod_losses", "value"),
    Panel("tmd"), Panel("marrow_fat", "value"), Panel("osteocyte_viability", "value"),
    Panel("e2", "value"),
)  # fmt: skip
TURNOVER = (
    Panel("ctx"), Panel("p1np"), Panel("ac_f", "value"), Panel("e_de", "value"),
    Panel("w_th", "value"), Panel("balance", "value"), Panel("es_bs", "value"),
    Panel("os_bs", "value"), Panel("ms_bs", "value"), Panel("n_oc_bs", "value"),
    Panel("n_ob_bs", "value"), Panel("rankl_opg", "value"),
)  # fmt: skip
PAGES = {"tissue": TISSUE, "turnover": TURNOVER}


def draw(bands: pd.DataFrame, arms: list[str]) -> dict:
    """Return figures of the courses of arms, by name.

    Parameters
    ----------
    bands
        The bands of an ensemble: arm, bone, measure, kind, day, mean, low, high, p05, p95.
    arms
        Arms to draw, in the order of their colours.
    """
    table = bands[(bands["bone"] == "all") & bands["arm"].isin(arms)]
    drawn = {f"bands_{name}": page(table, panels, arms) for name, panels in PAGES.items()}
    return {name: one for name, one in drawn.items() if one is not None}


def save(bands: pd.DataFrame, arms: list[str], folder: Path) -> list[Path]:
    """Draw as `draw` and write PNG and SVG into `folder`; return the files."""
    with explained(folder):
        folder.mkdir(parents=True, exist_ok=True)
    with mpl.rc_context(palette.STYLE):
        drawn = draw(bands, arms)
    return [path for name, one in drawn.items() for path in palette.save(one, folder / name)]


def page(table: pd.DataFrame, panels, groups: list[str], by: str = "arm"):
    """Draw the panels that the table has rows for, three abreast; None if it has none.

    Parameters
    ----------
    table
        Rows of bands or of differences.
    panels
        What to draw.
    groups, by
        Values of the column `by`; a colour each.
    """
    found = [(panel, rows(table, panel)) for panel in panels]
    found = [(panel, mine) for panel, mine in found if len(mine)]
    if not found:
        return None
    high = -(-len(found) // 3)
    drawn = palette.figure(palette.PAGE, 1.62 * high + 0.55)
    grid = drawn.subplots(high, 3, sharex=True, squeeze=False).ravel()
    for number, axes in enumerate(grid):
        axes.set_visible(number < len(found))
    handles = {}
    for number, (panel, mine) in enumerate(found):
        for place, group in enumerate(groups):
            colour = palette.CYCLE[place % len(palette.CYCLE)]
            line = band(grid[number], mine[mine[by] == group], colour)
            if line is not None:
                handles[group] = line
        _dress(grid[number], mine, panel, number)
        if number + 3 >= len(found):
            grid[number].set_xlabel("time (years)")
            grid[number].tick_params(labelbottom=True)
    if len(handles) > 1:
        drawn.legend(
            handles.values(), handles.keys(), loc="outside lower center", ncols=min(4, len(handles))
        )
    return drawn


def rows(table: pd.DataFrame, panel: Panel) -> pd.DataFrame:
    """Return the rows of one quantity in the order of days."""
    chosen = table[(table["measure"] == panel.measure) & (table["kind"] == panel.kind)]
    return chosen.sort_values("day")


def band(axes, mine: pd.DataFrame, colour: str):
    """Draw the mean, its interval (darker) and the middle 90 % of runs (paler)."""
    if not len(mine):
        return None
    years = mine["day"].to_numpy(float) / YEAR
    axes.fill_between(years, mine["p05"], mine["p95"], color=colour, alpha=0.13, lw=0)
    axes.fill_between(years, mine["low"], mine["high"], color=colour, alpha=0.32, lw=0)
    marker = {"marker": ".", "ms": 4} if len(mine) < 15 else {}
    return axes.plot(years, mine["mean"], color=colour, lw=1.2, **marker)[0]


def _dress(axes, mine: pd.DataFrame, panel: Panel, number: int) -> None:
    first = mine.iloc[0]
    axes.set_ylabel(axis_label(first["symbol"], first["unit"], panel.kind))
    axes.margins(x=0.01)
    if mine["day"].min() < 0:
        axes.axvspan(mine["day"].min() / YEAR, 0, color=palette.PALE, alpha=0.4, lw=0, zorder=-1)
    if mine["mean"].min() < 0 < mine["mean"].max() or panel.kind == "change":
        axes.axhline(0, color=palette.GREY, lw=0.6, zorder=0)
    palette.letter(axes, number)


def axis_label(symbol: str, unit: str, kind: str) -> str:
    """Return what an axis says of a quantity and its unit."""
    if kind == "change":
        return f"{symbol} ({'pp' if unit == 'pp' else '% change'})"
    printed = unit.replace("um", "µm").replace("2", "²").replace("3", "³")
    return symbol if unit == "1" else f"{symbol} ({printed})"
