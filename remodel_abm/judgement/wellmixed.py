"""The well-mixed limit: the rules of the agents with every place like every other.

Cells are numbers per mm3 of tissue, signals one level each, surface four shares (quiescent, opened,
eroded, forming). Rates, folds and switches are those of the same ledger, calendar and scenario;
what estrogen does is not written a second time. What has no place stands here as:

- a signal is what all cells secrete over what decays, so TGF-beta freed at one site reaches all
- sites are not told apart: reversal cells per eroded surface have one density, not one a site, and
  the threshold of M21 is softened to a Hill function of it (exponent `SHARPNESS`)
- osteoclasts erode one footprint and leave it with their detachment rate; that gives their depth;
  they resorb as far as there is bare surface for their footprints
- osteoblasts fill for as long as they live: no hollow tells them to stop
- surface goes with bone volume: nothing is perforated, and no strut is lost

So it is a caricature of the agents' rules, not a reduction that was proved; it is there to show
what comes of the rules without space.
"""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy.integrate import solve_ivp

from remodel_abm.cells.osteoblast import matrix_laid
from remodel_abm.judgement.arms import YEAR, Arm, Trial, counted_yearly
from remodel_abm.judgement.nulls import ledger_values
from remodel_abm.scenario import law
from remodel_abm.signals.inflammation import joint_drive
from remodel_abm.signals.rankl import free_rankl

STATE = (
    "opened", "eroded", "forming", "roaming", "attached", "nuclei", "reversal", "blasts", "stem",
    "fat", "t_cells", "active", "dying", "bone",
)  # fmt: skip
SURFACE, VOLUME = 3.73, 0.154  # mm2/mm3, 1: iliac crest (P03)
SHARPNESS = 8.0
SCARCE = 0.01  # share of surface opened of which half of what moves on finds some
SPREAD = 100.0  # 1/mm2: of reversal cells spread evenly, so many leave a place without any (1/e)
WEEK, LONG = 7.0, 30.0 * YEAR  # d: what is told, and how long it settles
LEVEL = 1e-3  # pmol/L of one zmol per mm3
TINY = 1e-9


def well_mixed(plan: Trial) -> Arm:
    """Return what the rules without space make of a trial, as an arm of one run."""
    calendar, begin, end = law(plan.scenario), -plan.scenario.settling, plan.scenario.years * YEAR
    today = calendar.today(begin)
    # Cells and surfaces settle on bone that is held; then it is let go.
    held = np.array([name != "bone" for name in STATE], float)
    settled = solve_ivp(
        lambda _, state: rates(state, today)[0] * held, (0.0, LONG), _start(today), "LSODA",
        rtol=1e-5, atol=1e-8, max_step=60.0,
    ).y[:, -1]  # fmt: skip
    told = np.arange(begin, end, WEEK)
    found = solve_ivp(
        lambda day, state: rates(state, calendar.today(day))[0], (begin, end), settled, "LSODA",
        told, rtol=1e-5, atol=1e-8, max_step=10.0,
    )  # fmt: skip
    flows = pd.DataFrame(
        [rates(state, calendar.today(day))[1] for day, state in zip(told, found.y.T, strict=False)],
        index=found.t,
    )
    flows["ac_f"] = counted_yearly(flows["ac_f"])
    flows["bmd"] = flows["bv_tv"] = 100.0 * found.y[STATE.index("bone")]
    courses = {name: flows[[name]].set_axis([0], axis=1) for name in flows}
    return Arm(plan.name, plan.event, plan.steady, courses, values=ledger_values(), calm=plan.calm)


def _start(today: Mapping[str, Any]) -> np.ndarray:
    given = {
        "opened": 0.01, "eroded": 0.03, "forming": 0.1, "roaming": 400.0, "nuclei": 5.0,
        "reversal": 300.0, "blasts": 1000.0, "stem": today["mesenchymal_stem_cell"].density,
        "fat": today["adipocyte"].density, "t_cells": today["t_cell"].density, "bone": VOLUME,
    }  # fmt: skip
    return np.array([given.get(name, 0.0) for name in STATE])


