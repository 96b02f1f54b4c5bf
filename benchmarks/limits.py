"""What the machine allows for a day's signals, and what stepping through the day would cost.

The limit is memory traffic: a converged solve of `Solver` sweeps its grid a number of times, and
each sweep must read the coefficients, the sources and the field, and write the field. How fast
memory gives and takes is measured in the same process by a triad of the same size.

The baseline steps implicitly in time, as solvers of reaction and diffusion do that follow minutes
(BioFVM's locally one-dimensional scheme, 0.01 min a step). One step is timed, and multiplied.
"""

import statistics
from time import perf_counter

import numpy as np

from remodel_abm.kernel import allocating, kernel

STEP = 0.01  # min
STEPS_A_DAY = 24 * 60 / STEP
# Numbers of the solver's table that one sweep moves for each voxel of the grid: half of seven
# rows of exchange that two colours share, one over the total, the source, and the field twice.
NUMBERS_A_SWEEP = 3.5 + 1 + 1 + 2
REPEATS = 7


@kernel
def triad(a, b, c):
    """Stream three arrays: the usual measure of memory (McCalpin 1995)."""
    for i in range(len(a)):
        a[i] = b[i] + 0.5 * c[i]


def median(call, repeats: int = REPEATS) -> float:
    """Return the median seconds of some calls."""
    call()
    times = []
    for _ in range(repeats):
        begun = perf_counter()
        call()
        times.append(perf_counter() - begun)
    return statistics.median(times)


def bandwidth(size: int) -> float:
    """Return bytes a second that a triad over `size` bytes moves, in cache or not."""
    a, b, c = np.ones((3, max(256, int(size) // 12)), np.float32)
    rounds = max(1, int(2e7 / (12 * len(a))))

    def rounds_of():
        for _ in range(rounds):
            triad(a, b, c)

    return rounds * 12 * len(a) / median(rounds_of)


def signal_day(model) -> dict:
    """Return the seconds of a day's signals: as solved, as memory must move, as stepped through.

    The sources are those that the model's cells secrete now; fields start from the day before.
    """
    signals, now = model.signals, model.now
    today = model.schedule.today(now.day)
    signals.bring_in()
    before, freed = signals.values.copy(), signals.released.copy()
    # A tick on which walls are not measured anew, which the shares of the day tell by themselves.
    signals.settle(model.tissue, model.cells, today, now._replace(tick=1))

    def start():
        signals._coming[...] = before

    def solve():
        start()
        signals._spread(model.tissue, today)
        signals.bring_in()

    solved = median(solve) - median(start)
    moved = {name: 4 * NUMBERS_A_SWEEP * signals.grid(name).size for name in signals.parts}
    pace = bandwidth(sum(moved.values()))
    traffic = sum(max(1, signals.cycles[name]) * moved[name] for name in signals.parts)
    stepped = STEPS_A_DAY * sum(step_of(model, name, today[name]) for name in signals.parts)
    signals.values[...], signals.released[...] = before, freed
    return {
        "solved": solved, "traffic": traffic / pace, "bandwidth": pace, "stepped": stepped
    }  # fmt: skip


@allocating
def step_along(values, room, exchange, decay, source, axis, dt):
    """Take one implicit step along one axis, by Thomas' algorithm line by line.

    Parameters
    ----------
    values, room, decay, source
        (nz, ny, nx): concentration, changed in place; share that is open; decay times that share
        and source of this axis' part. [pmol/L, 1, 1/d, pmol/L/d]
    exchange
        As `values`, one longer along `axis`: exchange through the face before each voxel. [1/d]
    """
    _, ny, nx = values.shape
    n = values.shape[axis]
    upper, right = np.zeros(n), np.zeros(n)
    for line in range(values.size // n):
        for k in range(n):
            z, y, x = _where(line, k, axis, ny, nx)
            low = dt * exchange[z, y, x]
            high = dt * exchange[z + (axis == 0), y + (axis == 1), x + (axis == 2)]
            whole = room[z, y, x] + dt * decay[z, y, x] + low + high
            given = room[z, y, x] * values[z, y, x] + dt * source[z, y, x]
            if k > 0:
                whole -= low * upper[k - 1]
                given += low * right[k - 1]
            upper[k], right[k] = high / whole, given / whole
        ahead = 0.0
        for k in range(n - 1, -1, -1):
            z, y, x = _where(line, k, axis, ny, nx)
            ahead = right[k] + upper[k] * ahead
            values[z, y, x] = ahead


@kernel
def _where(line, k, axis, ny, nx):
    if axis == 0:
        return k, line // nx, line % nx
    if axis == 1:
        return line // nx, k, line % nx
    return line // ny, line % ny, k


def stepper(medium, diffusivity, decay_rate, edge, depth, source):
    """Return a call that takes a field, in place, one step of `STEP` minutes further.

    Parameters
    ----------
    medium, diffusivity, decay_rate, edge, depth
        As for `remodel_abm.signals.diffusion.Solver`.
    source
        (nz, ny, nx), what is secreted. [pmol/L/d]
    """
    share = medium.open_fraction
    axes = [axis for axis in range(3) if share.shape[axis] > 1]
    dt = STEP / (24 * 60)
    tables = []
    for axis in axes:
        exchange = diffusivity / (depth, edge, edge)[axis] ** 2
        face = np.moveaxis(medium[1 + axis] * exchange, axis, 0)
        passable = np.moveaxis(share > 0.0, axis, 0)
        face[[0, -1]] = 0.0
        face[1:-1] *= passable[1:] & passable[:-1]
        tables.append(np.ascontiguousarray(np.moveaxis(face, 0, axis)))
    room, part = np.where(share > 0.0, share, 1.0), 1.0 / len(axes)
    decay, given = decay_rate * share * part, np.where(share > 0.0, source, 0.0) * part

    def step(values):
        for axis, exchange in zip(axes, tables, strict=True):
            step_along(values, room, exchange, decay, given, axis, dt)

    return step


def step_of(model, name, p) -> float:
    """Return the seconds of one implicit step of a signal on its own grid."""
    signals, tissue = model.signals, model.tissue
    values = signals.grid(name).copy()
    edge = tissue.voxel * int(signals.grids["factor"][list(signals.parts).index(name)])
    depth = tissue.depth if tissue.is_section else edge
    step = stepper(
        signals.media[name], p.diffusivity, p.decay_rate, edge, depth, np.ones(values.shape)
    )
    return median(lambda: step(values), 3)
