"""Lining cells: cover resting bone, retract on a local signal, and shelter what follows (M22)."""

from remodel_abm.cells import Cell, Column
from remodel_abm.cells.place import in_sphere, nearest_surface, reach, widened
from remodel_abm.cells.retraction import best_odds, is_called
from remodel_abm.declare import Mechanism, Param
from remodel_abm.kernel import kernel
from remodel_abm.rng import decision, happens, uniform
from remodel_abm.signals.field import secrete as feed
from remodel_abm.signals.field import sense
from remodel_abm.signals.rankl import occupancy
from remodel_abm.tissue.fill import is_bare
from remodel_abm.tissue.matrix import CALLS, inside, open_site

_CLOSE = decision("lining_cell.close")
_RELINE, _SUPPLY = decision("lining_cell.reline"), decision("lining_cell.supply")
_RETURN, _SURVEY = decision("lining_cell.return"), decision("lining_cell.survey")


class LiningCell(Cell):
    """Flat cell of a quiescent surface; once retracted, part of the canopy over a site."""

    name = "lining_cell"
    reads = ("rankl", "opg", "tnf", "il1", "il6", "tgf_beta")
    habitat = "surface"
    columns = {
        "retracted": Column("i1", "1", "1 once it has drawn back and joined the canopy"),
        "watched": Column("i8", "1", "flat place at the site that it calls for; canopy only"),
        "density": Column("f8", "1/mm2", "osteoblast-lineage cells it last found there"),
    }
    fates = (None,)
    daughter = "preosteoblast"
    mechanisms = (
        Mechanism("M22", "the canopy supplies osteoblast precursors", "Bolamperti2022",
                  {"supply_rate": 0.0}),
    )  # fmt: skip

    density = Param(
        900.0, "1/mm2", 400.0, 1500.0, "P24", "derived",
        "a fifth of 4500 osteoblasts/mm2 stay as lining cells", "", "P08",
    )  # fmt: skip
    membrane_rankl = Param(
        1.03, "pmol/L", 0.2, 10.0, "M02b", "assumed",
        "RANKL on its membrane in calm marrow, as the soluble level that would do the same",
    )  # fmt: skip
    rankl_secretion = Param(
        0.15, "zmol/d", 0.05, 4.0, "M02b", "assumed",
        "a third of what osteocytes secrete: with them about 1 pmol/L in marrow",
    )  # fmt: skip
    retraction_rate = Param(
        0.078, "1/d", 0.001, 0.5, "P22", "calibrated",
        "hazard at full drive; fitted to an activation frequency of 0.13 /yr",
        section=0.2,
    )  # fmt: skip
    half_occupancy = Param(
        0.57,
        "1",
        0.1,
        0.9,
        "M22",
        "calibrated",
        "RANK occupancy that drives half of the retraction, between calm marrow and a call; "
        "fitted to activation frequency",
    )
    steepness = Param(
        6.0, "1", 1.0, 8.0, "M13", "assumed",
        "Hill exponent of retraction: in calm marrow hardly any cell draws back uncalled",
    )  # fmt: skip
    patch_radius = Param(
        19.0, "um", 12.0, 40.0, "P24", "derived", "of the surface that one lining cell covers"
    )
    closing_rate = Param(
        0.05, "1/d", 0.01, 0.2, "M22", "assumed", "opened surface that nobody resorbs closes again"
    )
    return_share = Param(
        0.5, "1", 0.0, 1.0, "P24", "calibrated",
        "of canopy cells over a site that fills: with the fifth of osteoblasts that line it, and "
        "less what is buried or eroded; fitted to 900 cells/mm2",
    )  # fmt: skip
    survey_rate = Param(
        0.25, "1/d", 0.1, 5.0, "M22", "assumed",
        "hazard of a canopy cell to look over its site anew; until then it calls for the place "
        "that it found last, as long as that is open",
    )  # fmt: skip
    arrest_rate = Param(
        0.004, "1/d", 0.001, 0.02, "M21", "assumed",
        "eroded surface without osteoblast precursors is lined over: reversal arrest",
    )  # fmt: skip
    supply_rate = Param(
        0.08, "1/d", 0.005, 0.5, "M22", "calibrated",
        "reversal cells that a canopy cell sends down at full TGF-beta; fitted to reversal time",
        section=0.06,
    )  # fmt: skip
    covered_density = Param(
        2550.0, "1/mm2", 2500.0, 6000.0, "P07", "calibrated",
        "osteoblast-lineage cells on a covered surface, at which recruitment stops; fitted to the "
        "balance, since more follow by division until 4000-5000 osteoblasts stand there", "", "P07",
    )  # fmt: skip
    half_tgf = Param(
        0.005,
        "pmol/L",
        0.005,
        0.5,
        "M20",
        "assumed",
        "TGF-beta that gives half the supply: a fraction of what sites free, or menopause would "
        "fill lacunae sooner",
    )

    @staticmethod
    @kernel
    def secrete(cells, tissue, signals, p, now):
        """Secrete soluble RANKL."""
        for i in range(len(cells)):
            if cells["alive"][i]:
                z, y, x = cells["z"][i], cells["y"][i], cells["x"][i]
                feed(signals, signals.rankl, z, y, x, p.rankl_secretion)

    @staticmethod
    @kernel
    def act(cells, tissue, signals, p, now):
        """Draw back where RANKL calls; as canopy, call precursors and watch the site.

        The hazard of drawing back is ``r a^n / (a^n + a0^n)``, a the RANK occupancy at the cell.
        """
        tissue.counts[CALLS] = 0
        odds = best_odds(tissue, signals, p, now)
        for i in range(len(cells)):
            if not cells["alive"][i]:
                continue
            if cells["retracted"][i] == 0:
                _rest(cells, i, tissue, signals, p, now, odds)
            if cells["retracted"][i] == 1:
                _shelter(cells, i, tissue, signals, p, now)


