"""The figure of a discretisation study: each quantity by voxel, step and field grid."""

from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd

from remodel_abm.figures import palette
from remodel_abm.figures.bands import axis_label

USUAL = "voxel-10"


def save(table: pd.DataFrame, folder: Path) -> list[Path]:
    """Draw ``discretisation-section`` and ``-volume`` as PNG and SVG; return the files."""
    paths = []
    for bone, mine in table.groupby("bone", sort=False):
        with mpl.rc_context(palette.STYLE):
            drawn = draw(mine)
        paths += palette.save(drawn, Path(folder) / f"discretisation-{bone}")
    return paths


def draw(table: pd.DataFrame):
    """Return the figure of one kind of bone: a panel a quantity, a point an arm with its interval.

    Parameters
    ----------
    table
        arm, measure, symbol, kind, unit, mean, low, high.
    """
    measures = list(dict.fromkeys(table["measure"]))
    arms = list(dict.fromkeys(table["arm"]))
    high = -(-len(measures) // 4)
    drawn = palette.figure(palette.PAGE, 1.75 * high + 0.5)
    grid = drawn.subplots(high, 4, sharex=True, squeeze=False).ravel()
    for axes in grid[len(measures) :]:
        axes.set_visible(False)
    for number, (axes, measure) in enumerate(zip(grid, measures, strict=False)):
        mine = table[table["measure"] == measure].set_index("arm").reindex(arms)
        _points(axes, mine, arms)
        axes.set_ylabel(axis_label(*mine.loc[USUAL, ["symbol", "unit", "kind"]]))
        axes.set_xticks(np.arange(len(arms)), arms, rotation=60, ha="right", rotation_mode="anchor")
        axes.tick_params(labelbottom=number + 4 >= len(measures))
        palette.letter(axes, number)
    return drawn


def _points(axes, mine: pd.DataFrame, arms: list[str]) -> None:
    """Draw the arms; the band of the usual one runs through, since that is what they should hit."""
    usual = mine.loc[USUAL]
    axes.axhspan(usual["low"], usual["high"], color=palette.PALE, alpha=0.6, lw=0, zorder=0)
    for place, arm in enumerate(arms):
        row = mine.loc[arm]
        colour = palette.BLACK if arm == USUAL else palette.BLUE
        axes.plot([place, place], [row["low"], row["high"]], color=colour, lw=1.0)
        axes.plot(place, row["mean"], "o", color=colour, ms=3.5)
    axes.margins(x=0.08)
