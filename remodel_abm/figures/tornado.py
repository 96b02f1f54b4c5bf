"""The tornado of an ablation: what happens to each outcome when a mechanism is switched off."""

import textwrap
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd

from remodel_abm.figures import palette

INTACT = "intact"
BROAD = 40  # characters a line of a name


def save(table: pd.DataFrame, folder: Path) -> list[Path]:
    """Draw the tornado as ``ablation.png`` and SVG in `folder`; return the files."""
    with mpl.rc_context(palette.STYLE):
        drawn = draw(table)
    return palette.save(drawn, Path(folder) / "ablation")


def draw(table: pd.DataFrame):
    """Return the figure: a panel an outcome, a bar a mechanism, longest on top of the first.

    Parameters
    ----------
    table
        mechanism, title, outcome, symbol, unit, effect, low, high, intact.
    """
    off = table[table["mechanism"] != INTACT]
    order = _order(off)
    outcomes = list(dict.fromkeys(off["outcome"]))
    titles = off.drop_duplicates("mechanism").set_index("mechanism")["title"]
    names = [textwrap.fill(f"{titles[name]} ({name})", BROAD) for name in order]
    lines = max(name.count("\n") + 1 for name in names)
    rows = -(-len(outcomes) // 3)
    drawn = palette.figure(palette.PAGE, 1.8 + (0.05 + 0.12 * lines) * len(order) * rows)
    grid = drawn.subplots(rows, min(3, len(outcomes)), sharey=True, squeeze=False).ravel()
    for number, (axes, outcome) in enumerate(zip(grid, outcomes, strict=False)):
        _panel(axes, off[off["outcome"] == outcome].set_index("mechanism").loc[order])
        axes.set_yticks(range(len(order)), names)
        palette.letter(axes, number)
    grid[0].invert_yaxis()
    for axes in grid[len(outcomes) :]:
        axes.set_visible(False)
    return drawn


def _order(off: pd.DataFrame) -> list[str]:
    """Return the mechanisms by the mean size of their effects, each as a share of the largest."""
    size = off.assign(size=off["effect"].abs())
    size["size"] /= size.groupby("outcome")["size"].transform("max").replace(0, np.nan)
    return size.groupby("mechanism")["size"].mean().sort_values(ascending=False).index.tolist()


def _panel(axes, mine: pd.DataFrame) -> None:
    """Draw one outcome: bars in the colour of the sign, intervals as whiskers."""
    effect = mine["effect"].to_numpy(float)
    colours = np.where(effect < 0, palette.VERMILION, palette.BLUE)
    places = np.arange(len(mine))
    # What the interval leaves open is drawn pale.
    sure = (mine["low"] > 0) | (mine["high"] < 0)
    for place in places:
        axes.barh(place, effect[place], color=colours[place], height=0.72,
                  alpha=0.9 if sure.iloc[place] else 0.35)  # fmt: skip
    axes.hlines(places, mine["low"], mine["high"], color=palette.BLACK, lw=0.8)
    axes.axvline(0, color=palette.GREY, lw=0.6)
    first = mine.iloc[0]
    unit = "pp" if first["unit"].startswith("%") else first["unit"].replace("um", "µm")
    axes.set_title(f"{first['symbol']}: {first['intact']:+.3g} intact", loc="left", x=0.03)
    axes.set_xlabel(f"change when off ({unit})")
    axes.margins(y=0.02)
