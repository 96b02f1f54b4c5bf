"""Mesenchymal stem cells: go to resorption sites as osteoprogenitors, or become fat (M08, M20)."""

import numpy as np

from remodel_abm.cells import Cell, Column
from remodel_abm.cells.calls import add_up, drawn
from remodel_abm.cells.place import find_marrow
from remodel_abm.declare import Param
from remodel_abm.kernel import allocating, kernel
from remodel_abm.rng import decision, happens, uniform
from remodel_abm.tissue.matrix import CALLS

BONE, FAT = 1, 2  # lineages

_DRIFT, _HOME = decision("stem_cell.drift"), decision("stem_cell.home")
_WHICH, _COMMIT = decision("stem_cell.which"), decision("stem_cell.commit")
_CHOOSE, _DIE = decision("stem_cell.choose"), decision("stem_cell.die")


class MesenchymalStemCell(Cell):
    """Marrow stromal progenitor."""

    name = "mesenchymal_stem_cell"
    columns = {"lineage": Column("i1", "1", "0 not chosen yet, 1 bone, 2 fat")}
    fates = (None, "preosteoblast", "adipocyte")

    density = Param(
        200.0, "1/mm3", 20.0, 1000.0, "P14b", "assumed",
        "per marrow volume; only the products with the rates matter",
    )  # fmt: skip
    arrival_rate = Param(
        4.4, "1/mm3/d", 0.4, 50.0, "M08", "derived", "self-renewal: keeps the density"
    )
    death_rate = Param(
        0.01, "1/d", 0.001, 0.1, "M08", "assumed", "renewed about three times a year"
    )
    commitment_rate = Param(
        0.045, "1/d", 0.003, 0.3, "M08", "assumed", "hazard of becoming fat, once so inclined"
    )
    adipocyte_share = Param(
        0.31, "1", 0.1, 0.9, "M08", "derived",
        "of the newly come that turn to fat, with estrogen: replaces the adipocytes that die",
    )  # fmt: skip
    homing_rate = Param(
        0.3,
        "1/d",
        0.03,
        2.0,
        "P14b",
        "assumed",
        "hazard of reaching a site when TGF-beta abounds",
    )
    half_calls = Param(
        6.0, "pmol/L", 0.1, 50.0, "M20", "calibrated",
        "summed TGF-beta of sites per mm3 of tissue that draws half of them; fitted to Rs.P",
        section=50.0,
    )  # fmt: skip

    @staticmethod
    @allocating
    def act(cells, tissue, signals, p, now):
        """Choose a lineage, drift through the marrow, home to a site by its TGF-beta.

        The choice comes first (M08), so that sites in need of osteoblasts draw on those who
        chose bone, and do not starve the marrow of fat.
        """
        _live(cells, tissue, p, now, np.empty(tissue.counts[CALLS] + 1))

    @staticmethod
    @kernel
    def turn_over(cells, tissue, signals, p, now):
        """Die, or become an adipocyte."""
        for i in range(len(cells)):
            if not cells["alive"][i] or cells["fate"][i] != 0:
                continue
            identity = cells["id"][i]
            if happens(p.death_rate, now.dt, now.seed, _DIE, identity, now.tick):
                cells["fate"][i] = 1
            elif cells["lineage"][i] == FAT and happens(
                p.commitment_rate, now.dt, now.seed, _COMMIT, identity, now.tick
            ):
                cells["fate"][i] = 3


@kernel
def _live(cells, tissue, p, now, totals):
    calls = tissue.calls["tgf"][: tissue.counts[CALLS]]
    pull = add_up(calls, totals)
    half = p.half_calls * tissue.voxels.size * tissue.volume * 1e-9
    homing = p.homing_rate * pull / (pull + half)
    for i in range(len(cells)):
        if not cells["alive"][i]:
            continue
        identity = cells["id"][i]
        if cells["lineage"][i] == 0:
            lot = uniform(now.seed, _CHOOSE, identity, now.tick)
            cells["lineage"][i] = FAT if lot < p.adipocyte_share else BONE
        homes = cells["lineage"][i] == BONE and pull > 0.0
        if homes and happens(homing, now.dt, now.seed, _HOME, identity, now.tick):
            _go(cells, i, tissue, now, calls, totals)
            continue
        z, y, x = find_marrow(tissue, now.seed, _DRIFT, identity, now.tick)
        if z >= 0:
            cells["z"][i], cells["y"][i], cells["x"][i] = z, y, x


@kernel
def _go(cells, i, tissue, now, calls, totals):
    """Arrive at a calling site, drawn by its TGF-beta, as a reversal cell."""
    mark = uniform(now.seed, _WHICH, cells["id"][i], now.tick) * totals[len(calls)]
    call = tissue.calls[drawn(calls, totals, mark)]
    if tissue.state[call["z"], call["y"], call["x"]] == 2:
        cells["z"][i], cells["y"][i], cells["x"][i] = call["z"], call["y"], call["x"]
        cells["fate"][i] = 2
