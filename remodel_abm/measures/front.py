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
        rows = scene.cells["osteoclast"].living if "osteoclast" in scene.cells else []
        new, speeds = [], []
        for site in np.unique(rows["site"]) if len(rows) else ():
            mine = rows[rows["site"] == site]
            edges = (tissue.depth, tissue.voxel, tissue.voxel)
            place = [(mine[axis].mean() + 0.5) * e for axis, e in zip("zyx", edges, strict=True)]
            new.append([site, day, *place])
            before = last[last[:, 0] == site]
            if len(before):
                step = np.linalg.norm(np.subtract(place, before[-1, 2:]))
                speeds.append(step / (day - before[-1, 1]))
        self.memory["track"] = np.concatenate([past, np.array(new).reshape(-1, 5)])
        return (float(np.mean(speeds)) if speeds else np.nan,)


def track_table(measures) -> pd.DataFrame:
    """Return the weekly place of every front: site, day [d], z, y, x [um]."""
    for measure in measures:
        if isinstance(measure, Fronts) and "track" in measure.memory:
            table = pd.DataFrame(measure.memory["track"], columns=COLUMNS)
            return table.astype({"site": "int64"})
    return pd.DataFrame(columns=COLUMNS)
