"""Identifiability: what the record of a study tells apart, and what trades off (K16).

Each row's prediction is fitted by a quadratic in the free parameters over the trials; the posterior
over their ranges, under independent normal errors of the targets, then follows by weighing points
spread evenly. Profiles are the smallest misfit along each parameter with the others free.
"""

import math
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.stats import qmc

from remodel_abm.calibration.study import Study
from remodel_abm.declare import InputError, Param
from remodel_abm.judgement.targets import Target
from remodel_abm.ranges import place, value_at

POINTS, STEPS = 2**14, 24
WIDE = 0.7  # of the spread of its range: a parameter that stays so wide is not identified
TIED = 0.7  # correlation from which two parameters cannot be told apart
TRUSTED = 0.8  # share of a prediction's variance that its quadratic must explain
CHOSEN = 0.95  # of the trials, the best: what is worse says nothing of the optimum


class Answer(NamedTuple):
    """What a record can tell.

    Attributes
    ----------
    table
        A row a parameter: best, mean and spread of the posterior, spread as a share of that of
        the range, identified or not.
    correlation
        Between parameters, under the posterior.
    groups
        Parameters that cannot be told apart, or that the rows do not see.
    profile
        Parameter, value, smallest sum of squared z.
    explained
        By row, the share of variance its quadratic explains, left-one-out.
    """

    table: pd.DataFrame
    correlation: pd.DataFrame
    groups: list[tuple[str, ...]]
    profile: pd.DataFrame
    explained: dict[str, float]


def identify(study: Study, seed: int = 1) -> Answer:
    """Return what the trials of a study tell of its parameters.

    Raises
    ------
    InputError
        If there are too few trials for a quadratic.
    """
    params, rows = study.stage.params, study.rows
    needed = (len(params) + 1) * (len(params) + 2) // 2 + 1
    kept = study.trials.nsmallest(max(needed, math.ceil(CHOSEN * len(study.trials))), "misfit")
    if len(kept) < needed:
        msg = f"{study.folder}: {len(params)} free parameters need {needed} trials to be told apart"
        raise InputError(f"{msg}; it has {len(study.trials)}")
    places = np.column_stack(
        [[place(one, value) for value in kept[name]] for name, one in params.items()]
    )
    points = qmc.Sobol(len(params), seed=seed).random(POINTS)
    terms = _quadratic(points)
    squares, explained = np.zeros(POINTS), {}
    for row in rows:
        values = kept[row.id].to_numpy(float)
        there = np.isfinite(values)
        if there.sum() < needed:
            continue
        design = _quadratic(places[there])
        inverse = np.linalg.pinv(design)
        missed = _left_out(design @ inverse, values[there])
        explained[row.id] = _explained(missed, values[there])
        if explained[row.id] <= 0.0:
            continue  # the mean of the trials would say more than the quadratic does
        # What it misses of a trial that it has not seen is an error of the prediction, beside that
        # of the target, and grows away from the trials.
        shares = terms @ inverse  # of each trial in the prediction at each point
        error = np.sqrt(np.mean(missed**2) * (1.0 + np.sum(shares**2, axis=1)))
        squares += _squared_z(row, shares @ values[there], error)
    weights = np.exp(-0.5 * (squares - squares.min()))
    weights /= weights.sum()
    return _answer(study, points, squares, weights, explained)


def _answer(study, points, squares, weights, explained) -> Answer:
    params = study.stage.params
    names = list(params)
    mean = weights @ points
    spread = np.sqrt(weights @ (points - mean) ** 2)
    share = spread * np.sqrt(12.0)  # of the spread of an even distribution
    covariance = ((points - mean) * weights[:, None]).T @ (points - mean)
    scale = np.maximum(np.outer(spread, spread), 1e-12)
    correlation = pd.DataFrame(covariance / scale, names, names)
    ends = [
        [value_at(one, min(max(at + side * wide, 0.0), 1.0)) for side in (-1.0, 0.0, 1.0)]
        for one, at, wide in zip(params.values(), mean, spread, strict=True)
    ]
    below, middle, above = np.array(ends).T
    table = pd.DataFrame(
        {
            "parameter": names, "best": [study.values[name] for name in names],
            "mean": middle, "spread": (above - below) / 2.0, "share_of_range": share,
            "identified": share < WIDE,
        }
    )  # fmt: skip
    return Answer(table, correlation, groups(table, correlation), _profile(params, points, squares),
                  explained)  # fmt: skip


def groups(table: pd.DataFrame, correlation: pd.DataFrame) -> list[tuple[str, ...]]:
    """Return parameters that the rows do not see, alone, and chains of such as trade off."""
    found = [(name,) for name in table.loc[~table["identified"], "parameter"]]
    names, left = list(correlation), set(correlation)
    while left:
        chain = {min(left, key=names.index)}
        while True:
            grown = {other for other in names for one in chain
                     if abs(correlation.loc[one, other]) >= TIED}  # fmt: skip
            if grown <= chain:
                break
            chain |= grown
        left -= chain
        if len(chain) > 1:
            found.append(tuple(sorted(chain, key=names.index)))
    return found


def _profile(params: dict[str, Param], points: np.ndarray, squares: np.ndarray) -> pd.DataFrame:
    """Return the smallest sum of squared z along each parameter, the others free."""
    pieces = []
    for axis, (name, one) in enumerate(params.items()):
        step = np.minimum((points[:, axis] * STEPS).astype(int), STEPS - 1)
        least = pd.Series(squares).groupby(step).min()
        middle = (least.index.to_numpy() + 0.5) / STEPS
        values = np.array([value_at(one, at) for at in middle])
        pieces.append(pd.DataFrame({"parameter": name, "value": values, "chi2": least.to_numpy()}))
    return pd.concat(pieces, ignore_index=True)


def _quadratic(places: np.ndarray) -> np.ndarray:
    """Return 1, x, and x x of points in the unit cube. (points, terms)"""
    count, size = places.shape
    pairs = [places[:, i] * places[:, j] for i in range(size) for j in range(i, size)]
    return np.column_stack([np.ones(count), places, *pairs])


def _left_out(hat: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return how far each trial is from what the others predict of it."""
    return (values - hat @ values) / np.maximum(1.0 - np.diag(hat), 1e-6)


def _explained(missed: np.ndarray, values: np.ndarray) -> float:
    """Return the share of variance explained, each trial predicted from the others."""
    total = np.sum((values - values.mean()) ** 2)
    return float(1.0 - np.sum(missed**2) / total) if total > 0 else 0.0


def _squared_z(row: Target, predicted: np.ndarray, error: np.ndarray) -> np.ndarray:
    return (predicted - row.middle) ** 2 / (row.sigma**2 + error**2)
