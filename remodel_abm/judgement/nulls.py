"""Two null models that the model has to beat: nothing changes; two ordinary equations.

The equations are those of Lemaire et al. 2004 for osteoblasts and osteoclasts in one well-stirred
drop, coupled by RANKL, OPG, PTH and TGF-beta, with responding osteoblasts at their quasi-steady
level, as Schmidt et al. 2011 (doi 10.1007/s10928-011-9224-2) showed to suffice. They know no space,
no remodeling sites and no depth. Estrogen drives them along the same calendar as the model. Two
constants are free and fitted to the CAL rows: how much RANKL estrogen loss adds, and the turnover.

References
----------
Lemaire V et al., J Theor Biol 229:293 (2004), doi 10.1016/j.jtbi.2004.03.023, equations 1-3.
"""

from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.integrate import solve_ivp
from scipy.optimize import brentq, least_squares

from remodel_abm.judgement.arms import YEAR, Arm, Trial, counted_yearly, names, trial
from remodel_abm.judgement.observables import observe
from remodel_abm.judgement.targets import Target, of_stage
from remodel_abm.ledger import parameters
from remodel_abm.scenario import Scenario, law

WEEK, LEAP = 7.0, 5.0  # d between what is kept, and between looks at the calendar of a long arm
HEALTHY_VOLUME, HEALTHY_ACTIVATION = 0.154, 0.13  # BV/TV (P03), Ac.f [1/yr] (P22)
START = (1.5, 0.15)  # where the fit of the two constants begins
BOUNDS = ((0.0, 0.02), (20.0, 1.0))


class Lemaire(NamedTuple):
    """Constants of Lemaire 2004, table 1, by their symbols; pM and days."""

    half_tgf: float = 5e-3  # C^s
    f0: float = 0.05
    clast_death: float = 0.7  # D_A
    blast_maturation: float = 0.7 * 0.05  # D_B = f0 d_B
    clast_formation: float = 2.1e-3  # D_C
    responding: float = 7e-4  # D_R
    blast_death: float = 0.189  # k_B
    rank: float = 10.0  # K
    k1: float = 1e-2
    k2: float = 10.0
    k3: float = 5.8e-4
    k4: float = 1.7e-2
    opg_decay: float = 0.35  # k_O
    opg_per_cell: float = 2e5  # K_O^P
    rankl_per_cell: float = 3e6  # K_L^P
    rankl_rate: float = 1e3  # r_L
    pth: float = 250.0 / 86.0  # P^0 = S_P / k_P
    half_pth: float = 3.0 / 0.02  # P^s = k_6 / k_5


PUBLISHED = Lemaire()


class Fit(NamedTuple):
    """The two free constants."""

    rankl_added: float  # by full loss of estrogen, as a fold of its basal production
    turnover: float  # of bone by healthy cells, a part a year


def slopes(blasts: float, clasts: float, added: float, p: Lemaire) -> tuple:
    """Return dB/dt and dC/dt. [pM/d]

    Parameters
    ----------
    blasts, clasts
        Active osteoblasts and osteoclasts. [pM]
    added
        RANKL injected, as a fold of its basal production rate (I_L / r_L). [1]
    """
    tgf = (clasts + p.f0 * p.half_tgf) / (clasts + p.half_tgf)
    pth = p.pth / p.half_pth
    responding = p.responding * tgf**2 / p.blast_maturation
    decoy = p.k1 / (p.k2 * p.opg_decay) * p.opg_per_cell / pth * responding
    bound = p.k3 / p.k4 * p.rankl_per_cell * pth * blasts * (1.0 + added)
    occupied = bound / (1.0 + p.k3 * p.rank / p.k4 + decoy)
    return (
        p.responding * tgf - p.blast_death * blasts,
        p.clast_formation * occupied - p.clast_death * tgf * clasts,
    )


