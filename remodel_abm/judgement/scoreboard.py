"""The scoreboard: every target beside what the model says, and what two null models say."""

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd

from remodel_abm.judgement.arms import Arm, therapy
from remodel_abm.judgement.nulls import no_change, null_arms
from remodel_abm.judgement.observables import observe
from remodel_abm.judgement.targets import Target, targets

DRAWS, INTERVAL = 200, (2.5, 97.5)  # of the bootstrap over runs, and its percentiles
KINDS = {"CAL": "fitted", "HOLD": "held out", "CHK": "check"}
MET, MISSED = "met", "not met"
COLUMNS = {
    "id": ("string", "", "row of the science basis"),
    "kind": ("string", "", "fitted (may be), held out (never), check (neither)"),
    "stage": ("Int64", "1", "of the calibration that may fit it"),
    "quantity": ("string", "", "what was measured"),
    "population": ("string", "", "in whom"),
    "time": ("string", "", "when"),
    "therapy": ("string", "", "what is given in the trial; empty if nothing is"),
    "unit": ("string", "", "of every number in the row"),
    "measured": ("float64", "see unit", "as published, or the middle of its range"),
    "low": ("float64", "see unit", "lowest value accepted"),
    "high": ("float64", "see unit", "highest value accepted"),
    "predicted": ("float64", "see unit", "what the model says, pooled over runs"),
    "predicted_low": ("float64", "see unit", "2.5th percentile of a bootstrap over runs"),
    "predicted_high": ("float64", "see unit", "97.5th percentile"),
    "z": ("float64", "1", "prediction less measurement, in standard errors of the measurement"),
    "sign": ("string", "", "whether the direction is right"),
    "verdict": ("string", "", "met, not met, or why it is not judged"),
    "unchanged": ("float64", "see unit", "null model: nothing changes"),
    "unchanged_verdict": ("string", "", "met or not met"),
    "equations": ("float64", "see unit", "null model: two equations after Lemaire 2004"),
    "equations_verdict": ("string", "", "met or not met"),
    "evidence": ("string", "", "C read, C2 secondary, M recalled, D derived, S source articles"),
    "source": ("string", "", "of the measurement"),
    "note": ("string", "", "what to know"),
    "runs": ("int64", "1", "runs behind the prediction"),
}


def score(arms: Mapping[str, Arm], seed: int = 1) -> pd.DataFrame:
    """Judge the arms by every target.

    Parameters
    ----------
    arms
        What came of each trial, by name; rows of trials that are missing are not judged.
    seed
        Of the bootstrap.

    Returns
    -------
    DataFrame
        A row a target, columns as in `COLUMNS`.
    """
    rows = list(targets().values())
    drawn, nothing, equations = _bootstrap(arms, seed), no_change(rows), null_arms()
    found = []
    for row in rows:
        predicted = observe(arms, row) if row.observable else math.nan
        low, high = _interval(row, drawn, predicted)
        ode = observe(equations, row) if row.observable else math.nan
        none = nothing.get(row.id, math.nan)
        found.append(
            {
                "id": row.id, "kind": KINDS[row.role], "stage": row.stage,
                "quantity": row.quantity, "population": row.population, "time": row.time,
                "therapy": therapy(row.arm), "unit": row.unit,
                "measured": row.middle, "low": row.band[0], "high": row.band[1],
                "predicted": predicted, "predicted_low": low, "predicted_high": high,
                "z": row.z(predicted) if row.accept else math.nan,
                "sign": _sign(row, predicted), "verdict": verdict(row, predicted, arms),
                "unchanged": none, "unchanged_verdict": _plain(row, none),
                "equations": ode, "equations_verdict": _plain(row, ode),
                "evidence": row.evidence, "source": row.source, "note": row.note,
                "runs": arms[row.arm].runs if row.arm in arms else 0,
            }
        )  # fmt: skip
    table = pd.DataFrame(found, columns=list(COLUMNS))
    return table.astype({"stage": "Int64"})


