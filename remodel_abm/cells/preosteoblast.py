"""Reversal cells and pre-osteoblasts: one lineage that cleans the lacuna and then refills it.

Reversal cells (osteoprogenitors) line the eroded surface, finish its resorption, multiply where
TGF-beta is, and must reach a density before osteoid can start (M21); pre-osteoblasts mature on
IGF-1 (M20) against sclerostin (M25). Too few, and reversal arrests.
"""

import math

import numpy as np

from remodel_abm.cells import Cell, Column
from remodel_abm.cells.enclosure import ball, outdoes, rough_enclosure
from remodel_abm.cells.place import beside, nearest_surface, ready_density, surface_beside
from remodel_abm.cells.turns import has_turn, long_step
from remodel_abm.declare import Mechanism, Param
from remodel_abm.kernel import allocating, kernel
from remodel_abm.rng import chance, combine, decision, happens, uniform
from remodel_abm.signals.field import release, sense
from remodel_abm.signals.field import secrete as feed
from remodel_abm.tissue.matrix import dissolve

_WANDER, _DIVIDE = decision("preosteoblast.wander"), decision("preosteoblast.divide")
_TURN, _SHIFT = decision("preosteoblast.turn"), decision("preosteoblast.shift")
_MATURE, _LEAVE = decision("preosteoblast.mature"), decision("preosteoblast.leave")


class Preosteoblast(Cell):
    """Mononuclear cell of the reversal surface."""

    name = "preosteoblast"
    reads = ("rankl", "opg", "igf1", "sclerostin", "tgf_beta")
    habitat = "none"
    columns = {
        "stage": Column("i1", "1", "0 reversal cell, 1 pre-osteoblast"),
        "seated": Column("i1", "1", "1 once counted in the crew of its voxel"),
        "primed": Column("f8", "1", "memory of IGF-1, 0 to 1"),
    }
    fates = (None, "osteoblast")
    daughter = "preosteoblast"
    mechanisms = (
        Mechanism("M21", "osteoid waits for a density of cells", "Eriksen1984",
                  {"threshold_density": 0.0}),
    )  # fmt: skip

    footprint = Param(
        222.0, "um2", 150.0, 250.0, "P07", "measured", "surface one cell covers", "", "P07",
    )  # fmt: skip
    cleaning_rate = Param(
        1.37, "um/d", 0.3, 2.0, "Eriksen1984", "calibrated",
        "erosion under a full cover of mononuclear cells; fitted to 30 um in 34 d as it builds up",
        "human", "P15",
        section=1.4,
    )  # fmt: skip
    division_rate = Param(
        0.02, "1/d", 0.02, 0.7, "M21", "calibrated",
        "hazard at full TGF-beta; by hand, fitted to a drift of bone volume of nil (T10)",
    )  # fmt: skip
    half_tgf = Param(
        0.05, "pmol/L", 0.005, 0.5, "M20", "assumed", "TGF-beta for half the divisions"
    )
    threshold_density = Param(
        2750.0, "1/mm2", 1000.0, 5000.0, "M21", "calibrated",
        "cells per surface that lets osteoid start; fitted to wall thickness",
        section=2500.0,
    )  # fmt: skip
    sensing_radius = Param(
        40.0,
        "um",
        20.0,
        80.0,
        "M21",
        "assumed",
        "over which it feels how crowded it is",
    )
    shifting_rate = Param(
        0.1, "1/d", 0.05, 5.0, "Lassen2017", "assumed",
        "hazard of looking for an emptier seat next door",
    )  # fmt: skip
    eroded_preference = Param(
        4.0, "1", 0.0, 20.0, "Lassen2017", "assumed",
        "cells more that a reversal cell bears beside it on eroded than on forming surface",
    )  # fmt: skip
    reversal_time = Param(
        23.0, "d", 5.0, 48.0, "Eriksen1984", "calibrated",
        "mean time for which a cell cleans; by hand, fitted to a reversal of 48 d, since osteoid "
        "starts once enough of a crew are done",
        "human", "P17",
        section=17.0,
    )  # fmt: skip
    maturation_rate = Param(
        0.25, "1/d", 0.05, 1.0, "Eriksen1984", "derived",
        "pre-osteoblast phase of 9 d at usual IGF-1",
        "human", "P17",
    )  # fmt: skip
    half_igf1 = Param(0.02, "pmol/L", 0.005, 0.5, "M20", "assumed", "IGF-1 for half the priming")
    memory_time = Param(
        25.0,
        "d",
        2.0,
        60.0,
        "Xian2012",
        "assumed",
        "how long mTOR priming by IGF-1 lasts",
    )
    half_sclerostin = Param(
        24.0,
        "pmol/L",
        5.0,
        100.0,
        "M25",
        "assumed",
        "that halves maturation; serum level",
        "",
        "P46",
    )
    loss_rate = Param(
        0.01,
        "1/d",
        0.001,
        0.1,
        "M21",
        "assumed",
        "cells that leave or die before osteoid starts",
    )
    rankl_secretion = Param(0.5, "zmol/d", 0.05, 5.0, "X02", "assumed", "precursors carry RANKL")
    opg_secretion = Param(1.0, "zmol/d", 0.0, 10.0, "P42", "assumed", "less than osteoblasts")

    def leave_place(self, layers):
        """Leave the crew of its voxel."""
        if self.seated:
            layers.crew[self.pos] -= 1
            layers.ready[self.pos] -= self.stage
            self.seated = 0

    @staticmethod
    @kernel
    def secrete(cells, tissue, signals, p, now):
        """Secrete RANKL and some OPG."""
        for i in range(len(cells)):
            if cells["alive"][i]:
                z, y, x = cells["z"][i], cells["y"][i], cells["x"][i]
                feed(signals, signals.rankl, z, y, x, p.rankl_secretion)
                feed(signals, signals.opg, z, y, x, p.opg_secretion)

    @staticmethod
    @allocating
    def act(cells, tissue, signals, p, now):
        """Sit on the eroded surface, spread out, clean it, take up IGF-1, divide."""
        around, found = ball(tissue, p.sensing_radius), np.empty(27, np.int64)
        _live(cells, tissue, signals, p, now, around, found)

    @staticmethod
    @kernel
    def turn_over(cells, tissue, signals, p, now):
        """Leave, or mature into an osteoblast."""
        for i in range(len(cells)):
            if not cells["alive"][i]:
                continue
            if cells["fate"][i] == 0:
                if happens(p.loss_rate, now.dt, now.seed, _LEAVE, cells["id"][i], now.tick):
                    cells["fate"][i] = 1
                elif cells["stage"][i] == 1 and _matures(cells, i, tissue, signals, p, now):
                    cells["fate"][i] = 2
            if cells["fate"][i] != 0:
                _rise(cells, i, tissue)


