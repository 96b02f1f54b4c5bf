"""Observables on drawn arms with known answers."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from remodel_abm.declare import InputError
from remodel_abm.judgement.arms import LATE, YEAR, Arm, counted_yearly, trial
from remodel_abm.judgement.observables import OBSERVABLES, observe
from remodel_abm.judgement.targets import Target
from remodel_abm.measures.marker import Markers
from remodel_abm.measures.unit import WINDOW

VALUES = {"density.trabecular_weight": 0.5, "density.young_mean": 1.05}
EVENT = 2 * YEAR


def target(name, window=(0.0, 2.0), **more):
    return Target("T", "q", "p", "t", "%", "HOLD", observable=name, arm="one", window=window,
                  **more)  # fmt: skip


def arm(sites=None, breaks=None, steady=False, **courses):
    """Return an arm of two runs, the second of three times the tissue."""
    days = np.arange(-180.0, 6 * YEAR, 10.0)
    tables = {
        name: pd.DataFrame({0: course(days), 1: course(days)}, index=days)
        for name, course in courses.items()
    }
    none = pd.DataFrame()
    return Arm("one", EVENT, steady, tables, none if sites is None else sites,
               none if breaks is None else breaks, np.array([1.0, 3.0]), VALUES)  # fmt: skip


def steps(before, after):
    return lambda days: np.where(days < EVENT, before, after)


def falling(rate):
    return lambda days: 100.0 * (1.0 - rate * np.maximum(days - EVENT, 0.0) / YEAR)


def test_dxa_shows_half_of_what_trabecular_bone_loses():
    one = {"one": arm(bmd=falling(0.04))}
    assert observe(one, target("qct_change")) == pytest.approx(-8.0, abs=0.3)
    assert observe(one, target("lumbar_dxa_change")) == pytest.approx(-4.0, abs=0.15)
    assert observe(one, target("lumbar_dxa_rate")) == pytest.approx(-2.0, abs=0.1)
    assert observe(one, target("lumbar_areal_rate")) == pytest.approx(-0.021, abs=1e-3)


def test_structure_is_read_as_change_of_number_and_connectivity():
    one = {"one": arm(tb_n=steps(1.0, 0.9), conn_d=steps(8.0, 6.0))}
    assert observe(one, target("trabecular_number_change", (-0.5, 2.0))) == pytest.approx(-10.0)
    assert observe(one, target("connectivity_change", (-0.5, 2.0))) == pytest.approx(-25.0)


def test_markers_are_changes_from_the_own_level_before():
    one = {"one": arm(ctx=steps(10.0, 19.0), p1np=steps(10.0, 14.0))}
    assert observe(one, target("resorption_marker_change", (1, 3))) == pytest.approx(90.0)
    assert observe(one, target("formation_marker_change", (1, 3))) == pytest.approx(40.0)


def test_the_level_before_is_read_until_something_begins():
    drifting = arm(ctx=lambda days: np.where(days < 0.0, 8.0, np.where(days < EVENT, 12.0, 20.0)))
    assert drifting.baseline("ctx") == 8.0
    calm = replace(drifting, calm=EVENT)
    before = [8.0] * 18 + [12.0] * 74
    assert calm.baseline("ctx") == pytest.approx(np.mean(before), rel=1e-2)
    assert trial("menopause").calm < trial("menopause").event - 2.03 * YEAR, "estradiol falls (P61)"


def test_nothing_to_compare_with_is_no_answer():
    one = {"one": arm(ctx=steps(0.0, 1.0))}
    assert np.isnan(observe(one, target("resorption_marker_change", (1, 3))))
    assert np.isnan(observe(one, target("qct_change")))
    assert np.isnan(observe({}, target("qct_change")))


def test_one_arm_is_read_beside_another_over_the_same_years():
    both = {
        "one": arm(bv_tv=steps(10.0, 12.0), sclerostin=steps(20.0, 30.0)),
        "other": arm(bv_tv=steps(10.0, 15.0), sclerostin=steps(20.0, 20.0)),
    }
    wanted = target("volume_beside", (1, 2), against="other")
    assert observe(both, wanted) == pytest.approx(-20.0)
    folds = target("sclerostin_beside", (1, 2), against="other")
    assert observe(both, folds) == pytest.approx(1.5)
    both["other"] = replace(both["other"], weights=np.array([1.0, 2.0]))
    assert np.isnan(observe(both, wanted)), "these are other bones"


def test_a_window_beyond_the_run_is_no_answer():
    one = {"one": arm(bmd=falling(0.04))}
    assert np.isnan(observe(one, target("qct_change", (0, 10))))
    assert np.isnan(observe(one, target("qct_change", (-5, 1))))


def test_a_steady_arm_is_read_as_long_as_it_lived():
    one = {"one": arm(steady=True, bv_tv=lambda days: 15.0 + 0.0 * days)}
    assert observe(one, target("volume_rate", (0, 20))) == pytest.approx(0.0)


def sites():
    last = EVENT + np.array([100.0, 200.0, 300.0, 3000.0])
    return pd.DataFrame(
        {
            "run": [0, 0, 1, 1], "state": ["completed", "arrested", "active", "completed"],
            "area": [2e4, 1e4, 1e4, 1e4], "resorbed": [1e6, 3e5, 9e9, 9e9],
            "clast_resorbed": [4e5, 2e5, 9e9, 9e9], "formed": [9e5, 0.0, 9e9, 9e9],
            "floor": [1e4, 0.0, 1e4, 1e4], "floor_depth": [6e5, 0.0, 9e9, 9e9],
            "last_resorbed": last - 50.0, "last_formed": last,
        }
    )  # fmt: skip


def test_depths_are_those_of_the_floors_of_sites_refilled_in_the_window():
    one = {"one": arm(sites(), bmd=falling(0.0))}
    assert observe(one, target("erosion_depth", (0, 1))) == pytest.approx(60.0)
    assert observe(one, target("clast_depth", (0, 1))) == pytest.approx(60.0 * 0.4)
    assert observe(one, target("wall_thickness", (0, 1))) == pytest.approx(55.0)
    assert observe(one, target("balance", (0, 1))) == pytest.approx(-5.0)


def test_walls_thin_by_what_the_second_half_of_a_window_lacks_beside_bones_that_stay_young():
    same = {"resorbed": [1e6, 5e5, 5e5, 5e5], "floor_depth": [5e5, 0.0, 5e5, 5e5]}
    early = sites().assign(state="completed", formed=same["resorbed"], **same)
    late = early.assign(last_formed=early["last_formed"] + 2.5 * YEAR)
    late["formed"] *= 0.9
    both = pd.concat([early[:3], late[:3]], ignore_index=True)
    late["formed"] /= 0.9 * 0.95
    other = pd.concat([early[:3], late[:3]], ignore_index=True)
    arms = {"one": arm(both, steady=True, bmd=falling(0.0)),
            "other": arm(other, steady=True, bmd=falling(0.0)),
            "self": arm(both, steady=True, bmd=falling(0.0))}  # fmt: skip
    found = observe(arms, target("wall_thickness_rate", (0, 4), against="other"))
    thicker = 1.0 / 0.95 - 1.0
    assert found == pytest.approx(-(0.1 + thicker) * 50.0 / 2.0, rel=0.01)
    assert observe(arms, target("wall_thickness_rate", (0, 4), against="self")) == 0.0


def test_a_reading_is_late_by_half_of_what_it_counts():
    assert LATE["ac_f"] * YEAR == WINDOW / 2.0
    for name in ("ctx", "p1np", "brs_r"):
        assert LATE[name] * YEAR == pytest.approx(Markers.interval / 2.0)


def test_a_week_of_a_marker_counts_where_its_middle_lies():
    weekly = pd.DataFrame({0: np.arange(100.0)}, index=EVENT + 7.0 * np.arange(100.0))
    one = Arm("one", EVENT, False, {"ctx": weekly, "bmd": weekly}, weights=np.ones(1))
    weeks = 14.0 / YEAR, 28.0 / YEAR  # middles at days 17.5 and 24.5: what days 21 and 28 read
    assert one.mean("ctx", *weeks) == pytest.approx(3.5)
    assert one.mean("bmd", *weeks) == pytest.approx(3.0)


def test_a_rate_counted_yearly_is_its_mean_over_the_year_before():
    rate = pd.Series(np.arange(200.0), index=np.arange(200) * 7.0)
    counted = counted_yearly(rate)
    assert counted.iloc[0] == 0.0
    assert counted.iloc[150] == pytest.approx(150.0 - 51.0 / 2.0)


def test_the_activation_of_a_year_is_read_off_what_counts_that_year():
    def counted(days):
        """Return the mean over the year before of a rate that doubles on the day of the event."""
        return 0.1 + 0.1 * np.clip((days - EVENT) / YEAR, 0.0, 1.0)

    one = {"one": arm(ac_f=counted)}
    assert observe(one, target("activation_fold", (0.75, 1.25))) == pytest.approx(2.0)
    assert observe(one, target("activation_fold", (0.0, 0.5))) == pytest.approx(1.75, abs=0.01)


def test_breaks_are_shared_out_by_kind():
    table = pd.DataFrame(
        {"run": 0, "day": EVENT + np.array([-9.0, 5.0, 6.0, 7.0, 8.0]),
         "kind": ["rod", "rod", *["perforation"] * 3]}
    )  # fmt: skip
    one = {"one": arm(breaks=table, bmd=falling(0.0))}
    assert observe(one, target("plate_share")) == pytest.approx(75.0)
    assert observe(one, target("rod_share")) == pytest.approx(25.0)


def test_runs_count_by_their_tissue():
    one = arm(bmd=falling(0.0))
    one.courses["bmd"][1] = 200.0
    assert one.mean("bmd", 0.0, 1.0) == pytest.approx(175.0)


def test_a_drawn_arm_counts_runs_with_their_sites():
    whole = arm(sites(), bmd=falling(0.0))
    whole.courses["bmd"][1] = 200.0
    once = whole.drawn([2, 0])
    assert once.mean("bmd", 0.0, 1.0) == pytest.approx(100.0)
    depth = target("erosion_depth", (0, 1))
    assert observe({"one": once}, depth) == observe({"one": whole}, depth)
    assert np.isnan(observe({"one": whole.drawn([0, 1])}, depth))


def test_losses_of_paired_arms_are_compared():
    two = {"one": arm(bv_tv=falling(0.01)), "other": arm(bv_tv=falling(0.04))}
    found = observe(two, target("share_of_loss", against="other"))
    assert found == pytest.approx(25.0, abs=1.0)


def test_a_name_that_no_observable_has_is_refused():
    with pytest.raises(InputError, match="did you mean 'qct_change'"):
        observe({"one": arm(bmd=falling(0.0))}, target("qct_chang"))


@pytest.mark.parametrize("name", OBSERVABLES)
def test_an_observable_says_its_unit(name):
    assert "[" in OBSERVABLES[name].__doc__


def test_arms_are_scenarios_with_a_day_from_which_years_count():
    assert trial("menopause").event == pytest.approx(5 * YEAR)
    assert trial("menopause", small=True).event == pytest.approx(2 * YEAR)
    blocked = trial("estrogen-withdrawal-etanercept")
    assert dict(blocked.scenario.schedule)["hormone_therapy"]
    assert dict(dict(blocked.scenario.schedule)["cytokine_blockade"])["tnf"] == 0.9
    assert trial("surgical-without-t-cells").scenario.off == ("M11",)
    with pytest.raises(InputError, match="did you mean 'menopause'"):
        trial("menopase")