def verdict(row: Target, predicted: float, arms: Mapping[str, Arm]) -> str:
    """Return ``met``, ``not met``, or why a row is not judged."""
    if row.withheld:
        return "not judged here"
    if row.input:
        return "input"
    if row.scenario == "none":
        return "no scenario yet"
    if not row.observable:
        return "not in the model"
    if math.isnan(predicted):
        return "not run" if row.arm not in arms else "not reached"
    return MET if row.accepts(predicted) else MISSED


def _plain(row: Target, predicted: float) -> str:
    """Return what a null model gets; one that cannot say a thing has missed it."""
    if row.withheld or not row.observable:
        return ""
    return MET if row.accepts(predicted) else MISSED


def _sign(row: Target, predicted: float) -> str:
    right = None if math.isnan(predicted) else row.has_sign(predicted)
    return "" if right is None else "right" if right else "wrong"


def _bootstrap(arms: Mapping[str, Arm], seed: int) -> list[dict[str, Arm]]:
    """Return the arms with their runs drawn anew; paired arms share their draw."""
    generator, drawn = np.random.default_rng(seed), []
    sizes = {arm.runs for arm in arms.values() if arm.runs > 1}
    for _ in range(DRAWS if sizes else 0):
        counts = {n: generator.multinomial(n, np.full(n, 1.0 / n)) for n in sorted(sizes)}
        drawn.append(
            {
                name: arm.drawn(counts[arm.runs]) if arm.runs in counts else arm
                for name, arm in arms.items()
            }
        )
    return drawn


def _interval(row: Target, drawn: list, predicted: float) -> tuple[float, float]:
    if math.isnan(predicted):
        return math.nan, math.nan
    found = np.array([observe(arms, row) for arms in drawn])
    found = found[np.isfinite(found)]
    return tuple(np.percentile(found, INTERVAL)) if len(found) > 1 else (math.nan, math.nan)


def summary(table: pd.DataFrame) -> dict[str, int | float]:
    """Return the counts that the last line prints, and what the rules of the split ask for.

    Returns
    -------
    dict
        rows; by kind the number judged and met, and by the null models met of the same rows;
        ``sign_right`` of ``sign_known`` and ``mean_z`` of the held-out rows judged; the same of
        those in which nothing is given, with ``untreated_`` in front.
    """
    judged = table[table["verdict"].isin([MET, MISSED])]
    found: dict[str, int | float] = {"rows": len(table)}
    for kind in KINDS.values():
        mine = judged[judged["kind"] == kind]
        key = kind.replace(" ", "_")
        found[f"{key}_rows"] = int((table["kind"] == kind).sum())
        found[f"{key}_judged"] = len(mine)
        found[f"{key}_met"] = int((mine["verdict"] == MET).sum())
        for null in ("unchanged", "equations"):
            found[f"{key}_met_{null}"] = int((mine[f"{null}_verdict"] == MET).sum())
    held = judged[judged["kind"] == "held out"]
    untreated = held[held["therapy"] == ""]
    found |= _standing(held) | {f"untreated_{k}": v for k, v in _standing(untreated).items()}
    found["untreated_judged"] = len(untreated)
    found["untreated_met"] = int((untreated["verdict"] == MET).sum())
    return found


def _standing(rows: pd.DataFrame) -> dict[str, int | float]:
    return {
        "sign_right": int((rows["sign"] == "right").sum()),
        "sign_known": int((rows["sign"] != "").sum()),
        "mean_z": float(rows["z"].abs().replace(np.inf, np.nan).mean()),
    }


def last_line(counts: Mapping[str, int | float]) -> str:
    """Return the line that says how it stands."""
    return (
        f"{counts['rows']} rows: {counts['fitted_rows']} that may be fitted "
        f"({counts['fitted_met']} met of {counts['fitted_judged']} judged), "
        f"{counts['held_out_rows']} held out, {counts['check_rows']} checks; "
        f"met {counts['held_out_met']} of {counts['held_out_judged']} held-out targets "
        f"({counts['untreated_met']} of {counts['untreated_judged']} without therapy)"
    )
