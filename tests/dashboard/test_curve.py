"""The curve of estradiol that a reader drags."""

import pytest

from remodel_abm.dashboard.estrogen import course, per_dose
from remodel_abm.schedule import Life

WOMAN = {"ovary": {"final_period": -3650.0}}


@pytest.mark.parametrize("values", [{}, {"hormone_therapy.level_per_dose": 150.0}])
def test_a_drag_on_therapy_goes_as_far_as_the_dose_it_asks_for(values):
    """Two milligrams more lift the curve by twice what a milligram is said to add."""
    span = ([], Life(60.0, "female"), 300.0, 330.0)
    low, high = (
        course({**WOMAN, "hormone_therapy": {"start": 0.0, "dose": dose}}, values, *span)
        for dose in (0.5, 2.5)
    )
    assert (high - low) == pytest.approx(2.0 * per_dose(values), rel=1e-3)


def test_a_mechanism_that_is_off_is_off_in_the_curve_too():
    life, span = Life(45.0, "female"), (0.0, 4000.0)
    schedule = {"ovary": {"final_period": 1826.0}}
    cycling, flat = (course(schedule, {}, off, life, *span) for off in ([], ["P61"]))
    assert abs(cycling - flat).max() > 20.0
