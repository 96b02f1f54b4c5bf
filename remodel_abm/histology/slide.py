"""A thin section under the microscope: matrix with smooth outlines, cells where they are.

Coordinates on a slide are um from its upper left corner, y down; planes of voxels are smoothed
and interpolated, so that outlines run below the voxel as the fractions in them say.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from scipy import ndimage
from scipy.interpolate import RectBivariateSpline

from remodel_abm.figures import palette
from remodel_abm.results import Snapshot

BLUR = 0.5  # of the planes, which turns steps of voxels into outlines [voxel]
REACH = 1  # cells of a volume so far off the plane lie in the section [voxel]
EDGE = 0.5  # share of matrix at its outline


class Field(NamedTuple):
    """A rectangle of a slide, seen at some magnification. [um]"""

    top: float
    left: float
    height: float
    width: float
    pixel: float

    @property
    def axes(self) -> tuple[np.ndarray, np.ndarray]:
        """Middles of the pixels along y and x. [um]"""
        rows, columns = (max(1, round(n / self.pixel)) for n in (self.height, self.width))
        return (
            self.top + (np.arange(rows) + 0.5) * self.pixel,
            self.left + (np.arange(columns) + 0.5) * self.pixel,
        )


@dataclass(frozen=True)
class Slide:
    """One section.

    Attributes
    ----------
    day, voxel
        When it was taken [d]; edge of the voxels it was cut from [um].
    planes
        ``bone``, ``osteoid``, ``mineral``: (rows, columns) shares; ``state`` as in a snapshot.
    cells
        (n, 2) y and x of the cells in it, by their label in the palette. [um]
    flat
        Whether the run is a section itself, so that widths on the slide are true widths.
    """

    day: int
    voxel: float
    planes: dict[str, np.ndarray]
    cells: dict[str, np.ndarray]
    flat: bool

    @classmethod
    def of(cls, snapshot: Snapshot, axis: int = 0, at: float = 0.5) -> "Slide":
        """Cut a snapshot across `axis` (0 z, 1 y, 2 x) at a share `at` of its length."""
        axis = 0 if snapshot.flat else axis
        deep = snapshot.shape[axis]
        plane = min(deep - 1, int(at * deep))
        layers = {name: snapshot.fraction(name) for name in ("bone", "osteoid", "mineral")}
        layers["state"] = snapshot.layers.get("state", np.zeros(snapshot.shape, np.uint8))
        planes = {name: np.take(layer, plane, axis) for name, layer in layers.items()}
        cells: dict[str, np.ndarray] = {}
        others = [i for i in range(3) if i != axis]
        for kind, where in snapshot.cells.items():
            near = where[np.abs(where[:, axis] - plane) <= (0 if snapshot.flat else REACH)]
            label = palette.look(kind)[0]
            there = (near[:, others] + 0.5) * snapshot.voxel
            cells[label] = np.concatenate([cells.get(label, np.empty((0, 2))), there])
        return cls(snapshot.day, snapshot.voxel, planes, cells, snapshot.flat)

    @property
    def size(self) -> tuple[float, float]:
        """Height and width. [um]"""
        rows, columns = self.planes["bone"].shape
        return rows * self.voxel, columns * self.voxel

    def whole(self, pixel: float) -> Field:
        """Return the field that shows all of it."""
        return Field(0.0, 0.0, *self.size, pixel)

    @cached_property
    def _splines(self) -> dict[str, RectBivariateSpline]:
        planes = {name: self.planes[name] for name in ("bone", "osteoid", "mineral")}
        planes["matrix"] = np.minimum(planes["bone"] + planes["osteoid"], 1)
        axes = [(np.arange(n) + 0.5) * self.voxel for n in planes["bone"].shape]
        return {
            name: RectBivariateSpline(*axes, ndimage.gaussian_filter(plane, BLUR, mode="nearest"))
            for name, plane in planes.items()
        }

    def layer(self, name: str, field: Field) -> np.ndarray:
        """Return ``bone``, ``osteoid``, ``mineral`` or ``matrix`` as seen in a field, (y, x)."""
        return self._splines[name](*field.axes).astype(np.float32)

    def at(self, name: str, places: np.ndarray) -> np.ndarray:
        """Return such a layer at places, (n, 2) y and x in um, as (n,)."""
        return self._splines[name].ev(places[:, 0], places[:, 1])

    def state(self, field: Field) -> np.ndarray:
        """Return the state of the nearest surface voxel at each pixel of a field, (y, x)."""
        surface = self._surface
        _, (rows, columns) = ndimage.distance_transform_edt(~surface, return_indices=True)
        nearest = self.planes["state"][rows, columns]
        y, x = (
            np.clip((axis / self.voxel).astype(int), 0, n - 1)
            for axis, n in zip(field.axes, nearest.shape, strict=True)
        )
        return nearest[y][:, x]

    @property
    def _surface(self) -> np.ndarray:
        """Voxels of matrix beside marrow."""
        matrix = self.planes["bone"] + self.planes["osteoid"] > 0
        inner = ndimage.binary_erosion(matrix, border_value=1)
        surface = matrix & ~inner
        return surface if surface.any() else np.ones_like(matrix)

    def height(self, field: Field) -> np.ndarray:
        """Return how far each pixel lies from the outline of matrix, inside above 0. [um]"""
        inside = self.layer("matrix", field) >= EDGE
        if inside.all() or not inside.any():
            return np.full(inside.shape, 1e3 if inside.all() else -1e3, np.float32)
        far = ndimage.distance_transform_edt(inside) - ndimage.distance_transform_edt(~inside)
        return ((far - 0.5 * np.sign(far)) * field.pixel).astype(np.float32)
