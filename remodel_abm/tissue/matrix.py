"""What happens to matrix in a voxel: dissolved, laid down, mineralised, exposed, broken through.

Every change of matrix goes through `dissolve` and `deposit`, which keep the balance (`ledger`),
the surface (`exposed`), the history of the remodeling site, and the log of breaks.
"""

import math

import numpy as np

from remodel_abm.kernel import kernel
from remodel_abm.tissue.fill import level_of, refill, refill_all
from remodel_abm.tissue.pit import depth_at, depth_behind
from remodel_abm.tissue.topology import stands_out, what_breaks

# A voxel left with less than this share is empty; the rest goes with the last bite.
DUST = 1e-3

# Rows of the ledger [um3], so that bone change = mineralised - resorbed, and so on.
RESORBED, FORMED, MINERALISED, CLAST_RESORBED, BONE, OSTEOID, LEDGER = range(7)
SOFT, SITES, BREAKS, CALLS, SURFACE, LISTS = range(6)
ISLAND = 2  # beside the two kinds of break in `topology`


def packet_ages(shape, voxel: float, mean_age: float, seed: int) -> np.ndarray:
    """Return ages of the starting matrix: one exponential age a packet of about 50 um. [d]

    Exponential, since in a steady state every packet is as likely as any other to be renewed.
    """
    size = max(1, round(50.0 / voxel))
    coarse = [-(-n // size) for n in shape]
    ages = np.random.default_rng([seed, 1]).exponential(mean_age, coarse)
    for axis in range(3):
        ages = np.repeat(ages, size, axis=axis)
    return ages[: shape[0], : shape[1], : shape[2]]


@kernel
def inside(t, z, y, x):
    """Tell whether a voxel lies in the domain."""
    nz, ny, nx = t.voxels.shape
    return 0 <= z < nz and 0 <= y < ny and 0 <= x < nx


@kernel
def is_empty(t, z, y, x):
    """Tell whether a voxel of the domain is marrow and nothing else."""
    return inside(t, z, y, x) and level_of(t, z, y, x) == 0


@kernel
def _step(face):
    """Return the offset to one of the six face neighbours."""
    sign = 1 if face & 1 else -1
    axis = face >> 1
    return (
        (sign if axis == 0 else 0),
        (sign if axis == 1 else 0),
        (sign if axis == 2 else 0),
    )


@kernel
def expose(t, z, y, x):
    """Count again the faces of one voxel that look at marrow."""
    faces = 0
    if level_of(t, z, y, x) > 0:
        for face in range(6):
            dz, dy, dx = _step(face)
            if is_empty(t, z + dz, y + dy, x + dx):
                faces += 1
    t.exposed[z, y, x] = faces
    if faces > 0 and t.listed[z, y, x] == 0 and t.counts[SURFACE] < len(t.surface):
        _, ny, nx = t.voxels.shape
        t.surface[t.counts[SURFACE]] = (z * ny + y) * nx + x
        t.listed[z, y, x] = 1
        t.counts[SURFACE] += 1


@kernel
def tidy_surface(t):
    """Drop from the list of the surface what is no surface any more."""
    seats, listed = t.seats.reshape(t.seats.size), t.listed.reshape(t.listed.size)
    kept = 0
    for i in range(t.counts[SURFACE]):
        index = t.surface[i]
        if seats["exposed"][index] > 0:
            t.surface[kept] = index
            kept += 1
        else:
            listed[index] = 0
    t.counts[SURFACE] = kept


@kernel
def count_faces(t, faces):
    """Add up the exposed faces by state of their voxel, in place. (4,)"""
    seats = t.seats.reshape(t.seats.size)
    for i in range(t.counts[SURFACE]):
        index = t.surface[i]
        faces[seats["state"][index]] += seats["exposed"][index]


@kernel
def expose_all(t):
    """Find the surface of the whole tissue, and the volumes of bone and osteoid."""
    refill_all(t)
    nz, ny, nx = t.voxels.shape
    bone, osteoid = 0.0, 0.0
    for z in range(nz):
        for y in range(ny):
            for x in range(nx):
                expose(t, z, y, x)
                bone += t.voxels["bone"][z, y, x]
                osteoid += t.voxels["osteoid"][z, y, x]
    t.ledger[BONE], t.ledger[OSTEOID] = bone * t.volume, osteoid * t.volume


@kernel
def _expose_around(t, z, y, x):
    """Count faces again of a voxel that was emptied, and of those round it."""
    expose(t, z, y, x)
    for face in range(6):
        dz, dy, dx = _step(face)
        if inside(t, z + dz, y + dy, x + dx):
            expose(t, z + dz, y + dy, x + dx)


@kernel
def _cover_around(t, z, y, x, row):
    """Count faces again where osteoid has begun; eroded bone that it hides is resting bone."""
    expose(t, z, y, x)
    for face in range(6):
        dz, dy, dx = _step(face)
        nz, ny, nx = z + dz, y + dy, x + dx
        if not inside(t, nz, ny, nx):
            continue
        was = t.exposed[nz, ny, nx]
        expose(t, nz, ny, nx)
        if t.state[nz, ny, nx] == 2:
            _book_floor(t, nz, ny, nx, was - t.exposed[nz, ny, nx], row)
            if t.exposed[nz, ny, nx] == 0:
                t.state[nz, ny, nx] = 0


@kernel
def _mark_eroded(t, z, y, x, site, day, depth):
    """Make a voxel part of the lacuna of `site`; keep the first bite and how deep it is."""
    if t.state[z, y, x] != 2:
        t.voxels["since"][z, y, x] = day
        t.below[z, y, x] = depth
    t.state[z, y, x] = 2
    t.site[z, y, x] = site


@kernel
def dissolve(t, z, y, x, share, site, now, by_clast):
    """Dissolve up to `share` of a voxel in bone and return what was dissolved. [1]

    The first bite into quiescent surface adds its area to the site. A voxel that is emptied
    hands its place in the lacuna to the bone laid bare behind it.
    """
    there = t.voxels["bone"][z, y, x]
    if there <= 0.0 or t.voxels["osteoid"][z, y, x] > 0.0:
        return 0.0
    bitten = min(share, there)
    if there - bitten < DUST:
        bitten = there
    row = t.sites[site]
    if t.state[z, y, x] != 2:
        row["area"] += t.exposed[z, y, x] * t.face
    _mark_eroded(t, z, y, x, site, now.day, depth_at(t, z, y, x))
    kept = 1.0 - bitten / there
    t.voxels["missing"][z, y, x] *= kept
    t.voxels["born"][z, y, x] *= kept
    t.voxels["bone"][z, y, x] = there - bitten if kept > 0.0 else 0.0
    refill(t, z, y, x)
    _book_resorption(t, bitten * t.volume, row, z, y, x, now, by_clast)
    if t.voxels["bone"][z, y, x] <= 0.0:
        _empty(t, z, y, x, site, now)
    return bitten


@kernel
def _book_resorption(t, volume, row, z, y, x, now, by_clast):
    t.ledger[RESORBED] += volume
    t.ledger[BONE] -= volume
    row["resorbed"] += volume
    if by_clast:
        t.ledger[CLAST_RESORBED] += volume
        row["clast_resorbed"] += volume
    if math.isnan(row["first_resorbed"]):
        row["first_resorbed"] = now.day
    row["last_resorbed"] = now.day
    dz, dy, dx = (
        (z - row["z"]) * t.depth,
        (y - row["y"]) * t.voxel,
        (x - row["x"]) * t.voxel,
    )
    row["extent"] = max(row["extent"], math.sqrt(dz * dz + dy * dy + dx * dx))


@kernel
def _empty(t, z, y, x, site, now):
    """Turn an emptied voxel into marrow, and bone laid bare behind it into lacuna."""
    day, depth = t.voxels["since"][z, y, x], float(t.below[z, y, x])
    broken = what_breaks(t, z, y, x)
    if broken >= 0:
        log_break(t, z, y, x, broken, now.day)
    t.state[z, y, x] = t.severed[z, y, x] = 0
    for face in range(6):
        dz, dy, dx = _step(face)
        nz, ny, nx = z + dz, y + dy, x + dx
        if not inside(t, nz, ny, nx):
            continue
        was = t.exposed[nz, ny, nx]
        expose(t, nz, ny, nx)
        if t.exposed[nz, ny, nx] == was or t.voxels["osteoid"][nz, ny, nx] > 0.0:
            continue
        if was == 0 or stands_out(t, nz, ny, nx):
            if was > 0 and t.state[nz, ny, nx] != 2:
                t.sites[site]["area"] += t.face  # its top was surface; its sides the lacuna bared
            behind = depth_behind(t, nz, ny, nx, face >> 1, depth)
            _mark_eroded(t, nz, ny, nx, site, day, behind)
    t.exposed[z, y, x] = 0


@kernel
def log_break(t, z, y, x, kind, day):
    """Add a break to the log."""
    if t.counts[BREAKS] < len(t.breaks):
        row = t.breaks[t.counts[BREAKS]]
        row["day"], row["z"], row["y"], row["x"], row["kind"] = day, z, y, x, kind
        t.counts[BREAKS] += 1


@kernel
def lose(t, places):
    """Turn mineralised voxels, an (n, 3) array of z, y, x, into marrow at once."""
    for i in range(len(places)):
        z, y, x = places[i, 0], places[i, 1], places[i, 2]
        volume = t.voxels["bone"][z, y, x] * t.volume
        t.ledger[RESORBED] += volume
        t.ledger[BONE] -= volume
        t.voxels["bone"][z, y, x] = t.voxels["missing"][z, y, x] = t.voxels["born"][z, y, x] = 0.0
        t.state[z, y, x] = t.severed[z, y, x] = 0
        refill(t, z, y, x)
        _expose_around(t, z, y, x)


@kernel
def deposit(t, z, y, x, share, site, now):
    """Lay up to `share` of a voxel in osteoid on a voxel with room; return what was laid. [1]"""
    there = t.voxels["bone"][z, y, x] + t.voxels["osteoid"][z, y, x]
    laid = min(share, 1.0 - there)
    if laid <= 0.0:
        return 0.0
    if t.voxels["osteoid"][z, y, x] <= 0.0:
        if t.counts[SOFT] >= len(t.soft):
            return 0.0
        _, ny, nx = t.voxels.shape
        t.soft[t.counts[SOFT]] = (z * ny + y) * nx + x
        t.counts[SOFT] += 1
    t.voxels["osteoid"][z, y, x] += laid
    t.severed[z, y, x] = 0  # no canaliculi run through fresh osteoid yet
    refill(t, z, y, x)
    volume = laid * t.volume
    t.ledger[FORMED] += volume
    t.ledger[OSTEOID] += volume
    row = t.sites[site]
    row["formed"] += volume
    if math.isnan(row["first_formed"]):
        row["first_formed"] = now.day
    row["last_formed"] = now.day
    if t.state[z, y, x] == 2:
        _book_floor(t, z, y, x, t.exposed[z, y, x], row)
        row["reversal_sum"] += now.day - t.voxels["since"][z, y, x]
        row["reversal_n"] += 1.0
    t.state[z, y, x] = 3
    t.site[z, y, x] = site
    if there <= 0.0:
        _cover_around(t, z, y, x, row)
    return laid


@kernel
def _book_floor(t, z, y, x, faces, row):
    """Keep how deep the surface lies that osteoid begins to cover, as a cement line keeps it."""
    floor = faces * t.face
    row["floor"] += floor
    row["floor_depth"] += floor * (t.below[z, y, x] + (1.0 - t.voxels["bone"][z, y, x]) * t.voxel)


@kernel
def mineralise(t, p, now):
    """Turn osteoid to bone at the rate 1 / `p.mineralization_time`, in the voxels that have any.

    First-order maturation (lag as a mean time). New bone starts at the primary plateau; the rest
    of its mineral comes with `p.secondary_time` and is found from `missing` when asked for.
    """
    ripe = 1.0 - math.exp(-now.dt / p.mineralization_time)
    lag = (1.0 - p.primary_mineral) * math.exp(now.day / p.secondary_time)
    least = p.least_osteoid / t.voxel
    _, ny, nx = t.voxels.shape
    kept = 0
    for i in range(t.counts[SOFT]):
        index = t.soft[i]
        z, y, x = index // (ny * nx), (index // nx) % ny, index % nx
        osteoid = t.voxels["osteoid"][z, y, x]
        surface = t.exposed[z, y, x] * t.face
        t.sites[t.site[z, y, x]]["osteoid_days"] += surface * now.dt
        done = osteoid * ripe
        if osteoid - done < least and t.crew[z, y, x] == 0:
            done = osteoid
        t.voxels["osteoid"][z, y, x] = osteoid - done
        t.voxels["bone"][z, y, x] += done
        refill(t, z, y, x)  # rounding may have made it full
        t.voxels["missing"][z, y, x] += done * lag
        t.voxels["born"][z, y, x] += done * now.day
        t.ledger[MINERALISED] += done * t.volume
        t.ledger[BONE] += done * t.volume
        t.ledger[OSTEOID] -= done * t.volume
        if t.voxels["osteoid"][z, y, x] > 0.0:
            t.soft[kept] = index
            kept += 1
        else:
            _finish(t, z, y, x)
    t.counts[SOFT] = kept


@kernel
def _finish(t, z, y, x):
    """Close formation at a voxel whose osteoid has all mineralised."""
    t.voxels["osteoid"][z, y, x] = 0.0
    if t.state[z, y, x] == 3:
        t.state[z, y, x] = 0


@kernel
def open_site(t, z, y, x, now):
    """Start the log of a remodeling site that opens here; return its number."""
    number = t.counts[SITES]
    if number >= len(t.sites):
        return number - 1
    row = t.sites[number]
    row["z"], row["y"], row["x"], row["opened"] = z, y, x, now.day
    row["first_resorbed"] = row["last_resorbed"] = math.nan
    row["first_formed"] = row["last_formed"] = math.nan
    t.counts[SITES] += 1
    return number
