"""A fast model to calibrate: what estrogen leaves undone resorbs bone, in closed form."""

import numpy as np
import pandas as pd

from remodel_abm.calibration.stages import Stage
from remodel_abm.judgement.arms import YEAR, Arm
from remodel_abm.judgement.observables import observe
from remodel_abm.judgement.targets import Target
from remodel_abm.ledger import parts
from remodel_abm.scenario import Scenario, values_of
from remodel_abm.schedule import Life

STAGE = Stage(
    1, "a fake menopause", ("menopause",),
    {"estrogen.half_effect": "unknown here", "density.trabecular_weight": "unknown here"},
)  # fmt: skip
TRUTH = {"estrogen.half_effect": 60.0, "density.trabecular_weight": 0.65}
EVENT = 5 * YEAR
WOMAN = Life(45.0, "female")
DAYS = np.arange(-180.0, 12 * YEAR, 30.0)
ESTRADIOL = 54.0 + 183.0 / (1.0 + np.exp((DAYS - EVENT) / 300.0))


def simulate(values, number=0):
    """Return the arm of menopause: CTX rises, and bone falls, with what estrogen leaves undone."""
    part = parts()["estrogen"]
    known = values_of(Scenario())["estrogen"]._replace(half_effect=values["estrogen.half_effect"])
    undone = 1.0 - np.array([part(known, {}, WOMAN).signal(level) for level in ESTRADIOL])
    courses = {"ctx": 10.0 * (1.0 + 2.0 * undone), "bmd": 100.0 * np.exp(-np.cumsum(undone) * 3e-3)}
    tables = {name: pd.DataFrame({0: one}, index=DAYS) for name, one in courses.items()}
    return {"menopause": Arm("menopause", EVENT, False, tables, values=values)}


def row(name, observable, window, value, **more):
    """Return a target that may be fitted."""
    given = {"spread": 0.02 * abs(value), "accept": "2 se", "role": "CAL", "source": "truth"} | more
    return Target(name, "q", "p", "t", "%", value=value, observable=observable, arm="menopause",
                  window=window, evidence="D", stage=1, **given)  # fmt: skip


def rows_of_truth():
    """Return targets that the fake model meets exactly with `TRUTH`."""
    arms = simulate(TRUTH)
    found = []
    for name, observable, window in (
        ("A", "lumbar_dxa_change", (0.0, 5.0)),
        ("B", "resorption_marker_change", (-1.0, 0.0)),
        ("C", "resorption_marker_change", (1.0, 5.0)),
    ):
        guess = row(name, observable, window, 1.0)
        found.append(row(name, observable, window, observe(arms, guess)))
    return found
