"""The bone itself: sections and slices with cells, and what was lost, kept and gained."""

import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

from remodel_abm.figures import palette
from remodel_abm.results import Results, Snapshot

AXES = "zyx"
_MANY = 1500  # more markers than this are drawn as pixels, or an SVG would not open


def draw(results: Results) -> dict:
    """Return the figures of the bone by name; none without snapshots."""
    days = results.snapshots()
    if not days:
        return {}
    chosen = [results.snapshot(day) for day in landmarks(days)]
    if chosen[0].flat:
        return {"sections": sections(chosen, results.scenario)}
    return {"slices": slices(chosen, results.scenario)}


def landmarks(days: list[int]) -> list[int]:
    """Return first, middle and last day of the story (from day 0 on, if it was reached)."""
    story = [day for day in days if day >= 0]
    story = story if len(story) > 1 else days
    return sorted({story[0], story[len(story) // 2], story[-1]})


def plane(layer: np.ndarray, axis: int) -> np.ndarray:
    """Return the middle plane of a layer across `axis` (0 z, 1 y, 2 x), 2-D."""
    return np.take(layer, layer.shape[axis] // 2, axis=axis)


def shade_range(snapshots: list[Snapshot]) -> tuple[float, float]:
    """Return the mineral fractions between which shades run, common to all panels."""
    found = [s.fraction("mineral")[s.fraction("bone") > 0.5] for s in snapshots]
    found = np.concatenate(found)
    if not found.size:
        return 0.0, 1.0
    low, high = np.percentile(found, [2, 98])
    middle, half = (low + high) / 2, max(high - low, 0.1) / 2
    return float(middle - half), float(middle + half)


def picture(snapshot: Snapshot, axis: int, shades: tuple[float, float]) -> np.ndarray:
    """Return the middle plane across `axis` as (rows, columns, 3) colours.

    Mineral is the shade of bone, osteoid and marrow have their own colours mixed by volume, and
    surface voxels where something happens take the colour of their state.
    """
    bone = plane(snapshot.fraction("bone"), axis)[..., None]
    osteoid = plane(snapshot.fraction("osteoid"), axis)[..., None]
    mineral = plane(snapshot.fraction("mineral"), axis)[..., None]
    share = np.clip((mineral - shades[0]) / (shades[1] - shades[0]), 0, 1)
    mineralised = palette.YOUNG_BONE + share * (palette.OLD_BONE - palette.YOUNG_BONE)
    colours = palette.MARROW + bone * (mineralised - palette.MARROW)
    colours = colours + osteoid * (palette.OSTEOID - palette.MARROW)
    if "state" in snapshot.layers:
        state = plane(snapshot.layers["state"], axis)
        for code, (_, colour) in palette.STATES.items():
            colours[state == code] = to_rgb(colour)
    return np.clip(colours, 0, 1)


def show(axes, snapshot: Snapshot, axis: int, shades: tuple[float, float], cells: bool = True):
    """Draw one plane with cells near it; returns the image."""
    image = axes.imshow(picture(snapshot, axis, shades), extent=_extent(snapshot.shape, axis))
    axes.set_axis_off()
    if cells:
        show_cells(axes, snapshot, axis)
    return image


def show_cells(axes, snapshot: Snapshot, axis: int) -> list[str]:
    """Draw the cells within two voxels of the plane; returns the classes drawn."""
    rows, columns = (i for i in range(3) if i != axis)
    middle, reach = snapshot.shape[axis] // 2, 2 if snapshot.shape[axis] > 1 else 0
    span = max(snapshot.shape[rows], snapshot.shape[columns])
    size = (1.4 * _points(axes) / span) ** 2
    for number, kind in enumerate(sorted(snapshot.cells, key=_layering)):
        where = snapshot.cells[kind]
        where = where[np.abs(where[:, axis] - middle) <= reach]
        _, colour, marker, scale = palette.look(kind, number)
        flat_marker = marker in "x_"
        axes.scatter(
            where[:, columns] + 0.5,
            where[:, rows] + 0.5,
            s=np.clip(size * scale**2 * 2.2, 0.4, 60),
            c=colour,
            marker=marker,
            linewidths=0.5 if flat_marker else 0.3,
            edgecolors=None if flat_marker else ("none" if marker == "." else "black"),
            rasterized=len(where) > _MANY,
            zorder=3,
        )
    return sorted(snapshot.cells, key=_layering)


def _layering(kind: str) -> tuple[int, str]:
    """Order classes so that the many and small lie under the few and large."""
    order = ["osteocyte", "lining cell", "adipocyte", "osteoclast precursor"]
    label = palette.look(kind)[0]
    return (order.index(label) if label in order else len(order), kind)


def _points(axes) -> float:
    """Return the width of a panel in points, before the layout is known."""
    grid = axes.get_subplotspec().get_gridspec() if axes.get_subplotspec() else None
    root = axes.get_figure(root=True)
    return root.get_figwidth() * 72 / (grid.ncols if grid else 1) * 0.9


def _extent(shape: tuple, axis: int) -> tuple[float, float, float, float]:
    rows, columns = (shape[i] for i in range(3) if i != axis)
    return 0, columns, rows, 0


def scale_bar(axes, columns: float, rows: float, voxel: float) -> None:
    """Draw a bar of a round length, about a fifth of the width, in the lower left corner.

    Parameters
    ----------
    columns, rows
        Extent of the panel, in its own coordinates.
    voxel
        Length of one unit of these coordinates. [um]
    """
    target = columns * voxel / 4
    step = 10.0 ** np.floor(np.log10(target))
    length = max(n * step for n in (1, 2, 5) if n * step <= target)
    text = f"{length:g} µm" if length < 1000 else f"{length / 1000:g} mm"
    wide, high = length / voxel, rows * 0.012
    left, base = columns * 0.03, rows * 0.955
    backing = {"boxstyle": "square,pad=0.25", "fc": "white", "ec": "none", "alpha": 0.85}
    axes.text(left + wide / 2, base - rows * 0.012, text, va="bottom", ha="center", bbox=backing,
              zorder=5)  # fmt: skip
    frame = Rectangle((left - high, base - high), wide + 2 * high, 3 * high, fc="white", zorder=5)
    axes.add_patch(frame)
    axes.add_patch(Rectangle((left, base), wide, high, fc="black", zorder=6))


def show_change(axes, first: Snapshot, last: Snapshot, axis: int) -> None:
    """Draw what was lost, kept and gained between two days, each by its share of the voxel."""
    axes.imshow(change(first, last, axis), extent=_extent(first.shape, axis))
    axes.set_axis_off()


def change(first: Snapshot, last: Snapshot, axis: int) -> np.ndarray:
    """Return a plane in the colours of bone kept, lost and gained, (rows, columns, 3)."""
    before = plane(first.matrix(), axis)[..., None]
    after = plane(last.matrix(), axis)[..., None]
    colours = palette.MARROW + np.minimum(before, after) * (palette.KEPT - palette.MARROW)
    for amount, colour in ((before - after, palette.RESORBED), (after - before, palette.FORMED)):
        colours = colours + np.maximum(amount, 0) * (np.array(to_rgb(colour)) - palette.MARROW)
    return np.clip(colours, 0, 1)


def sections(chosen: list[Snapshot], scenario: dict):
    """Draw a section at its landmarks, and the difference between the first and the last."""
    drawn = palette.figure(palette.PAGE, palette.PAGE * 1.12)
    grid = drawn.subplots(2, 2).ravel()
    shades = shade_range(chosen)
    for number, snapshot in enumerate(chosen):
        show(grid[number], snapshot, 0, shades)
        _caption(grid[number], number, palette.when(snapshot.day, scenario))
    if len(chosen) > 1:
        show_change(grid[len(chosen)], chosen[0], chosen[-1], 0)
        _caption(grid[len(chosen)], len(chosen), _interval(chosen[0].day, chosen[-1].day))
    for axes in grid[len(chosen) + (len(chosen) > 1) :]:
        axes.set_visible(False)
    _, rows, columns = chosen[0].shape
    scale_bar(grid[0], columns, rows, chosen[0].voxel)
    _legend(drawn, chosen, shades)
    return drawn


def slices(chosen: list[Snapshot], scenario: dict):
    """Draw the three middle planes of a volume at its landmarks, and the difference."""
    columns = len(chosen) + 1
    sizes = [[n for i, n in enumerate(chosen[0].shape) if i != axis] for axis in range(3)]
    heights = [high / wide for high, wide in sizes]
    drawn = palette.figure(palette.PAGE, 0.92 * palette.PAGE / columns * sum(heights) + 1.45)
    grid = drawn.subplots(3, columns, gridspec_kw={"height_ratios": heights})
    shades = shade_range(chosen)
    for axis in range(3):
        for column, snapshot in enumerate(chosen):
            show(grid[axis, column], snapshot, axis, shades)
        show_change(grid[axis, -1], chosen[0], chosen[-1], axis)
        scale_bar(grid[axis, 0], *sizes[axis][::-1], chosen[0].voxel)
        across = "".join(AXES[i] for i in range(3) if i != axis)[::-1]
        text = f"{across} plane"
        grid[axis, 0].text(-0.06, 0.5, text, rotation=90, va="center", ha="right",
                           transform=grid[axis, 0].transAxes)  # fmt: skip
    for number, axes in enumerate(grid[0]):
        last = number == len(chosen)
        text = _interval(chosen[0].day, chosen[-1].day) if last else None
        _caption(axes, number, text or palette.when(chosen[number].day, scenario))
    _legend(drawn, chosen, shades)
    return drawn


def _caption(axes, number: int, text: str) -> None:
    axes.set_title(text, loc="left", x=0.03)
    palette.letter(axes, number)


def _interval(first: float, last: float) -> str:
    return f"change, year {first / 365.25:.1f} to {last / 365.25:.1f}"


def _legend(drawn, chosen: list[Snapshot], shades: tuple[float, float]) -> None:
    """Explain colours and markers under the panels."""
    handles = keys(chosen, shades)
    drawn.legend(handles=handles, loc="outside lower center", ncols=4, columnspacing=1.2)


def keys(chosen: list[Snapshot], shades: tuple[float, float]) -> list:
    """Return what a legend needs to explain tissue, surfaces and the cells of these days."""
    return _bone_keys(shades) + _cell_keys(chosen)


def _bone_keys(shades: tuple[float, float]) -> list:
    surfaces = [Patch(fc=c, ec="none", label=label) for label, c in palette.STATES.values()]
    return [
        Patch(fc=palette.YOUNG_BONE, ec="none", label=f"bone, mineral ≤ {shades[0]:.2f}"),
        Patch(fc=palette.OLD_BONE, ec="none", label=f"bone, mineral ≥ {shades[1]:.2f}"),
        Patch(fc=palette.OSTEOID, ec="none", label="osteoid"),
        *surfaces,
    ]


def _cell_keys(chosen: list[Snapshot]) -> list:
    kinds = sorted({kind for s in chosen for kind, where in s.cells.items() if len(where)})
    looks = {palette.look(kind, i) for i, kind in enumerate(sorted(kinds, key=_layering))}
    order = [entry[0] for entry in palette.CELLS.values()]
    ordered = sorted(looks, key=lambda e: (order.index(e[0]) if e[0] in order else 99, e[0]))
    return [
        Line2D([], [], ls="", marker=marker, color=colour, label=label, ms=3 + 1.6 * scale,
               mec=colour if marker in "x_." else "black", mew=0.8 if marker in "x_" else 0.3)
        for label, colour, marker, scale in ordered
    ]  # fmt: skip
