"""Steady fields of secreted signals: spread, decay and secretion in balance around bone.

`medium` coarsens the marrow space to a signal's own grid so that even thin plates still block;
`settle` solves the balance there by conjugate gradients, each step smoothed by one multigrid cycle.
"""

import threading
from typing import NamedTuple

import numpy as np

from remodel_abm.kernel import kernel

PMOL_PER_L = 1e6  # of 1 zmol/um3
PASSABLE = 0.05  # a tissue voxel less open than this is a wall
MASS_RULES = 0.5  # grids are coarsened until D / (k edge^2) is below this: sweeps then suffice
CLOSE = 0.99  # of the tolerance: rounding then asks for no further cycle
POLISHED = 1.5  # of the tolerance: where the last sweep takes over from the cycles
COARSEST_SWEEPS = 7  # half sweeps, odd so that their order reads the same backwards

_workspaces = threading.local()


class Medium(NamedTuple):
    """What a signal spreads in, on its own coarse grid.

    The share of a face may exceed 1 where bone or the border leaves only a thin layer on its
    sides, because the open parts then lie closer together than two whole voxels do.
    """

    open_fraction: np.ndarray  # (nz, ny, nx) share of the coarse voxel open to the signal
    face_z: np.ndarray  # (nz + 1, ny, nx) share of each face open to diffusion, 0 on the border
    face_y: np.ndarray  # (nz, ny + 1, nx)
    face_x: np.ndarray  # (nz, ny, nx + 1)


@kernel
def _flood(piece, open_share, stack, seed, tag, steps):
    """Tag the connected piece of a block that holds voxel `seed`; return its open volume."""
    volume, count = 0.0, 1
    stack[0] = seed
    piece[seed] = tag
    while count > 0:
        count -= 1
        here = stack[count]
        volume += open_share[here]
        for k in range(len(steps)):
            there = here + steps[k]
            if piece[there] == 1:
                piece[there] = tag
                stack[count] = there
                count += 1
    return volume


@kernel
def _keep_largest(piece, open_share, stack, steps):
    """Leave 1 in the largest connected piece of a block and 0 elsewhere."""
    best, most, tag = 1, -1.0, 1
    for i in range(len(piece)):
        if piece[i] == 1:
            tag += 1
            volume = _flood(piece, open_share, stack, i, tag, steps)
            if volume > most:
                best, most = tag, volume
    for i in range(len(piece)):
        piece[i] = 1 if piece[i] == best else 0


@kernel
def _pieces(fine, room, share, edges):
    """Mark in `room` the main open piece of each coarse voxel; fill its open share."""
    nz, ny, nx = fine.shape
    dz, dy, dx = edges
    sy, sz = dx + 2, (dx + 2) * (dy + 2)
    steps = np.array([-sz, sz, -sy, sy, -1, 1])
    piece = np.zeros(sz * (dz + 2), np.int32)  # one block with a rim of wall
    open_share = np.zeros(len(piece))
    stack = np.empty(len(piece), np.int64)
    for b in range(share.size):
        z0 = b // (share.shape[1] * share.shape[2]) * dz
        y0, x0 = b // share.shape[2] % share.shape[1] * dy, b % share.shape[2] * dx
        z1, y1, x1 = min(z0 + dz, nz), min(y0 + dy, ny), min(x0 + dx, nx)
        cells, count, total = (z1 - z0) * (y1 - y0) * (x1 - x0), 0, 0.0
        if cells < dz * dy * dx:
            piece[:] = 0
        for r in range((z1 - z0) * (y1 - y0)):
            z, y = r // (y1 - y0), r % (y1 - y0)
            at = (z + 1) * sz + (y + 1) * sy + 1
            for x in range(x1 - x0):
                here = fine[z0 + z, y0 + y, x0 + x]
                piece[at + x], open_share[at + x] = 0, here
                if here > PASSABLE:
                    piece[at + x] = 1
                    count, total = count + 1, total + here
        if 0 < count < cells:
            _keep_largest(piece, open_share, stack, steps)
        share.ravel()[b] = total / (dz * dy * dx)
        for r in range((z1 - z0) * (y1 - y0)):
            z, y = r // (y1 - y0), r % (y1 - y0)
            at = (z + 1) * sz + (y + 1) * sy + 1
            for x in range(x1 - x0):
                room[z0 + z, y0 + y, x0 + x] = piece[at + x]