@kernel
def _live(cells, tissue, signals, p, now, around, found):
    turn = long_step(now)
    for i in range(len(cells)):
        if not cells["alive"][i] or not has_turn(cells["id"][i], now):
            continue
        if not _sit(cells, i, tissue, p, turn, found):
            cells["fate"][i] = 1
            continue
        z, y, x = cells["z"][i], cells["y"][i], cells["x"][i]
        igf1 = sense(signals, signals.igf1, z, y, x)
        toward = igf1 / (igf1 + p.half_igf1) - cells["primed"][i]
        cells["primed"][i] += toward * turn.dt / p.memory_time
        if cells["stage"][i] == 0:
            _reverse(cells, i, tissue, signals, p, turn, around, found)
        _divide(cells, i, tissue, signals, p, turn)


@kernel
def _sit(cells, i, tissue, p, now, found):
    """Keep its seat on eroded or forming surface, or take another; False if there is none."""
    z, y, x = cells["z"][i], cells["y"][i], cells["x"][i]
    on_surface = tissue.exposed[z, y, x] > 0 and 2 <= tissue.state[z, y, x] <= 3
    if on_surface and cells["seated"][i] == 1 and not _shifts(cells, i, p, now):
        cells["site"][i] = tissue.site[z, y, x]
        return True
    _rise(cells, i, tissue)
    if on_surface:
        z, y, x = _less_crowded(cells, i, tissue, p, now, found)
    else:
        z, y, x = nearest_surface(tissue, z, y, x, p.sensing_radius, 2, 3)
    if z < 0:
        return False
    cells["z"][i], cells["y"][i], cells["x"][i] = z, y, x
    tissue.crew[z, y, x] += 1
    if cells["stage"][i] == 1:
        tissue.ready[z, y, x] += 1
    cells["seated"][i] = 1
    cells["site"][i] = tissue.site[z, y, x]
    return True


@kernel
def _shifts(cells, i, p, now):
    return happens(p.shifting_rate, now.dt, now.seed, _SHIFT, cells["id"][i], now.tick)


@kernel
def _rise(cells, i, tissue):
    """Leave the seat, if it has one."""
    if cells["seated"][i] == 1:
        z, y, x = cells["z"][i], cells["y"][i], cells["x"][i]
        tissue.crew[z, y, x] -= 1
        if cells["stage"][i] == 1:
            tissue.ready[z, y, x] -= 1
        cells["seated"][i] = 0


