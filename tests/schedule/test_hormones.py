"""Estradiol by the calendar, against what cohorts measured (P60-P64, M16, M17)."""

import math

import numpy as np
import pytest

from remodel_abm import ledger
from remodel_abm.schedule import YEAR, Life

WOMAN, MAN = Life(45.0, "female"), Life(60.0, "male")


def influence(name, life=WOMAN, values=None, **given):
    """Return an influence with default settings, and the ledger's values but for `values`."""
    part = ledger.parts()[name]
    settings = {key: setting.default for key, setting in part.settings.items()} | given
    known = {key: param.value for key, param in part.params.items()}
    return part(part.Values(**known | (values or {})), settings, life)


def estradiol(day, *influences):
    levels = {}
    for one in influences:
        one.hormones(day, levels)
    return levels["estradiol"]


FMP = 10 * YEAR


@pytest.fixture
def menopause():
    """Return the mean of the cohort: no cycle fails whole, all fade alike."""
    ovary = influence("ovary", values={"swing": 0.0}, final_period=FMP)
    return lambda years: estradiol(FMP + years * YEAR, ovary)


def woman(first, last, **values):
    """Return one woman's estradiol, day by day, over years counted from her final period."""
    ovary = influence("ovary", values=values, final_period=FMP)
    return np.array([estradiol(FMP + day, ovary) for day in np.arange(first * YEAR, last * YEAR)])


def test_estradiol_before_menopause_is_the_premenopausal_mean(menopause):
    assert menopause(-6) == pytest.approx(237, rel=0.02)  # Sowers 2008
    assert estradiol(80 * YEAR, influence("ovary")) == influence("ovary").p.premenopausal


def test_half_of_the_fall_is_over_at_the_final_period(menopause):
    assert menopause(0) == pytest.approx((menopause(-60) + menopause(60)) / 2)


def test_estradiol_after_menopause_is_what_the_cohort_had(menopause):
    assert menopause(2) == pytest.approx(77, rel=0.15)
    assert 54 * 0.95 <= menopause(8) <= menopause(6) <= 66 * 1.05


def test_the_fall_from_two_years_before_to_two_years_after_is_about_two_thirds(menopause):
    assert 1 - menopause(2) / menopause(-2) == pytest.approx(0.67, abs=0.05)


def test_estradiol_falls_fastest_at_the_final_period_and_never_rises(menopause):
    years = np.linspace(-8, 12, 401)
    course = np.array([menopause(year) for year in years])
    slope = np.diff(course)
    assert np.all(slope < 0)
    assert years[np.argmin(slope)] == pytest.approx(0, abs=0.1)


def test_the_transition_takes_about_four_years(menopause):
    top, bottom = menopause(-60), menopause(60)
    years = np.linspace(-5, 5, 2001)
    left = (np.array([menopause(year) for year in years]) - bottom) / (top - bottom)
    assert years[left < 0.1][0] - years[left < 0.9][0] == pytest.approx(4, abs=0.5)  # P61


def test_a_course_has_no_overflow_centuries_away():
    ovary = influence("ovary", final_period=0.0)
    assert estradiol(-1e6, ovary) == ovary.p.premenopausal
    assert estradiol(1e6, ovary) == ovary.p.postmenopausal


@pytest.mark.parametrize("year", range(-6, 9))
def test_the_mean_of_a_womans_year_is_that_of_the_cohort(year, menopause):
    fall = menopause(-60) - menopause(60)
    mean = woman(year - 0.5, year + 0.5).mean()
    assert mean == pytest.approx(menopause(year), abs=0.1 * fall)


def test_over_the_whole_transition_a_woman_loses_as_much_estradiol_as_the_cohort(menopause):
    cohort = np.mean([menopause(year) for year in np.linspace(-6, 6, 1201)])
    assert woman(-6, 6).mean() == pytest.approx(cohort, rel=0.01)


def test_a_cycle_is_either_as_before_or_barren():
    assert set(woman(-8, 8).round(6)) == {54.0, 237.0}


def test_cycles_fail_more_often_from_year_to_year_until_none_is_left():
    failed = [np.mean(woman(year, year + 2) < 100) for year in (-8, -5, -2, 0, 6)]
    assert failed[0] == 0.0
    assert failed == sorted(failed)
    assert failed[-1] == 1.0


def test_a_level_lasts_for_whole_cycles():
    changes = np.flatnonzero(np.diff(woman(-4, 4)))
    assert np.all(np.diff(changes) % 28 <= 1)


