"""The virtual double label on drawn apposition: MAR, MS/BS, BFR/BS (Dempster 2013)."""

import math

import numpy as np
import pytest

from remodel_abm.cells import Now
from remodel_abm.ledger import parts
from remodel_abm.measures import Scene
from remodel_abm.measures.label import DoubleLabel, label_faces
from remodel_abm.tissue import Tissue
from remodel_abm.tissue import matrix as mx

VALUES = Tissue.Values(**{key: param.value for key, param in parts()["tissue"].params.items()})
RATE = 0.02  # voxels a day; the true rate of apposition
WIDTH, TOP = 40, 4


def at(day):
    return Now(np.uint64(1), int(day), float(day), 1.0)


class Plot:
    """A flat surface on which osteoid is laid at a steady rate on chosen columns."""

    def __init__(self, depth=1):
        bone = np.zeros((depth, 12, WIDTH))
        bone[:, TOP:] = 1.0
        self.tissue = Tissue(bone, 10.0, VALUES)
        mx.open_site(self.tissue.layers, 0, TOP, 0, at(0.0))
        self.label, self.day = DoubleLabel(), 0

    def places(self, columns):
        return [(z, TOP, x) for z in range(self.tissue.shape[0]) for x in columns]

    def start(self, columns):
        """Open a shallow cavity and lay the osteoid that stands at the steady rate."""
        ripe = 1.0 - math.exp(-1.0 / VALUES.mineralization_time)
        for place in self.places(columns):
            mx.dissolve(self.tissue.layers, *place, 0.99, 0, at(self.day), True)
            mx.deposit(self.tissue.layers, *place, RATE / ripe - RATE, 0, at(self.day))
            self.tissue.layers.crew[place] = 1

    def stop(self, columns):
        """Let the osteoid of columns ripen at once and nobody lay more."""
        for place in self.places(columns):
            self.tissue.layers.crew[place] = 0
            voxel = self.tissue.layers.voxels[place]
            voxel["bone"] += voxel["osteoid"]
            voxel["osteoid"] = 0.0
        soft = self.tissue.layers.soft[: self.tissue.layers.counts[mx.SOFT]]
        left = soft[self.tissue.layers.voxels["osteoid"].ravel()[soft] > 0]
        self.tissue.layers.soft[: len(left)] = left
        self.tissue.layers.counts[mx.SOFT] = len(left)

    def live(self, days, columns):
        for _ in range(days):
            for place in self.places(columns):
                mx.deposit(self.tissue.layers, *place, RATE, 0, at(self.day))
            mx.mineralise(self.tissue.layers, VALUES, at(self.day))
            self.day += 1

    def read(self):
        return self.label(Scene(self.tissue, None, {}, {}, at(self.day)))


# A flat surface along the grid is the digitised surface at its shortest: a face stands there for
# the mean true share, so that rates per surface come out larger by the inverse of it.
@pytest.mark.parametrize(("depth", "share"), [(1, np.pi / 4), (4, 2 / 3)])
@pytest.mark.parametrize("columns", [10, 40])
def test_a_known_apposition_gives_its_rate_and_surface(depth, share, columns):
    plot = Plot(depth)
    plot.start(range(columns))
    assert np.all(np.isnan(plot.read())), "one label says nothing yet"
    plot.live(10, range(columns))
    mar, ms, bfr = plot.read()
    assert mar == pytest.approx(RATE * 10.0 / share, rel=1e-6)
    assert ms == pytest.approx(100 * columns / WIDTH)
    assert bfr == pytest.approx(mar * ms / 100 * 365.25)


def test_labels_follow_each_other():
    plot = Plot()
    plot.start(range(20))
    plot.read()
    found = []
    for _ in range(2):
        plot.live(10, range(20))
        found.append(plot.read())
    assert found[0] == pytest.approx(found[1])


def test_surface_that_took_up_one_label_counts_half():
    plot = Plot()
    plot.start(range(20))
    plot.read()
    plot.live(5, range(20))
    plot.stop(range(8))  # 12 columns go on
    plot.start(range(30, 34))
    plot.live(5, [*range(8, 20), *range(30, 34)])
    _, ms, _ = plot.read()
    assert ms == pytest.approx(100 * (12 + (8 + 4) / 2) / WIDTH)


def test_nothing_formed_is_a_rate_of_nothing():
    plot = Plot()
    plot.read()
    plot.live(10, [])
    mar, ms, bfr = plot.read()
    assert math.isnan(mar)
    assert (ms, bfr) == (0.0, 0.0)


def test_the_interval_between_labels_is_taken_as_it_was():
    plot = Plot()
    plot.start(range(10))
    plot.read()
    plot.live(20, range(10))
    assert plot.read()[0] == pytest.approx(RATE * 10.0 * 4 / np.pi, rel=1e-6)


def test_a_resumed_run_reads_the_same():
    plot = Plot()
    plot.start(range(10))
    plot.read()
    again = DoubleLabel()
    again.memory = {name: np.array(array) for name, array in plot.label.memory.items()}
    plot.live(10, range(10))
    first = plot.read()
    plot.label = again
    assert plot.read() == first


def test_the_front_that_moved_on_to_the_next_voxel_is_double_labelled():
    plot = Plot()
    for x in range(WIDTH):
        place = (0, TOP, x)
        mx.dissolve(plot.tissue.layers, *place, 0.5, 0, at(0), True)
        mx.deposit(plot.tissue.layers, *place, 0.5, 0, at(0))
        plot.tissue.layers.crew[place] = 1
    plot.read()
    for x in range(WIDTH):
        mx.deposit(plot.tissue.layers, 0, TOP - 1, x, 0.6, 0, at(5))
    plot.live(10, [])
    assert plot.read()[1] == pytest.approx(100.0)


def test_faces_at_opposite_walls_are_no_neighbours():
    bone = np.ones((1, 12, 12))
    bone[0, :4] = 0.0
    layers = Tissue(bone, 10.0, VALUES).layers
    first, second = np.array([4 * 12 + 11]), np.array([5 * 12])
    layers.exposed[0, 4, 11] = layers.exposed[0, 5, 0] = 1
    assert label_faces(layers, first, second) == (0, 2)
    assert label_faces(layers, first, np.array([4 * 12 + 10])) == (1, 1)
