"""Observables: what a clinic or a biopsy would have said of an arm, each a named function.

A function takes the arms by name and a target, and returns one number in the target's unit, pooled
over the runs of the arm; NaN if the arm was not lived so long or does not read what is needed.
Docstrings say on what a function rests and what is missing from it.
"""

import math
from collections.abc import Callable, Mapping

import numpy as np

from remodel_abm.declare import InputError, nearest
from remodel_abm.judgement.arms import Arm, ratio
from remodel_abm.judgement.targets import Target

Arms = Mapping[str, Arm]
OBSERVABLES: dict[str, Callable[[Arms, Target], float]] = {}


def observable(function):
    """Enter a function under its name."""
    OBSERVABLES[function.__name__] = function
    return function


def observe(arms: Arms, target: Target) -> float:
    """Return what the arms say of a target, NaN if they do not reach so far. [unit of the target]

    Raises
    ------
    InputError
        If the target names no observable that exists.
    """
    if target.observable not in OBSERVABLES:
        msg = f"target {target.id}: no observable {target.observable!r}"
        raise InputError(msg + nearest(target.observable, OBSERVABLES))
    if target.arm not in arms or (target.against and target.against not in arms):
        return math.nan
    return OBSERVABLES[target.observable](arms, target)


def place(arms: Arms, target: Target) -> tuple[Arm, float, float]:
    """Return the arm of a target, and the window in which it is read. [yr]"""
    arm = arms[target.arm]
    return arm, *arm.window(*target.window)


def beside(name: str, arms: Arms, target: Target) -> float:
    """Return the mean of a course over the window, as a fold of that of the arm beside it. [1]

    NaN unless both arms lived in the same bones.
    """
    arm, start, stop = place(arms, target)
    other = twin(arms, target)
    if other is None:
        return math.nan
    return ratio(arm.mean(name, start, stop), other.mean(name, start, stop))


def twin(arms: Arms, target: Target) -> Arm | None:
    """Return the arm that a target is read beside, if it was lived in the same bones."""
    other = arms[target.against]
    return other if np.array_equal(arms[target.arm].weights, other.weights) else None


def percent(new: float, old: float) -> float:
    """Return the change from one number to another. [%]"""
    return 100.0 * (ratio(new, old) - 1.0)


# Below, since they enter their functions into what stands above.
from remodel_abm.judgement.observables import biopsy, scan, serum  # noqa: E402, F401
