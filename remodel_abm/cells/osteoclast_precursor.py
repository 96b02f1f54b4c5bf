"""Osteoclast precursors: come from the marrow, commit by RANK occupancy, fuse (M04, M12, M13)."""

import math

import numpy as np

from remodel_abm.cells import Cell, Column
from remodel_abm.cells.calls import add_up, drawn
from remodel_abm.cells.place import distance, find_marrow, nearest_surface, reach
from remodel_abm.declare import Mechanism, Param
from remodel_abm.kernel import allocating, kernel
from remodel_abm.rng import decision, happens, uniform
from remodel_abm.signals.inflammation import inflammation
from remodel_abm.signals.rankl import reaching
from remodel_abm.tissue.blocks import count_clast, may_hold_clast
from remodel_abm.tissue.matrix import CALLS, inside

_ROAM, _HOME = (
    decision("osteoclast_precursor.roam"),
    decision("osteoclast_precursor.home"),
)
_WHICH, _COMMIT = (
    decision("osteoclast_precursor.which"),
    decision("osteoclast_precursor.commit"),
)
_LEAVE, _DIE = (
    decision("osteoclast_precursor.leave"),
    decision("osteoclast_precursor.die"),
)


class OsteoclastPrecursor(Cell):
    """Monocyte-lineage cell, or an osteomorph that an osteoclast fell into."""

    name = "osteoclast_precursor"
    reads = ("rankl", "opg", "tnf", "il1", "il6")
    columns = {"stage": Column("i1", "1", "0 roaming, 1 at opened surface, 2 committed")}
    fates = (None, "osteoclast")
    mechanisms = (
        Mechanism("M12", "TNF-alpha, IL-1 and IL-6 help osteoclasts form", "Lam2000",
                  {"tnf_gain": 0.0, "il1_gain": 0.0, "il6_gain": 0.0}),
    )  # fmt: skip

    density = Param(
        1450.0, "1/mm3", 50.0, 2000.0, "P14b", "assumed",
        "roaming precursors per marrow volume; only its product with homing is identifiable",
    )  # fmt: skip
    arrival_rate = Param(
        65.0,
        "1/mm3/d",
        2.0,
        200.0,
        "P14b",
        "derived",
        "keeps the density against deaths",
    )
    death_rate = Param(
        0.05, "1/d", 0.01, 0.2, "P10", "assumed", "a precursor lives about three weeks"
    )
    homing_rate = Param(
        1.0, "1/d", 0.1, 5.0, "P14b", "assumed",
        "hazard of finding a calling site when sites abound: 0.7-3 mm a day, so the marrow of a "
        "small volume is searched daily",
    )  # fmt: skip
    half_calls = Param(
        490.0, "1/mm3", 1.0, 500.0, "P14b", "calibrated",
        "summed occupancy of calling sites per marrow volume that draws half of the precursors; "
        "fitted to osteoclast numbers",
        section=100.0,
    )  # fmt: skip
    commitment_rate = Param(
        0.75, "1/d", 0.1, 2.0, "M04", "assumed", "hazard at full RANK occupancy"
    )
    contact_rankl = Param(
        1.25, "pmol/L", 0.5, 30.0, "P40", "assumed",
        "membrane RANKL that canopy and stromal cells show to an attached precursor",
    )  # fmt: skip
    detachment_rate = Param(
        0.4, "1/d", 0.02, 0.5, "M22", "assumed",
        "an uncommitted precursor gives up in a few days, so that RANKL and cytokines decide",
    )  # fmt: skip
    fusion_radius = Param(50.0, "um", 25.0, 80.0, "P09", "derived", "one osteoclast's width")
    fusion_number = Param(
        4.0,
        "1",
        2.0,
        10.0,
        "P09",
        "measured",
        "nuclei of a small osteoclast",
        "human",
        "P09",
    )
    tnf_gain = Param(
        10.0, "1", 0.0, 10.0, "Lam2000", "calibrated",
        "fall of the RANKL needed; by hand, with `rankl` on T13, T20 and T23",
    )  # fmt: skip
    il1_gain = Param(
        10.0, "1", 0.0, 10.0, "M12", "calibrated",
        "fall of the RANKL needed; by hand, with `rankl` on T13, T20 and T23",
    )  # fmt: skip
    il6_gain = Param(0.3, "1", 0.0, 2.0, "M12", "assumed", "minor: rodent evidence")
    half_cytokine = Param(
        2.0, "pmol/L", 0.01, 10.0, "P45", "assumed", "only the ratio to the secretion matters"
    )

    @staticmethod
    @allocating
    def act(cells, tissue, signals, p, now):
        """Roam the marrow, home to a calling site, commit there or give up."""
        _live(cells, tissue, signals, p, now, np.empty(tissue.counts[CALLS] + 1))

    @staticmethod
    @allocating
    def turn_over(cells, tissue, signals, p, now):
        """Die, join an osteoclast in reach, or fuse with committed neighbours into a new one."""
        _decide(cells, tissue, p, now, _committed(cells, tissue.voxels.shape[1]))


@kernel
def _live(cells, tissue, signals, p, now, totals):
    calls = tissue.calls["rank"][: tissue.counts[CALLS]]
    pull = add_up(calls, totals)
    marrow = tissue.voxels.size * tissue.volume * 1e-9
    half = p.half_calls * marrow
    homing = p.homing_rate * pull / (pull + half)
    for i in range(len(cells)):
        if not cells["alive"][i]:
            continue
        if cells["stage"][i] == 0:
            _roam(cells, i, tissue, now, homing, calls, totals)
        elif cells["stage"][i] == 1:
            _wait(cells, i, tissue, signals, p, now)


