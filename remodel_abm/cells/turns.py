"""Turns: cells that lay or clean matrix work every other day, two days' worth at a time.

A day's work is a hundredth of a voxel of 20 um, and what it costs is the look at the voxel. Half of
the cells, by their identity, work on even days and half on odd ones, so that tissue changes daily.
Nobody's rate changes; `tests/cells/test_turns.py` has what daily work leads to beside it (K15).
"""

import numpy as np

from remodel_abm.cells import Now
from remodel_abm.kernel import kernel

INTERVAL = 2.0  # d between the turns of a cell


@kernel
def steps_between(now):
    """Return how many steps pass from one turn of a cell to the next."""
    return max(1, round(INTERVAL / now.dt))


@kernel
def long_step(now):
    """Return the moment of a turn: today, with the time since the turn before as its step."""
    return Now(now.seed, now.tick, now.day, now.dt * steps_between(now))


@kernel
def has_turn(identity, now):
    """Tell whether a cell works in this step."""
    every = np.uint64(steps_between(now))
    return (np.uint64(identity) + np.uint64(now.tick)) % every == np.uint64(0)