@kernel
def _resistance(fine, room, start, step, length):
    """Return the resistance from a face to the middle of the open run behind it, or -1.

    A column whose larger part lies beyond a wall does not open this face, or what spreads would
    cross a plate within the voxel.
    """
    run = 0
    while run < length and room[start + run * step] == 1:
        run += 1
    beyond = 0
    for j in range(run, length):
        beyond += room[start + j * step]
    if run == 0 or beyond > run or (beyond == run and step < 0):
        return -1.0
    total = 0.0
    for j in range(run // 2):
        total += 1.0 / fine[start + j * step]
    if run % 2 == 1:
        total += 0.5 / fine[start + run // 2 * step]
    return total


@kernel
def _open_faces(fine, room, share, face, steps, blocks, into, shape, edges):
    """Add up the columns that cross each face normal to the last axis given.

    `steps`, `blocks` and `into` are what one further along each axis is in the flat arrays `fine`,
    `share` and `face`. The slowest axis comes first, so that its planes stay in cache.
    """
    step, edge, depth = steps[2], edges[2], shape[2]
    column = 1.0 / (edges[0] * edges[1])
    for u in range(shape[0]):
        for a in range(1, (depth + edge - 1) // edge):
            length = min(edge, depth - a * edge)
            start = u * steps[0] + a * edge * step
            layer = u // edges[0] * into[0] + a * into[2]
            block = u // edges[0] * blocks[0] + a * blocks[2]
            for v in range(shape[1]):
                i, across = start + v * steps[1], v // edges[1]
                here = block + across * blocks[1]
                if share[here] == 1.0 and share[here - blocks[2]] == 1.0:
                    face[layer + across * into[1]] += column
                    continue
                if room[i] == 0 or room[i - step] == 0:
                    continue
                ahead = _resistance(fine, room, i, step, length)
                behind = _resistance(fine, room, i - step, -step, edge)
                if ahead > 0.0 and behind > 0.0:
                    face[layer + across * into[1]] += column * edge / (ahead + behind)


def _faces(fine, room, share, edges, axis) -> np.ndarray:
    """Return the open shares of all faces normal to `axis`."""
    face = np.zeros(tuple(np.array(share.shape) + (np.arange(3) == axis)))
    order = [k for k in range(3) if k != axis] + [axis]
    steps = (np.array(a.strides)[order] // a.itemsize for a in (fine, share, face))
    tables = (*steps, np.array(fine.shape)[order], edges[order])
    along = (tuple(int(n) for n in table) for table in tables)
    _open_faces(fine.ravel(), room.ravel(), share.ravel(), face.ravel(), *along)
    return face


def medium(fine_open: np.ndarray, factor: int) -> Medium:
    """Coarsen the space a signal spreads in, blocking what a thin plate blocks.

    Within a coarse voxel only the largest connected open piece takes part in diffusion. Each
    column of tissue voxels that crosses a face joins the middles of the open runs on its two
    sides, with the harmonic mean of their openness (resistances in series); columns add up
    (in parallel). The order of convergence towards the tissue grid is tested.

    Parameters
    ----------
    fine_open
        (Z, Y, X), share of each tissue voxel open to the signal. [1]
    factor
        Tissue voxels along the edge of a coarse voxel; a section (Z == 1) stays one voxel deep.
        The last voxel along an axis may be partial.
    """
    fine = np.ascontiguousarray(fine_open, dtype=np.float64)
    edges = np.where(np.array(fine.shape) == 1, 1, factor)
    room = np.zeros(fine.shape, np.int16)
    share = np.zeros(tuple(-(-np.array(fine.shape) // edges)))
    _pieces(fine, room, share, tuple(edges))
    return Medium(share, *(_faces(fine, room, share, edges, axis) for axis in range(3)))


class Grids(NamedTuple):
    """The grids of a multigrid cycle, each coarser by two, and room to work on them.

    All grids lie one behind the other in flat arrays, finest first, each with a rim of ghost
    voxels that stay 0.
    """

    plan: np.ndarray  # (levels, 5): first row, row after the last, nx, step in y, step in z
    rows: np.ndarray  # (rows, 5): first voxel, colour, first of the row above it, z and y odd
    tz: np.ndarray  # exchange with the lower neighbour in z [1/d]
    ty: np.ndarray
    tx: np.ndarray
    mass: np.ndarray  # decay [1/d]
    inverse: np.ndarray  # one over all exchange and decay [d]
    b: np.ndarray  # source less loss
    v: np.ndarray  # correction that answers to it
    x: np.ndarray  # solution
    p: np.ndarray  # direction of search
    q: np.ndarray  # its loss


def _grids(nz: int, ny: int, nx: int) -> Grids:
    """Lay out all grids down to a single voxel."""
    plan, rows, offset, first = [], [], 0, 0
    while True:
        sy, sz = nx + 2, (nx + 2) * (ny + 2)
        ry, rz = (nx + 1) // 2 + 2, ((nx + 1) // 2 + 2) * ((ny + 1) // 2 + 2)
        z, y = (place.ravel() for place in np.indices((nz, ny)))
        start = offset + (z + 1) * sz + (y + 1) * sy + 1
        offset += sz * (nz + 2)
        into = offset + (z // 2 + 1) * rz + (y // 2 + 1) * ry + 1
        rows.append(np.stack([start, (z + y) % 2, into, z % 2, y % 2], axis=1))
        plan.append((first, first + nz * ny, nx, sy, sz))
        if nz * ny * nx == 1:
            break
        first += nz * ny
        nz, ny, nx = (nz + 1) // 2, (ny + 1) // 2, (nx + 1) // 2
    return Grids(np.array(plan), np.concatenate(rows), *np.zeros((10, into[-1] + 2)))


def _workspace(shape: tuple[int, int, int]) -> Grids:
    """Return this thread's grids for a shape, kept from call to call."""
    kept = _workspaces.__dict__.setdefault("kept", {})
    if shape not in kept:
        kept[shape] = _grids(*shape)
    return kept[shape]


@kernel
def _finest(grids, medium, along, across, decay_rate):
    """Fill the exchange of the finest grid; none with closed voxels."""
    share, face_z, face_y, face_x = medium
    tz, ty, tx, mass = grids.tz, grids.ty, grids.tx, grids.mass
    ny, nx = share.shape[1], share.shape[2]
    for r in range(grids.plan[0, 1]):
        z, y, row = r // ny, r % ny, grids.rows[r, 0]
        for x in range(nx):
            i, here = row + x, share[z, y, x] > 0.0
            tz[i] = along * face_z[z, y, x] if here and share[z - 1, y, x] > 0.0 else 0.0
            ty[i] = across * face_y[z, y, x] if here and share[z, y - 1, x] > 0.0 else 0.0
            tx[i] = across * face_x[z, y, x] if here and share[z, y, x - 1] > 0.0 else 0.0
            mass[i] = decay_rate * share[z, y, x]


@kernel
def _coarser(grids, level):
    """Add the exchange of pairs of voxels up to the next grid; distances there are doubled."""
    tz, ty, tx, mass = grids.tz, grids.ty, grids.tx, grids.mass
    first, end, nx = grids.plan[level, 0], grids.plan[level, 1], grids.plan[level, 2]
    for r in range(end, grids.plan[level + 1, 1]):
        row = grids.rows[r, 0]
        for i in range(row, row + grids.plan[level + 1, 2]):
            tz[i], ty[i], tx[i], mass[i] = 0.0, 0.0, 0.0, 0.0
    for r in range(first, end):
        row, into = grids.rows[r, 0], grids.rows[r, 2]
        odd_z, odd_y = grids.rows[r, 3], grids.rows[r, 4]
        for x in range(nx):
            i, j = row + x, into + x // 2
            mass[j] += mass[i]
            tz[j] += 0.5 * (1 - odd_z) * tz[i]
            ty[j] += 0.5 * (1 - odd_y) * ty[i]
            tx[j] += 0.5 * (1 - x % 2) * tx[i]


@kernel
def _invert(grids, level):
    """Fill one over the sum of all exchange of each voxel, 0 where there is none."""
    tz, ty, tx, mass, inverse = grids.tz, grids.ty, grids.tx, grids.mass, grids.inverse
    plan = grids.plan
    nx, sy, sz = plan[level, 2], plan[level, 3], plan[level, 4]
    for r in range(plan[level, 0], plan[level, 1]):
        row = grids.rows[r, 0]
        for i in range(row, row + nx):
            total = mass[i] + tz[i] + tz[i + sz] + ty[i] + ty[i + sy] + tx[i] + tx[i + 1]
            inverse[i] = 1.0 / total if total > 0.0 else 0.0


@kernel
def _balance_row(grids, level, r, colour, restrict):
    """Bring every second voxel of a row into balance, or add up what it gains one grid above.

    Views of the row let the compiler drop its checks of indices.
    """
    plan, rows, tx, v = grids.plan, grids.rows, grids.tx, grids.v
    nx, sy, sz = plan[level, 2], plan[level, 3], plan[level, 4]
    shift = (rows[r, 1] + colour) % 2
    row = rows[r, 0] + shift
    end = row - shift + nx
    low, high = grids.tz[row:end], grids.tz[row + sz : end + sz]
    north, south = grids.ty[row:end], grids.ty[row + sy : end + sy]
    v_low, v_high = v[row - sz : end - sz], v[row + sz : end + sz]
    v_north, v_south = v[row - sy : end - sy], v[row + sy : end + sy]
    sides, line = tx[row : end + 1], v[row - 1 : end + 1]
    b, inverse = grids.b[row:end], grids.inverse[row:end]
    above = grids.b[rows[r, 2] :]
    for j in range((nx - shift + 1) // 2):
        i = 2 * j
        gain = sides[i] * line[i] + sides[i + 1] * line[i + 2]
        gain += north[i] * v_north[i] + south[i] * v_south[i]
        gain += low[i] * v_low[i] + high[i] * v_high[i]
        if restrict:
            above[j] += gain
        else:
            line[i + 1] = (b[i] + gain) * inverse[i]


@kernel
def _down(grids, level):
    """Sweep once from zero, both colours, and add up on the next grid what is left.

    That is what the first colour gains as its neighbours move off zero. The three follow each
    other a plane apart, so that a plane is still in cache when its turn comes.
    """
    plan, rows, inverse, v, b = grids.plan, grids.rows, grids.inverse, grids.v, grids.b
    first, end, nx = plan[level, 0], plan[level, 1], plan[level, 2]
    plane = plan[level, 4] // plan[level, 3] - 2
    if level + 1 < len(plan):
        for r in range(end, plan[level + 1, 1]):
            b[rows[r, 0] : rows[r, 0] + plan[level + 1, 2]] = 0.0
    for r in range(first, end + 2 * plane):
        if r < end:
            for i in range(rows[r, 0] + rows[r, 1], rows[r, 0] + nx, 2):
                v[i] = b[i] * inverse[i]
        if first <= r - plane < end:
            _balance_row(grids, level, r - plane, 1, False)
        if first <= r - 2 * plane:
            _balance_row(grids, level, r - 2 * plane, 0, True)


@kernel
def _up(grids, level):
    """Add each coarse voxel's correction to its voxels, then sweep the colours in turn back."""
    plan, rows, v = grids.plan, grids.rows, grids.v
    first, end, nx = plan[level, 0], plan[level, 1], plan[level, 2]
    plane = plan[level, 4] // plan[level, 3] - 2
    for r in range(first, end + 2 * plane):
        if r < end:
            line, above = v[rows[r, 0] :], v[rows[r, 2] :]
            for j in range(nx // 2):
                line[2 * j] += above[j]
                line[2 * j + 1] += above[j]
            if nx % 2 == 1:
                line[nx - 1] += above[nx // 2]
        if first <= r - plane < end:
            _balance_row(grids, level, r - plane, 1, False)
        if first <= r - 2 * plane:
            _balance_row(grids, level, r - 2 * plane, 0, False)


@kernel
def _coarsest(grids, level):
    """Sweep the coarsest grid from zero, in an order that reads the same backwards."""
    plan, v = grids.plan, grids.v
    for r in range(plan[level, 0], plan[level, 1]):
        row = grids.rows[r, 0]
        v[row : row + plan[level, 2]] = 0.0
    for half in range(COARSEST_SWEEPS):
        for r in range(plan[level, 0], plan[level, 1]):
            _balance_row(grids, level, r, half % 2, False)


@kernel
def _cycle(grids, last):
    """Answer the imbalance `b` by the correction `v`: one V-cycle, a symmetric operator."""
    for level in range(last):
        _down(grids, level)
    _coarsest(grids, last)
    for level in range(last - 1, -1, -1):
        _up(grids, level)


@kernel
def _loss(grids, p):
    """Fill `q` with what leaves each voxel of field `p`; return the sum of their products."""
    plan, q = grids.plan, grids.q
    nx, sy, sz = plan[0, 2], plan[0, 3], plan[0, 4]
    product = 0.0
    for r in range(plan[0, 1]):
        row = grids.rows[r, 0]
        end = row + nx
        low, high = grids.tz[row:end], grids.tz[row + sz : end + sz]
        north, south = grids.ty[row:end], grids.ty[row + sy : end + sy]
        p_low, p_high = p[row - sz : end - sz], p[row + sz : end + sz]
        p_north, p_south = p[row - sy : end - sy], p[row + sy : end + sy]
        sides, line = grids.tx[row : end + 1], p[row - 1 : end + 1]
        mass, out = grids.mass[row:end], q[row:end]
        for i in range(nx):
            c = line[i + 1]
            loss = sides[i] * (c - line[i]) + sides[i + 1] * (c - line[i + 2])
            loss += north[i] * (c - p_north[i]) + south[i] * (c - p_south[i])
            loss += low[i] * (c - p_low[i]) + high[i] * (c - p_high[i])
            out[i] = mass[i] * c + loss
        for i in range(nx):
            product += line[i + 1] * out[i]
    return product


@kernel
def _climb(grids, size, last, rest, target, most):
    """Correct `x` by conjugate gradients until the imbalances `b`, now `rest`, reach `target`."""
    b, v, x, p, q = grids.b, grids.v, grids.x, grids.p, grids.q
    before, cycles = np.inf, 0
    p[:] = 0.0  # also what a broken source may have left
    while cycles < most and rest > target:
        _cycle(grids, last)
        cycles += 1
        now = 0.0
        for i in range(size):
            now += b[i] * v[i]
        keep = now / before
        for i in range(size):
            p[i] = v[i] + keep * p[i]
        before = now
        product = _loss(grids, p)
        if not product > 0.0:
            break
        length, rest = now / product, 0.0
        for i in range(size):
            x[i] += length * p[i]
            b[i] -= length * q[i]
            rest += abs(b[i])
    return cycles


@kernel
def _polish(grids, size):
    """Sweep `x` once: that evens out what is left between neighbours, and never adds to it."""
    v, x = grids.v, grids.x
    _down(grids, 0)
    for i in range(size):
        x[i] += v[i]


@kernel
def _imbalance(grids, values, source, scale):
    """Fill `b` with source less loss; return the sums of its sizes, of sources, of lost ones."""
    nx, ny = values.shape[2], values.shape[1]
    for r in range(grids.plan[0, 1]):
        row, line = grids.rows[r, 0], values[r // ny, r % ny]
        x, mass = grids.x[row : row + nx], grids.mass[row : row + nx]
        for i in range(nx):
            x[i] = line[i] if mass[i] > 0.0 and line[i] > 0.0 else 0.0
            line[i] = x[i]
    _loss(grids, grids.x)
    rest, total, lost = 0.0, 0.0, 0.0
    for r in range(grids.plan[0, 1]):
        row, line = grids.rows[r, 0], source[r // ny, r % ny]
        b, q, mass = (
            grids.b[row : row + nx],
            grids.q[row : row + nx],
            grids.mass[row : row + nx],
        )
        for i in range(nx):
            made = scale * line[i]
            total += made
            lost += made if mass[i] <= 0.0 else 0.0
            b[i] = made - q[i] if mass[i] > 0.0 else 0.0
            rest += abs(b[i])
    return rest, total, lost


@kernel
def _settle(values, source, medium, grids, scales, last, tolerance, max_cycles):
    """Do what `settle` says; `scales` turn z and y or x shares, open parts and sources to 1/d."""
    nz, ny, nx = values.shape
    size = (nz + 2) * (ny + 2) * (nx + 2)
    _finest(grids, medium, scales[0], scales[1], scales[2])
    cycles, built = 0, False
    while True:
        rest, total, lost = _imbalance(grids, values, source, scales[3])
        if not total > 0.0:
            values[:] = 0.0
            return 0.0, 0
        if not rest > tolerance * total or cycles >= max_cycles:
            return (rest + lost) / total, cycles
        if cycles == 0:
            _invert(grids, 0)
        # A last sweep gains little where the first did not suffice.
        target = (POLISHED if cycles == 0 else CLOSE) * tolerance * total
        if rest > target and not built:
            built = True
            for level in range(last):
                _coarser(grids, level)
                _invert(grids, level + 1)
        cycles += _climb(grids, size, last, rest, target, max_cycles - cycles - 1)
        _polish(grids, size)
        cycles += 1
        for r in range(nz * ny):
            row = grids.rows[r, 0]
            for i in range(nx):
                values[r // ny, r % ny, i] = grids.x[row + i]


def settle(
    values: np.ndarray,
    source: np.ndarray,
    medium: Medium,
    diffusivity: float,
    decay_rate: float,
    edge: float,
    depth: float,
    tolerance: float,
    max_cycles: int = 50,
) -> tuple[float, int]:
    """Bring a field into balance with its sources, starting from the field that is there.

    Parameters
    ----------
    values : (nz, ny, nx) float64
        Concentration, changed in place; never negative, 0 in closed voxels. [pmol/L]
    source : (nz, ny, nx) float64
        Secretion into each coarse voxel, not negative. What is put into a closed voxel is lost
        and counts in the returned residual: put it into the nearest open one. [zmol/d]
    medium
        From `medium`.
    diffusivity, decay_rate
        D [um2/d] and k [1/d], both positive.
    edge, depth
        Size of a coarse voxel in y and x, and in z (the thickness of a section). [um]
    tolerance
        Of the residual over the open voxels. [1]
    max_cycles
        Most multigrid cycles to spend.

    Returns
    -------
    residual
        Sum of the imbalances' sizes over the sum of the sources, 0 without sources. [1]
    cycles
        Multigrid cycles and single sweeps done, 0 if the field was in balance.

    Notes
    -----
    In each voxel of volume V = edge^2 depth, with A_f the area of face f, w_f its open share and
    L_f the distance to the neighbour j: sum_f D A_f w_f (c_j - c_i) / L_f + s_i = k V open_i c_i.

    References
    ----------
    Tatebe 1993, "The multigrid preconditioned conjugate gradient method".
    """
    grids = _workspace(values.shape)
    across, along = diffusivity / edge**2, diffusivity / depth**2
    scales = (along, across, float(decay_rate), PMOL_PER_L / (edge * edge * depth))
    last, ratio = 0, across / decay_rate
    while ratio > MASS_RULES and last + 1 < len(grids.plan):
        last, ratio = last + 1, ratio / 4.0
    return _settle(values, source, medium, grids, scales, last, tolerance, max_cycles)