def signals(state: Mapping[str, float], today: Mapping[str, Any], resorbed: float) -> dict:
    """Return the one level of each signal, secretion over decay. [pmol/L]

    Parameters
    ----------
    resorbed
        Matrix dissolved a day. [um3/mm3/d]
    """
    lining, bone, pre = today["lining_cell"], today["osteocyte"], today["preosteoblast"]
    blast, t_cell, fat = today["osteoblast"], today["t_cell"], today["adipocyte"]
    cells = _osteocytes(state, bone)
    quiet = max(0.0, 1.0 - state["opened"] - state["eroded"] - state["forming"])
    secreted = {
        "rankl": quiet * surface(state) * lining.density * lining.rankl_secretion
        + cells * bone.rankl_secretion + state["reversal"] * pre.rankl_secretion
        + state["active"] * t_cell.rankl_secretion + state["fat"] * fat.rankl_secretion,
        "opg": cells * bone.opg_secretion + state["reversal"] * pre.opg_secretion
        + state["blasts"] * blast.opg_secretion,
        "tnf": state["active"] * t_cell.tnf_secretion,
        "il1": state["active"] * t_cell.il1_secretion,
        "il6": state["active"] * t_cell.il6_secretion + state["fat"] * fat.il6_secretion,
        "tgf_beta": resorbed * today["tgf_beta"].matrix_content,
        "igf1": resorbed * today["igf1"].matrix_content,
        "sclerostin": bone.density * bone.sclerostin_secretion,
    }  # fmt: skip
    return {name: LEVEL * rate / today[name].decay_rate for name, rate in secreted.items()}


def surface(state: Mapping[str, float]) -> float:
    """Return bone surface per tissue volume, in proportion to bone. [mm2/mm3]"""
    return SURFACE * max(state["bone"], TINY) / VOLUME


def _osteocytes(state, bone) -> float:
    """Return living osteocytes per tissue volume. [1/mm3]"""
    return max(0.0, bone.density * state["bone"] - state["dying"])


def _rank(levels: dict, today, membrane: float, dying: float) -> tuple[float, float]:
    """Return RANK occupancy of a cell, and the free RANKL at it.

    It is shown `membrane` by stromal cells while marrow is calm, and `dying` by osteocytes.
    """
    affinity = today["rankl"]
    inflamed = joint_drive(levels["tnf"], levels["il1"], levels["il6"], affinity)
    total = levels["rankl"] + (membrane + dying) * (1.0 + inflamed)
    free = free_rankl(total, levels["opg"], affinity.opg_affinity)
    return free / (affinity.rank_affinity + free), free


def rates(state: np.ndarray, today: Mapping[str, Any]) -> tuple[np.ndarray, dict[str, float]]:
    """Return the change of every number a day, and what measures would read.

    Parameters
    ----------
    state : (len(STATE),) array
        Shares of surface [1], cells [1/mm3], bone volume [1].
    today
        Values of every part, as the calendar has them.
    """
    s = dict(zip(STATE, np.maximum(state, 0.0).tolist(), strict=True))
    clast, pre, osteo = today["osteoclast"], today["preosteoblast"], today["osteocyte"]
    footprints = s["nuclei"] / clast_size(today) * math.pi * clast.radius**2 * 1e-6
    bare = (s["opened"] + s["eroded"]) * surface(s)
    resorbing = s["nuclei"] * clast.resorption_rate * bare / (bare + footprints + TINY)
    cleaning = s["reversal"] * pre.cleaning_rate * pre.footprint
    levels = signals(s, today, resorbing + cleaning)
    shown = s["dying"] * osteo.dying_rankl * math.pi * osteo.call_reach**3 / 3.0 * 1e-9
    change = dict.fromkeys(STATE, 0.0)
    eroding = _resorption(s, change, today, levels, shown)
    formed = _formation(s, change, today, levels)
    _stir(s, change, today)
    _cut(s, change, today, eroding)
    change["bone"] = (formed - resorbing - cleaning) * 1e-9
    read = {
        "ctx": resorbing, "brs_r": resorbing + cleaning, "p1np": formed, "ac_f": eroding * YEAR,
        "es_bs": 100.0 * s["eroded"], "n_oc_bs": s["nuclei"] / clast_size(today) / surface(s),
        "tnf": levels["tnf"], "il1": levels["il1"], "sclerostin": levels["sclerostin"],
        "tgf_beta": levels["tgf_beta"],
    }  # fmt: skip
    return np.array([change[name] for name in STATE]), read


def clast_size(today: Mapping[str, Any]) -> float:
    """Return the nuclei of an osteoclast: those it is made of."""
    return today["osteoclast_precursor"].fusion_number


