"""Colours that colour-blind readers tell apart, one style for all figures, and how they are saved.

Resorption is vermilion and formation blue throughout, whether it is a cell, a surface or a curve
(palette of Okabe & Ito 2008).
"""

from pathlib import Path
from string import ascii_lowercase

import matplotlib as mpl
import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from remodel_abm.results.files import write_atomically

BLACK, ORANGE, SKY, GREEN = "#000000", "#E69F00", "#56B4E9", "#009E73"
YELLOW, BLUE, VERMILION, PURPLE = "#F0E442", "#0072B2", "#D55E00", "#CC79A7"
GREY, PALE = "#7F7F7F", "#D9D9D9"
RESORBED, FORMED = VERMILION, BLUE
CYCLE = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, BLACK)

MARROW = np.array(to_rgb("#FBF8F1"), np.float32)
YOUNG_BONE = np.array(to_rgb("#C9C3B8"), np.float32)
OLD_BONE = np.array(to_rgb("#6E6960"), np.float32)
OSTEOID = np.array(to_rgb(PURPLE), np.float32)
KEPT = np.array(to_rgb("#B4AEA3"), np.float32)
# Bone seen from outside, where light and shadow need room below them.
RELIEF_YOUNG, RELIEF_OLD = (0.93, 0.90, 0.83), (0.66, 0.61, 0.52)
STATES = {
    1: ("opened surface", YELLOW),
    2: ("eroded surface; bone lost", VERMILION),
    3: ("forming surface; bone gained", BLUE),
}

# Class: (label, colour, marker, size relative to the others), in the order of the legend.
CELLS = {
    "osteoclast": ("osteoclast", VERMILION, "o", 2.2),
    "osteoclast_precursor": ("osteoclast precursor", ORANGE, "o", 1.1),
    "osteomorph": ("osteomorph", ORANGE, "x", 0.8),
    "osteoblast": ("osteoblast", BLUE, "s", 1.2),
    "osteoblast_precursor": ("pre-osteoblast", SKY, "s", 1.0),
    "reversal_cell": ("reversal cell", SKY, "d", 1.0),
    "lining_cell": ("lining cell", GREEN, "_", 1.0),
    "osteocyte": ("osteocyte", BLACK, ".", 0.4),
    "t_cell": ("T cell", PURPLE, "^", 1.3),
    "stem_cell": ("stem cell", GREEN, "P", 1.0),
    "adipocyte": ("adipocyte", YELLOW, "o", 2.0),
}
_SYNONYMS = {
    "precursor": "osteoclast_precursor",
    "preosteoclast": "osteoclast_precursor",
    "monocyte": "osteoclast_precursor",
    "preosteoblast": "osteoblast_precursor",
    "reversal": "reversal_cell",
    "lining": "lining_cell",
    "tcell": "t_cell",
    "mesenchymal_stem_cell": "stem_cell",
    "msc": "stem_cell",
    "marrow_adipocyte": "adipocyte",
}

COLUMN, PAGE = 3.5, 7.2  # widths of a journal's column and page [inch]
DPI = 200
STYLE = {
    "font.family": "DejaVu Sans",
    "font.size": 8,
    "axes.titlesize": 8.5,
    "axes.labelsize": 8,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "legend.fontsize": 8,
    "legend.frameon": False,
    "legend.handlelength": 1.4,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.7,
    "xtick.major.width": 0.7,
    "ytick.major.width": 0.7,
    "lines.linewidth": 1.4,
    "figure.dpi": DPI,
    "savefig.dpi": DPI,
    "svg.hashsalt": "remodel_abm",
    "svg.fonttype": "path",
    "image.interpolation": "nearest",
}

# Formats, and what a figure must not say in each so that equal figures are equal bytes.
UNDATED = {"png": {"Software": None}, "svg": {"Date": None, "Creator": None}}


def look(kind: str, number: int = 0) -> tuple[str, str, str, float]:
    """Return label, colour, marker and relative size of a class of cell, by its usual names."""
    name = kind.lower().rstrip("s")
    name = _SYNONYMS.get(name, name)
    name = _SYNONYMS.get(name.replace("_", ""), name)
    if name in CELLS:
        return CELLS[name]
    return kind.replace("_", " "), CYCLE[number % len(CYCLE)], "v", 0.9


def figure(width: float, height: float) -> Figure:
    """Return an empty figure of this size [inch] whose parts make room for each other."""
    return Figure(figsize=(width, height), layout="constrained")


def letter(axes, number: int) -> None:
    """Name a panel a, b, c and so on, outside its top left corner."""
    axes.annotate(
        ascii_lowercase[number % 26] * (number // 26 + 1),
        xy=(0, 1),
        xycoords="axes fraction",
        xytext=(-4, 4),
        textcoords="offset points",
        ha="right",
        va="bottom",
        fontsize=10,
        fontweight="bold",
    )


def save(drawn: Figure, stem: Path) -> list[Path]:
    """Write a figure as PNG and SVG, free of dates so that equal figures are equal bytes."""
    paths = []
    for ending, metadata in UNDATED.items():
        path = stem.with_name(f"{stem.name}.{ending}")
        with mpl.rc_context(STYLE):
            write_atomically(
                path, lambda f, e=ending, m=metadata: drawn.savefig(f, format=e, metadata=m)
            )
        # Laid out once: the second format takes the places of the first, in half the time.
        drawn.set_layout_engine("none")
        paths.append(path)
    return paths


def when(day: float, scenario: dict) -> str:
    """Return a day as a reader's time: years of the story, and age where the scenario has one."""
    if day < 0:
        return f"settling in, {-day / 365.25:.1f} years to go"
    text = f"year {day / 365.25:.1f}"
    age = scenario.get("age")
    number = isinstance(age, int | float) and not isinstance(age, bool)
    return f"{text}, age {age + day / 365.25:.1f}" if number else text