@kernel
def _less_crowded(cells, i, tissue, p, now, found):
    """Return the seat in the 3 x 3 x 3 cube with the smallest crew; reversal cells want eroded."""
    cz, cy, cx = cells["z"][i], cells["y"][i], cells["x"][i]
    number = surface_beside(tissue, cz, cy, cx, 2, 3, found)
    shunned = p.eroded_preference if cells["stage"][i] == 0 else 0.0
    fewest = math.inf
    for k in range(number):
        z, y, x = beside(cz, cy, cx, found[k])
        fewest = min(fewest, tissue.crew[z, y, x] + shunned * (tissue.state[z, y, x] == 3))
    bz, by, bx = cz, cy, cx
    best = fewest + 1.0  # lots are below one: who has a cell more than the fewest cannot win
    for k in range(number):
        z, y, x = beside(cz, cy, cx, found[k])
        crowd = tissue.crew[z, y, x] + shunned * (tissue.state[z, y, x] == 3)
        if crowd < best:
            crowd += uniform(now.seed, _WANDER, combine(cells["id"][i], found[k]), now.tick)
            if crowd < best:
                best, bz, by, bx = crowd, z, y, x
    return bz, by, bx


@kernel
def _reverse(cells, i, tissue, signals, p, now, around, found):
    """Clean the lacuna until the cell's time is over or bone forms beneath it."""
    z, y, x = cells["z"][i], cells["y"][i], cells["x"][i]
    forms = tissue.state[z, y, x] == 3
    if not forms:
        _clean(cells, i, tissue, signals, p, now, around, found)
    if forms or happens(1.0 / p.reversal_time, now.dt, now.seed, _TURN, cells["id"][i], now.tick):
        cells["stage"][i] = 1
        tissue.ready[z, y, x] += 1


@kernel
def _matures(cells, i, tissue, signals, p, now):
    """Tell whether it becomes an osteoblast: driven by IGF-1, held back by sclerostin."""
    lot = uniform(now.seed, _MATURE, cells["id"][i], now.tick)
    if lot >= chance(p.maturation_rate, now.dt):
        return False  # without a look at what can only slow it
    z, y, x = cells["z"][i], cells["y"][i], cells["x"][i]
    brake = 1.0 + sense(signals, signals.sclerostin, z, y, x) / p.half_sclerostin
    rate = p.maturation_rate * cells["primed"][i] / brake
    return lot < chance(rate, now.dt) and _may_form(tissue, z, y, x, p)


@kernel
def _may_form(tissue, z, y, x, p):
    """Tell whether osteoid may start: where it has, or where pre-osteoblasts stand densely."""
    return (
        tissue.state[z, y, x] == 3
        or ready_density(tissue, z, y, x, p.sensing_radius) >= p.threshold_density
    )


@kernel
def _clean(cells, i, tissue, signals, p, now, around, found):
    """Dissolve what stands out most of the lacuna in reach, and free what it held."""
    z, y, x = cells["z"][i], cells["y"][i], cells["x"][i]
    z, y, x = _what_stands_out(tissue, z, y, x, p, around, found)
    share = p.cleaning_rate * p.footprint * now.dt / tissue.volume
    bitten = dissolve(tissue, z, y, x, share, tissue.site[z, y, x], now, False)
    release(signals, signals.tgf_beta, z, y, x, bitten * tissue.volume)
    release(signals, signals.igf1, z, y, x, bitten * tissue.volume)


@kernel
def _what_stands_out(tissue, cz, cy, cx, p, around, found):
    """Return the eroded voxel of the 3 x 3 x 3 cube that matrix encloses least."""
    best = math.inf, cz, cy, cx, 0.0
    for k in range(surface_beside(tissue, cz, cy, cx, 2, 2, found)):
        z, y, x = beside(cz, cy, cx, found[k])
        one = rough_enclosure(tissue, z, y, x, around), z, y, x, 0.0
        if outdoes(tissue, best, one, p.sensing_radius):
            best = one
    return best[1], best[2], best[3]


@kernel
def _divide(cells, i, tissue, signals, p, now):
    """Divide at a rate set by TGF-beta, where there are too few to form bone."""
    lot = uniform(now.seed, _DIVIDE, cells["id"][i], now.tick)
    if lot >= chance(p.division_rate, now.dt):
        return  # without a look at how much TGF-beta there is
    z, y, x = cells["z"][i], cells["y"][i], cells["x"][i]
    tgf = sense(signals, signals.tgf_beta, z, y, x)
    rate = p.division_rate * tgf / (tgf + p.half_tgf)
    if lot < chance(rate, now.dt) and not _may_form(tissue, z, y, x, p):
        cells["buds"][i] = 1
        cells["bz"][i], cells["by"][i], cells["bx"][i] = z, y, x
