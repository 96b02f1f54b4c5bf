"""Osteoclasts: attach, resorb, crawl to fresh surface, gain nuclei, die or fission (M01, M23)."""

import math

from remodel_abm.cells import Cell, Column
from remodel_abm.cells.enclosure import ball, outdoes, rough_enclosure
from remodel_abm.cells.place import distance, in_sphere, nearest_surface, reach, widened
from remodel_abm.declare import Mechanism, Param
from remodel_abm.kernel import allocating, kernel
from remodel_abm.rng import combine, decision, happens, uniform
from remodel_abm.signals.field import release
from remodel_abm.signals.rankl import occupancy
from remodel_abm.tissue.blocks import count_clast
from remodel_abm.tissue.matrix import dissolve, inside

_DIE, _FISSION = decision("osteoclast.die"), decision("osteoclast.fission")
_DETACH, _WHERE = decision("osteoclast.detach"), decision("osteoclast.where")
_LEVEL = decision("osteoclast.level")


class Osteoclast(Cell):
    """Multinucleated cell that resorbs bone."""

    name = "osteoclast"
    reads = ("rankl", "opg", "tnf", "il1", "il6", "tgf_beta", "igf1")
    habitat = "none"
    columns = {"nuclei": Column("i4", "1", "number of nuclei")}
    fates = (None, "osteoclast_precursor")
    mechanisms = (
        Mechanism("M13", "RANKL drives osteoclasts at work", "Burgess1999",
                  {"rank_on_resorption": 0.0}),
        Mechanism("P14", "osteoclasts level their lacuna", "Soe2017", {"leveling": 0.0}),
        Mechanism("M25d", "osteoclasts fission to osteomorphs", "McDonald2021",
                  {"fission_rate": 0.0}),
    )  # fmt: skip

    radius = Param(25.0, "um", 10.0, 50.0, "P09", "measured", "half its width", "human", "P09")
    resorption_rate = Param(
        272.0, "um3/d", 150.0, 4000.0, "Eriksen1984", "calibrated",
        "per nucleus; fitted to E.De; 3.8 um/d over 50 um, shared by 7 nuclei, is 1070 (P14: 1340)",
        "human", "P13",
        section=215.0,
    )  # fmt: skip
    usual_occupancy = Param(
        0.55, "1", 0.1, 0.9, "M13", "derived",
        "of RANK, on osteoclasts before menopause, at which the resorption rate is as stated",
    )  # fmt: skip
    rank_on_resorption = Param(
        2.0, "1", 0.0, 2.0, "Burgess1999", "calibrated",
        "exponent: resorption goes with the share of RANK occupied; by hand on T23, where CTX has "
        "three weeks to rise",
    )  # fmt: skip
    most_nuclei = Param(
        20.0,
        "1",
        10.0,
        30.0,
        "P09",
        "measured",
        "nuclei of the largest osteoclasts",
        "human",
        "P09",
    )
    apoptosis_rate = Param(
        0.055,
        "1/d",
        0.04,
        0.125,
        "P10",
        "derived",
        "one over a lifespan of two weeks where a third of RANK is empty",
        "",
        "P10",
    )
    starvation = Param(
        1.0, "1", 0.0, 5.0, "M13", "assumed",
        "how much faster it dies without RANKL than with RANK fully occupied",
    )  # fmt: skip
    fission_rate = Param(
        0.01, "1/d", 0.0, 0.05, "McDonald2021", "assumed", "hazard of falling into osteomorphs"
    )
    contact_rankl = Param(
        2.46,
        "pmol/L",
        0.5,
        30.0,
        "P40",
        "assumed",
        "membrane RANKL that neighbours show to it in calm marrow",
    )
    detachment_rate = Param(
        0.03, "1/d", 0.03, 0.5, "Eriksen1984", "derived",
        "hazard of leaving where it resorbs: 8 d at a site with death",
        "human", "P17",
    )  # fmt: skip
    crawl_reach = Param(
        50.0,
        "um",
        50.0,
        250.0,
        "P14",
        "derived",
        "how far it looks for fresh surface in a step",
    )
    leveling = Param(
        1.0, "1", 0.0, 1.0, "Soe2017", "assumed",
        "share of its moves that go where matrix encloses it least; the others go to the nearest "
        "bone",
        "human", "P14",
    )  # fmt: skip
    cutting_reach = Param(
        30.0, "um", 10.0, 60.0, "M25e", "assumed",
        "beyond its rim, how far it severs the canaliculi of osteocytes",
    )  # fmt: skip

    def leave_place(self, layers):
        """Count no longer among the osteoclasts of its voxel."""
        count_clast(layers, *self.pos, -1)

    @staticmethod
    @allocating
    def act(cells, tissue, signals, p, now):
        """Take up waiting nuclei and dissolve the bone in reach.

        ``p.resorption_rate * nuclei * dt`` is spread over the bare bone surface within the
        radius; what the surface there cannot give is not resorbed elsewhere.
        """
        _work(cells, tissue, signals, p, now, ball(tissue, p.radius))

    @staticmethod
    @kernel
    def turn_over(cells, tissue, signals, p, now):
        """Take up the nuclei that came today; die, fission, or crawl on."""
        for i in range(len(cells)):
            if not cells["alive"][i]:
                continue
            # Before it leaves, or they would lie there until another osteoclast came by.
            _gain_nuclei(cells, i, tissue, p)
            z, y, x = cells["z"][i], cells["y"][i], cells["x"][i]
            identity = cells["id"][i]
            fed = occupancy(signals, tissue, z, y, x, p.contact_rankl)
            dying = p.apoptosis_rate * (1.0 + p.starvation * (1.0 - fed))
            if happens(dying, now.dt, now.seed, _DIE, identity, now.tick):
                cells["fate"][i] = 1
            elif happens(p.fission_rate, now.dt, now.seed, _FISSION, identity, now.tick):
                cells["fate"][i] = 2
                cells["litter"][i] = cells["nuclei"][i]
            elif happens(p.detachment_rate, now.dt, now.seed, _DETACH, identity, now.tick):
                _crawl(cells, i, tissue, p, now)
            if cells["fate"][i] != 0:
                count_clast(tissue, z, y, x, -1)


