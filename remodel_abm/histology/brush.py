"""Painting on pictures of numpy: soft ellipses, cells made of them, and smooth noise."""

import numpy as np
from matplotlib.colors import to_rgb
from scipy import ndimage

from remodel_abm.histology.slide import Field


class Brush:
    """Paints on a picture of a field, (rows, columns, 3), in um of the slide."""

    def __init__(self, picture: np.ndarray, field: Field):
        self.picture, self.field = picture, field

    def sees(self, y: float, x: float, margin: float) -> bool:
        """Tell whether something of this half width at a place shows in the field."""
        f = self.field
        return (
            f.top - margin < y < f.top + f.height + margin
            and f.left - margin < x < f.left + f.width + margin
        )

    def ellipse(self, y, x, long, short, angle, colour, strength=1.0, mask=None, soft=0.7):
        """Paint an ellipse.

        Parameters
        ----------
        y, x, long, short, soft : float
            Middle, half axes, width of the rim. [um]
        angle : float
            Of the long axis, from x towards y. [rad]
        colour, strength
            What is laid on, and how much of it covers.
        mask : (rows, columns) array, optional
            Share of the paint that each pixel takes.
        """
        if not self.sees(y, x, long + soft):
            return
        f, reach = self.field, long + 2 * soft
        rows, columns = self.picture.shape[:2]
        top, bottom = (int((y - f.top + s * reach) / f.pixel) + (s > 0) for s in (-1, 1))
        left, right = (int((x - f.left + s * reach) / f.pixel) + (s > 0) for s in (-1, 1))
        window = (slice(max(0, top), min(rows, bottom)), slice(max(0, left), min(columns, right)))
        if window[0].stop <= window[0].start or window[1].stop <= window[1].start:
            return
        dy = f.top + (np.arange(window[0].start, window[0].stop)[:, None] + 0.5) * f.pixel - y
        dx = f.left + (np.arange(window[1].start, window[1].stop)[None, :] + 0.5) * f.pixel - x
        along = dx * np.cos(angle) + dy * np.sin(angle)
        across = dy * np.cos(angle) - dx * np.sin(angle)
        far = (np.hypot(along / long, across / short) - 1) * min(long, short)
        cover = strength * np.clip(0.5 - far / soft, 0, 1)
        if mask is not None:
            cover = cover * mask[window]
        there = self.picture[window]
        there += cover[..., None] * (np.asarray(to_rgb(colour)) - there)


def noise(shape: tuple[int, int], width: float, seed: int) -> np.ndarray:
    """Return smooth noise of unit spread; `width` is its grain. [pixel]"""
    width = max(width, 0.3)
    shrink = max(1, int(width / 3))
    small = [n // shrink + 8 for n in shape]
    grain = np.random.default_rng(seed).standard_normal(small)
    grain = ndimage.gaussian_filter(grain, width / shrink, mode="wrap")
    grain = ndimage.zoom(grain, shrink, order=1)[: shape[0], : shape[1]]
    return (grain / grain.std()).astype(np.float32)


def spread(size: tuple[float, float], spacing: float, seed: int) -> np.ndarray:
    """Return places about `spacing` apart all over a slide, (n, 2) y and x. [um]"""
    rng = np.random.default_rng(seed)
    y, x = (np.arange(0, n, spacing) for n in size)
    grid = np.stack(np.meshgrid(y, x, indexing="ij"), -1).reshape(-1, 2)
    return grid + rng.uniform(0, spacing, grid.shape)
