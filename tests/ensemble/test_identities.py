"""The bookkeeping of remodeling on tables whose answer is known."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from remodel_abm.ensemble.identities import flows, identities

YEAR = 365.25
RUNS = pd.MultiIndex.from_product([["arm"], ["bone"], [1, 2, 3]], names=["arm", "bone", "seed"])


def skeleton(frequency=0.2, eroded=50.0, refilled=45.0, later=1.0):
    """Return a steady ensemble: 1 mm3 of tissue, BV/TV 20 %, BS/TV 4; `later` scales turnover."""
    days = np.arange(-400.0, 2 * YEAR + 200, 5.0)
    scale = np.where(days > 0, later, 1.0)
    flow = 4.0 * frequency * scale  # mm2/yr eroded
    loss = flow * (refilled - eroded) * 1e-3  # mm3/yr
    bone = 20.0 + 100.0 * np.cumsum(np.where(days > 0, loss, 0.0) * 5.0 / YEAR)
    readings = {
        "bv_tv": bone, "bs_tv": np.full(len(days), 4.0), "ac_f": frequency * scale,
        # Space (I3): what flows in stays for 51 (1 - 21/51) + 100/2 = 80 days.
        "remodeling_space": 100.0 * flow * eroded * 1e-3 * 80.0 / YEAR / (bone / 100.0),
        "brs_r": flow * eroded * 1e-3 * 1e9 / YEAR, "p1np": flow * refilled * 1e-3 * 1e9 / YEAR,
    }  # fmt: skip
    frames = {
        name: pd.DataFrame(dict.fromkeys(RUNS, values), index=days)
        for name, values in readings.items()
    }
    for frame in frames.values():
        frame.columns = RUNS
    return SimpleNamespace(
        arms=["arm"], bones=["bone"], volumes=pd.Series(1.0, index=RUNS),
        course=lambda name, arm=None: frames[name], sites=sites(eroded, refilled),
    )  # fmt: skip


def sites(eroded, refilled):
    """Return sites of 0.1 mm2: one closed a month in each run."""
    area, rows = 1e5, []
    for _, _, seed in RUNS:
        common = {"arm": "arm", "bone": "bone", "seed": seed, "area": area}
        closed = {"reversal_time": 51.0, "formation_time": 100.0, "state": "completed",
                  "resorbed": area * eroded, "formed": area * refilled}  # fmt: skip
        for month in range(-13, 25):
            rows.append({**common, **closed, "last_resorbed": 30.0 * month - 150,
                         "last_formed": 30.0 * month})  # fmt: skip
    return pd.DataFrame(rows)


def table(skeleton, **window):
    found = identities(skeleton, window.get("start", 0.0), window.get("stop", 2 * YEAR))
    return found.set_index(["identity", "what"])


def test_loss_is_frequency_times_balance_times_specific_surface():
    row = table(skeleton()).loc[("I1", "change of bone a year")]
    assert row["predicted"] == pytest.approx(-0.2 * 5e-3 * 4.0 / 0.196 * 100, rel=0.01)
    assert row["observed"] == pytest.approx(row["predicted"], rel=0.02)
    assert abs(row["residual"]) < 0.5


def test_turnover_is_frequency_times_wall_thickness_times_specific_surface():
    row = table(skeleton()).loc[("I2", "bone turned over a year")]
    assert row["predicted"] == pytest.approx(0.2 * 45e-3 * 4.0 / 0.196 * 100, rel=0.01)
    assert abs(row["residual"]) < 0.1


def test_remodeling_space_is_what_sites_at_work_lack():
    row = table(skeleton()).loc[("I3", "remodeling space")]
    assert row["observed"] == pytest.approx(100 * 0.04 * 80 / YEAR / 0.196, rel=0.01)
    assert abs(row["residual"]) < 1.0


def test_space_is_told_of_the_window_and_not_of_the_end():
    later = skeleton(later=2.0)
    known = table(later, start=-YEAR, stop=0.0).loc[("I3", "remodeling space"), "observed"]
    assert known == pytest.approx(100 * 0.04 * 80 / YEAR / 0.2, rel=0.01)


def test_folds_count_from_the_window_that_is_given():
    made = skeleton(later=1.85)
    found = identities(made, YEAR, 2 * YEAR, before=(0.0, YEAR)).set_index(["identity", "what"])
    assert found.loc[("I4", "matrix formed, fold"), "observed"] == pytest.approx(1.0)
    assert found.loc[("I4", "matrix formed, fold"), "predicted"] == pytest.approx(1.0)


def test_markers_rise_by_frequency_and_depth():
    found = table(skeleton(later=1.85))
    row = found.loc[("I4", "matrix resorbed, fold")]
    assert row["predicted"] == pytest.approx(1.85, rel=0.01)
    assert row["observed"] == pytest.approx(1.85, rel=0.01)


def test_a_broken_book_is_found_out():
    broken = skeleton()
    frequency = broken.course("ac_f")
    frequency *= 1.3
    found = table(broken)
    assert found.loc[("I2", "bone turned over a year"), "residual"] == pytest.approx(30, abs=1)
    assert found.loc[("I1", "change of bone a year"), "residual"] == pytest.approx(-3.3, abs=0.3)


def test_runs_that_differ_widen_the_interval():
    varied = skeleton()
    varied.course("p1np").loc[:, ("arm", "bone", 1)] *= 1.2
    row = table(varied).loc[("I2", "bone turned over a year")]
    assert row["observed_low"] < row["observed"] < row["observed_high"]
    assert row["residual_low"] < row["residual"] < row["residual_high"]


def test_a_run_without_closed_sites_counts_with_its_bone():
    made = skeleton()
    mine = (made.sites["seed"] == 2) & (made.sites["state"] == "completed")
    made.sites = made.sites[~mine]
    found = flows(made, "arm", 0.0, 2 * YEAR)
    assert found.loc[("bone", 2), "area"] == 0.0
    assert found.loc[("bone", 2), "bone"] == pytest.approx(found.loc[("bone", 1), "bone"])
