"""Whether the books balance: which windows are told, over several architectures."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from remodel_abm.judgement import books
from remodel_abm.judgement.arms import YEAR

EVENT = 5 * YEAR
AREA, ERODED, REFILLED = 1e5, 50.0, 45.0  # um2, um


def ensemble(arm="menopause", bone="usual", fold=1.5, honest=1.0):
    """Return runs whose activation frequency rises `fold` at the event; markers tell the rest."""
    runs = pd.MultiIndex.from_product([[arm], [bone], [1, 2]], names=["arm", "bone", "seed"])
    days = np.arange(-2 * YEAR, EVENT + 15.5 * YEAR, 5.0)
    frequency = np.where(days > EVENT, fold, 1.0) * 0.2
    flow = 4.0 * frequency  # mm2/yr in 1 mm3
    bone_volume = 20.0 + np.cumsum(flow * (REFILLED - ERODED) * 1e-3) * 100 * 5.0 / YEAR
    courses = {
        "bv_tv": bone_volume, "bs_tv": np.full(len(days), 4.0), "ac_f": frequency,
        "brs_r": flow * ERODED * 1e6 / YEAR * honest, "p1np": flow * REFILLED * 1e6 / YEAR,
        "remodeling_space": 100 * flow * ERODED * 1e-3 * 80 / YEAR / (bone_volume / 100),
    }  # fmt: skip
    closed = np.arange(-YEAR, EVENT + 15.5 * YEAR, 30.0)
    sites = pd.concat(
        pd.DataFrame({
            "arm": arm, "bone": bone, "seed": seed, "area": AREA, "state": "completed",
            "reversal_time": 51.0, "formation_time": 100.0, "resorbed": AREA * ERODED,
            "formed": AREA * REFILLED, "last_resorbed": closed - 150, "last_formed": closed,
        })
        for seed in (1, 2)
    )  # fmt: skip
    return SimpleNamespace(
        arms=[arm], bones=[bone], volumes=pd.Series(1.0, index=runs), sites=sites,
        course=lambda name, arm: pd.DataFrame(
            np.column_stack([courses[name]] * len(runs)), index=days, columns=runs
        ),
    )  # fmt: skip


def arm(first=-5.0, last=15.5):
    return SimpleNamespace(event=EVENT, span=(first, last))


def test_books_that_balance_hold_in_every_window():
    table = books.books([ensemble(), ensemble(bone="sparse")], {"menopause": arm()})
    assert set(table["when"]) == {"before", "0.5 to 3 yr after", "5 to 15 yr after"}
    assert set(table["identity"]) == {"I1", "I2", "I3", "I4"}
    assert set(table["verdict"]) == {books.HOLDS}
    assert books.told(table).endswith(f"{len(table)} of {len(table)} within 10 %")


def test_folds_count_from_before_the_event():
    table = books.books([ensemble(fold=1.7)], {"menopause": arm()})
    folds = table[table["identity"] == "I4"]
    assert set(folds["when"]) == {"0.5 to 3 yr after", "5 to 15 yr after"}
    assert folds["observed"].to_numpy() == pytest.approx(1.7)


def test_one_architecture_that_cooks_its_books_shows_in_the_pool():
    honest, cooked = ensemble(), ensemble(bone="sparse")
    course = cooked.course
    cooked.course = lambda name, arm: course(name, arm) * (1.5 if name == "p1np" else 1.0)
    table = books.books([honest, cooked], {"menopause": arm()})
    turned = table[table["identity"] == "I2"]
    assert turned["residual"].to_numpy() == pytest.approx(-20.0, abs=1.0)
    assert set(turned["verdict"]) == {books.FAILS}


def test_a_window_that_was_not_lived_is_not_told():
    table = books.books([ensemble()], {"menopause": arm(last=3.5)})
    assert "5 to 15 yr after" not in set(table["when"])
    none = books.books([ensemble()], {"menopause": arm(first=-2.0)})
    assert not len(none)
    assert books.told(none) == ""