@kernel
def _work(cells, tissue, signals, p, now, around):
    for i in range(len(cells)):
        if not cells["alive"][i]:
            continue
        _gain_nuclei(cells, i, tissue, p)
        if not _in_reach(tissue, cells["z"][i], cells["y"][i], cells["x"][i]):
            _settle_down(cells, i, tissue, p, now, around)
        _resorb(cells, i, tissue, signals, p, now)


@kernel
def _gain_nuclei(cells, i, tissue, p):
    z, y, x = cells["z"][i], cells["y"][i], cells["x"][i]
    if cells["nuclei"][i] == 0:
        cells["nuclei"][i] = 1
    gained = cells["nuclei"][i] + tissue.joining[z, y, x]
    cells["nuclei"][i] = min(gained, int(p.most_nuclei))
    tissue.joining[z, y, x] = 0


@kernel
def _move(cells, i, tissue, z, y, x):
    """Go to surface in reach, and work from now on at the site that it is part of."""
    count_clast(tissue, cells["z"][i], cells["y"][i], cells["x"][i], -1)
    cells["z"][i], cells["y"][i], cells["x"][i] = z, y, x
    cells["site"][i] = tissue.site[z, y, x]
    count_clast(tissue, z, y, x, 1)


@kernel
def _settle_down(cells, i, tissue, p, now, around):
    """Follow the surface that it has dissolved from under itself, or go where more is bare.

    It goes on where matrix encloses it least: osteoclasts move sideways as they resorb (Soe 2017),
    so a lacuna has a level floor, and its depth is a matter of how many work on it for how long.
    """
    bz, by, bx = -1, -1, -1
    if uniform(now.seed, _LEVEL, cells["id"][i], now.tick) < p.leveling:
        bz, by, bx = _least_enclosed(cells, i, tissue, p, around)
    if bz < 0:
        cz, cy, cx = cells["z"][i], cells["y"][i], cells["x"][i]
        bz, by, bx = nearest_surface(tissue, cz, cy, cx, p.crawl_reach, 1, 2)
    if bz >= 0:
        _move(cells, i, tissue, bz, by, bx)


@kernel
def _least_enclosed(cells, i, tissue, p, around):
    """Return the bone in its grip that matrix encloses least, or (-1, -1, -1)."""
    cz, cy, cx = cells["z"][i], cells["y"][i], cells["x"][i]
    radius = widened(tissue, p.radius)
    rz, ry = reach(radius, tissue.depth), reach(radius, tissue.voxel)
    best = math.inf, -1, -1, -1, 0.0
    for dz in range(-rz, rz + 1):
        for dy in range(-ry, ry + 1):
            for dx in range(-ry, ry + 1):
                z, y, x = cz + dz, cy + dy, cx + dx
                if in_sphere(tissue, radius, dz, dy, dx) and _in_reach(tissue, z, y, x):
                    one = rough_enclosure(tissue, z, y, x, around), z, y, x, 0.0
                    if outdoes(tissue, best, one, p.radius):
                        best = one
    return best[1], best[2], best[3]


