"""What happens to matrix in a voxel: dissolved, laid down, mineralised, exposed, broken through.

Every change of matrix goes through `dissolve` and `deposit`, which keep the balance (`ledger`),
the surface (`exposed`), the history of the remodeling site, and the log of breaks.
"""

import math

import numpy as np

from remodel_abm.kernel import kernel

# A voxel left with less than this share is empty; the rest goes with the last bite.
DUST = 1e-3

# Rows of the ledger [um3], so that bone change = mineralised - resorbed, and so on.
RESORBED, FORMED, MINERALISED, CLAST_RESORBED, BONE, OSTEOID, LEDGER = range(7)
SOFT, SITES, BREAKS, CALLS = range(4)
ROD, PERFORATION = 0, 1
# Corner, edge and face neighbours of a voxel are the 27 cells of a cube less its centre (13).
_CUBE, _CENTRE = 27, 13


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
    return inside(t, z, y, x) and t.voxels["bone"][z, y, x] + t.voxels["osteoid"][z, y, x] <= 0.0


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
    if t.voxels["bone"][z, y, x] + t.voxels["osteoid"][z, y, x] > 0.0:
        for face in range(6):
            dz, dy, dx = _step(face)
            if is_empty(t, z + dz, y + dy, x + dx):
                faces += 1
    t.voxels["exposed"][z, y, x] = faces


@kernel
def expose_all(t):
    """Find the surface of the whole tissue, and the volumes of bone and osteoid."""
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
    expose(t, z, y, x)
    for face in range(6):
        dz, dy, dx = _step(face)
        if inside(t, z + dz, y + dy, x + dx):
            expose(t, z + dz, y + dy, x + dx)


@kernel
def _mark_eroded(t, z, y, x, site, day):
    """Make a voxel part of the lacuna of `site`; `since` keeps the first bite."""
    if t.voxels["state"][z, y, x] != 2:
        t.voxels["since"][z, y, x] = day
    t.voxels["state"][z, y, x] = 2
    t.voxels["site"][z, y, x] = site


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
    if t.voxels["state"][z, y, x] != 2:
        row["area"] += t.voxels["exposed"][z, y, x] * t.face
    _mark_eroded(t, z, y, x, site, now.day)
    kept = 1.0 - bitten / there
    t.voxels["missing"][z, y, x] *= kept
    t.voxels["born"][z, y, x] *= kept
    t.voxels["bone"][z, y, x] = there - bitten if kept > 0.0 else 0.0
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
    day = t.voxels["since"][z, y, x]
    _note_break(t, z, y, x, now)
    t.voxels["state"][z, y, x] = 0
    t.voxels["severed"][z, y, x] = 0
    for face in range(6):
        dz, dy, dx = _step(face)
        nz, ny, nx = z + dz, y + dy, x + dx
        if not inside(t, nz, ny, nx):
            continue
        was = t.voxels["exposed"][nz, ny, nx]
        expose(t, nz, ny, nx)
        if (
            was == 0
            and t.voxels["exposed"][nz, ny, nx] > 0
            and t.voxels["osteoid"][nz, ny, nx] <= 0.0
        ):
            _mark_eroded(t, nz, ny, nx, site, day)
    t.voxels["exposed"][z, y, x] = 0


@kernel
def _note_break(t, z, y, x, now):
    """Log the loss of a voxel that held two pieces of bone, or two rooms of marrow, apart.

    Bone is 26-connected and marrow 6-connected (Bertrand & Malandain 1994): with two or more
    local pieces of bone a rod broke, with two or more rooms of marrow a plate was perforated.
    """
    bone = np.zeros(_CUBE, np.uint8)
    for k in range(_CUBE):
        nz, ny, nx = z + k // 9 - 1, y + (k // 3) % 3 - 1, x + k % 3 - 1
        if inside(t, nz, ny, nx):
            bone[k] = 2 if is_empty(t, nz, ny, nx) else 1
    bone[_CENTRE] = 0
    pieces, rooms = _count_pieces(bone.copy(), True), _count_pieces(bone, False)
    if (pieces > 1 or rooms > 1) and t.counts[BREAKS] < len(t.breaks):
        row = t.breaks[t.counts[BREAKS]]
        row["day"], row["z"], row["y"], row["x"] = now.day, z, y, x
        row["kind"] = ROD if pieces > 1 else PERFORATION
        t.counts[BREAKS] += 1


