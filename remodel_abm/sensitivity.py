"""Global sensitivity: which parameters move loss of bone, turnover and architecture, and how much.

Elementary effects after Morris screen all parameters that can act; indices after Sobol share out
the variance among the leading ones. Runs are those of surgical menopause on one bone under one
seed, so that runs differ by their parameters alone. `ranking` keeps what the
ledger prints of it.

References
----------
Morris 1991, doi 10.1080/00401706.1991.10484804; Saltelli 2010, doi 10.1016/j.cpc.2009.09.018.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from remodel_abm import ensemble
from remodel_abm.declare import InputError, Param
from remodel_abm.judgement.arms import YEAR, Arm, arms_from_runs, ratio, trial
from remodel_abm.ledger import parameters
from remodel_abm.ranges import value_at

LEVELS = 4  # of Morris' grid
# What no arm of menopause uses, or what only names a reference.
_ELSEWHERE = ("density", "testis", "hormone_therapy", "ageing", "ovary", "double_label")
_FIXED = ("tissue.section_depth", "tissue.full_mineral_density", "estrogen.reference")
Evaluate = Callable[[np.ndarray], np.ndarray]


class Output(NamedTuple):
    """A number that a run is reduced to."""

    name: str
    unit: str
    doc: str


OUTPUTS = (
    Output("bmd_loss", "%", "loss of trabecular vBMD over the last year of the run"),
    Output("ctx", "%", "change of CTX from its level before, mean over that year"),
    Output("ac_f", "1/yr", "activation frequency, mean over that year"),
    Output("conn_d", "%", "change of connectivity density over the story"),
)


def free_parameters() -> dict[str, Param]:
    """Return the parameters that a run of surgical menopause can feel, by full name."""
    return {
        name: one
        for name, one in parameters().items()
        if name.partition(".")[0] not in _ELSEWHERE and name not in _FIXED
    }


def values(points: np.ndarray, names: Sequence[str]) -> list[dict[str, float]]:
    """Return parameters for points of the unit cube, on a logarithmic scale over a decade.

    Parameters
    ----------
    points : (n, k) array
        Places in the ranges of the ledger. [1]
    names : (k,) sequence
        Full names.
    """
    params = [parameters()[name] for name in names]
    return [
        {name: value_at(one, at) for name, one, at in zip(names, params, row, strict=True)}
        for row in points
    ]


def morris(names: Sequence[str], evaluate: Evaluate, trajectories: int, seed: int = 1):
    """Screen parameters by their elementary effects.

    Parameters
    ----------
    names
        Parameters, by full name.
    evaluate
        Takes points (n, k) of the unit cube, returns outputs (n, len(OUTPUTS)).
    trajectories
        Number of trajectories; each takes k + 1 runs.

    Returns
    -------
    DataFrame
        parameter; output; mu_star, mean size of the effect [of the output]; sigma; rank, 1 leads.
    """
    salib = _salib()
    problem = _problem(names)
    points = salib.sample.morris.sample(problem, trajectories, num_levels=LEVELS, seed=seed)
    told = _whole(evaluate(points))
    found = []
    for place, output in enumerate(OUTPUTS):
        answer = salib.analyze.morris.analyze(
            problem, points, told[:, place], num_levels=LEVELS, seed=seed
        )
        table = pd.DataFrame(
            {"parameter": list(names), "output": output.name,
             "mu_star": np.asarray(answer["mu_star"], float),
             "sigma": np.asarray(answer["sigma"], float)}
        )  # fmt: skip
        table["rank"] = table["mu_star"].rank(ascending=False, method="min").astype(int)
        found.append(table.sort_values("rank"))
    return pd.concat(found, ignore_index=True)


def leading(table: pd.DataFrame, number: int) -> list[str]:
    """Return the parameters with the best rank in any output."""
    best = table.groupby("parameter")["rank"].agg(["min", "mean"]).sort_values(["min", "mean"])
    return list(best.index[:number])


def sobol(names: Sequence[str], evaluate: Evaluate, samples: int, seed: int = 1) -> pd.DataFrame:
    """Share the variance of the outputs out among a few parameters.

    Parameters
    ----------
    samples
        A power of 2; takes ``samples * (k + 2)`` runs.

    Returns
    -------
    DataFrame
        parameter; output; first and total index, each with half its 95 % interval. [1]
    """
    salib = _salib()
    problem = _problem(names)
    points = salib.sample.sobol.sample(problem, samples, calc_second_order=False, seed=seed)
    told = _whole(evaluate(points))
    found = []
    for place, output in enumerate(OUTPUTS):
        spread = float(np.std(told[:, place]))
        answer = dict.fromkeys(("S1", "S1_conf", "ST", "ST_conf"), 0.0)
        if spread > 0.0:
            answer = salib.analyze.sobol.analyze(
                problem, told[:, place] / spread, calc_second_order=False, seed=seed
            )
        found.append(
            pd.DataFrame(
                {"parameter": list(names), "output": output.name,
                 "first": answer["S1"], "first_half": answer["S1_conf"],
                 "total": answer["ST"], "total_half": answer["ST_conf"]}
            )
        )  # fmt: skip
    return pd.concat(found, ignore_index=True)


def evaluator(
    folder: Path,
    names: Sequence[str],
    edge: int = 30,
    years: float = 2.5,
    settling: float = 365.0,
    workers: int = 2,
    progress: bool = False,
) -> Evaluate:
    """Return a function that runs surgical menopause at points of the unit cube.

    Finished runs are kept in `folder`, so a study that was stopped goes on.

    Parameters
    ----------
    edge
        Of the cube of bone. [voxels of 20 um]
    years, settling
        Length of the story, and of the days before it. [yr], [d]
    """
    plan = trial("surgical-menopause")
    base = plan.scenario.with_(
        years=years, settling=settling,
        bone={"source": "volume", "shape": (edge,) * 3, "voxel": 20.0},
    )  # fmt: skip

    def evaluate(points: np.ndarray) -> np.ndarray:
        arms = {
            f"run-{number:05d}": base.with_(set=given)
            for number, given in enumerate(values(points, names))
        }
        found = ensemble.run(
            arms, folder, replicates=1, workers=workers, progress=progress, banded=False
        )
        told = arms_from_runs(found, plan)
        return np.array([reduce(told[name]) for name in arms])

    return evaluate


def reduce(arm: Arm) -> list[float]:
    """Return the outputs of one run."""
    last = arm.span[1]
    start = last - 1.0
    whole = (0.0 - arm.event) / YEAR
    return [
        -arm.change("bmd", start, last),
        100.0 * (ratio(arm.mean("ctx", start, last), arm.baseline("ctx")) - 1.0),
        arm.mean("ac_f", start, last),
        arm.change("conn_d", whole, last),
    ]


def _problem(names: Sequence[str]) -> dict:
    return {"num_vars": len(names), "names": list(names), "bounds": [[0.0, 1.0]] * len(names)}


def _whole(told: np.ndarray) -> np.ndarray:
    """Return outputs without gaps: a run that could not say a number counts as the middle one."""
    told = np.array(told, float)
    for column in told.T:
        good = np.isfinite(column)
        column[~good] = np.median(column[good]) if good.any() else 0.0
    return told


def _salib():
    try:
        import SALib.analyze.morris
        import SALib.analyze.sobol
        import SALib.sample.morris
        import SALib.sample.sobol
    except ImportError as error:
        msg = "sensitivity needs SALib: pip install 'remodel-abm[calibration]'"
        raise InputError(msg) from error
    return SALib
