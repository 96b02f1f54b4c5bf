"""Osteocytes: the network in the bone. They sense load, brake formation, and call when dying."""

import math

from remodel_abm.cells import Cell, Column
from remodel_abm.cells.place import distance, reach
from remodel_abm.declare import Mechanism, Param
from remodel_abm.kernel import kernel
from remodel_abm.rng import chance, decision, happens, uniform
from remodel_abm.signals.field import coarse
from remodel_abm.signals.field import secrete as feed
from remodel_abm.tissue.fill import level_of
from remodel_abm.tissue.matrix import inside

_DIE, _SILENCE = decision("osteocyte.die"), decision("osteocyte.fall_silent")
_CALL, _SUCCUMB = decision("osteocyte.call"), decision("osteocyte.succumb")


class Osteocyte(Cell):
    """Cell in a lacuna of bone; stays as an empty lacuna after its death."""

    name = "osteocyte"
    reads = ("rankl", "opg", "sclerostin")
    habitat = "bone"
    columns = {
        "stage": Column("i1", "1", "0 at rest, 1 calling, 2 empty lacuna"),
        "doomed": Column("i1", "1", "1 if it will not outlive its call"),
        "shown": Column("f8", "pmol/L", "RANKL that it shows while it calls"),
        "shown_reach": Column("f8", "um", "how far it shows that"),
    }
    mechanisms = (
        Mechanism("M10", "dying osteocytes call remodeling", "Bellido2014", {"dying_rankl": 0.0}),
        Mechanism("M25", "load holds sclerostin down", "Robling2008",
                  {"strain_on_sclerostin": 0.0, "strain_on_rankl": 0.0}),
    )  # fmt: skip

    density = Param(
        20000.0, "1/mm3", 15000.0, 30000.0, "P05", "measured", "lacunae per bone volume", "human",
        "P05",
    )  # fmt: skip
    half_life = Param(9131.0, "d", 3650.0, 18262.0, "P25", "measured", "25 years", "human", "P25")
    death_factor = Param(
        1.0,
        "1",
        0.1,
        10.0,
        "M09",
        "derived",
        "what hormones and drugs make of the death rate",
    )
    severed_call_rate = Param(
        0.044, "1/d", 0.005, 0.5, "M25e", "calibrated",
        "call of an osteocyte whose canaliculi an osteoclast cuts; carries the site forward; "
        "fitted to the size of sites, then by hand on T10",
    )  # fmt: skip
    severed_death_share = Param(
        0.02, "1", 0.0, 1.0, "Kennedy2012", "assumed",
        "of these calls that end in death: bystanders of dying cells show the RANKL and live on",
    )  # fmt: skip
    calling_time = Param(
        10.0, "d", 4.0, 30.0, "M10", "assumed", "how long an osteocyte in need shows RANKL"
    )
    dying_rankl = Param(
        31.0,
        "pmol/L",
        3.0,
        150.0,
        "M10",
        "assumed",
        "RANKL shown at the cell that dies; so much that RANK next to it is nearly full",
    )
    call_reach = Param(
        60.0, "um", 30.0, 120.0, "P06", "assumed",
        "how far it is shown, falling in a straight line: about two osteocytes away",
    )  # fmt: skip
    rankl_secretion = Param(
        0.6, "zmol/d", 0.02, 2.0, "Nakashima2011", "assumed",
        "most of the soluble RANKL in remodeling comes from osteocytes; with lining cells about 1 "
        "pmol/L in marrow", "mouse", "M02b",
    )  # fmt: skip
    opg_secretion = Param(
        4.0,
        "zmol/d",
        0.4,
        20.0,
        "P42",
        "assumed",
        "gives 2-6 pmol/L of OPG with osteoblasts",
    )
    sclerostin_secretion = Param(
        0.8,
        "zmol/d",
        0.1,
        5.0,
        "P46",
        "derived",
        "gives the 23.7 pmol/L of women's serum",
    )
    strain_on_sclerostin = Param(
        1.8, "1", 0.0, 3.0, "M25", "calibrated",
        "exponent: sclerostin falls as strain^-this; by hand on T20 (formation) and T02",
    )  # fmt: skip
    strain_on_rankl = Param(
        1.5, "1", 0.0, 3.0, "M25", "calibrated",
        "exponent: RANKL falls as strain^-this, so loss slows as bone thins; by hand on T02, T20",
    )  # fmt: skip

    def leave_place(self, layers):
        """Show no RANKL any more."""
        if self.stage == 1:
            _show_rankl(layers, *self.pos, -self.shown, self.shown_reach)

    @staticmethod
    @kernel
    def secrete(cells, tissue, signals, p, now):
        """Secrete RANKL, OPG and sclerostin; less RANKL and sclerostin where strain is high."""
        share = 1.0 / tissue.strain_factor
        for i in range(len(cells)):
            if not cells["alive"][i] or cells["stage"][i] == 2:
                continue
            z, y, x = cells["z"][i], cells["y"][i], cells["x"][i]
            place = coarse(z, share), coarse(y, share), coarse(x, share)
            calling = p.rankl_secretion * _power(tissue, 0, place, -p.strain_on_rankl)
            braking = p.sclerostin_secretion * _power(tissue, 1, place, -p.strain_on_sclerostin)
            feed(signals, signals.rankl, z, y, x, calling)
            feed(signals, signals.opg, z, y, x, p.opg_secretion)
            feed(signals, signals.sclerostin, z, y, x, braking)

    @staticmethod
    @kernel
    def act(cells, tissue, signals, p, now):
        """Call when cut or dying of age, fall silent or die, leave with the bone round it."""
        ageing = chance(math.log(2.0) / p.half_life * p.death_factor, now.dt)
        for i in range(len(cells)):
            if not cells["alive"][i]:
                continue
            z, y, x = cells["z"][i], cells["y"][i], cells["x"][i]
            if level_of(tissue, z, y, x) == 0:
                if cells["stage"][i] == 1:
                    _fall_silent(cells, i, tissue)
                cells["fate"][i] = 1
            elif cells["stage"][i] == 0:
                _endure(cells, i, tissue, p, now, ageing)
            elif cells["stage"][i] == 1 and happens(
                1.0 / p.calling_time, now.dt, now.seed, _SILENCE, cells["id"][i], now.tick
            ):  # fmt: skip
                _fall_silent(cells, i, tissue)


