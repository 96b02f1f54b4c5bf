"""Struts lost as they happen: rods cut, plates perforated, islands left loose (M25f)."""

import numpy as np
import pandas as pd

from remodel_abm.measures import Measure, Reading
from remodel_abm.tissue.matrix import BREAKS, ISLAND
from remodel_abm.tissue.topology import PERFORATION, ROD

KINDS = ("rod", "perforation", "island")  # in the order of their codes
RADIUS, SPELL = 100.0, 60.0  # um and d within which losses of voxels are one event


def break_table(tissue) -> pd.DataFrame:
    """Return breaks as they happened: day [d], z, y, x [um], kind."""
    layers = tissue.layers
    rows = layers.breaks[: layers.counts[BREAKS]]
    return pd.DataFrame(
        {
            "day": rows["day"].copy(),
            "z": (rows["z"] + 0.5) * tissue.depth,
            "y": (rows["y"] + 0.5) * tissue.voxel,
            "x": (rows["x"] + 0.5) * tissue.voxel,
            "kind": np.array(KINDS, object)[rows["kind"]],
        }
    )


class Breaks(Measure):
    """Struts lost so far.

    The tissue logs every voxel lost that had held two pieces of bone, or two rooms of marrow,
    apart; those of one kind within 100 um and 60 days of one another are one event.
    """

    name = "breaks"
    source = "M25f"
    interval = 7.0
    readings = (
        Reading("perforations", "N.Pf", "1", "plates perforated since day 0"),
        Reading("rod_losses", "N.Rd", "1", "rods cut since day 0"),
        Reading("islands_lost", "N.Is.lost", "1", "loose pieces lost since day 0"),
    )

    def __call__(self, scene):
        tissue, layers = scene.tissue, scene.tissue.layers
        seen = int(self.memory.get("seen", 0))
        events = list(self.memory.get("events", np.zeros((0, 5))))
        for row in layers.breaks[seen : layers.counts[BREAKS]]:
            place = (row["z"] * tissue.depth, row["y"] * tissue.voxel, row["x"] * tissue.voxel)
            if row["day"] >= 0.0:
                add_distinct(events, (row["day"], *place, row["kind"]))
        self.memory["seen"] = np.array(layers.counts[BREAKS])
        self.memory["events"] = np.array(events).reshape(-1, 5)
        kinds = self.memory["events"][:, 4]
        return tuple(float(np.sum(kinds == kind)) for kind in (PERFORATION, ROD, ISLAND))


def add_distinct(events: list, event: tuple) -> None:
    """Append (day, z, y, x, kind) unless one of its kind lies within reach in place and time."""
    day, *place, kind = event
    for old in reversed(events):
        if day - old[0] > SPELL:
            break
        if old[4] == kind and np.linalg.norm(np.subtract(place, old[1:4])) <= RADIUS:
            return
    events.append(np.array(event, dtype=float))


def distinct(table: pd.DataFrame) -> pd.DataFrame:
    """Keep the first of the breaks of a kind that lie within reach of each other."""
    events: list = []
    kept = []
    codes = {name: code for code, name in enumerate(KINDS)}
    for row in table.itertuples():
        before = len(events)
        add_distinct(events, (row.day, row.z, row.y, row.x, codes[row.kind]))
        if len(events) > before:
            kept.append(row.Index)
    return table.loc[kept]