@kernel
def _rest(cells, i, tissue, signals, p, now, odds):
    """Cover resting surface, or wait on forming surface until the osteoblasts are done."""
    z, y, x = cells["z"][i], cells["y"][i], cells["x"][i]
    if tissue.exposed[z, y, x] == 0 and not _reseat(cells, i, tissue, p):
        cells["fate"][i] = 1
        return
    z, y, x = cells["z"][i], cells["y"][i], cells["x"][i]
    state = tissue.state[z, y, x]
    if state == 3:
        return
    if state != 0 or is_called(cells, i, tissue, signals, p, now, odds):
        cells["retracted"][i], cells["watched"][i] = 1, -1
        _open(cells, i, tissue, p, now)


@kernel
def _rests(cells, i, tissue):
    """Tell whether its own place is resting surface."""
    z, y, x = cells["z"][i], cells["y"][i], cells["x"][i]
    return tissue.exposed[z, y, x] > 0 and tissue.state[z, y, x] == 0


@kernel
def _reseat(cells, i, tissue, p):
    """Go to the nearest resting, else forming, surface in reach; False if there is none."""
    z, y, x = cells["z"][i], cells["y"][i], cells["x"][i]
    bz, by, bx = nearest_surface(tissue, z, y, x, p.patch_radius, 0, 0)
    if bz < 0:
        bz, by, bx = nearest_surface(tissue, z, y, x, p.patch_radius, 3, 3)
    if bz < 0:
        return False
    cells["z"][i], cells["y"][i], cells["x"][i] = bz, by, bx
    return True


@kernel
def _open(cells, i, tissue, p, now):
    """Lay the patch bare: part of the site it touches, or a new one."""
    z, y, x = cells["z"][i], cells["y"][i], cells["x"][i]
    near = nearest_surface(tissue, z, y, x, 2.0 * p.patch_radius, 1, 2)
    if near[0] >= 0:
        site = tissue.site[near[0], near[1], near[2]]
    else:
        site = open_site(tissue, z, y, x, now)
    cells["site"][i] = site
    radius = widened(tissue, p.patch_radius)
    rz, ry = reach(radius, tissue.depth), reach(radius, tissue.voxel)
    for dz in range(-rz, rz + 1):
        for dy in range(-ry, ry + 1):
            for dx in range(-ry, ry + 1):
                nz, ny, nx = z + dz, y + dy, x + dx
                if not inside(tissue, nz, ny, nx) or tissue.exposed[nz, ny, nx] == 0:
                    continue
                near_enough = in_sphere(tissue, radius, dz, dy, dx)
                if near_enough and tissue.state[nz, ny, nx] == 0:
                    tissue.state[nz, ny, nx] = 1
                    tissue.site[nz, ny, nx] = site


