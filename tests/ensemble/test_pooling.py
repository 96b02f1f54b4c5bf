"""How readings of many runs become one number."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from remodel_abm.ensemble import pooling
from remodel_abm.ensemble.compare import effect_size


def test_a_share_of_surface_is_pooled_by_surface(small):
    """Es/BS of all tissue at once is eroded surface over surface, not a mean of ratios."""
    eroded, surface = small.course("es_bs"), small.course("bs_tv")
    bands = small.bands
    mine = bands[(bands["arm"] == "intact") & (bands["bone"] == "all")]
    mine = mine[(mine["measure"] == "es_bs") & (mine["kind"] == "value")]
    assert set(mine["referent"]) == {"surface"}
    window = (eroded.index > 30) & (eroded.index <= 60)
    share, density = (table.loc[window, "intact"].mean() for table in (eroded, surface))
    expected = (share * density).sum() / density.sum()
    found = mine.loc[mine["day"] == 60, "mean"].item()
    assert found == pytest.approx(expected)


@pytest.mark.parametrize(
    ("name", "symbol", "expected"),
    [
        ("es_bs", "E.Pm/B.Pm", "surface"), ("n_oc_bs", "N.Oc/BS", "surface"),
        ("ac_f", "Ac.f", "surface"), ("ov_bv", "O.Ar/B.Ar", "bone"), ("tmd", "TMD", "bone"),
        ("balance", "W.Th-E.De", "site"), ("mar", "MAR", "label"), ("bv_tv", "BV/TV", "tissue"),
        ("ctx", "CTX", "tissue"), ("n_oc", "N.Oc", "tissue"),
    ],
)  # fmt: skip
def test_a_quantity_is_pooled_by_what_it_is_referred_to(name, symbol, expected):
    assert pooling.referent(name, symbol) == expected


def test_the_interval_is_that_of_scipys_bootstrap():
    values = np.random.default_rng(3).normal(10, 2, 25)
    samples = pooling.pooled(pooling.draws([0] * 25, 20000), values[None], np.ones((1, 25)))
    low, high = pooling.interval(samples)
    known = stats.bootstrap((values,), np.mean, n_resamples=20000, method="percentile", rng=1)
    assert samples[0, 0] == pytest.approx(values.mean())
    assert low[0] == pytest.approx(known.confidence_interval.low, abs=0.03)
    assert high[0] == pytest.approx(known.confidence_interval.high, abs=0.03)


def test_runs_are_drawn_within_their_bone_where_it_has_several():
    counts = pooling.draws(["a", "a", "a", "b", "b"], times=50)
    assert (counts[0] == 1).all()
    assert (counts[:, :3].sum(axis=1) == 3).all()
    alone = pooling.draws(["a", "a", "b"], times=50)
    assert set(alone[:, 2]) > {0.0}
    assert (alone.sum(axis=1) == 3).all()


def test_a_run_without_a_reading_counts_for_nothing():
    found = pooling.pooled(np.ones((1, 3)), np.array([[1.0, np.nan, 4.0]]), np.array([[1, 9, 2]]))
    assert found[0, 0] == pytest.approx(3.0)
    assert np.isnan(pooling.pooled(np.ones((1, 1)), np.array([[np.nan]]), np.ones((1, 1))))


def test_sites_count_from_two_quiet_months_on_for_a_year():
    runs = pd.MultiIndex.from_tuples([("a", "b", 1)], names=["arm", "bone", "seed"])
    sites = pd.DataFrame(
        {"arm": "a", "bone": "b", "seed": 1, "area": [100.0, 50.0, 7.0],
         "state": ["completed", "arrested", "active"],
         "last_resorbed": [10.0, 20.0, 30.0], "last_formed": [40.0, np.nan, 50.0]}
    )  # fmt: skip
    area = pooling.closed_area(sites, runs, [80, 81, 101, 460, 600])
    assert area["a", "b", 1].tolist() == [0.0, 50.0, 150.0, 100.0, 0.0]


def test_effect_size_is_mean_over_spread_of_the_pairs():
    pairs = np.array([[1.0, 2.0, 3.0], [1.0, 1.0, np.nan], [5.0, np.nan, np.nan]])
    found = effect_size(pairs)
    assert found[0] == pytest.approx(2.0)
    assert np.isnan(found[1])
    assert np.isnan(found[2])


def test_a_baseline_is_the_last_half_year_of_settling_in():
    course = pd.DataFrame({"x": np.arange(5.0)}, index=[-400.0, -100.0, -50.0, 0.0, 10.0])
    assert pooling.baselines(course)["x"] == pytest.approx(1.5)
    assert pooling.baselines(course.loc[0:])["x"] == pytest.approx(3.0)
