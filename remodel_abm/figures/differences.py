"""Two arms beside each other: where bone was gained or lost, and how far their courses part."""

from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.colors import LinearSegmentedColormap, Normalize, to_rgb

from remodel_abm.figures import bands, palette
from remodel_abm.figures.bone import plane, scale_bar

# Less bone in b is vermilion as resorption is, more is blue as formation is.
SHADES = LinearSegmentedColormap.from_list(
    "less_more", [palette.VERMILION, "#FFFFFF", palette.BLUE]
)
PLANES = {0: "xy", 1: "xz", 2: "yz"}


def draw_comparison(comparison, folder: Path) -> list[Path]:
    """Draw the courses of two arms, their paired differences and the maps as PNG and SVG."""
    arms = [comparison.a, comparison.b]
    with mpl.rc_context(palette.STYLE):
        drawn = bands.draw(comparison.bands, arms)
        drawn |= curves(comparison)
        if comparison.maps:
            drawn["map"] = maps(comparison)
    return [path for name, one in drawn.items() for path in palette.save(one, folder / name)]


def curves(comparison) -> dict:
    """Return the paired differences over time, by name of the figure."""
    table = comparison.table[comparison.table["bone"] == "all"]
    drawn = {}
    for name, panels in bands.PAGES.items():
        page = bands.page(table, panels, [comparison.b], by="b")
        if page is None:
            continue
        for axes in page.axes:
            axes.axhline(0, color=palette.GREY, lw=0.6, zorder=0)
        page.suptitle(f"{comparison.b} less {comparison.a}, paired", x=0.02, ha="left", fontsize=9)
        drawn[f"differences_{name}"] = page
    return drawn


def maps(comparison):
    """Draw the mean difference of the bone, a column a bone, over the bone at the start."""
    flat = next(iter(comparison.maps.values())).shape[0] == 1
    cuts = [0] if flat else [0, 1, 2]
    wide = max(len(comparison.maps), 2)
    side = min(palette.PAGE / wide, 3.2)
    drawn = palette.figure(side * len(comparison.maps) + 0.9, side * len(cuts) + 0.5)
    grid = drawn.subplots(len(cuts), len(comparison.maps), squeeze=False)
    reach = max(np.abs(found).max() for found in comparison.maps.values())
    scale = Normalize(-max(reach, 1e-9), max(reach, 1e-9))
    for column, (bone, found) in enumerate(comparison.maps.items()):
        for row, cut in enumerate(cuts):
            axes = grid[row, column]
            show_map(axes, found, comparison.before[bone], cut, scale)
            if not flat and column == 0:
                axes.text(-0.04, 0.5, f"{PLANES[cut]} plane", rotation=90, va="center",
                          ha="right", transform=axes.transAxes)  # fmt: skip
            high, across = plane(found, cut).shape
            if row == 0:
                scale_bar(axes, across, high, comparison.voxel[bone])
        grid[0, column].set_title(bone, loc="left", x=0.03)
        palette.letter(grid[0, column], column)
    bar = drawn.colorbar(
        mpl.cm.ScalarMappable(scale, SHADES), ax=grid.ravel().tolist(), shrink=0.7, pad=0.02
    )
    year = comparison.day / bands.YEAR
    bar.set_label(f"bone in {comparison.b} less in {comparison.a}, year {year:.1f} (1)")
    return drawn


def show_map(axes, found: np.ndarray, before: np.ndarray, cut: int, scale: Normalize) -> None:
    """Draw the middle plane of a difference, on the bone of the first day in pale grey."""
    change, bone = plane(found, cut)[..., None], plane(before, cut)[..., None]
    share = np.abs(change) / scale.vmax
    hue = np.where(change < 0, to_rgb(palette.VERMILION), to_rgb(palette.BLUE))
    ground = palette.MARROW + bone * (palette.KEPT - palette.MARROW)
    axes.imshow(np.clip(ground + share * (hue - ground), 0, 1))
    axes.set_axis_off()
