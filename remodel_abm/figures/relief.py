"""A volume seen from outside: rays to the first bone, Lambert shading from the depth they find."""

import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap, Normalize, to_rgb
from scipy import ndimage

from remodel_abm.figures import palette
from remodel_abm.figures.bone import landmarks
from remodel_abm.results import Results, Snapshot

SHEAR = (-0.28, 0.36)  # shift of rows and columns a voxel of depth: an oblique orthographic view
LIGHT = np.array([-0.55, -0.45, -0.70])  # towards the light: rows, columns, depth
BONE_COLOUR = np.array(palette.RELIEF_YOUNG)
_CUT, _AMBIENT, _EDGE = 0.5, 0.30, 2.5
FULL_LOSS = 60.0  # depth of bone gone at which its colour is full: an erosion depth [um]


def draw(results: Results) -> dict:
    """Return the figure of a volume seen from outside; none for sections."""
    days = results.snapshots()
    if not days or results.snapshot(days[-1]).flat:
        return {}
    first, last = (results.snapshot(landmarks(days)[i]) for i in (0, -1))
    return {"relief": before_and_after(first, last, results.scenario)}


def canvas(shape: tuple[int, int, int], zoom: float) -> tuple[int, int]:
    """Return rows and columns of the picture that holds the whole sheared block. [pixel]"""
    depth, rows, columns = shape
    slide = [abs(s) * (depth - 1) for s in SHEAR]
    return tuple(
        int(np.ceil((n + s + 3) * zoom)) + 3 for n, s in zip((rows, columns), slide, strict=True)
    )


def _window(count: int, at: float, zoom: float) -> tuple[slice, np.ndarray, np.ndarray]:
    """Return the pixels that `count` voxels starting at pixel `at` touch, with for each of them
    the voxel before it (in a row padded by one) and the weight of the voxel after it.
    """
    first, past = int(np.floor(at - zoom / 2)), int(np.ceil(at + (count + 0.5) * zoom))
    pixels = slice(max(first, 0), past)
    voxel = (np.arange(pixels.start, past) + 0.5 - at) / zoom - 0.5
    before = np.clip(np.floor(voxel).astype(int), -1, count - 1)
    return pixels, before + 1, np.clip(voxel - before, 0, 1).astype(np.float32)


def slid(plane: np.ndarray, k: int, depth: int, zoom: float):
    """Return plane `k` of `depth` as it stands in the picture, and the pixels it covers."""
    at = [1 + zoom + (k * s if s > 0 else (k - depth + 1) * s) * zoom for s in SHEAR]
    rows, row, w = _window(plane.shape[0], at[0], zoom)
    columns, column, v = _window(plane.shape[1], at[1], zoom)
    padded = np.pad(plane, 1)
    tall = padded[row] * (1 - w[:, None]) + padded[row + 1] * w[:, None]
    return tall[:, column] * (1 - v) + tall[:, column + 1] * v, (rows, columns)


def first_hit(layer: np.ndarray, zoom: float) -> np.ndarray:
    """Return the depth at which each ray meets matrix, between planes; infinite if never.

    Parameters
    ----------
    layer
        (nz, ny, nx) fractions; rays enter at z = 0 and slide by `SHEAR`.
    zoom
        Pixels a voxel.

    Returns
    -------
    (rows, columns) float32, in planes.
    """
    depth = np.full(canvas(layer.shape, zoom), np.inf, np.float32)
    before = np.zeros(depth.shape, np.float32)
    for k, plane in enumerate(layer):
        there, window = slid(plane, k, len(layer), zoom)
        found, past = depth[window], before[window]
        hit = (there >= _CUT) & np.isinf(found)
        rise = np.maximum(there[hit] - past[hit], 1e-6)
        found[hit] = k - np.clip((there[hit] - _CUT) / rise, 0, 1)
        before[...] = 0
        before[window] = there
    return depth


def lambert(depth: np.ndarray, zoom: float, planes: int) -> np.ndarray:
    """Return the brightness of each pixel from the slope of its depth, (rows, columns) 0 to 1.

    Slopes come from whichever neighbour lies on the same surface; what is deep or lies in a
    hollow is darker.
    """
    found = np.isfinite(depth)
    flat = np.where(found, depth, planes).astype(float)
    level = _levelled(flat, max(1, round(zoom)))
    slopes = [_slope(level, axis) * zoom for axis in (0, 1)]
    # A pixel's point is (row + shear * depth, column + shear * depth, depth); the normal is the
    # cross product of its derivatives along row and column.
    a = np.stack([1 - SHEAR[0] * slopes[0], -SHEAR[1] * slopes[0], slopes[0]], -1)
    b = np.stack([-SHEAR[0] * slopes[1], 1 - SHEAR[1] * slopes[1], slopes[1]], -1)
    normal = -np.cross(a, b)
    normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
    light = LIGHT / np.linalg.norm(LIGHT)
    direct = np.clip(normal @ light, 0, 1)
    hollow = np.clip((flat - ndimage.gaussian_filter(flat, 5 * zoom)) / 18.0, -0.5, 1)
    far = flat / max(planes, 1)
    bright = (_AMBIENT + (1 - _AMBIENT) * direct) * (1 - 0.45 * hollow) * (1 - 0.55 * far)
    return np.where(found, np.clip(bright, 0, 1), 1.0)


