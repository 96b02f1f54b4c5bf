"""What an arm has lived so far as `Results`, as if a run had left it: for tables, film, replay."""

import numpy as np

from remodel_abm.dashboard.history import unpack
from remodel_abm.driver import breaks
from remodel_abm.measures.unit import site_table
from remodel_abm.provenance import provenance
from remodel_abm.results import Results, Snapshot
from remodel_abm.results.record import Quantity
from remodel_abm.results.snapshot import QUIESCENT


def results_of(arm) -> Results:
    """Return what an arm lived up to today; its snapshots are the states it kept, and today."""
    model = arm.model
    found = Results(scenario_text=arm.scenario.to_toml(), provenance=provenance(arm.scenario, None))
    found.quantities = [Quantity(*one) for one in model.record.quantities]
    found.daily = model.record.wide()
    found.sites, found.breaks = site_table(model.tissue, model.day), breaks(model.tissue)
    found.audit = model.audit.report(model)
    for tick in sorted(arm.states.packed):
        if tick < arm.tick:
            snapshot = _snapshot(arm, tick)
            found.kept[snapshot.day] = snapshot
    today = snapshot_of(model)
    found.kept[today.day] = today
    return found


def snapshot_of(model) -> Snapshot:
    """Return the bone and the cells of a model today."""
    cells = {name: population.living for name, population in model.cells.items()}
    layers = model.tissue.layers._asdict()
    return _taken(model.day, layers, cells, model.tissue)


def _snapshot(arm, tick: int) -> Snapshot:
    wanted = ("tissue/voxels", "tissue/state", "tissue/exposed", "cells/")
    kept = {k: v for k, v in arm.states.packed[tick].items() if k.startswith(wanted)}
    arrays = unpack(kept)
    layers = {name: arrays.pop(f"tissue/{name}") for name in ("voxels", "state", "exposed")}
    cells = {name.removeprefix("cells/"): rows[rows["alive"]] for name, rows in arrays.items()}
    return _taken(arm.day_of(tick), layers, cells, arm.model.tissue)


def _taken(day, layers, cells, tissue) -> Snapshot:
    voxels = layers["voxels"]
    missing = voxels["missing"] * np.exp(-day / tissue.p.secondary_time)
    kept = {
        "bone": voxels["bone"], "osteoid": voxels["osteoid"],
        "mineral": np.maximum(voxels["bone"] - missing, 0.0),
        "state": np.where(layers["exposed"] > 0, layers["state"], QUIESCENT),
    }  # fmt: skip
    return Snapshot.of(day, kept, cells, tissue.voxel)
