"""The null models: nothing changes; two equations after Lemaire 2004."""

import numpy as np
import pytest

from remodel_abm.judgement import nulls
from remodel_abm.judgement.arms import trial
from remodel_abm.judgement.observables import observe
from remodel_abm.judgement.targets import targets


def test_healthy_cells_stand_at_the_published_steady_state():
    blasts, clasts = nulls.steady()
    # Lemaire 2004: 7.282e-4 and 9.127e-4 pM.
    assert blasts == pytest.approx(7.282e-4, rel=1e-3)
    assert clasts == pytest.approx(9.127e-4, rel=1e-3)
    assert nulls.slopes(blasts, clasts, 0.0, nulls.PUBLISHED) == pytest.approx(
        (0.0, 0.0), abs=1e-12
    )


def test_more_rankl_raises_osteoclasts_more_than_osteoblasts():
    healthy, sick = nulls.steady(), nulls.steady(2.0)
    assert sick[1] / healthy[1] == pytest.approx(1.643, abs=0.01)
    assert sick[0] / healthy[0] == pytest.approx(1.369, abs=0.01)


def test_before_menopause_nothing_is_lost():
    arm = nulls.null_arms()["reference"]
    assert arm.change("bmd", 0.0, 20.0) == pytest.approx(0.0, abs=1e-3)


def test_estrogen_falls_along_the_calendar_of_the_scenario():
    plan = trial("menopause")
    days, signal = nulls.estrogen(plan.scenario)
    early, late = np.interp([0.0, plan.event + 10 * 365.25], days, signal)
    assert early == pytest.approx(1.0, abs=0.02)
    assert late < 0.4


def test_the_two_constants_fit_what_markers_may_be_fitted_to():
    arms, rows = nulls.null_arms(), targets()
    for name in ("T20.resorption", "T20.formation", "T13.1yr"):
        assert rows[name].accepts(observe(arms, rows[name])), name


def test_the_equations_never_slow_down_by_themselves():
    arm = nulls.null_arms()["menopause"]
    early = arm.change("bmd", 4.0, 7.0)  # the last cycle ripens in the third year
    late = arm.change("bmd", 10.0, 13.0)
    assert early < 0.0
    assert late == pytest.approx(early, rel=1e-3)


def test_they_know_no_depth_and_no_struts():
    arms, rows = nulls.null_arms(), targets()
    for name in ("T11.e_de", "T40.plates", "T41.women.tb_n"):
        assert np.isnan(observe(arms, rows[name])), name


def test_no_change_repeats_what_was_there_before():
    found = nulls.no_change(targets().values())
    assert (found["T01"], found["T11.e_de"], found["T13.1yr"]) == (0.0, 46.9, 1.0)
