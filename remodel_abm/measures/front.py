"""Fronts: where each site's osteoclasts are, week by week, and how fast they travel (K02)."""

import numpy as np
import pandas as pd

from remodel_abm.measures import Measure, Reading

COLUMNS = ("site", "day", "z", "y", "x")


class Fronts(Measure):
    """Mean place of the osteoclasts of each site, and the speed of it along the bone."""

    name = "fronts"
    source = "P12"
    interval = 7.0
    readings = (Reading("front_speed", "BMU.v", "um/d", "mean speed of the resorption fronts"),)

    def __call__(self, scene):
        day, tissue = scene.now.day + scene.now.dt, scene.tissue
        past = self.memory.get("track", np.zeros((0, 5)))
        last = past[past[:, 1] >= day - 1.5 * self.interval]
        rows = scene.cells["osteoclast"].living if "osteoclast" in scene.cells else ()
        if not len(rows):
            self.memory["track"] = past
            return (np.nan,)
        sites, which = np.unique(rows["site"], return_inverse=True)
        edges, number = (tissue.depth, tissue.voxel, tissue.voxel), np.bincount(which)
        sums = [np.bincount(which, rows[axis]) for axis in "zyx"]
        place = (np.column_stack(sums) / number[:, None] + 0.5) * edges
        before = {row[0]: row for row in last}
        speeds = [
            np.linalg.norm(there - before[site][2:]) / (day - before[site][1])
            for site, there in zip(sites.tolist(), place, strict=True)
            if site in before
        ]
        new = np.column_stack((sites, np.full(len(sites), day), place))
        self.memory["track"] = np.concatenate([past, new])
        return (float(np.mean(speeds)) if speeds else np.nan,)


def track_table(measures) -> pd.DataFrame:
    """Return the weekly place of every front: site, day [d], z, y, x [um]."""
    for measure in measures:
        if isinstance(measure, Fronts) and "track" in measure.memory:
            table = pd.DataFrame(measure.memory["track"], columns=COLUMNS)
            return table.astype({"site": "int64"})
    return pd.DataFrame(columns=COLUMNS)
