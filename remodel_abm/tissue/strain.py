"""Strain: how much more, or less, a place is strained than it was when the run began.

A simple rule that a finite-element solve can replace behind the same door: the starting bone is
taken as adapted to its habitual load (relative strain 1 everywhere), the load is fixed, and where
the bone around a place thins, the bone left carries more (M25g). Relative strain is the ratio of
the starting to the present bone fraction, each smoothed over about one trabecular spacing.
It knows nothing of direction, bending or load paths.
"""

import numpy as np
from scipy.ndimage import gaussian_filter

BLOCK = 80.0  # um, edge of the grid that strain is kept on
INTERVAL = 30  # d; bone around a place changes by far less than a percent in a month
FLOOR = 0.01  # smoothed bone fraction below which a place is not asked for strain


class Strain:
    """Relative strain on a coarse grid. [1]

    Parameters
    ----------
    fraction : (nz, ny, nx) array
        Bone at the start. [1]
    voxel, reach
        Edge of its voxels, and how far around a place bone shares the load. [um]
    """

    def __init__(self, fraction: np.ndarray, voxel: float, reach: float):
        self.factor = max(1, round(BLOCK / voxel))
        self.sigma = reach / (self.factor * voxel)
        self._number = self._summed(np.ones(fraction.shape))
        self.start = self._smooth(fraction)
        self.relative = np.ones_like(self.start)

    def _smooth(self, fraction: np.ndarray) -> np.ndarray:
        mean = self._summed(fraction) / self._number
        return gaussian_filter(mean, self.sigma, mode="nearest") + FLOOR

    def _summed(self, array: np.ndarray) -> np.ndarray:
        """Return the sum over each coarse voxel."""
        total = np.asarray(array, dtype=np.float64)
        for axis, n in enumerate(total.shape):
            if n > 1:
                total = np.add.reduceat(total, np.arange(0, n, self.factor), axis=axis)
        return total

    def is_due(self, now) -> bool:
        """Tell whether a month has begun."""
        return now.tick % round(INTERVAL / now.dt) == 0

    def update(self, fraction: np.ndarray, load: float) -> None:
        """Find the relative strain of today's bone under `load`, in place."""
        np.divide(self.start * load, self._smooth(fraction), out=self.relative)