def steady(added: float = 0.0, p: Lemaire | None = None) -> tuple[float, float]:
    """Return the levels at which osteoblasts and osteoclasts hold. [pM]"""

    p = p or PUBLISHED

    def blasts(clasts):
        return p.responding / p.blast_death * (clasts + p.f0 * p.half_tgf) / (clasts + p.half_tgf)

    clasts = brentq(lambda c: slopes(blasts(c), c, added, p)[1], 1e-7, 1.0)
    return blasts(clasts), clasts


@cache
def estrogen(scenario: Scenario) -> tuple[np.ndarray, np.ndarray]:
    """Return days and the estrogen signal e of a scenario, as its calendar gives them."""
    calendar = law(scenario)
    step = 1.0 if scenario.years < LEAP * 2 else LEAP
    days = np.arange(-scenario.settling, scenario.years * YEAR + step, step)
    signal = []
    for day in days:
        calendar.today(float(day))
        signal.append(calendar.levels.get("estrogen_signal", 1.0))
    return days, np.array(signal)


def two_cells(plan: Trial, fit: Fit, values: dict) -> Arm:
    """Return what the two equations say of a trial, as an arm of one run."""
    days, signal = estrogen(plan.scenario)
    # More estrogen than the reference cannot leave less than a tenth of the RANKL.
    added = np.maximum(fit.rankl_added * (1.0 - signal), -0.9)
    start = steady(added[0])
    healthy = steady()

    def slope(day, state):
        change = slopes(state[0], state[1], np.interp(day, days, added), PUBLISHED)
        gain = state[0] / healthy[0] - state[1] / healthy[1]
        return *change, fit.turnover / YEAR * gain * state[2]

    told = np.arange(days[0], days[-1], WEEK)
    found = solve_ivp(slope, (days[0], days[-1]), [*start, 1.0], "LSODA", told, max_step=30.0,
                      rtol=1e-6, atol=1e-9)  # fmt: skip
    blasts, clasts = found.y[0] / healthy[0], found.y[1] / healthy[1]
    surface = 1e9 * HEALTHY_VOLUME * fit.turnover / YEAR * found.y[2]
    courses = {
        "bmd": 100.0 * found.y[2], "bv_tv": 100.0 * found.y[2],
        "ctx": clasts * surface, "brs_r": clasts * surface, "p1np": blasts * surface,
        "n_oc_bs": clasts, "ac_f": HEALTHY_ACTIVATION * clasts,
    }  # fmt: skip
    courses = pd.DataFrame(courses, index=found.t)
    courses["ac_f"] = counted_yearly(courses["ac_f"])
    tables = {name: courses[[name]].set_axis([0], axis=1) for name in courses}
    return Arm(plan.name, plan.event, plan.steady, tables, values=values, calm=plan.calm)


def ledger_values() -> dict[str, float]:
    """Return the parameters that observables need, as the ledger has them."""
    return {name: one.value for name, one in parameters().items() if name.startswith("density.")}


@cache
def fitted() -> Fit:
    """Return the two constants that fit the CAL rows of stages 0 and 1 best."""
    rows = [row for stage in (0, 1) for row in of_stage(stage)]
    plans = [trial(name) for name in dict.fromkeys(row.arm for row in rows)]
    values = ledger_values()

    def misfit(constants):
        arms = {plan.name: two_cells(plan, Fit(*constants), values) for plan in plans}
        found = [row.z(observe(arms, row)) for row in rows]
        return np.nan_to_num(np.array(found), nan=0.0)

    return Fit(*map(float, least_squares(misfit, START, bounds=BOUNDS, diff_step=1e-3).x))


@cache
def null_arms() -> dict[str, Arm]:
    """Return every arm as the two equations have it, by name."""
    return {name: two_cells(trial(name), fitted(), ledger_values()) for name in names()}


def no_change(rows: Iterable[Target]) -> dict[str, float]:
    """Return what a model says in which nothing ever changes, by target."""
    return {row.id: 0.0 if row.before is None else row.before for row in rows if row.observable}