def test_the_part_of_the_fall_that_comes_in_whole_cycles_is_a_parameter(menopause):
    days = np.arange(-2 * YEAR, 2 * YEAR)
    smooth = np.array([menopause(day / YEAR) for day in days])
    half = (smooth + woman(-2, 2)) / 2.0
    assert woman(-2, 2, swing=0.5) == pytest.approx(half)


def test_an_operation_changes_nothing_before_its_day():
    ovary, operation = influence("ovary"), influence("oophorectomy", day=100.0)
    assert estradiol(99.0, ovary, operation) == estradiol(99.0, ovary)


def test_estradiol_falls_within_days_of_an_operation():
    ovary, operation = influence("ovary"), influence("oophorectomy", day=100.0)
    before, left = estradiol(99.0, ovary, operation), operation.p.remaining
    assert left == pytest.approx(50, abs=30)  # P63
    assert estradiol(110.0, ovary, operation) - left < 0.05 * (before - left)


def test_an_operation_after_menopause_does_not_raise_estradiol():
    ovary = influence("ovary", final_period=0.0)
    operation = influence("oophorectomy", day=10 * YEAR)
    days = np.arange(9.9, 11, 0.01) * YEAR
    with_it = np.array([estradiol(day, ovary, operation) for day in days])
    without = np.array([estradiol(day, ovary) for day in days])
    assert np.all(with_it <= without)


def therapy(dose, start=20 * YEAR, stop=math.inf):
    return influence("hormone_therapy", start=start, stop=stop, dose=dose)


def test_therapy_adds_in_proportion_to_its_dose():
    ovary = influence("ovary", final_period=0.0)
    day = 21 * YEAR
    levels = [estradiol(day, ovary, therapy(dose)) for dose in (0.0, 0.25, 1.0, 2.0)]
    added = np.array(levels) - estradiol(day, ovary)
    assert added[0] == 0.0
    assert added[3] == pytest.approx(2 * added[2])
    assert added[1] == pytest.approx(added[2] / 4)
    assert 37 <= levels[1] <= 103  # P64: 10-28 pg/mL in all


def test_therapy_begins_after_its_first_day_and_builds_up_within_weeks():
    ovary, one = influence("ovary", final_period=0.0), therapy(1.0)
    before = estradiol(20 * YEAR, ovary)
    assert estradiol(20 * YEAR, ovary, one) == before
    full = one.p.level_per_dose
    assert estradiol(20 * YEAR + 60, ovary, one) - before > 0.95 * full


def test_stopped_therapy_leaves_nothing_and_does_not_overshoot():
    ovary = influence("ovary", final_period=0.0)
    one = therapy(1.0, stop=25 * YEAR)
    after = np.arange(0.0, 365.0, 7.0) + 25 * YEAR
    course = np.array([estradiol(day, ovary, one) for day in after])
    base = np.array([estradiol(day, ovary) for day in after])
    assert np.all(course >= base)
    assert np.all(np.diff(course - base) <= 0)
    assert course[-1] == pytest.approx(base[-1], abs=0.01)
    assert course[0] == pytest.approx(estradiol(25 * YEAR - 1e-6, ovary, one))


def test_a_short_course_never_reaches_the_steady_level():
    ovary = influence("ovary", final_period=0.0)
    one = therapy(1.0, stop=20 * YEAR + 1)
    peak = max(estradiol(20 * YEAR + day, ovary, one) for day in np.linspace(0, 30, 301))
    assert peak - estradiol(20 * YEAR, ovary) < 0.5 * one.p.level_per_dose


def men(age):
    return estradiol((age - 60.0) * YEAR, influence("testis", MAN))


def test_bioavailable_estradiol_of_men_falls_through_the_threshold_in_old_age():
    ages = np.arange(20, 96)
    course = np.array([men(age) for age in ages])
    assert np.all(np.diff(course) <= 0)
    assert men(20) == men(25) == influence("testis", MAN).p.young_estradiol
    crossed = ages[course < 40][0]  # Khosla 2001
    assert 65 <= crossed <= 95


def test_testosterone_falls_with_age_and_takes_formation_along():
    testis = influence("testis", MAN)
    levels = {}
    testis.hormones(20 * YEAR, levels)
    assert levels["testosterone"] == pytest.approx(men(80) / men(20))
    factor = testis.effect(20 * YEAR, levels)["osteoblast.matrix_rate"]
    assert factor == pytest.approx(1 - testis.p.formation_share * (1 - levels["testosterone"]))
    assert 0 < factor < 1


def test_the_same_age_means_the_same_hormones_whenever_the_story_begins():
    early, late = influence("testis", Life(40.0, "male")), influence("testis", Life(70.0, "male"))
    assert estradiol(40 * YEAR, early) == pytest.approx(estradiol(10 * YEAR, late))
