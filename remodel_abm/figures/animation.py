"""The bone changing, as a GIF made by Pillow: no other program is needed."""

import io
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from PIL import Image

from remodel_abm.figures import bone, palette, relief
from remodel_abm.results import DAYS_A_YEAR, Results, Snapshot
from remodel_abm.results.files import write_atomically

LARGEST = 5_000_000  # bytes
MEANT = ("white", *palette.CYCLE, palette.YELLOW, palette.MARROW)
FRAMES, MILLISECONDS, COLOURS, DPI = 48, 140, 128, 110
_SIZES = ((FRAMES, 1.0), (36, 1.0), (36, 0.8), (24, 0.7), (16, 0.6), (8, 0.5), (4, 0.4))


def draw(results: Results, path: Path | str) -> Path | None:
    """Write a GIF of every snapshot, thinned until it is small enough; None with fewer than two.

    Raises
    ------
    InputError
        If the file cannot be written.
    """
    days = results.snapshots()
    if len(days) < 2:
        return None
    pictures = frames(results, thinned(days, FRAMES))
    for count, scale in _SIZES:
        content = encode([shrunk(picture, scale) for picture in thinned(pictures, count)])
        if len(content) <= LARGEST:
            break
    write_atomically(path, lambda file: file.write(content))
    return Path(path)


def thinned(items: list, count: int) -> list:
    """Return at most `count` of the items, evenly spread, the first and last among them."""
    if len(items) <= count:
        return items
    chosen = np.linspace(0, len(items) - 1, count).round().astype(int)
    return [items[i] for i in np.unique(chosen)]


def shrunk(picture: Image.Image, scale: float) -> Image.Image:
    """Return a picture at a smaller scale."""
    if scale == 1.0:
        return picture
    size = tuple(round(n * scale) for n in picture.size)
    return picture.resize(size, Image.Resampling.LANCZOS)


def frames(results: Results, days: list[int]) -> list[Image.Image]:
    """Return a picture of each day."""
    ends = [results.snapshot(days[0]), results.snapshot(days[-1])]
    shades = bone.shade_range(ends)
    with mpl.rc_context(palette.STYLE):
        keys = bone.keys(ends, shades)
        return [frame(results, results.snapshot(day), shades, keys) for day in days]


def frame(results: Results, snapshot: Snapshot, shades: tuple, keys: list) -> Image.Image:
    """Return one day: the bone with its cells, a volume from outside too, and its course."""
    width, columns = (5.0, 3) if snapshot.flat else (7.2, 4)
    below = 1.15 + 0.165 * -(-len(keys) // columns)
    height = (4.85 if snapshot.flat else 3.5) + 0.4 + below
    # Places are fixed, not laid out: faster, and nothing may jump between frames.
    drawn = Figure(figsize=(width, height), dpi=DPI)
    canvas = FigureCanvasAgg(drawn)
    base, tall = below / height, (height - 0.4 - below) / height
    if snapshot.flat:
        inside = drawn.add_axes([0.02, base, 0.96, tall])
    else:
        outside = drawn.add_axes([0.02, base, 0.53, tall])
        outside.imshow(relief.view(snapshot, 360), interpolation="antialiased")
        outside.set_axis_off()
        inside = drawn.add_axes([0.58, base, 0.4, tall])
    drawn.legend(handles=keys, loc="lower left", ncols=columns, labelspacing=0.1,
                 bbox_to_anchor=(0.0, 1.02 / height), columnspacing=1.0)  # fmt: skip
    bone.show(inside, snapshot, 0, shades)
    bone.scale_bar(inside, *snapshot.shape[:0:-1], snapshot.voxel)
    _progress(drawn.add_axes([0.11, 0.42 / height, 0.86, 0.55 / height]), results, snapshot.day)
    text = palette.when(snapshot.day, results.scenario)
    drawn.text(0.02, 1 - 0.12 / height, text, fontsize=11, va="top")
    canvas.draw()
    return Image.fromarray(np.asarray(canvas.buffer_rgba())[..., :3].copy())


def _progress(axes, results: Results, day: int) -> None:
    """Draw the amount of bone up to this day, dark, on its whole course, pale."""
    if "bv_tv" not in results.daily or not len(results.course("bv_tv")):
        axes.set_axis_off()
        return
    course = results.course("bv_tv")
    course = course.iloc[:: max(1, len(course) // 400)]
    past = course.loc[:day]
    axes.plot(course.index / DAYS_A_YEAR, course, color=palette.PALE, lw=1.2)
    axes.plot(past.index / DAYS_A_YEAR, past, color=palette.BLUE, lw=1.4)
    axes.plot(past.index[-1:] / DAYS_A_YEAR, past.iloc[-1:], "o", color=palette.BLUE, ms=4)
    axes.set(xlabel="time (years)", ylabel=f"{results.quantity('bv_tv').symbol} (%)")
    axes.margins(x=0.01)


def encode(pictures: list[Image.Image]) -> bytes:
    """Return a looping GIF of the pictures in one palette, which keeps still parts still.

    The colours that mean something are in the palette as they are; the rest comes from the
    pictures.
    """
    ends = [pictures[i] for i in sorted({0, len(pictures) // 2, len(pictures) - 1})]
    sample = Image.fromarray(np.concatenate([np.asarray(picture) for picture in ends]))
    fixed = np.rint(255 * np.array([to_rgb(colour) for colour in MEANT])).astype(np.uint8)
    found = sample.quantize(COLOURS - len(fixed), method=Image.Quantize.MEDIANCUT).getpalette()
    shared = Image.new("P", (1, 1))
    shared.putpalette(fixed.ravel().tolist() + found)
    indexed = [p.quantize(palette=shared, dither=Image.Dither.NONE) for p in pictures]
    durations = [MILLISECONDS] * len(indexed)
    durations[0] = durations[-1] = 12 * MILLISECONDS
    file = io.BytesIO()
    indexed[0].save(file, "GIF", save_all=True, append_images=indexed[1:], duration=durations,
                    loop=0, optimize=False, disposal=1)  # fmt: skip
    return file.getvalue()