def _resorption(s, change, today, levels, shown) -> float:
    """Open surface, draw precursors, make and lose osteoclasts; return surface eroded a day."""
    lining, pre, clast = today["lining_cell"], today["osteoclast_precursor"], today["osteoclast"]
    call, _ = _rank(levels, today, lining.membrane_rankl, shown)
    drive = call**lining.steepness
    quiet = max(0.0, 1.0 - s["opened"] - s["eroded"] - s["forming"])
    opening = (
        quiet * lining.retraction_rate * drive / (drive + lining.half_occupancy**lining.steepness)
    )
    pull = (s["opened"] + s["eroded"]) * surface(s) * lining.density * call
    homing = pre.homing_rate * pull / (pull + pre.half_calls) * s["roaming"]
    _, free = _rank(levels, today, pre.contact_rankl, shown)
    inflamed = joint_drive(levels["tnf"], levels["il1"], levels["il6"], pre)
    needed = today["rankl"].rank_affinity / (1.0 + inflamed)
    committing = pre.commitment_rate * free / (needed + free) * s["attached"]
    leaving = pre.detachment_rate * s["attached"]
    fed, _ = _rank(levels, today, clast.contact_rankl, shown)
    dying = clast.apoptosis_rate * (1.0 + clast.starvation * (1.0 - fed))
    change["roaming"] = pre.arrival_rate - pre.death_rate * s["roaming"] - homing + leaving
    change["roaming"] += clast.fission_rate * s["nuclei"]
    change["attached"] = homing - leaving - committing - pre.death_rate * s["attached"]
    change["nuclei"] = committing - (dying + clast.fission_rate) * s["nuclei"]
    clasts = s["nuclei"] / pre.fusion_number
    moving = clasts * math.pi * clast.radius**2 * (clast.detachment_rate + dying)
    eroding = moving / (surface(s) * 1e6) * s["opened"] / (s["opened"] + SCARCE)
    change["opened"] = opening - eroding - lining.closing_rate * s["opened"]
    change["eroded"] = eroding
    return eroding


def _formation(s, change, today, levels) -> float:
    """Cover eroded surface, mature at a density, fill; return matrix laid down. [um3/mm3/d]"""
    lining, pre, blast = today["lining_cell"], today["preosteoblast"], today["osteoblast"]
    stem = today["mesenchymal_stem_cell"]
    tgf, igf = levels["tgf_beta"], levels["igf1"]
    canopy = s["eroded"] * surface(s) * lining.density
    density = s["reversal"] / max(s["eroded"] * surface(s), TINY)
    room = density < lining.covered_density
    supply = room * canopy * lining.supply_rate * tgf / (tgf + lining.half_tgf)
    pull = canopy * tgf
    arriving = stem.homing_rate * pull / (pull + stem.half_calls) * s["stem"]
    there = (density / max(pre.threshold_density, TINY)) ** SHARPNESS
    ripe = there / (1.0 + there)
    dividing = pre.division_rate * tgf / (tgf + pre.half_tgf) * (1.0 - ripe)
    brake = 1.0 + levels["sclerostin"] / pre.half_sclerostin
    maturing = pre.maturation_rate * igf / (igf + pre.half_igf1) / brake * ripe
    laid = matrix_laid(blast, levels["sclerostin"])
    ending = blast.apoptosis_rate + blast.lining_rate + blast.lacunar_density * 1e-9 * laid
    change["reversal"] = supply + arriving + (dividing - maturing - pre.loss_rate) * s["reversal"]
    change["blasts"] = maturing * s["reversal"] - ending * s["blasts"]
    to_fat = stem.arrival_rate * stem.adipocyte_share
    change["stem"] = stem.arrival_rate - to_fat - arriving - stem.death_rate * s["stem"]
    # Those bound for fat wait a few weeks, which are nothing to the years that fat lives.
    change["fat"] = to_fat * stem.commitment_rate / (stem.commitment_rate + stem.death_rate)
    change["fat"] -= today["adipocyte"].death_rate * s["fat"]
    closing = lining.arrest_rate * math.exp(-density / SPREAD)
    change["eroded"] -= (maturing + closing) * s["eroded"]
    change["forming"] = maturing * s["eroded"] - ending * s["forming"]
    return laid * s["blasts"]


def _stir(s, change, today) -> None:
    """Let T cells come, go, divide, and be stirred where estrogen lets them; daughters rest."""
    t_cell = today["t_cell"]
    resting = max(0.0, s["t_cells"] - s["active"])
    dividing = t_cell.division_rate * s["active"]
    change["t_cells"] = t_cell.arrival_rate + dividing - t_cell.death_rate * s["t_cells"]
    change["active"] = t_cell.activation_rate * resting
    change["active"] -= (t_cell.calming_rate + t_cell.death_rate) * s["active"]


def _cut(s, change, today, eroding) -> None:
    """Let osteocytes call: those that die of age, and some of those cut beside a site."""
    osteo, clast = today["osteocyte"], today["osteoclast"]
    ageing = math.log(2.0) / osteo.half_life * osteo.death_factor
    # An osteoclast severs what lies within its reach round each new footprint, until it leaves.
    reach = (clast.radius + clast.cutting_reach) * 1e-3
    leaving = clast.detachment_rate + clast.apoptosis_rate
    calling = osteo.severed_call_rate / (osteo.severed_call_rate + leaving)
    cut = calling * eroding * surface(s) * reach * osteo.density / 2.0
    change["dying"] = ageing * _osteocytes(s, osteo) + cut - s["dying"] / osteo.calling_time
