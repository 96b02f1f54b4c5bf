"""A section stained after Goldner: mineralised bone green, osteoid red, marrow with its cells.

What the model knows is drawn where it is: matrix, cells of bone, fat cells, T cells. The rest of
the marrow (blood-forming cells, sinusoids) is scenery, so that the slide reads as a slide.
"""

import numpy as np
from matplotlib.colors import to_rgb
from scipy import ndimage

from remodel_abm.histology.brush import Brush, noise, spread
from remodel_abm.histology.slide import EDGE, Field, Slide

BONE_YOUNG, BONE_OLD, CEMENT = "#7FB8A4", "#559C8C", "#3F7F74"
OSTEOID, GROUND, CELLULAR = "#D4502C", "#F1E4DE", "#DDB9BC"
FAT, MEMBRANE, SINUS, RED_CELL = "#FCFAF7", "#B98E96", "#F6ECE6", "#DD7A55"
NUCLEUS, PALE_NUCLEUS, PLASMA = "#3A2A52", "#6A5584", "#C78F9F"
BLAST, CLAST, LACUNA = "#9C4F78", "#BE6C88", "#DDEBE4"
FAT_RADIUS, FAT_APART = (24.0, 33.0), 30.0  # um; of two nearer to each other one is drawn
FAINT = 0.12  # share of osteoid from which on a voxel's rim stains red
NUCLEI_APART = 10.5  # in blood-forming marrow [um]


def stained(slide: Slide, field: Field) -> np.ndarray:
    """Return a field of a slide as it looks in the microscope, (rows, columns, 3) 0 to 1."""
    wide = _widened(slide, field)
    height = slide.height(wide)
    marrow = np.clip(0.5 - height / (2 * wide.pixel), 0, 1)
    picture = np.empty((*height.shape, 3), np.float32)
    fat = fat_cells(slide, wide, height)
    _marrow(picture, slide, wide, fat, marrow, height)
    _matrix(picture, slide, wide, height)
    brush = Brush(picture, wide)
    slope = [ndimage.gaussian_filter(part, 2.0 / wide.pixel) for part in np.gradient(height)]
    _osteocytes(brush, slide, height, slope)
    _surface_cells(brush, slide, height, slope, marrow)
    _osteoclasts(brush, slide, marrow)
    return _cropped(_seen(picture, wide), wide, field)


