"""Luck as a function, not a stream: a draw depends on (seed, decision, cell, tick) alone.

No state and no order, so two runs share every draw that their difference does not touch, adding
a part moves no one else's luck, and a resumed run needs no generator restored. The hash chains
the 64-bit finaliser of splitmix64 (Steele, Lea & Flood 2014, "Fast splittable pseudorandom number
generators") over the four words; tests hold it to uniformity and independence along each of them.
"""

import hashlib
import math

import numpy as np

from remodel_abm.kernel import COMPILED, kernel

_MASK = 0xFFFFFFFFFFFFFFFF
_names: dict[int, str] = {}


def decision(name: str) -> np.uint64:
    """Return the number of a named decision, such as ``"osteoclast.die"``.

    Raises
    ------
    ValueError
        If two names share a number.
    """
    number = int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "little")
    if _names.setdefault(number, name) != name:
        msg = f"decisions {name!r} and {_names[number]!r} hash alike; rename one"
        raise ValueError(msg)
    return np.uint64(number)


if COMPILED:
    _A, _B = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
    _GOLDEN = np.uint64(0x9E3779B97F4A7C15)
    _S30, _S27, _S31, _S11 = (np.uint64(s) for s in (30, 27, 31, 11))

    @kernel
    def mix(word):
        """Scramble one 64-bit word."""
        word = (word ^ (word >> _S30)) * _A
        word = (word ^ (word >> _S27)) * _B
        return word ^ (word >> _S31)

    @kernel
    def combine(first, second):
        """Hash two 64-bit words to one: the identity of what comes of both."""
        return mix(mix(np.uint64(first) + _GOLDEN) ^ np.uint64(second))

    @kernel
    def _to_unit(word):
        return float(word >> _S11) * 2.0**-53
else:
    # Plain Python wraps around by masking; the bits are the same.
    def mix(word):
        """Scramble one 64-bit word."""
        word = ((word ^ (word >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        word = ((word ^ (word >> 27)) * 0x94D049BB133111EB) & _MASK
        return word ^ (word >> 31)

    def combine(first, second):
        """Hash two 64-bit words to one: the identity of what comes of both."""
        first, second = int(first) & _MASK, int(second) & _MASK
        return np.uint64(mix(mix((first + 0x9E3779B97F4A7C15) & _MASK) ^ second))

    def _to_unit(word):
        return float(int(word) >> 11) * 2.0**-53


@kernel
def uniform(seed, what, cell, tick):
    """Draw from [0, 1) for one decision of one cell at one tick.

    Parameters
    ----------
    seed, what, cell : uint64
        Seed of the run, number of the decision, identity of the cell.
    tick : int
        Number of the step.
    """
    # What cells of a day share comes first: a loop over cells works it out once, and a draw costs
    # one round of the hash.
    return _to_unit(combine(combine(combine(seed, what), tick), cell))


@kernel
def chance(rate, dt):
    """Return the probability that an event with hazard `rate` [1/d] strikes within `dt` [d]."""
    return 1.0 - math.exp(-rate * dt)


@kernel
def happens(rate, dt, seed, what, cell, tick):
    """Tell whether an event with hazard `rate` [1/d] strikes within `dt` [d]."""
    return uniform(seed, what, cell, tick) < chance(rate, dt)