@allocating
def _committed(cells, ny):
    """Return the rows of committed cells, line by line along y, and where each line begins."""
    begins = np.zeros(ny + 1, np.int64)
    for i in range(len(cells)):
        if cells["alive"][i] and cells["stage"][i] == 2:
            begins[cells["y"][i] + 1] += 1
    begins = np.cumsum(begins)
    rows, ends = np.empty(begins[ny], np.int64), begins.copy()
    for i in range(len(cells)):
        if cells["alive"][i] and cells["stage"][i] == 2:
            y = cells["y"][i]
            rows[ends[y]] = i
            ends[y] += 1
    return rows, begins


@kernel
def _decide(cells, tissue, p, now, committed):
    """Seal fates; see `_committed`."""
    for i in range(len(cells)):
        if not cells["alive"][i] or cells["fate"][i] != 0:
            continue
        if happens(p.death_rate, now.dt, now.seed, _DIE, cells["id"][i], now.tick):
            cells["fate"][i] = 1
        elif cells["stage"][i] == 2:
            _fuse(cells, i, tissue, p, committed)


@kernel
def _roam(cells, i, tissue, now, homing, calls, totals):
    identity, pull = cells["id"][i], totals[len(calls)]
    if pull > 0.0 and happens(homing, now.dt, now.seed, _HOME, identity, now.tick):
        mark = uniform(now.seed, _WHICH, identity, now.tick) * pull
        call = tissue.calls[drawn(calls, totals, mark)]
        z, y, x = call["z"], call["y"], call["x"]
        if tissue.exposed[z, y, x] > 0:
            cells["z"][i], cells["y"][i], cells["x"][i] = z, y, x
            cells["site"][i] = tissue.site[z, y, x]
            cells["stage"][i] = 1
        return
    z, y, x = find_marrow(tissue, now.seed, _ROAM, identity, now.tick)
    if z >= 0:
        cells["z"][i], cells["y"][i], cells["x"][i] = z, y, x


@kernel
def _wait(cells, i, tissue, signals, p, now):
    """Sit on opened or eroded surface; commit at a rate set by RANK occupancy.

    TNF lowers the RANKL needed (Lam 2000): ``rate = r R / (K / (1 + q) + R)``, q the cytokines'
    joint drive.
    """
    z, y, x, identity = cells["z"][i], cells["y"][i], cells["x"][i], cells["id"][i]
    if happens(p.detachment_rate, now.dt, now.seed, _LEAVE, identity, now.tick):
        cells["stage"][i] = 0
        return
    z, y, x = nearest_surface(tissue, z, y, x, p.fusion_radius, 1, 2)
    if z < 0:
        cells["stage"][i] = 0
        return
    cells["z"][i], cells["y"][i], cells["x"][i] = z, y, x
    free = reaching(signals, tissue, z, y, x, p.contact_rankl)
    needed = signals.affinity.rank_affinity / (1.0 + inflammation(signals, z, y, x, p))
    rate = p.commitment_rate * free / (needed + free)
    if happens(rate, now.dt, now.seed, _COMMIT, identity, now.tick):
        cells["stage"][i] = 2


@kernel
def _fuse(cells, i, tissue, p, committed):
    """Join an osteoclast, or found one with those of later rows that are near enough."""
    z, y, x = cells["z"][i], cells["y"][i], cells["x"][i]
    if _join_osteoclast(tissue, z, y, x, p.fusion_radius):
        cells["fate"][i] = 1
        return
    rows, begins = committed
    wide, ny = reach(p.fusion_radius, tissue.voxel), tissue.voxels.shape[1]
    near = rows[begins[max(0, y - wide)] : begins[min(ny, y + wide + 1)]]
    partners = 1
    for j in near:
        if j > i and _can_fuse(cells, j, tissue, z, y, x, p.fusion_radius):
            partners += 1
    if partners < p.fusion_number:
        return
    for j in near:
        if j > i and _can_fuse(cells, j, tissue, z, y, x, p.fusion_radius):
            cells["fate"][j] = 1
    cells["fate"][i] = 2
    # The osteoclast takes the other nuclei from here when it first acts.
    tissue.joining[z, y, x] += partners - 1
    count_clast(tissue, z, y, x, 1)


@kernel
def _can_fuse(cells, j, tissue, z, y, x, radius):
    if cells["fate"][j] != 0:
        return False
    return distance(tissue, z, y, x, cells["z"][j], cells["y"][j], cells["x"][j]) <= radius


@kernel
def _join_osteoclast(tissue, z, y, x, radius):
    """Leave a nucleus with the nearest osteoclast in reach; tell whether there was one."""
    if tissue.clasts[z, y, x] > 0:
        tissue.joining[z, y, x] += 1
        return True
    rz, ry = reach(radius, tissue.depth), reach(radius, tissue.voxel)
    if not may_hold_clast(tissue, z, y, x, rz, ry):
        return False
    best, bz, by, bx = math.inf, -1, -1, -1
    for dz in range(-rz, rz + 1):
        for dy in range(-ry, ry + 1):
            for dx in range(-ry, ry + 1):
                nz, ny, nx = z + dz, y + dy, x + dx
                if inside(tissue, nz, ny, nx) and tissue.clasts[nz, ny, nx] > 0:
                    far = distance(tissue, z, y, x, nz, ny, nx)
                    if far < best:
                        best, bz, by, bx = far, nz, ny, nx
    if bz < 0:
        return False
    tissue.joining[bz, by, bx] += 1
    return True
