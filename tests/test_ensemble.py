"""What only many runs can show (K13): `pytest -m slow tests/test_ensemble.py`, about an hour."""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from remodel_abm.model import Model
from remodel_abm.scenario import Scenario

SEEDS, YEAR = range(1, 21), 365.25
READ = ("hormones", "bone_volume", "cell_counts", "markers")

pytestmark = pytest.mark.slow


def course(name, seed, years, off=()):
    """Return the readings of one run on the section of its own seed."""
    scenario = Scenario.load(name, seed=seed, years=years, off=list(off), bone={"seed": seed})
    model = Model(replace(scenario, measures=READ))
    while not model.is_over:
        model.step()
    model.close()
    return model.record.wide()


def ensemble(name, years, off=()):
    """Return the readings of all seeds."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, mp_context=context) as pool:
        jobs = [pool.submit(course, name, seed, years, off) for seed in SEEDS]
        return [job.result() for job in jobs]


def yearly_change(courses, start, stop):
    """Return the pooled change of bone volume between two days. [%/yr]"""
    before = np.mean([one["bv_tv"].loc[start : start + 60].mean() for one in courses])
    after = np.mean([one["bv_tv"].loc[stop - 60 : stop].mean() for one in courses])
    return 100.0 * (after / before - 1.0) / ((stop - start - 60) / YEAR)


def test_a_premenopausal_skeleton_holds_its_bone_for_twenty_years():
    assert abs(yearly_change(ensemble("reference", 20), 0, 20 * YEAR)) <= 0.4


def test_without_t_cell_activation_surgical_menopause_costs_less_bone():
    whole = yearly_change(ensemble("surgical-menopause", 4), 180, 4 * YEAR)
    spared = yearly_change(ensemble("surgical-menopause", 4, off=["M11"]), 180, 4 * YEAR)
    assert whole < spared < 0.0


def test_turnover_rises_with_resorption_ahead():
    courses = ensemble("surgical-menopause", 4)
    for name in ("ctx", "p1np"):
        base = np.mean([one[name].loc[-365:0].mean() for one in courses])
        later = np.mean([one[name].loc[YEAR : 3 * YEAR].mean() for one in courses])
        assert later > 1.3 * base, name
    assert yearly_change(courses, 180, 3 * YEAR) < -1.0
