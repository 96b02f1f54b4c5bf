"""Remodeling sites as units: where they opened, how deep they went, how well they were refilled.

All of it is read off what cells did (K03): depth is resorbed volume over eroded area, wall
thickness formed volume over the same area. A site counts as closed once nothing has been resorbed
or formed there for two months.
"""

import numpy as np
import pandas as pd

from remodel_abm.measures import Measure, Reading
from remodel_abm.tissue.matrix import SITES

QUIET = 60.0  # d without work after which a site counts as closed
WINDOW = 365.25  # d over which closed sites are pooled


def site_table(tissue, day: float) -> pd.DataFrame:
    """Return the event log, a row a site that was opened.

    Returns
    -------
    DataFrame
        site; z, y, x [um]; opened, first_resorbed, last_resorbed, first_formed, last_formed [d];
        area [um2]; resorbed, formed [um3]; erosion_depth, clast_depth, wall_thickness [um];
        reversal_time, formation_time [d]; state; extent [um].
    """
    layers = tissue.layers
    rows = layers.sites[: layers.counts[SITES]]
    table = pd.DataFrame({name: rows[name] for name in rows.dtype.names}, copy=True)
    table.insert(0, "site", np.arange(len(rows)))
    table["z"] = (table["z"] + 0.5) * tissue.depth
    for axis in "yx":
        table[axis] = (table[axis] + 0.5) * tissue.voxel
    with np.errstate(invalid="ignore", divide="ignore"):
        area = table["area"].where(table["area"] > 0)
        table["erosion_depth"] = table["resorbed"] / area
        table["clast_depth"] = table["clast_resorbed"] / area
        table["wall_thickness"] = table["formed"] / area
        table["reversal_time"] = table["reversal_sum"] / table["reversal_n"].where(
            table["reversal_n"] > 0
        )
        table["formation_time"] = table["formation_sum"] / table["formation_n"].where(
            table["formation_n"] > 0
        )
    table["state"] = _states(table, day)
    return table.drop(columns=["reversal_sum", "reversal_n", "formation_sum", "formation_n"])


def _states(table, day) -> np.ndarray:
    last = table[["opened", "last_resorbed", "last_formed"]].max(axis=1)
    quiet = (day - last > QUIET).to_numpy()
    eroded = (table["resorbed"] > 0).to_numpy()
    refilled = (table["formed"] > 0.2 * table["resorbed"]).to_numpy()
    closed = np.where(eroded, np.where(refilled, "completed", "arrested"), "aborted")
    return np.where(quiet, closed, "active")


class RemodelingUnits(Measure):
    """Averages over the sites that closed in the last year, weighted by their area."""

    name = "remodeling_units"
    source = "Dempster2013"
    interval = 30.0
    readings = (
        Reading("n_sites", "N.BMU", "1", "sites at work"),
        Reading("originations", "Or.f", "1/mm3/yr", "sites that began to erode, last year"),
        Reading("ac_f", "Ac.f", "1/yr", "activation frequency: surface newly eroded a year"),
        Reading("e_de", "E.De", "um", "erosion depth"),
        Reading("oc_de", "Oc.De", "um", "of it, what osteoclasts resorbed"),
        Reading("w_th", "W.Th", "um", "wall thickness", "W.Wi"),
        Reading("balance", "W.Th-E.De", "um", "bone balance of a site"),
        Reading("rs_p", "Rs.P", "d", "erosion and reversal, at a place"),
        Reading("fp", "FP", "d", "formation period, at a place"),
        Reading("bmu_area", "BMU.Ar", "um2", "surface a site erodes"),
        Reading("bmu_extent", "BMU.Le", "um", "how far a site spreads from where it opened"),
        Reading("arrested", "Rv.arr", "%", "eroded sites that were not refilled"),
    )

    def __call__(self, scene):
        day, tissue = scene.now.day + scene.now.dt, scene.tissue
        table = site_table(tissue, day)
        recent = table[table["first_resorbed"] > day - WINDOW]
        closed = table[table["state"].isin(["completed", "arrested"])]
        last = closed[["last_resorbed", "last_formed"]].max(axis=1)
        closed = closed[last > day - WINDOW - QUIET]
        area = float(closed["area"].sum())
        totals = np.nan if area <= 0 else 1.0 / area
        refilled = closed[closed["state"] == "completed"]

        def over_area(column):
            return float(closed[column].sum()) * totals

        depth, wall = over_area("resorbed"), over_area("formed")
        surface = float(tissue.layers.voxels["exposed"].sum(dtype="i8")) * tissue.layers.face
        return (
            int((table["state"] == "active").sum()),
            len(recent) / (tissue.total_volume * 1e-9),
            self._newly_eroded(table, day) / surface if surface > 0 else np.nan,
            depth, over_area("clast_resorbed"), wall, wall - depth,
            _mean(refilled, "reversal_time"), _mean(refilled, "formation_time"),
            float(closed["area"].mean()), float(closed["extent"].mean()),
            100.0 * float((closed["state"] == "arrested").mean()) if len(closed) else np.nan,
        )  # fmt: skip

    def _newly_eroded(self, table, day) -> float:
        """Return the surface eroded for the first time within the last year. [um2/yr]"""
        total = float(table["area"].sum())
        past = np.vstack([self.memory.get("area", np.zeros((0, 2))), [day, total]])
        self.memory["area"] = past = past[past[:, 0] >= day - WINDOW]
        span = past[-1, 0] - past[0, 0]
        return (past[-1, 1] - past[0, 1]) / span * WINDOW if span > 0 else np.nan


def _mean(table, column) -> float:
    return float(table[column].mean()) if len(table) else np.nan
