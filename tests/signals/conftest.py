"""Signals in a piece of tissue without cells; lets tests import `steady_fields`."""

import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from remodel_abm.signals import Signals, signals

sys.path.insert(0, str(Path(__file__).parent))
NOW = SimpleNamespace(tick=1, dt=1.0)


class Marrow:
    """A piece of tissue, its signals, and what is put into them."""

    def __init__(self, matrix, voxel, names, refine=1.0, tolerance=1e-3):
        section = matrix.shape[0] == 1
        self.tissue = SimpleNamespace(
            matrix=matrix, voxel=voxel, shape=matrix.shape, is_section=section,
            depth=50.0 if section else voxel, layers=None,
        )  # fmt: skip
        known = signals()
        parts = {name: known[name] for name in names}
        self.values = {
            name: part.Values(**{key: param.value for key, param in part.params.items()})
            for name, part in {**parts, "rankl": known["rankl"]}.items()
        }
        self.signals = Signals(parts, self.tissue, self.values, tolerance, refine)

    def settle(self, give, brought_in=True):
        """Let `give(fields)` secrete, settle, and bring in what came of it."""
        cells = SimpleNamespace(secrete=lambda layers, fields, now: give(fields))
        self.signals.settle(self.tissue, {"cells": cells}, self.values, NOW)
        if brought_in:
            self.signals.bring_in()

    def decayed(self, name):
        """Return what decays of a signal. [zmol/d]"""
        walls, grid = self.signals.media[name], self.signals.grid(name)
        factor = self.signals.grids["factor"][list(self.signals.parts).index(name)]
        edge = factor * self.tissue.voxel
        volume = edge * edge * (self.tissue.depth if self.tissue.is_section else edge)
        rate = self.values[name].decay_rate
        return 1e-6 * rate * volume * (grid * walls.open_fraction).sum()


@pytest.fixture
def marrow():
    return Marrow


@pytest.fixture
def holes():
    """Matrix with holes of some size, (z, y, x)."""

    def make(shape):
        places = np.indices(shape) // 6
        return (places.sum(axis=0) % 3 == 0).astype(float)

    return make