@kernel
def _survey(cells, i, tissue, p):
    """Look over what lies under a canopy cell; return how many surface voxels are forming.

    It remembers the density of osteoblast-lineage cells on eroded and forming surface, and
    watches the eroded, else opened, voxel with the smallest crew; -1 if there is none.
    """
    radius = 2.0 * p.patch_radius
    rz, ry = reach(radius, tissue.depth), reach(radius, tissue.voxel)
    cz, cy, cx = cells["z"][i], cells["y"][i], cells["x"][i]
    nz, ny, nx = tissue.voxels.shape
    first, last = max(0, cx - ry), min(nx, cx + ry + 1)
    forming, crew, faces = 0, 0, 0
    best, watched = 1 << 30, -1
    for z in range(max(0, cz - rz), min(nz, cz + rz + 1)):
        for y in range(max(0, cy - ry), min(ny, cy + ry + 1)):
            if is_bare(tissue, z, y, first, last):
                continue
            for x in range(first, last):
                if tissue.exposed[z, y, x] == 0:
                    continue
                state = tissue.state[z, y, x]
                forming += state == 3
                crew += tissue.crew[z, y, x]
                faces += tissue.exposed[z, y, x] if state >= 2 else 0
                rank = tissue.crew[z, y, x] + (1000 if state == 1 else 0)
                if (state == 1 or state == 2) and rank < best:
                    best, watched = rank, (z * ny + y) * nx + x
    cells["density"][i] = 1e6 * crew / (max(faces, 1) * tissue.face)
    cells["watched"][i] = watched
    return forming


@kernel
def _open_place(cells, i, tissue):
    """Return the place that a canopy cell watches, and its state: 1 opened, 2 eroded, 0 neither."""
    _, ny, nx = tissue.voxels.shape
    watched = cells["watched"][i]
    if watched < 0:
        return -1, -1, -1, 0
    z, y, x = watched // (ny * nx), watched // nx % ny, watched % nx
    state = tissue.state[z, y, x]
    return z, y, x, (state if tissue.exposed[z, y, x] > 0 and state < 3 else 0)


@kernel
def _shelter(cells, i, tissue, signals, p, now):
    """Act as canopy: call precursors, send down reversal cells, or line the surface again.

    A surface that is covered already gets no more reversal cells: they touch and stop.
    """
    identity, forming = cells["id"][i], 0
    z, y, x, state = _open_place(cells, i, tissue)
    if state == 0 or happens(p.survey_rate, now.dt, now.seed, _SURVEY, identity, now.tick):
        forming = _survey(cells, i, tissue, p)
        z, y, x, state = _open_place(cells, i, tissue)
    if state == 0:
        # What was open is forming, or gone: there osteoblasts will line a part of what they leave.
        lot = uniform(now.seed, _RETURN, identity, now.tick)
        returns = forming == 0 or lot < p.return_share
        if _rests(cells, i, tissue) or (returns and _reseat(cells, i, tissue, p)):
            cells["retracted"][i] = 0
        else:
            cells["fate"][i] = 1
        return
    density = cells["density"][i]
    wanted = density < p.covered_density
    tgf = sense(signals, signals.tgf_beta, z, y, x) if wanted else 0.0
    if state == 1:
        if happens(p.closing_rate, now.dt, now.seed, _CLOSE, identity, now.tick):
            _line(cells, i, tissue, p, 1)
            return
    else:
        supply = p.supply_rate * tgf / (tgf + p.half_tgf)
        if happens(supply, now.dt, now.seed, _SUPPLY, identity, now.tick):
            cells["buds"][i] = 1
            cells["bz"][i], cells["by"][i], cells["bx"][i] = z, y, x
        elif density <= 0.0 and happens(
            p.arrest_rate, now.dt, now.seed, _RELINE, identity, now.tick
        ):
            _line(cells, i, tissue, p, 2)
            return
    _call(tissue, signals, p, z, y, x, tgf)


@kernel
def _call(tissue, signals, p, z, y, x, tgf):
    number = tissue.counts[CALLS]
    if number < len(tissue.calls):
        row = tissue.calls[number]
        row["z"], row["y"], row["x"], row["tgf"] = z, y, x, tgf
        row["rank"] = occupancy(signals, tissue, z, y, x, p.membrane_rankl)
        tissue.counts[CALLS] += 1


@kernel
def _line(cells, i, tissue, p, last_state):
    """Cover the opened, with `last_state` 2 also the eroded, surface of the patch again."""
    radius = 2.0 * p.patch_radius
    rz, ry = reach(radius, tissue.depth), reach(radius, tissue.voxel)
    for dz in range(-rz, rz + 1):
        for dy in range(-ry, ry + 1):
            for dx in range(-ry, ry + 1):
                z, y, x = cells["z"][i] + dz, cells["y"][i] + dy, cells["x"][i] + dx
                if inside(tissue, z, y, x) and 1 <= tissue.state[z, y, x] <= last_state:
                    tissue.state[z, y, x] = 0
    cells["retracted"][i] = 0
    if tissue.exposed[cells["z"][i], cells["y"][i], cells["x"][i]] == 0:
        _reseat(cells, i, tissue, p)
