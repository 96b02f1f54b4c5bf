"""Two fluorescent labels: where bone mineralised on two days before the biopsy, seen in the dark.

A label binds where osteoid turns into bone on its day. It is seen at the biopsy if no osteoclast
has taken that place since. Days of labels are days of snapshots.
"""

from typing import NamedTuple

import numpy as np
from matplotlib.colors import to_rgb
from scipy import ndimage

from remodel_abm.histology.brush import noise
from remodel_abm.histology.slide import EDGE, Field, Slide

LONGEST = 45  # days between labels beyond which one cannot tell which belong together
WIDTH = 1.4  # half width of a label [um]
SEEN = 0.06  # share of osteoid in a voxel from which on its front takes up label
FIRST, SECOND = "#FFC02E", "#57F06A"
DARK, BONE_GLOW, SEAM = "#050807", "#12332B", "#1B2A12"


class Labels(NamedTuple):
    """Slides of the same place on the days of the labels and of the biopsy."""

    first: Slide
    second: Slide
    biopsy: Slide

    @property
    def interval(self) -> int:
        """Days between the labels. [d]"""
        return self.second.day - self.first.day


def label_days(days: list[int], biopsy: int) -> tuple[int, int] | None:
    """Return the two snapshots before a biopsy that serve as labels, if they are near enough."""
    before = [day for day in days if day < biopsy][-2:]
    if len(before) < 2 or biopsy - before[1] > LONGEST or before[1] - before[0] > LONGEST:
        return None
    return before[0], before[1]


def fronts(labels: Labels, field: Field) -> tuple[np.ndarray, np.ndarray]:
    """Return how brightly each pixel of a field shows the first and the second label, 0 to 1."""
    left = np.clip((labels.biopsy.layer("bone", field) - 0.3) / 0.2, 0, 1)
    return tuple(_front(one, field) * left for one in (labels.first, labels.second))


def _front(slide: Slide, field: Field) -> np.ndarray:
    """Return where bone meets osteoid, as a line `WIDTH` um to both sides."""
    bone = slide.layer("bone", field)
    inside = bone >= EDGE
    if inside.all() or not inside.any():
        return np.zeros(bone.shape, np.float32)
    out = ndimage.distance_transform_edt(~inside) * field.pixel
    in_ = ndimage.distance_transform_edt(inside) * field.pixel
    far = np.where(inside, in_, out) - field.pixel / 2
    # Osteoid lies on the marrow's side of the front, up to its own thickness away.
    near = ndimage.maximum_filter(slide.layer("osteoid", field), max(1, int(8.0 / field.pixel)))
    soft = np.clip((near - SEEN) / SEEN, 0, 1)
    return (np.exp(-((far / WIDTH) ** 2)) * soft).astype(np.float32)


def glowing(labels: Labels, field: Field) -> np.ndarray:
    """Return a field under fluorescence, (rows, columns, 3) 0 to 1."""
    first, second = fronts(labels, field)
    slide, grain = labels.biopsy, 1 / field.pixel
    height = slide.height(field)
    inside = np.clip(height / (2 * field.pixel) + 0.5, 0, 1)[..., None]
    waves = height / 6.5 + 0.9 * noise(height.shape, 25 * grain, 5)
    lamellae = 0.9 + 0.05 * np.sin(2 * np.pi * waves) + 0.05 * noise(height.shape, 1.5 * grain, 6)
    haze = np.clip(noise(height.shape, 6 * grain, 21), 0, 2)[..., None]
    picture = np.asarray(to_rgb(DARK)) + 0.012 * haze
    picture = picture + inside * (np.asarray(to_rgb(BONE_GLOW)) * lamellae[..., None] - picture)
    seam = inside[..., 0] * np.clip((EDGE - slide.layer("bone", field)) * 6, 0, 1)
    picture = picture + seam[..., None] * (np.asarray(to_rgb(SEAM)) - picture) * 0.8
    for line, colour in ((first, FIRST), (second, SECOND)):
        halo = ndimage.gaussian_filter(line, 3.5 * grain)
        glow = np.clip(line + 0.9 * halo, 0, 1)[..., None]
        picture = picture + glow * (np.asarray(to_rgb(colour)) - picture)
    picture = picture + 0.006 * np.random.default_rng(22).standard_normal(picture.shape)
    return np.clip(picture, 0, 1)
