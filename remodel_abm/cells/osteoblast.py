"""Osteoblasts: lay osteoid, then die, line the surface or stay behind as osteocytes (M06, M25c)."""

import math

from remodel_abm.cells import Cell, Column
from remodel_abm.cells.enclosure import ball, borders_full, outdoes, rough_enclosure
from remodel_abm.cells.place import ready_density
from remodel_abm.cells.turns import has_turn, long_step
from remodel_abm.declare import Mechanism, Param
from remodel_abm.kernel import allocating, kernel
from remodel_abm.rng import decision, happens
from remodel_abm.signals.field import secrete as feed
from remodel_abm.signals.field import sense
from remodel_abm.tissue.fill import LEVELS, level_of
from remodel_abm.tissue.matrix import deposit, inside

_DIE, _LINE = decision("osteoblast.die"), decision("osteoblast.line")
_EMBED, _SEEK = decision("osteoblast.embed"), decision("osteoblast.seek")


class Osteoblast(Cell):
    """Cell that forms bone."""

    name = "osteoblast"
    reads = ("opg", "sclerostin")
    habitat = "none"
    columns = {"seated": Column("i1", "1", "1 once counted in the crew of its voxel")}
    fates = (None, "lining_cell", "osteocyte")
    mechanisms = (
        Mechanism("M25b", "sclerostin brakes osteoblasts at work", "Modder2011b",
                  {"half_sclerostin": 1e12}),
        Mechanism("M21", "osteoid spreads where its next crew stands ready", "Eriksen1984",
                  {"spreading_density": 0.0}),
    )  # fmt: skip

    matrix_rate = Param(
        101.5, "um3/d", 60.0, 300.0, "Kragstrup1983", "calibrated",
        "osteoid laid at the usual level of sclerostin; fitted to the balance of T10; 0.63 um/d "
        "over 222 um2 is 140",
        "human", "P18",
        section=89.0,
    )  # fmt: skip
    usual_sclerostin = Param(
        23.7, "pmol/L", 23.1, 24.3, "Modder2011b", "measured",
        "level in serum of women, at which the matrix rate is as stated", "human", "P46",
    )  # fmt: skip
    half_sclerostin = Param(
        5.0, "pmol/L", 5.0, 300.0, "M25", "calibrated",
        "that halves the matrix rate against none: how much load and estrogen move formation; "
        "fitted to T20 and to the late course of T02",
        "", "P46",
    )  # fmt: skip
    apoptosis_rate = Param(
        0.0087, "1/d", 0.004, 0.0093, "P24", "derived",
        "65 % of osteoblasts, of a mean active life of 75 d", "", "P24",
    )  # fmt: skip
    lining_rate = Param(0.003, "1/d", 0.0013, 0.003, "P24", "derived", "22 % of them", "", "P24")
    lacunar_density = Param(
        20000.0, "1/mm3", 15000.0, 30000.0, "P05", "measured",
        "osteocytes per new matrix: the burial rate is this times the matrix rate (M25c)",
        "human", "P05",
    )  # fmt: skip
    evening_radius = Param(
        40.0, "um", 20.0, 80.0, "Bidan2012", "assumed",
        "over which the sheet of osteoblasts feels how hollow the surface is: three cells",
    )  # fmt: skip
    crowding = Param(
        0.03, "1", 0.0, 0.5, "Bidan2012", "assumed",
        "share of matrix round it that one more cell at a place outweighs",
    )  # fmt: skip
    seeking_rate = Param(
        0.1, "1/d", 0.05, 5.0, "Bidan2012", "assumed",
        "hazard of looking for a more hollow place; it also looks when its own is full. In ten "
        "days it lays an eighth of a voxel of 20 um",
    )  # fmt: skip
    spreading_density = Param(
        2550.0, "1/mm2", 0.0, 5000.0, "M21", "assumed",
        "pre-osteoblasts on eroded surface from which osteoid spreads onto it: the next lacuna "
        "is cleaned to its end first",
        section=1500.0,
    )  # fmt: skip
    opg_secretion = Param(
        4.0, "zmol/d", 0.4, 20.0, "X02", "assumed", "active osteoblasts carry OPG"
    )

    def leave_place(self, layers):
        """Leave the crew of its voxel."""
        if self.seated:
            layers.crew[self.pos] -= 1
            self.seated = 0

    @staticmethod
    @kernel
    def secrete(cells, tissue, signals, p, now):
        """Secrete OPG."""
        for i in range(len(cells)):
            if cells["alive"][i]:
                feed(
                    signals,
                    signals.opg,
                    cells["z"][i],
                    cells["y"][i],
                    cells["x"][i],
                    p.opg_secretion,
                )

    @staticmethod
    @allocating
    def act(cells, tissue, signals, p, now):
        """Lay osteoid where the lacuna is deepest within reach.

        MAR follows from the rate and from how densely the cells stand.
        """
        _form(cells, tissue, signals, p, now, ball(tissue, p.evening_radius))

    @staticmethod
    @kernel
    def turn_over(cells, tissue, signals, p, now):
        """Die, become a lining cell, or be buried in proportion to the matrix laid."""
        for i in range(len(cells)):
            if not cells["alive"][i]:
                continue
            z, y, x = cells["z"][i], cells["y"][i], cells["x"][i]
            identity = cells["id"][i]
            laid = matrix_laid(p, sense(signals, signals.sclerostin, z, y, x))
            burial = p.lacunar_density * 1e-9 * laid
            if happens(p.apoptosis_rate, now.dt, now.seed, _DIE, identity, now.tick):
                cells["fate"][i] = 1
            elif happens(p.lining_rate, now.dt, now.seed, _LINE, identity, now.tick):
                cells["fate"][i] = 2
            elif happens(burial, now.dt, now.seed, _EMBED, identity, now.tick):
                cells["fate"][i] = 3
            if cells["fate"][i] != 0 and cells["seated"][i] == 1:
                tissue.crew[z, y, x] -= 1
                cells["seated"][i] = 0


