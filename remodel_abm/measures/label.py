"""Dynamic histomorphometry by a virtual double label: MAR, MS/BS, BFR/BS (Dempster 2013)."""

import numpy as np

from remodel_abm.kernel import kernel
from remodel_abm.measures import Measure, Reading
from remodel_abm.tissue.matrix import MINERALISED, SOFT, count_faces


class DoubleLabel(Measure):
    """Two labels, ten days apart, over and over: what took up both, and how far apart they lie.

    A label binds where osteoid mineralises. Double-labelled surface took up both, single-labelled
    one of them; ``MS = dLS + sLS / 2``, and MAR is the volume mineralised between the labels over
    the mineralising surface and the time.
    """

    name = "double_label"
    source = "Dempster2013"
    interval = 10.0
    readings = (
        Reading("mar", "MAR", "um/d", "mineral apposition rate"),
        Reading("ms_bs", "MS/BS", "%", "mineralising surface", "Md.Pm/B.Pm"),
        Reading(
            "bfr_bs",
            "BFR/BS",
            "um3/um2/yr",
            "bone formation rate",
            "BFR/B.Pm",
            "um2/um/yr",
        ),
    )

    def __call__(self, scene):
        layers, day = scene.tissue.layers, scene.now.day
        soft = layers.soft[: layers.counts[SOFT]].copy()
        first, self.memory["label"] = self.memory.get("label"), soft
        made, self.memory["made"] = (
            self.memory.get("made"),
            np.array(layers.ledger[MINERALISED]),
        )
        start, self.memory["day"] = self.memory.get("day"), np.array(day)
        if first is None:
            return (np.nan,) * 3
        faces = np.zeros(4)
        count_faces(layers, faces)
        double, single = label_faces(layers, np.sort(first), np.sort(soft))
        surface = (double + single / 2.0) * layers.face
        volume, time = layers.ledger[MINERALISED] - float(made), day - float(start)
        total = max(faces.sum() * layers.face, 1e-9)
        rate = volume / (surface * time) if surface > 0 else np.nan
        return rate, 100.0 * surface / total, volume / (total * time) * 365.25


@kernel
def _has(labels, index):
    k = np.searchsorted(labels, index)
    return k < len(labels) and labels[k] == index


@kernel
def label_faces(t, first, second):
    """Count exposed faces that took up both labels, and one of them.

    Parameters
    ----------
    first, second : (n,) sorted int64 arrays
        Flat indices of voxels that mineralised at each label.
    """
    nz, ny, nx = t.voxels.shape
    exposed = t.seats.reshape(t.seats.size)["exposed"]
    double, single = 0, 0
    for index in second:
        faces = exposed[index]
        # The front may have moved to the next voxel between the labels.
        both = _has(first, index)
        z, y, x = index // (ny * nx), (index // nx) % ny, index % nx
        for place, edge, step in ((x, nx, 1), (y, ny, nx), (z, nz, ny * nx)):
            both = both or (place > 0 and _has(first, index - step))
            both = both or (place < edge - 1 and _has(first, index + step))
        if both:
            double += faces
        else:
            single += faces
    for index in first:
        if not _has(second, index):
            single += exposed[index]
    return double, single
