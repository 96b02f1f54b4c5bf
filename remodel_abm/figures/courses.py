"""Time courses in years: what a panel shows is a row of a table, so that adding one is easy."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from remodel_abm.figures import palette
from remodel_abm.results import DAYS_A_YEAR, Results

SMOOTHED_OVER = 91  # days; daily counts are noisy, the season is what a reader wants


class Panel(NamedTuple):
    """One panel: its quantities, shown in their unit or as change from the run's baseline."""

    names: tuple[str, ...]
    relative: bool = False
    zero: bool = False
    label: str = ""


TISSUE = (
    Panel(("e2",), zero=True),
    Panel(("bv_tv",)),
    Panel(("bmd", "t_score")),
    Panel(("tb_th", "tb_sp", "tb_n", "conn_d"), relative=True, label="architecture"),
    Panel(("perforations", "rod_losses"), zero=True, label="cumulative losses (1)"),
    Panel(("marrow_fat", "osteocyte_viability")),
)
TURNOVER = (
    Panel(("ctx", "p1np"), relative=True, label="markers"),
    Panel(("es_bs", "os_bs", "ms_bs", "oc_s_bs"), zero=True, label="share of bone surface (%)"),
    Panel(("ac_f",), zero=True),
    Panel(("bfr_bs",), zero=True),
    Panel(("mar",), zero=True),
    Panel(("n_oc", "n_ob"), zero=True),
)
SIGNALS = (
    Panel(("rankl_opg",), zero=True),
    Panel(("rankl", "opg"), relative=True, label="RANKL and OPG"),
    Panel(("tnf", "il1", "il6"), relative=True, label="cytokines"),
    Panel(("sclerostin",), zero=True),
    Panel(("tgf_beta", "igf1"), relative=True, label="released factors"),
    Panel(
        ("n_precursor", "n_lining", "n_osteocyte", "n_t_cell", "n_adipocyte"),
        relative=True,
        label="cells",
    ),
)
COLOURS = {
    "ctx": palette.RESORBED, "es_bs": palette.RESORBED, "n_oc": palette.RESORBED,
    "p1np": palette.FORMED, "os_bs": palette.FORMED, "n_ob": palette.FORMED,
    "mar": palette.FORMED, "bfr_bs": palette.FORMED, "rankl": palette.RESORBED,
    "opg": palette.FORMED, "perforations": palette.RESORBED, "rod_losses": palette.ORANGE,
    "ms_bs": palette.SKY, "oc_s_bs": palette.ORANGE, "e2": palette.PURPLE,
    "bv_tv": palette.BLACK, "bmd": palette.BLACK, "t_score": palette.GREEN,
    "n_precursor": palette.ORANGE, "n_lining": palette.GREEN, "n_osteocyte": palette.BLACK,
    "n_t_cell": palette.PURPLE, "n_adipocyte": palette.SKY, "ac_f": palette.BLACK,
    "marrow_fat": palette.ORANGE, "osteocyte_viability": palette.BLACK,
}  # fmt: skip


def draw(results: Results) -> dict:
    """Return the figures of time courses by name, without the empty ones."""
    figures = {
        "course_tissue": page(results, TISSUE),
        "course_turnover": page(results, TURNOVER),
        "course_signals": page(results, SIGNALS),
        "course_others": page(results, others(results)),
    }
    return {name: drawn for name, drawn in figures.items() if drawn is not None}


def others(results: Results) -> tuple[Panel, ...]:
    """Return a panel for each quantity that no other page shows."""
    shown = {name for page in (TISSUE, TURNOVER, SIGNALS) for panel in page for name in panel.names}
    rest = [name for name in results.daily.columns if name not in shown]
    return tuple(Panel((name,)) for name in rest)


