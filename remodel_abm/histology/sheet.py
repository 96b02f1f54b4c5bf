"""The page of one biopsy: the stained section, its labels, a closer look, and what was counted."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from scipy import ndimage

from remodel_abm.figures import palette
from remodel_abm.figures.bone import scale_bar
from remodel_abm.histology.label import Labels, glowing
from remodel_abm.histology.slide import Field, Slide
from remodel_abm.histology.stain import stained
from remodel_abm.histology.technician import ROWS, Count

CLOSE, CLOSE_PIXEL = 400.0, 0.4  # edge of the closer look, and its pixel [um]
ACROSS = 1100  # pixels across the whole section
LINE = 0.18  # of the table [inch]
NOTE = (
    "a, c: Goldner's stain: mineralised bone green, osteoid red. b, d: labels, the first gold, the "
    "second green. Matrix and the cells of bone,\nfat and T cells are the model's; other marrow is "
    "scenery. SE: spread between fields of view."
)


def busiest(slide: Slide) -> Field:
    """Return the field in which most is going on."""
    rows, columns = slide.planes["bone"].shape
    busy = slide.planes["osteoid"] + 0.4 * (slide.planes["state"] == 2)
    for label, weight in (("osteoclast", 8.0), ("osteoblast", 1.0)):
        for y, x in slide.cells.get(label, ()):
            row, column = int(y / slide.voxel), int(x / slide.voxel)
            busy[min(row, rows - 1), min(column, columns - 1)] += weight
    edge = min(CLOSE, *slide.size)
    around = ndimage.uniform_filter(
        busy.astype(float), max(1, int(edge / slide.voxel)), mode="constant"
    )
    row, column = np.unravel_index(around.argmax(), around.shape)
    top, left = (
        float(np.clip((at + 0.5) * slide.voxel - edge / 2, 0, size - edge))
        for at, size in zip((row, column), slide.size, strict=True)
    )
    return Field(top, left, edge, edge, CLOSE_PIXEL)


def page(
    slide: Slide, labels: Labels | None, counts: dict[str, Count], true: dict[str, float],
    when: str, missing: str,
) -> Figure:  # fmt: skip
    """Draw the page.

    Parameters
    ----------
    slide, labels
        The biopsy; without labels its right half says why.
    counts, true
        What was counted, and what the model says itself, by the names of `ROWS`.
    when, missing
        Title; why there are no labels.
    """
    whole = slide.whole(max(slide.size) / ACROSS)
    close = busiest(slide)
    tall = slide.size[0] / slide.size[1]
    width, side = palette.PAGE, palette.PAGE / 2 - 0.08
    table = LINE * (len(counts) + 1) + 0.45
    height = side * tall + side + table + 0.75
    drawn = Figure(figsize=(width, height), dpi=palette.DPI)
    drawn.text(0.01, 1 - 0.1 / height, when, fontsize=10, va="top", weight="bold")
    places = [(0.04, height - 0.4 - side * tall, side * tall), (0.04, table + 0.3, side)]
    for row, (field, (_, base, high)) in enumerate(zip((whole, close), places, strict=True)):
        for column in (0, 1):
            left = 0.04 + column * (side + 0.08)
            axes = drawn.add_axes([left / width, base / height, side / width, high / height])
            _panel(axes, slide, labels, field, column == 1, missing)
            _letter(axes, 2 * row + column)
            if row == 0:
                _frame(axes, close, column == 1)
    _table(drawn, counts, true, table / height)
    drawn.text(0.01, 0.05 / height, NOTE, fontsize=6.5, va="bottom", color="#444444")
    return drawn


def _panel(axes, slide: Slide, labels, field: Field, dark: bool, missing: str) -> None:
    """Draw a field, stained or under fluorescence, in um of the slide."""
    axes.set_axis_off()
    if dark and labels is None:
        axes.text(0.5, 0.5, missing, ha="center", va="center", transform=axes.transAxes, wrap=True)
        return
    picture = glowing(labels, field) if dark else stained(slide, field)
    axes.imshow(picture, extent=(0, field.width, field.height, 0), interpolation="antialiased")
    scale_bar(axes, field.width, field.height, 1.0)


def _frame(axes, close: Field, dark: bool) -> None:
    axes.add_patch(
        Rectangle((close.left, close.top), close.width, close.height, fill=False, lw=0.8,
                  ec="white" if dark else "black")
    )  # fmt: skip


def _letter(axes, number: int) -> None:
    """Name a panel inside its corner, where it can be read on any ground."""
    axes.text(
        0.015, 0.985, "abcd"[number], transform=axes.transAxes, va="top", fontsize=9, weight="bold",
        bbox={"boxstyle": "square,pad=0.2", "fc": "white", "ec": "none", "alpha": 0.85},
    )  # fmt: skip


def _table(drawn: Figure, counts: dict[str, Count], true: dict[str, float], top: float) -> None:
    """Print what was counted beside what is true."""
    header = ("", "unit", "technician", "± SE", "counted", "whole section", "the model itself")
    rows = [header, *(_row(name, counts[name], true) for name in ROWS if name in counts)]
    columns = (0.02, 0.22, 0.40, 0.50, 0.61, 0.78, 0.98)
    line = LINE / drawn.get_figheight()
    for number, row in enumerate(rows):
        for place, text in zip(columns, row, strict=True):
            drawn.text(place, top - (number + 0.3) * line, text, fontsize=7.5, va="center",
                       ha="left" if place < 0.3 else "right",
                       weight="bold" if number == 0 else "normal")  # fmt: skip


def _row(name: str, count: Count, true: dict[str, float]) -> tuple[str, ...]:
    symbol, unit, _ = ROWS[name]
    return (
        symbol, unit, _said(count.value), _said(count.error), str(count.counted),
        _said(count.whole), _said(true.get(name, np.nan)),
    )  # fmt: skip


def _said(value: float) -> str:
    return "-" if value != value else f"{value:.3g}"