@kernel
def _power(tissue, which, place, exponent):
    """Return a power of the strain at a coarse place, and keep it: strain changes monthly."""
    z, y, x = place
    strain, kept = tissue.strain[z, y, x], tissue.powers[which, z, y, x]
    if kept["base"] != strain or kept["exponent"] != exponent:
        kept["base"], kept["exponent"], kept["power"] = strain, exponent, strain**exponent
    return kept["power"]


@kernel
def _endure(cells, i, tissue, p, now, ageing):
    """Start to call: to die of age, or for cut canaliculi, of which some die too."""
    z, y, x = cells["z"][i], cells["y"][i], cells["x"][i]
    identity = cells["id"][i]
    cut = tissue.severed[z, y, x]
    if cut == 1:
        tissue.severed[z, y, x] = 0
    dies = uniform(now.seed, _DIE, identity, now.tick) < ageing
    if dies or (
        cut == 1 and happens(p.severed_call_rate, now.dt, now.seed, _CALL, identity, now.tick)
    ):
        lot = uniform(now.seed, _SUCCUMB, identity, now.tick)
        cells["doomed"][i] = 1 if dies or lot < p.severed_death_share else 0
        cells["stage"][i] = 1
        # What it takes back is what it showed, whatever a drug or a switch does meanwhile.
        cells["shown"][i], cells["shown_reach"][i] = p.dying_rankl, p.call_reach
        _show_rankl(tissue, z, y, x, p.dying_rankl, p.call_reach)


@kernel
def _fall_silent(cells, i, tissue):
    """Take back the RANKL it showed, and go on as a cell at rest or as an empty lacuna."""
    z, y, x = cells["z"][i], cells["y"][i], cells["x"][i]
    cells["stage"][i] = 2 if cells["doomed"][i] == 1 else 0
    _show_rankl(tissue, z, y, x, -cells["shown"][i], cells["shown_reach"][i])
    cells["shown"][i] = 0.0


@kernel
def _show_rankl(tissue, z, y, x, level, radius):
    """Add `level` [pmol/L] at a voxel, falling linearly to nothing at `radius`."""
    rz, ry = reach(radius, tissue.depth), reach(radius, tissue.voxel)
    for dz in range(-rz, rz + 1):
        for dy in range(-ry, ry + 1):
            for dx in range(-ry, ry + 1):
                nz, ny, nx = z + dz, y + dy, x + dx
                if inside(tissue, nz, ny, nx):
                    share = 1.0 - distance(tissue, z, y, x, nz, ny, nx) / radius
                    if share > 0.0:
                        shown = tissue.membrane[nz, ny, nx] + level * share
                        # Taking back what was added leaves rounding, which must not build up.
                        tissue.membrane[nz, ny, nx] = shown if shown > 1e-9 else 0.0
