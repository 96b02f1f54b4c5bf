"""Arms of a few runs, drawn from the two equations with noise, sites and breaks."""

import numpy as np
import pandas as pd

from remodel_abm.judgement.arms import names, trial
from remodel_abm.judgement.nulls import Fit, ledger_values, two_cells

DRAWN = Fit(rankl_added=9.0, turnover=0.12)


def drawn_arms(runs=3, small=True, seed=1):
    """Return every arm of a version by name."""
    generator = np.random.default_rng(seed)
    return {name: _arm(name, runs, small, generator) for name in names(small)}


def _arm(name, runs, small, generator):
    one = two_cells(trial(name, small), DRAWN, ledger_values())
    courses = {
        key: pd.DataFrame(
            {run: table[0] * (1.0 + 0.03 * generator.standard_normal()) for run in range(runs)}
        )
        for key, table in one.courses.items()
    }
    days = courses["bmd"].index.to_numpy()
    last = generator.uniform(days[0], days[-1], 60 * runs)
    sites = pd.DataFrame(
        {"run": np.repeat(np.arange(runs), 60), "state": "completed", "area": 2e4,
         "resorbed": 1e6 * (1.0 + 0.1 * (last > one.event)), "clast_resorbed": 4e5, "formed": 9.8e5,
         "floor": 1e4, "floor_depth": 5e5 * (1.0 + 0.1 * (last > one.event)),
         "last_resorbed": last - 60.0, "last_formed": last}
    )  # fmt: skip
    breaks = pd.DataFrame(
        {"run": 0, "day": last[:20], "kind": np.where(np.arange(20) % 5, "perforation", "rod")}
    )
    return type(one)(name, one.event, one.steady, courses, sites, breaks,
                     np.linspace(1.0, 2.0, runs), one.values)  # fmt: skip