@kernel
def matrix_laid(p, level):
    """Return what a cell lays a day at a level of sclerostin [pmol/L]: 1 / (1 + S / K). [um3]"""
    return p.matrix_rate * (p.half_sclerostin + p.usual_sclerostin) / (p.half_sclerostin + level)


@kernel
def _form(cells, tissue, signals, p, now, around):
    turn = long_step(now)
    for i in range(len(cells)):
        if not cells["alive"][i] or not has_turn(cells["id"][i], now):
            continue
        if not _stays(cells, i, tissue, p, turn) and not _seek_hollow(cells, i, tissue, p, around):
            continue
        z, y, x = cells["z"][i], cells["y"][i], cells["x"][i]
        laid = matrix_laid(p, sense(signals, signals.sclerostin, z, y, x))
        share = laid * turn.dt / tissue.volume
        deposit(tissue, z, y, x, share, cells["site"][i], turn)


@kernel
def _stays(cells, i, tissue, p, now):
    """Tell whether a cell goes on where it is: there is room, and it does not look round today."""
    if cells["seated"][i] == 0:
        return False
    if happens(p.seeking_rate, now.dt, now.seed, _SEEK, cells["id"][i], now.tick):
        return False
    return level_of(tissue, cells["z"][i], cells["y"][i], cells["x"][i]) < LEVELS


@kernel
def _seek_hollow(cells, i, tissue, p, around):
    """Move to the place with room that matrix encloses most, and where fewest cells stand.

    Formation on hollow before flat surface is what confluent osteoblasts do under surface
    tension (Bidan 2012); it keeps the front even.
    """
    cz, cy, cx = cells["z"][i], cells["y"][i], cells["x"][i]
    if cells["seated"][i] == 1:
        tissue.crew[cz, cy, cx] -= 1
    best = -math.inf, -1, -1, -1, 0.0
    for k in range(27):
        z, y, x = cz + k // 9 - 1, cy + (k // 3) % 3 - 1, cx + k % 3 - 1
        if inside(tissue, z, y, x) and _has_room(tissue, z, y, x):
            toll = p.crowding * tissue.crew[z, y, x]
            one = rough_enclosure(tissue, z, y, x, around) - toll, z, y, x, toll
            if outdoes(tissue, one, best, p.evening_radius) and _is_ready(tissue, z, y, x, p):
                best = one
    _, bz, by, bx, _ = best
    if bz < 0:
        cells["seated"][i] = 0
        return False
    cells["z"][i], cells["y"][i], cells["x"][i] = bz, by, bx
    tissue.crew[bz, by, bx] += 1
    cells["seated"][i] = 1
    if tissue.state[bz, by, bx] >= 2:
        # Neighbouring lacunae run into one another; each is refilled on its own account.
        cells["site"][i] = tissue.site[bz, by, bx]
    return True


@kernel
def _is_ready(tissue, z, y, x, p):
    """Tell whether osteoid may spread to a voxel: eroded surface waits for its own crew."""
    if tissue.state[z, y, x] != 2 or tissue.exposed[z, y, x] == 0:
        return True
    return ready_density(tissue, z, y, x, p.evening_radius) >= p.spreading_density


@kernel
def _has_room(tissue, z, y, x):
    """Tell whether osteoid may be laid in a voxel: of the lacuna, or what borders it."""
    held = level_of(tissue, z, y, x)
    if held == LEVELS:
        return False
    if held > 0 and tissue.state[z, y, x] >= 2:
        return True
    if held == 0 and not borders_full(tissue, z, y, x):
        return False
    for step in range(-1, 2, 2):
        for axis in range(3):
            nz = z + (step if axis == 0 else 0)
            ny = y + (step if axis == 1 else 0)
            nx = x + (step if axis == 2 else 0)
            if inside(tissue, nz, ny, nx) and tissue.state[nz, ny, nx] >= 2:
                return True
    return False