def _levelled(depth: np.ndarray, reach: int) -> np.ndarray:
    """Return depth averaged over neighbours on the same surface: no terraces, edges stay sharp."""
    for axis in (0, 1):
        total, count = depth.copy(), np.ones_like(depth)
        for step in (s for s in range(-reach, reach + 1) if s):
            other = np.roll(depth, step, axis)
            near = np.abs(other - depth) < _EDGE
            total += np.where(near, other, 0)
            count += near
        depth = total / count
    return depth


def _slope(depth: np.ndarray, axis: int) -> np.ndarray:
    """Return the gentler of the two one-sided slopes, which does not jump across an edge."""
    step = np.diff(depth, axis=axis)
    pad = [(0, 0), (0, 0)]
    pad[axis] = (1, 0)
    left = np.pad(step, pad, mode="edge")
    pad[axis] = (0, 1)
    right = np.pad(step, pad, mode="edge")
    gentler = np.where(np.abs(left) < np.abs(right), left, right)
    return np.where(np.abs(left - right) < 1, (left + right) / 2, gentler)


def view(snapshot: Snapshot, pixels: int = 520, before: Snapshot | None = None) -> np.ndarray:
    """Return a shaded picture of a volume, (rows, columns, 3).

    Parameters
    ----------
    snapshot
        The day to show.
    pixels
        About the larger side of the picture.
    before
        An earlier day: its bone is shown, in the colour of loss where it has gone since, the
        stronger the more of it along the ray, and in the colour of gain where bone has come.
    """
    zoom = pixels / max(canvas(snapshot.shape, 1.0))
    depth = first_hit(_smooth(snapshot), zoom)
    colours = np.broadcast_to(BONE_COLOUR, (*depth.shape, 3))
    if before is not None:
        past = first_hit(_smooth(before), zoom)
        either = np.isfinite(depth) | np.isfinite(past)
        nowhere = np.float32(len(snapshot.layers["bone"]))
        gone = np.minimum(depth, nowhere) - np.minimum(past, nowhere)
        share = np.where(either, gone, 0.0)[..., None] * snapshot.voxel / FULL_LOSS
        colours = _mixed(colours, np.clip(share, 0, 1), palette.RESORBED)
        colours = _mixed(colours, np.clip(-share, 0, 1), palette.FORMED)
        depth = np.minimum(depth, past)
    shaded = colours * lambert(depth, zoom, snapshot.shape[0])[..., None]
    return np.where(np.isfinite(depth)[..., None], shaded, 1.0)


def _smooth(snapshot: Snapshot) -> np.ndarray:
    """Return the matrix without the steps of its voxels, shifted so that its volume stays."""
    matrix = snapshot.matrix()
    smooth = ndimage.gaussian_filter(matrix, 0.7, mode="nearest")
    cut = np.quantile(smooth[::2, ::2, ::2], 1 - matrix.mean())
    return smooth + np.float32(_CUT - np.clip(cut, 0.25, 0.6))


def _mixed(colours: np.ndarray, share: np.ndarray, colour: str) -> np.ndarray:
    return colours + share * (np.array(to_rgb(colour)) - colours)


def before_and_after(first: Snapshot, last: Snapshot, scenario: dict):
    """Draw the first day, the last, and the first with what was lost and gained in colour."""
    panels = [
        (view(first), palette.when(first.day, scenario)),
        (view(last), palette.when(last.day, scenario)),
        (view(last, before=first), "what was lost and gained"),
    ]
    rows, columns = panels[0][0].shape[:2]
    drawn = palette.figure(palette.PAGE, palette.PAGE / 3 * rows / columns + 0.85)
    grid = drawn.subplots(1, 3)
    for number, (axes, (image, text)) in enumerate(zip(grid, panels, strict=True)):
        axes.imshow(image, interpolation="antialiased")
        axes.set_axis_off()
        axes.set_title(text, loc="left", x=0.03)
        palette.letter(axes, number)
    x, y, z = (n * first.voxel / 1000 for n in first.shape[::-1])
    grid[0].text(0.02, -0.02, f"{x:.2g} by {y:.2g} by {z:.2g} mm", va="top",
                 transform=grid[0].transAxes)  # fmt: skip
    _colour_bar(drawn, grid[2])
    return drawn


def _colour_bar(drawn, axes) -> None:
    """Explain the colours of loss and gain: depth along the line of sight."""
    ends = [palette.FORMED, tuple(BONE_COLOUR), palette.RESORBED]
    scale = ScalarMappable(
        Normalize(-FULL_LOSS, FULL_LOSS), LinearSegmentedColormap.from_list("loss", ends)
    )
    bar = axes.inset_axes([0.15, -0.1, 0.7, 0.03])
    drawn.colorbar(scale, cax=bar, orientation="horizontal", ticks=[-FULL_LOSS, 0, FULL_LOSS],
                   format=lambda value, _: f"{abs(value):g}",
                   label="bone gained (left) or lost (right) (µm)")  # fmt: skip
