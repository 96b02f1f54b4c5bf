"""Remodeling sites as units: where they opened, how deep they went, how well they were refilled.

All of it is read off what cells did (K03). Erosion depth is what a cement line keeps: how deep the
floor lay on which osteoid began; so, as in a biopsy (Eriksen 1984), a site that is never refilled
shows none. The balance is what was formed less what was resorbed over the area eroded, and the wall
is depth and balance together. A site counts as closed once nothing has been resorbed or formed
there for two months.
"""

import numpy as np
import pandas as pd

from remodel_abm.measures import Measure, Reading
from remodel_abm.tissue.matrix import BONE, OSTEOID, SITES

QUIET = 60.0  # d without work after which a site counts as closed
WINDOW = 365.25  # d over which closed sites are pooled
REFILLED = 0.2  # formed per resorbed volume from which a site counts as refilled
STATES = ("active", "completed", "arrested", "aborted")
ACTIVE, COMPLETED, ARRESTED, ABORTED = range(len(STATES))


def site_table(tissue, day: float) -> pd.DataFrame:
    """Return the event log, a row a site that was opened.

    Returns
    -------
    DataFrame
        site; z, y, x [um]; opened, first_resorbed, last_resorbed, first_formed, last_formed [d];
        area, floor [um2]; resorbed, formed, floor_depth [um3]; erosion_depth, clast_depth,
        wall_thickness [um]; reversal_time, formation_time [d]; state; extent [um].
    """
    rows = sites_of(tissue)
    table = pd.DataFrame({name: rows[name] for name in rows.dtype.names}, copy=True)
    table.insert(0, "site", np.arange(len(rows)))
    table["z"] = (table["z"] + 0.5) * tissue.depth
    for axis in "yx":
        table[axis] = (table[axis] + 0.5) * tissue.voxel
    with np.errstate(invalid="ignore", divide="ignore"):
        area = table["area"].where(table["area"] > 0)
        depth = table["floor_depth"] / table["floor"].where(table["floor"] > 0)
        table["erosion_depth"] = depth
        table["clast_depth"] = depth * table["clast_resorbed"] / table["resorbed"]
        table["wall_thickness"] = depth + (table["formed"] - table["resorbed"]) / area
        table["reversal_time"] = table["reversal_sum"] / table["reversal_n"].where(
            table["reversal_n"] > 0
        )
        table["formation_time"] = table["osteoid_days"] / area
    table["state"] = np.array(STATES, object)[states(rows, day)]
    return table.drop(columns=["reversal_sum", "reversal_n", "osteoid_days"])


def sites_of(tissue) -> np.ndarray:
    """Return the rows of the sites opened so far."""
    layers = tissue.layers
    return layers.sites[: layers.counts[SITES]]


def states(sites: np.ndarray, day: float) -> np.ndarray:
    """Return the state of each site on a day, a number in `STATES`."""
    last = np.fmax(np.fmax(sites["opened"], sites["last_resorbed"]), sites["last_formed"])
    refilled = sites["formed"] > REFILLED * sites["resorbed"]
    closed = np.where(refilled, COMPLETED, ARRESTED)
    closed = np.where(sites["resorbed"] > 0, closed, ABORTED)
    return np.where(day - last > QUIET, closed, ACTIVE)


class RemodelingUnits(Measure):
    """Averages over the sites that closed in the last year, weighted by their area.

    Depth, wall and balance are those of refilled sites; what arrested ones lost is beside them.
    """

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
        Reading("fp", "FP", "d", "formation period: how long osteoid covers a place"),
        Reading("bmu_area", "BMU.Ar", "um2", "surface a site erodes"),
        Reading("bmu_extent", "BMU.Le", "um", "how far a site spreads from where it opened"),
        Reading("arrested", "Rv.arr", "%", "eroded sites that were not refilled"),
        Reading("remodeling_space", "Rm.Sp/BV", "%", "still to be refilled", "Rm.Sp/B.Ar"),
    )

    def __call__(self, scene):
        day, tissue = scene.now.day + scene.now.dt, scene.tissue
        sites = sites_of(tissue)
        state = states(sites, day)
        recent = np.count_nonzero(sites["first_resorbed"] > day - WINDOW)
        last = np.fmax(sites["last_resorbed"], sites["last_formed"])
        eroded = (state == COMPLETED) | (state == ARRESTED)
        chosen = eroded & (last > day - WINDOW - QUIET)
        closed, refilled = sites[chosen], sites[chosen & (state == COMPLETED)]
        depth = _share(refilled, "floor_depth", "floor")
        balance = _share(refilled, "formed", "area") - _share(refilled, "resorbed", "area")
        surface = tissue.faces * tissue.layers.face
        return (
            np.count_nonzero(state == ACTIVE), recent / (tissue.total_volume * 1e-9),
            self._newly_eroded(sites, day) / surface if surface > 0 else np.nan,
            depth, depth * _share(refilled, "clast_resorbed", "resorbed"), depth + balance, balance,
            _share(refilled, "reversal_sum", "reversal_n"),
            _share(refilled, "osteoid_days", "area"),
            _mean(closed["area"]), _mean(closed["extent"]),
            100.0 * _mean(state[chosen] == ARRESTED),
            _space(tissue, sites[state == ACTIVE], _share(closed, "formed", "resorbed")),
        )  # fmt: skip

    def _newly_eroded(self, sites, day) -> float:
        """Return the surface eroded for the first time within the last year. [um2/yr]"""
        total = float(sites["area"].sum())
        past = np.vstack([self.memory.get("area", np.zeros((0, 2))), [day, total]])
        self.memory["area"] = past = past[past[:, 0] >= day - WINDOW]
        span = past[-1, 0] - past[0, 0]
        return (past[-1, 1] - past[0, 1]) / span * WINDOW if span > 0 else np.nan


def _space(tissue, active, refilled) -> float:
    """Return what sites at work will be refilled by if they fare like those that closed.

    What they will never get back is lost, and no space (Parfitt 1983). [% of bone]
    """
    bone = tissue.layers.ledger[BONE] + tissue.layers.ledger[OSTEOID]
    refilled = 1.0 if np.isnan(refilled) else refilled
    lacking = refilled * float(active["resorbed"].sum()) - float(active["formed"].sum())
    return 100.0 * lacking / bone if bone > 0 else np.nan


def _mean(values) -> float:
    return float(values.mean()) if len(values) else np.nan


def _share(sites, name, divisor) -> float:
    """Return a sum over sites by another, such as osteoid's area and days by area eroded."""
    total = float(sites[divisor].sum())
    return float(sites[name].sum()) / total if total > 0 else np.nan
