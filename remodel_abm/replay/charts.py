"""The courses of a run as a page draws them: few points, with name, unit and meaning."""

import numpy as np
import pandas as pd

from remodel_abm.figures import courses, palette
from remodel_abm.results import Results

POINTS = 300  # that a curve of a chart some centimetres wide can show
TITLES = (("Bone", courses.TISSUE), ("Turnover", courses.TURNOVER), ("Signals", courses.SIGNALS))
OF_VOLUMES = ("conn_d",)  # loops have no meaning in a section
NAMES = {"perforations": "plates perforated", "rod_losses": "rods lost"}


def charts(results: Results, flat: bool) -> list[dict]:
    """Return a chart for each panel of the figures and each unit in it; `flat` for a section."""
    found = []
    for title, panels in TITLES:
        for panel in panels:
            curves = courses.curves(results, panel)
            curves = {n: c for n, c in curves.items() if not (flat and n in OF_VOLUMES)}
            for unit in dict.fromkeys(unit_of(results, panel, name) for name in curves):
                names = [name for name in curves if unit_of(results, panel, name) == unit]
                drawn = [curve(results, name, curves[name], k) for k, name in enumerate(names)]
                shown = "% change" if panel.relative else printed(unit)
                found.append(
                    {"group": title, "zero": panel.zero, "relative": panel.relative,
                     "unit": shown, "curves": drawn}
                )  # fmt: skip
    return found


def unit_of(results: Results, panel: courses.Panel, name: str) -> str:
    """Return the unit in which a panel shows a quantity."""
    if panel.relative:
        return "%"
    return next((one.unit for one in results.quantities if one.name == name), "1")


def printed(unit: str) -> str:
    """Return a unit as readers know it; nothing for plain numbers."""
    if unit == "1":
        return ""
    return unit.replace("um", "µm").replace("2", "²").replace("3", "³")


def curve(results: Results, name: str, course: pd.Series, number: int) -> dict:
    """Return the curve with this number in its chart: symbol, meaning, colour, days and values."""
    steps = name in NAMES
    shown = thinned(course if steps else smooth(course), steps)
    return {
        "name": name, "symbol": NAMES.get(name) or courses.symbol(results, name), "steps": steps,
        "doc": next((one.doc for one in results.quantities if one.name == name), ""),
        "colour": courses.COLOURS.get(name, palette.CYCLE[number % len(palette.CYCLE)]),
        "days": [float(f"{day:.6g}") for day in shown.index],
        "values": [float(f"{value:.5g}") for value in shown],
    }  # fmt: skip


def smooth(course: pd.Series) -> pd.Series:
    """Return the mean over three months, as the figures draw it, where readings are that dense."""
    spacing = np.median(np.diff(course.index)) if len(course) > 1 else np.inf
    window = max(1, round(courses.SMOOTHED_OVER / spacing))
    if window < 3:
        return course
    return course.rolling(window, center=True, min_periods=window // 2).mean().dropna()


def thinned(course: pd.Series, steps: bool) -> pd.Series:
    """Return at most `POINTS` of the points, the ends among them; every step of a staircase."""
    if steps or len(course) <= POINTS:
        return course
    return course.iloc[np.unique(np.linspace(0, len(course) - 1, POINTS).round().astype(int))]