@kernel
def _in_reach(tissue, z, y, x):
    """Tell whether an osteoclast can attack a voxel: bare, opened or eroded, free of osteoid."""
    if not inside(tissue, z, y, x) or tissue.exposed[z, y, x] == 0:
        return False
    return 1 <= tissue.state[z, y, x] <= 2 and tissue.voxels["osteoid"][z, y, x] <= 0.0


@kernel
def _resorb(cells, i, tissue, signals, p, now):
    cz, cy, cx = cells["z"][i], cells["y"][i], cells["x"][i]
    radius = widened(tissue, p.radius)
    rz, ry = reach(radius, tissue.depth), reach(radius, tissue.voxel)
    faces = 0
    for dz in range(-rz, rz + 1):
        for dy in range(-ry, ry + 1):
            for dx in range(-ry, ry + 1):
                if in_sphere(tissue, radius, dz, dy, dx) and _in_reach(
                    tissue, cz + dz, cy + dy, cx + dx
                ):
                    faces += tissue.exposed[cz + dz, cy + dy, cx + dx]
    if faces == 0:
        return
    # No more than one footprint's worth of depth, however little surface is in reach.
    footprint = math.pi * p.radius * p.radius
    if tissue.voxels.shape[0] == 1:
        footprint = 2.0 * p.radius * tissue.depth
    fed = occupancy(signals, tissue, cz, cy, cx, p.contact_rankl)
    vigor = (fed / p.usual_occupancy) ** p.rank_on_resorption
    volume = p.resorption_rate * cells["nuclei"][i] * now.dt * vigor
    each = volume / max(faces * tissue.face, footprint) * tissue.face / tissue.volume
    site = cells["site"][i]
    for dz in range(-rz, rz + 1):
        for dy in range(-ry, ry + 1):
            for dx in range(-ry, ry + 1):
                z, y, x = cz + dz, cy + dy, cx + dx
                if in_sphere(tissue, radius, dz, dy, dx) and _in_reach(tissue, z, y, x):
                    share = each * tissue.exposed[z, y, x]
                    bitten = dissolve(tissue, z, y, x, share, site, now, True)
                    release(signals, signals.tgf_beta, z, y, x, bitten * tissue.volume)
                    release(signals, signals.igf1, z, y, x, bitten * tissue.volume)
    _sever(tissue, cz, cy, cx, p.radius + p.cutting_reach)


@kernel
def _sever(tissue, cz, cy, cx, radius):
    rz, ry = reach(radius, tissue.depth), reach(radius, tissue.voxel)
    for dz in range(-rz, rz + 1):
        for dy in range(-ry, ry + 1):
            for dx in range(-ry, ry + 1):
                z, y, x = cz + dz, cy + dy, cx + dx
                if inside(tissue, z, y, x) and in_sphere(tissue, radius, dz, dy, dx):
                    tissue.severed[z, y, x] = 1


@kernel
def _crawl(cells, i, tissue, p, now):
    """Go to opened surface not yet eroded, drawn evenly from what is in reach; else stay."""
    cz, cy, cx = cells["z"][i], cells["y"][i], cells["x"][i]
    rz, ry = reach(p.crawl_reach, tissue.depth), reach(p.crawl_reach, tissue.voxel)
    best, bz, by, bx = 0.0, -1, -1, -1
    _, ny, nx = tissue.voxels.shape
    for dz in range(-rz, rz + 1):
        for dy in range(-ry, ry + 1):
            for dx in range(-ry, ry + 1):
                z, y, x = cz + dz, cy + dy, cx + dx
                if not _in_reach(tissue, z, y, x) or tissue.state[z, y, x] != 1:
                    continue
                key = combine(cells["id"][i], (z * ny + y) * nx + x)
                lot = uniform(now.seed, _WHERE, key, now.tick)
                near = distance(tissue, cz, cy, cx, z, y, x) <= p.crawl_reach
                if near and lot > best:
                    best, bz, by, bx = lot, z, y, x
    if bz >= 0:
        _move(cells, i, tissue, bz, by, bx)
