"""Measured as at the microscope: points and lines of a grid laid over the section, counted.

Areas by points that hit (Delesse, Glagoleff), perimeters by crossings of a wavy line that runs in
all directions alike (Merz 1967), labels by the distance across at each crossing. Standard errors
come from the spread between fields of view, as for any ratio of sums.
"""

from typing import NamedTuple

import numpy as np
from scipy import ndimage

from remodel_abm.histology.label import WIDTH, Labels, fronts
from remodel_abm.histology.slide import EDGE, Slide

PIXEL = 1.0  # um
STEP = 0.5  # along a line [um]
CLAST_REACH, BLAST_REACH = 26.0, 12.0  # from the middle of a cell to the surface it covers [um]
FARTHEST = 60.0  # between two labels that belong together [um]
BRIGHT = 0.5
ROWS = {
    "b_ar": ("B.Ar/T.Ar", "%", "bone with osteoid, of all tissue"),
    "b_pm": ("B.Pm/T.Ar", "mm/mm²", "outline of bone in the section"),
    "o_pm": ("O.Pm/B.Pm", "%", "outline covered with osteoid"),
    "e_pm": ("E.Pm/B.Pm", "%", "eroded outline"),
    "oc_pm": ("Oc.Pm/B.Pm", "%", "outline under osteoclasts"),
    "ob_pm": ("Ob.Pm/B.Pm", "%", "outline under osteoblasts"),
    "md_pm": ("Md.Pm/B.Pm", "%", "mineralising outline: double labels and half of the single ones"),
    "mar": ("MAR", "µm/d", "distance between the labels over the days between them"),
}  # fmt: skip


class Grid(NamedTuple):
    """A Merz grid: rows of half circles, one point to a half circle.

    Attributes
    ----------
    spacing
        Diameter of a half circle, and distance between rows. [um]
    field
        Edge of a field of view. [um]
    shift
        Where it was dropped, as shares of `spacing` in y and x.
    """

    spacing: float = 40.0
    field: float = 400.0
    shift: tuple[float, float] = (0.37, 0.61)

    def points(self, size: tuple[float, float]) -> np.ndarray:
        """Return the points on a slide, (n, 2) y and x. [um]"""
        axes = [
            np.arange(share * self.spacing, n, self.spacing)
            for share, n in zip(self.shift, size, strict=True)
        ]
        return np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, 2)

    def lines(self, size: tuple[float, float]) -> list[np.ndarray]:
        """Return each wavy line as its places every `STEP`, (n, 2) y and x. [um]"""
        radius = self.spacing / 2
        turns = np.arange(0, int(size[1] / self.spacing) + 1)
        angle = np.arange(0, np.pi, STEP / radius)
        x = (turns[:, None] * self.spacing + radius - radius * np.cos(angle)).ravel()
        wave = ((-1.0) ** turns[:, None] * radius * np.sin(angle)).ravel()
        rows = np.arange(self.shift[0] * self.spacing, size[0], self.spacing)
        lines = [np.stack([row + wave, x], -1) for row in rows]
        inside = [((line > 0) & (line < size)).all(1) for line in lines]
        return [line[kept] for line, kept in zip(lines, inside, strict=True)]


class Count(NamedTuple):
    """One measured quantity.

    Attributes
    ----------
    value, error
        Technician's, with its standard error; NaN where there was nothing to count.
    counted
        Hits or crossings it rests on.
    whole
        The same read from every pixel of the section instead of the grid.
    """

    value: float
    error: float
    counted: int
    whole: float


def ratio(hits: np.ndarray, of: np.ndarray) -> tuple[float, float]:
    """Return the ratio of two sums over fields and its standard error.

    Parameters
    ----------
    hits, of : (n,) arrays
        Counts in each field.
    """
    total, n = of.sum(), np.count_nonzero(of)
    if total <= 0:
        return np.nan, np.nan
    value = hits.sum() / total
    if n < 2:
        return float(value), np.nan
    left = hits - value * of
    return float(value), float(np.sqrt(n / (n - 1) * (left**2).sum()) / total)