def page(results: Results, panels: tuple[Panel, ...]):
    """Draw the panels whose quantities the run has read; None if it has read none."""
    lines = [(panel, curves(results, panel)) for panel in panels]
    lines = [(panel, found) for panel, found in lines if found]
    if not lines:
        return None
    columns = min(2, len(lines))
    rows = -(-len(lines) // columns)
    width = palette.PAGE if columns == 2 else palette.COLUMN
    drawn = palette.figure(width, 1.75 * rows + 0.4)
    grid = drawn.subplots(rows, columns, sharex=True, squeeze=False).ravel()
    for number, (axes, (panel, found)) in enumerate(zip(grid, lines, strict=False)):
        plot(axes, results, panel, found)
        palette.letter(axes, number)
    for number, axes in enumerate(grid):
        axes.set_visible(number < len(lines))
        if number + columns >= len(lines):
            axes.set_xlabel("time (years)")
            axes.tick_params(labelbottom=True)
    return drawn


def curves(results: Results, panel: Panel) -> dict[str, pd.Series]:
    """Return the courses of a panel by name, leaving out what the run did not read."""
    found = {}
    for name in panel.names:
        if name in ("perforations", "rod_losses"):
            course = losses(results, name)
        elif name in results.daily and results.daily[name].notna().any():
            course = results.changes(name) if panel.relative else results.course(name)
        else:
            continue
        if course is not None and course.notna().any():
            found[name] = course
    return found


def losses(results: Results, name: str) -> pd.Series | None:
    """Return how many plates were perforated or rods lost up to each day."""
    kind = {"perforations": "perforation", "rod_losses": "rod"}[name]
    days = results.breaks["day"][results.breaks["kind"] == kind].sort_values()
    if len(days):
        ends = results.daily.index[[0, -1]] if len(results.daily) else []
        counted = pd.Series(1.0, index=days).groupby(level=0).sum().cumsum()
        # Losses count from nought, and stay what they are until the run ends.
        return counted.reindex(sorted({*counted.index, *ends})).ffill().fillna(0.0)
    if name not in results.daily:
        return None
    course = results.course(name)
    return course if course.is_monotonic_increasing else course.cumsum()


def plot(axes, results: Results, panel: Panel, found: dict[str, pd.Series]) -> None:
    """Draw one panel; a second unit gets an axis of its own on the right."""
    units = list(dict.fromkeys(_unit(results, name, panel) for name in found))
    sides = {units[0]: axes}
    if len(units) > 1:
        sides[units[1]] = axes.twinx()
        sides[units[1]].spines["right"].set_visible(True)
    handles = []
    for number, (name, course) in enumerate(found.items()):
        side = sides.get(_unit(results, name, panel))
        if side is None:
            continue
        colour = COLOURS.get(name, palette.CYCLE[number % len(palette.CYCLE)])
        handles += curve(
            side, course, colour, symbol(results, name), name in ("perforations", "rod_losses")
        )
    for unit, side in sides.items():
        names = [name for name in found if _unit(results, name, panel) == unit]
        side.set_ylabel(_label(results, names, unit, panel))
        side.margins(x=0)
        if panel.zero:
            side.set_ylim(bottom=0)
    if panel.relative:
        axes.axhline(0, color=palette.GREY, lw=0.6, zorder=0)
    if len(panel.names) > 1:  # a lone curve of several that could be here needs its name too
        axes.legend(
            handles=handles, loc="best", ncols=1 if len(handles) < 4 else 2, labelspacing=0.2
        )
    shade_settling(axes, found)


def curve(axes, course: pd.Series, colour: str, label: str, steps: bool = False) -> list:
    """Draw a course as read, pale, under its mean over three months."""
    years = course.index.to_numpy(float) / DAYS_A_YEAR
    if steps:
        return axes.plot(years, course, color=colour, label=label, drawstyle="steps-post")
    spacing = np.median(np.diff(course.index)) if len(course) > 1 else np.inf
    if SMOOTHED_OVER / spacing < 3:
        return axes.plot(years, course, color=colour, label=label, marker=".", ms=3)
    window = max(1, round(SMOOTHED_OVER / spacing))
    mean = course.rolling(window, center=True, min_periods=window // 2).mean()
    axes.plot(years, course, color=colour, lw=0.4, alpha=0.25, rasterized=True)
    return axes.plot(years, mean, color=colour, label=label)


def shade_settling(axes, found: dict[str, pd.Series]) -> None:
    """Shade the days before day 0, in which the tissue settles in."""
    first = min(course.index[0] for course in found.values()) / DAYS_A_YEAR
    if first < 0:
        axes.axvspan(first, 0, color=palette.PALE, alpha=0.45, lw=0, zorder=-1)


def symbol(results: Results, name: str) -> str:
    """Return the printed symbol of a quantity, or its name in words."""
    known = {quantity.name: quantity.symbol for quantity in results.quantities}
    return known.get(name) or name.replace("_", " ")


def _unit(results: Results, name: str, panel: Panel) -> str:
    if panel.relative:
        return "%"
    return next((quantity.unit for quantity in results.quantities if quantity.name == name), "1")


def _label(results: Results, names: list[str], unit: str, panel: Panel) -> str:
    printed = unit.replace("um", "µm").replace("2", "²").replace("3", "³")
    if panel.relative:
        return f"{panel.label}\n(% change from baseline)"
    if panel.label:
        return panel.label
    text = ", ".join(symbol(results, name) for name in names)
    return text if unit == "1" else f"{text} ({printed})"