@kernel
def _count_pieces(cube, of_bone):
    """Count pieces of bone (26-connected) or rooms of marrow (6-connected, at a face) in a cube."""
    kind = 1 if of_bone else 2
    stack = np.zeros(_CUBE, np.int64)
    pieces = 0
    for first in range(_CUBE):
        if cube[first] != kind or not (of_bone or _manhattan(first, _CENTRE) == 1):
            continue
        pieces += 1
        stack[0], top = first, 1
        cube[first] = 0
        while top > 0:
            top -= 1
            here = stack[top]
            for k in range(_CUBE):
                if cube[k] == kind and _touches(here, k, of_bone):
                    cube[k] = 0
                    stack[top] = k
                    top += 1
    return pieces


@kernel
def _manhattan(a, b):
    return abs(a // 9 - b // 9) + abs((a // 3) % 3 - (b // 3) % 3) + abs(a % 3 - b % 3)


@kernel
def _touches(a, b, of_bone):
    if of_bone:
        dz, dy, dx = (
            abs(a // 9 - b // 9),
            abs((a // 3) % 3 - (b // 3) % 3),
            abs(a % 3 - b % 3),
        )
        return dz <= 1 and dy <= 1 and dx <= 1
    # Marrow rooms meet across faces, and only within the 18-neighbourhood of the centre.
    return _manhattan(a, b) == 1 and _manhattan(b, _CENTRE) <= 2


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
        nz, ny, nx = t.voxels.shape
        t.soft[t.counts[SOFT]] = (z * ny + y) * nx + x
        t.counts[SOFT] += 1
    t.voxels["osteoid"][z, y, x] += laid
    volume = laid * t.volume
    t.ledger[FORMED] += volume
    t.ledger[OSTEOID] += volume
    row = t.sites[site]
    row["formed"] += volume
    if math.isnan(row["first_formed"]):
        row["first_formed"] = now.day
    row["last_formed"] = now.day
    if t.voxels["state"][z, y, x] == 2:
        row["reversal_sum"] += now.day - t.voxels["since"][z, y, x]
        row["reversal_n"] += 1.0
    if t.voxels["state"][z, y, x] != 3:
        t.voxels["since"][z, y, x] = (
            _formation_start(t, z, y, x, site, now.day) if there <= 0.0 else now.day
        )
        t.voxels["state"][z, y, x] = 3
    t.voxels["site"][z, y, x] = site
    if there <= 0.0:
        _expose_around(t, z, y, x)
    return laid


@kernel
def _formation_start(t, z, y, x, site, day):
    """Return when formation began in the column of a voxel that is only now being reached."""
    for face in range(6):
        dz, dy, dx = _step(face)
        nz, ny, nx = z + dz, y + dy, x + dx
        if (
            inside(t, nz, ny, nx)
            and t.voxels["state"][nz, ny, nx] == 3
            and t.voxels["site"][nz, ny, nx] == site
        ):
            day = min(day, t.voxels["since"][nz, ny, nx])
    return day


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
        done = osteoid * ripe
        if osteoid - done < least and t.voxels["crew"][z, y, x] == 0:
            done = osteoid
        t.voxels["osteoid"][z, y, x] = osteoid - done
        t.voxels["bone"][z, y, x] += done
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
    if t.voxels["state"][z, y, x] == 3:
        t.voxels["state"][z, y, x] = 0


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
