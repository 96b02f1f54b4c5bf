"""The objective: how far the CAL rows of a stage are from what a trial says of them."""

import math
from collections.abc import Iterable, Mapping

from remodel_abm.judgement.arms import Arm
from remodel_abm.judgement.observables import observe
from remodel_abm.judgement.targets import Target

FURTHEST = 10.0  # |z| beyond which, or without an answer, a row is no further off


def check_rows(rows: Iterable[Target]) -> None:
    """Refuse rows that must not be fitted.

    Raises
    ------
    ValueError
        If a row is held out, a check or an input.
    """
    for row in rows:
        if row.role != "CAL" or row.withheld or row.input:
            msg = f"target {row.id} has the role {row.role}: it must never be fitted"
            raise ValueError(msg)


def predictions(arms: Mapping[str, Arm], rows: Iterable[Target]) -> dict[str, float]:
    """Return what a trial says of each row, by identifier. [unit of the row]"""
    return {row.id: observe(arms, row) for row in rows}


def misfit(found: Mapping[str, float], rows: Iterable[Target]) -> float:
    """Return the mean over rows of a squared z that grows linearly beyond one standard error. [1]

    A row far off must not drown the others (pseudo-Huber loss, ``2 (sqrt(1 + z^2) - 1)``).
    """
    losses = []
    for row in rows:
        z = row.z(found[row.id])
        z = FURTHEST if math.isnan(z) else min(abs(z), FURTHEST)
        losses.append(2.0 * (math.hypot(1.0, z) - 1.0))
    return sum(losses) / len(losses)