def _widened(slide: Slide, field: Field, margin: float = 60.0) -> Field:
    """Return a field with a margin, so that what lies beyond its rim is known."""
    bottom, right = field.top + field.height, field.left + field.width
    grow = [margin // field.pixel * field.pixel] * 4
    limits = (field.top, field.left, slide.size[0] - bottom, slide.size[1] - right)
    grow = [
        min(a, max(0.0, b) // field.pixel * field.pixel) for a, b in zip(grow, limits, strict=True)
    ]
    return Field(
        field.top - grow[0], field.left - grow[1],
        field.height + grow[0] + grow[2], field.width + grow[1] + grow[3], field.pixel,
    )  # fmt: skip


def _cropped(picture: np.ndarray, wide: Field, field: Field) -> np.ndarray:
    rows, columns = (len(axis) for axis in field.axes)
    top = round((field.top - wide.top) / field.pixel)
    left = round((field.left - wide.left) / field.pixel)
    return picture[top : top + rows, left : left + columns]


def fat_cells(slide: Slide, field: Field, height: np.ndarray) -> np.ndarray:
    """Return how deep each pixel lies in a fat cell, below 0 outside of all. [um]

    Cells that touch flatten each other: a pixel belongs to the one it lies deepest in.
    """
    y, x = field.axes
    best = np.full(height.shape, -50.0, np.float32)
    second = best.copy()
    taken = _Taken()
    places = slide.cells.get("adipocyte", np.empty((0, 2)))
    places = [place for place in places if taken.free(*place, FAT_APART)]
    radii = np.random.default_rng(11).uniform(*FAT_RADIUS, len(places))
    for (at_y, at_x), radius in zip(places, radii, strict=True):
        rows = slice(*np.searchsorted(y, (at_y - radius, at_y + radius)))
        columns = slice(*np.searchsorted(x, (at_x - radius, at_x + radius)))
        if rows.stop <= rows.start or columns.stop <= columns.start:
            continue
        far = np.hypot(y[rows][:, None] - at_y, x[columns][None] - at_x)
        deep = (radius - far).astype(np.float32)
        first, then = best[rows, columns], second[rows, columns]
        second[rows, columns] = np.maximum(then, np.minimum(first, deep))
        best[rows, columns] = np.maximum(first, deep)
    # Half the distance to the wall between two cells, and not into the bone.
    wall = np.where(second > 0, np.minimum(best, (best - second) / 2), best)
    return np.minimum(wall, -height - 4.0)


def _marrow(picture, slide: Slide, field: Field, fat, marrow, height) -> None:
    """Paint ground, sinusoids, fat cells and blood-forming cells."""
    grain = 1 / field.pixel
    rich = noise(height.shape, 30 * grain, 1)[..., None] * 0.5 + 0.5
    picture[:] = np.asarray(to_rgb(GROUND)) + np.clip(rich, 0, 1) * (
        np.asarray(to_rgb(CELLULAR)) - np.asarray(to_rgb(GROUND))
    )
    sinus = np.clip(noise(height.shape, 22 * grain, 2) - 1.35, 0, 0.4) / 0.4
    sinus = sinus * (fat < -3) * (height < -12)
    picture += sinus[..., None] * (np.asarray(to_rgb(SINUS)) - picture)
    brush = Brush(picture, field)
    _blood_cells(brush, slide, fat, sinus, height)
    inside = np.clip(fat / field.pixel + 0.5, 0, 1)
    picture += inside[..., None] * (np.asarray(to_rgb(FAT)) - picture)
    rim = np.exp(-((fat / max(0.9, field.pixel * 0.7)) ** 2)) * 0.75
    picture += rim[..., None] * (np.asarray(to_rgb(MEMBRANE)) - picture)
    _lymphocytes(brush, slide, marrow)


def _blood_cells(brush: Brush, slide: Slide, fat, sinus, height) -> None:
    """Paint nuclei with a rim of plasma all over the marrow, red cells in the sinusoids."""
    field = brush.field
    rng = np.random.default_rng(3)
    places = spread(slide.size, NUCLEI_APART, 4)
    draws = rng.random((len(places), 5))
    for (y, x), (size, turn, shade, keep, red) in zip(places, draws, strict=True):
        if not brush.sees(y, x, 6):
            continue
        row = min(max(int((y - field.top) / field.pixel), 0), len(fat) - 1)
        column = min(max(int((x - field.left) / field.pixel), 0), fat.shape[1] - 1)
        if fat[row, column] > -2.5 or height[row, column] > -6:
            continue
        if sinus[row, column] > 0.5:
            if red < 0.6:
                brush.ellipse(y, x, 3.4, 2.6 + size, turn * 3.1, RED_CELL, 0.75)
            continue
        if keep < 0.16:
            continue
        long, angle = 2.3 + 1.5 * size, turn * np.pi
        brush.ellipse(y, x, long + 2.2, long + 1.2, angle, PLASMA, 0.55)
        colour = NUCLEUS if shade < 0.55 else PALE_NUCLEUS
        brush.ellipse(y, x, long, long * (0.7 + 0.3 * red), angle, colour, 0.9)


def _lymphocytes(brush: Brush, slide: Slide, marrow) -> None:
    """Paint T cells (round, nearly all nucleus) and precursors of osteoclasts (larger, pale)."""
    for y, x in slide.cells.get("T cell", ()):
        brush.ellipse(y, x, 4.6, 4.4, 0, "#B9C3E0", 0.9, marrow)
        brush.ellipse(y, x, 3.7, 3.6, 0, "#261C46", 1.0, marrow)
    for y, x in slide.cells.get("osteoclast precursor", ()):
        brush.ellipse(y, x, 8.0, 6.6, 0.6, CLAST, 0.8, marrow)
        brush.ellipse(y + 0.8, x, 3.6, 2.9, 0.9, NUCLEUS, 0.95, marrow)
    for y, x in slide.cells.get("stem cell", ()):
        brush.ellipse(y, x, 13, 2.6, 0.5, PLASMA, 0.8, marrow)
        brush.ellipse(y, x, 4.5, 2.0, 0.5, NUCLEUS, 0.9, marrow)


def _matrix(picture, slide: Slide, field: Field, height) -> None:
    """Paint bone with its lamellae and packets, and osteoid on it."""
    bone, mineral = slide.layer("bone", field), slide.layer("mineral", field)
    degree = np.clip((mineral / np.maximum(bone, 0.3) - 0.7) / 0.3, 0, 1)[..., None]
    colour = np.asarray(to_rgb(BONE_YOUNG)) + degree * (
        np.asarray(to_rgb(BONE_OLD)) - np.asarray(to_rgb(BONE_YOUNG))
    )
    waves = height / 6.5 + 0.7 * noise(height.shape, 25 / field.pixel, 5)
    lamellae = 0.028 * np.sin(2 * np.pi * waves) + 0.02 * noise(height.shape, 1.2 / field.pixel, 6)
    edges = ndimage.gaussian_gradient_magnitude(degree[..., 0], 2.5 / field.pixel) / field.pixel
    cement = np.clip(edges * 30 - 0.25, 0, 0.5)[..., None]
    colour = colour + cement * (np.asarray(to_rgb(CEMENT)) - colour) + lamellae[..., None]
    inside = np.clip(height / (2 * field.pixel) + 0.5, 0, 1)[..., None]
    soft = np.clip((EDGE - bone) * slide.voxel / (2 * field.pixel) + 0.5, 0, 1)
    soft = (soft * np.clip(slide.layer("osteoid", field) / FAINT, 0, 1))[..., None]
    red = np.asarray(to_rgb(OSTEOID)) + 0.03 * noise(height.shape, 2 / field.pixel, 7)[..., None]
    picture += inside * ((1 - soft) * colour + soft * red - picture)


def _osteocytes(brush: Brush, slide: Slide, height, slope) -> None:
    """Paint osteocytes in their lacunae, long axis along the nearest surface."""
    rng = np.random.default_rng(8)
    for y, x in slide.cells.get("osteocyte", np.empty((0, 2))):
        shift, size = rng.uniform(-3, 3, 2), rng.uniform(0.85, 1.15)
        y, x = y + shift[0], x + shift[1]
        if not brush.sees(y, x, 0):
            continue
        row, column = _pixel(brush.field, height, y, x)
        if height[row, column] < 4:
            continue
        angle = np.arctan2(slope[1][row, column], -slope[0][row, column])
        angle += rng.uniform(-0.3, 0.3)
        brush.ellipse(y, x, 6.4 * size, 3.0 * size, angle, LACUNA, 0.95)
        brush.ellipse(y, x, 4.3 * size, 2.0 * size, angle, NUCLEUS, 0.95)


def _surface_cells(brush: Brush, slide: Slide, height, slope, marrow) -> None:
    """Paint osteoblasts in rows, reversal and lining cells, on the outline nearest to them."""
    taken = _Taken()
    for y, x in slide.cells.get("osteoblast", ()):
        place = _on_outline(brush.field, height, slope, y, x, 5.5)
        if place is None:
            continue
        # A cell whose place is taken stands behind, as in a crowded row.
        for out in (0.0, 9.0):
            cy, cx = place[0] - out * place[3], place[1] - out * place[4]
            if taken.free(cy, cx, 9.5):
                brush.ellipse(cy, cx, 6.0, 5.2, place[2], BLAST, 0.95, marrow)
                ny, nx = cy - 1.2 * place[3], cx - 1.2 * place[4]
                brush.ellipse(ny, nx, 3.1, 2.6, place[2], NUCLEUS, 0.95, marrow)
                break
    shapes = {
        "pre-osteoblast": (7.5, 3.4, 3.8, 2.0, 3.2, 9.0),
        "reversal cell": (9.0, 2.6, 4.0, 1.7, 2.6, 10.0),
        "lining cell": (9.5, 1.5, 5.0, 1.25, 1.3, 12.0),
    }  # fmt: skip
    for kind, (long, short, nucleus, thin, out, apart) in shapes.items():
        for y, x in slide.cells.get(kind, ()):
            place = _on_outline(brush.field, height, slope, y, x, out)
            if place is None or not taken.free(place[0], place[1], apart):
                continue
            brush.ellipse(*place[:2], long, short, place[2], PLASMA, 0.9, marrow)
            brush.ellipse(*place[:2], nucleus, thin, place[2], NUCLEUS, 0.95, marrow)


class _Taken:
    """Places that cells hold already."""

    def __init__(self):
        self.places: list[tuple[float, float]] = []

    def free(self, y: float, x: float, apart: float) -> bool:
        """Take a place unless another cell lies within `apart` of it. [um]"""
        for other_y, other_x in self.places:
            if (other_y - y) ** 2 + (other_x - x) ** 2 < apart**2:
                return False
        self.places.append((y, x))
        return True


def _pixel(field: Field, height, y: float, x: float) -> tuple[int, int]:
    row, column = int((y - field.top) / field.pixel), int((x - field.left) / field.pixel)
    return (
        min(max(row, 0), height.shape[0] - 1),
        min(max(column, 0), height.shape[1] - 1),
    )


def _on_outline(field: Field, height, slope, y: float, x: float, out: float):
    """Return y, x, angle and the direction inwards of a cell moved to `out` um before the bone."""
    if not (
        field.top <= y < field.top + field.height and field.left <= x < field.left + field.width
    ):
        return None
    for _ in range(3):
        row, column = _pixel(field, height, y, x)
        steep = np.array([slope[0][row, column], slope[1][row, column]])
        length = np.hypot(*steep)
        if length < 1e-6:
            return None
        inward = steep / length
        move = np.clip(-out - height[row, column], -12, 12)
        y, x = y + move * inward[0], x + move * inward[1]
    if abs(height[_pixel(field, height, y, x)] + out) > 5:
        return None
    return y, x, np.arctan2(inward[1], -inward[0]), inward[0], inward[1]


def _osteoclasts(brush: Brush, slide: Slide, marrow) -> None:
    """Paint osteoclasts: large, foamy, with many nuclei, pressed against the bone."""
    rng = np.random.default_rng(9)
    for y, x in slide.cells.get("osteoclast", np.empty((0, 2))):
        turns = rng.uniform(0, 2 * np.pi, 14)
        for turn in turns[:6]:
            at = y + 9 * np.sin(turn), x + 9 * np.cos(turn)
            brush.ellipse(*at, 14, 11.5, turn, CLAST, 0.95, marrow, soft=1.6)
        for turn, far in zip(rng.uniform(0, 6.3, 26), rng.uniform(4, 19, 26), strict=True):
            at = y + far * np.sin(turn), x + far * np.cos(turn)
            brush.ellipse(*at, 1.7, 1.5, 0, "#E3B3C0", 0.55, marrow)
        for k in range(rng.integers(5, 9)):
            turn, far = 2.4 * k + turns[0], 3.2 + 1.25 * k
            at = y + far * np.sin(turn), x + far * np.cos(turn)
            brush.ellipse(*at, 3.4, 2.9, turn, NUCLEUS, 0.95, marrow)
            brush.ellipse(*at, 0.9, 0.8, 0, "#8A6FA8", 0.9, marrow)


def _seen(picture: np.ndarray, field: Field) -> np.ndarray:
    """Return what reaches the eye: a little blur, uneven light, grain."""
    blur = min(0.45 / field.pixel, 0.8)
    seen = ndimage.gaussian_filter(picture, (blur, blur, 0))
    seen *= 1 + 0.012 * noise(seen.shape[:2], 150 / field.pixel, 12)[..., None]
    seen += 0.008 * np.random.default_rng(13).standard_normal(seen.shape)
    return np.clip(seen, 0, 1)