class Desk:
    """A slide under the microscope, with a grid in the eyepiece.

    Parameters
    ----------
    slide : Slide
        What is measured.
    labels : Labels, optional
        For MAR and mineralising surface.
    grid : Grid
        Laid over it.
    """

    def __init__(self, slide: Slide, labels: Labels | None = None, grid: Grid | None = None):
        self.slide, self.labels, self.grid = slide, labels, grid or Grid()
        self.seen = slide.whole(PIXEL)
        self.matrix = slide.layer("matrix", self.seen) >= EDGE
        self.traits = self._surfaces()

    def measure(self) -> dict[str, Count]:
        """Return every quantity of `ROWS` that this slide allows."""
        points = self.grid.points(self.slide.size)
        fields = self._fields(points)
        hit = self._at(self.matrix, points)
        area = ratio(self._sum(fields, hit), self._sum(fields, np.ones(len(points))))
        found = {
            "b_ar": Count(100 * area[0], 100 * area[1], int(hit.sum()), 100 * self.matrix.mean())
        }
        crossings, lengths = self._crossings()
        where = self._fields(crossings)
        met = self._sum(where, np.ones(len(crossings)))
        per = ratio(met, lengths)
        # Buffon: a line that runs in all directions crosses 2 / pi of the length it meets.
        scale = np.pi / 2 * 1000
        found["b_pm"] = Count(
            scale * per[0], scale * per[1], len(crossings), self._outline() * 1000
        )
        for name, trait in self.traits.items():
            hits = self._at(trait, crossings)
            share = ratio(self._sum(where, hits), met)
            rim = trait[self._rim]
            whole = 100 * rim.mean() if rim.size else np.nan
            found[name] = Count(100 * share[0], 100 * share[1], int(hits.sum()), whole)
        if self.labels is not None:
            found |= self._labels(met)
        return found

    def _surfaces(self) -> dict[str, np.ndarray]:
        """Return for each share of outline the pixels at which it would be counted."""
        slide, seen = self.slide, self.seen
        state = slide.state(seen)
        osteoid = slide.layer("osteoid", seen)
        # Osteoid counts where it is thick enough to be told from bone.
        red = ndimage.maximum_filter(
            (slide.layer("bone", seen) < EDGE) & self.matrix & (osteoid > 0.06), 5
        )
        return {
            "o_pm": red,
            "e_pm": (state == 2) & ~red,
            "oc_pm": self._near("osteoclast", CLAST_REACH),
            "ob_pm": self._near("osteoblast", BLAST_REACH),
        }

    def _near(self, label: str, reach: float) -> np.ndarray:
        """Return the pixels within `reach` of a class of cells. [um]"""
        places = self.slide.cells.get(label, np.empty((0, 2)))
        far = np.ones(self.matrix.shape, bool)
        rows, columns = self._pixels(places)
        far[rows, columns] = False
        if not len(places):
            return ~far
        return ndimage.distance_transform_edt(far) * PIXEL <= reach

    def _pixels(self, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        places = np.asarray(places, float).reshape(-1, 2)
        limits = np.array(self.matrix.shape) - 1
        rows, columns = np.clip((places / PIXEL).astype(int), 0, limits).T
        return rows, columns

    def _at(self, mask: np.ndarray, places: np.ndarray) -> np.ndarray:
        return mask[self._pixels(places)]

    @property
    def _rim(self) -> np.ndarray:
        """Pixels of matrix beside marrow; the edge of the section is no outline."""
        return self.matrix & ~ndimage.binary_erosion(self.matrix, border_value=1)

    def _outline(self) -> float:
        """Return the length of the outline of matrix per area of the section. [1/um]"""
        # Crofton's formula: crossings of rows, columns and both diagonals.
        m = self.matrix
        straight = np.count_nonzero(m[1:] != m[:-1]) + np.count_nonzero(m[:, 1:] != m[:, :-1])
        oblique = np.count_nonzero(m[1:, 1:] != m[:-1, :-1])
        oblique += np.count_nonzero(m[1:, :-1] != m[:-1, 1:])
        length = np.pi / 8 * (straight + oblique / np.sqrt(2)) * PIXEL
        return length / (m.size * PIXEL**2)

    def _fields(self, places: np.ndarray) -> np.ndarray:
        """Return the number of the field of view in which each place lies."""
        across = int(np.ceil(self.slide.size[1] / self.grid.field))
        y, x = (np.asarray(places).reshape(-1, 2) / self.grid.field).astype(int).T
        return y * across + x

    @property
    def _number(self) -> int:
        down, across = (int(np.ceil(n / self.grid.field)) for n in self.slide.size)
        return down * across

    def _sum(self, fields: np.ndarray, values: np.ndarray) -> np.ndarray:
        return np.bincount(fields, np.asarray(values, float), self._number)

    def _crossings(self) -> tuple[np.ndarray, np.ndarray]:
        """Return where the lines cross the outline, (n, 2), and their length in each field. [um]"""
        found, lengths = [np.empty((0, 2))], np.zeros(self._number)
        for line in self.grid.lines(self.slide.size):
            # Not from the pixels, whose steps a line that runs along them would cross and cross.
            there = self.slide.at("matrix", line) >= EDGE
            jumps = np.flatnonzero(there[1:] != there[:-1])
            # Places of a line that follow each other lie `STEP` apart unless it left the slide.
            whole = np.hypot(*(line[jumps + 1] - line[jumps]).T) < 2 * STEP
            inner = np.where(there[jumps + 1], jumps + 1, jumps)
            found.append(line[inner[whole]])
            lengths += STEP * self._sum(self._fields(line), np.ones(len(line)))
        return np.concatenate(found), lengths

    def _labels(self, met: np.ndarray) -> dict[str, Count]:
        """Return mineralising outline and MAR from the crossings with the two labels."""
        lines = fronts(self.labels, self.seen)
        first, second = (line > BRIGHT for line in lines)
        gap = _distance(first), _distance(second)
        ends = {True: self._met(lines[0]), False: self._met(lines[1])}
        near = {key: self._at(gap[key], places) <= FARTHEST for key, places in ends.items()}
        # A double label is met twice, once on each of its lines.
        double = sum(self._sum(self._fields(p), near[key]) for key, p in ends.items()) / 2
        single = sum(self._sum(self._fields(p), ~near[key]) for key, p in ends.items())
        share = ratio(double + single / 2, met)
        counted = int(sum(len(p) for p in ends.values()))
        across = self._at(gap[0], ends[False])[near[False]]
        # Widths in a random cut of a volume are too wide by 4 / pi.
        oblique = 1.0 if self.slide.flat else np.pi / 4
        rate = oblique * across / self.labels.interval
        inner = gap[0][second]
        inner = inner[inner <= FARTHEST] * oblique / self.labels.interval
        error = rate.std(ddof=1) / np.sqrt(len(rate)) if len(rate) > 1 else np.nan
        return {
            "md_pm": Count(100 * share[0], 100 * share[1], counted, np.nan),
            "mar": Count(_mean(rate), float(error), len(rate), _mean(inner)),
        }

    def _met(self, glow: np.ndarray) -> np.ndarray:
        """Return where lines of the grid come upon a label, (n, 2). [um]"""
        found = [np.empty((0, 2))]
        for line in self.grid.lines(self.slide.size):
            pixels = (line / PIXEL - 0.5).T
            there = ndimage.map_coordinates(glow, pixels, order=1, mode="nearest") > BRIGHT
            enter = np.flatnonzero(there[1:] & ~there[:-1]) + 1
            found.append(line[enter])
        return np.concatenate(found)


def _distance(mask: np.ndarray) -> np.ndarray:
    """Return how far each pixel lies from the middle of a label. [um]"""
    if not mask.any():
        return np.full(mask.shape, np.inf, np.float32)
    half = WIDTH * np.sqrt(np.log(1 / BRIGHT))  # of the line that is bright enough to count
    return ndimage.distance_transform_edt(~mask) * PIXEL - PIXEL / 2 + half


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if len(values) else np.nan
