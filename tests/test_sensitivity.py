"""Global sensitivity on outputs with known answers."""

import numpy as np
import pandas as pd
import pytest

from remodel_abm import ranking, sensitivity
from remodel_abm.declare import InputError
from remodel_abm.judgement.arms import YEAR, Arm
from remodel_abm.ledger import parameters
from remodel_abm.sensitivity import OUTPUTS

NAMES = ["osteoclast.apoptosis_rate", "osteoclast.resorption_rate", "estrogen.steepness"]


def linear(points):
    """Outputs that the first parameter moves most, the second a third of it, the last not."""
    told = 9.0 * points[:, 0] + 3.0 * points[:, 1]
    return np.column_stack([told, told, -told, 2.0 * told])


def test_morris_ranks_parameters_by_what_they_move():
    found = sensitivity.morris(NAMES, linear, 8)
    mine = found[found["output"] == "ctx"].set_index("parameter")
    assert mine.loc[NAMES, "mu_star"].tolist() == pytest.approx([9.0, 3.0, 0.0], abs=1e-9)
    assert mine.loc[NAMES, "rank"].tolist() == [1, 2, 3]
    assert sensitivity.leading(found, 2) == NAMES[:2]


def test_sobol_shares_the_variance_out():
    found = sensitivity.sobol(NAMES, linear, 256)
    mine = found[found["output"] == "bmd_loss"].set_index("parameter")
    # Variances of 9 x and 3 x stand as 81 to 9.
    assert mine.loc[NAMES, "first"].tolist() == pytest.approx([0.9, 0.1, 0.0], abs=0.03)
    assert mine.loc[NAMES, "total"].tolist() == pytest.approx([0.9, 0.1, 0.0], abs=0.03)


def test_an_output_that_never_moves_has_no_variance_to_share():
    found = sensitivity.sobol(NAMES, lambda points: 0.0 * linear(points) + 3.0, 4)
    assert (found[["first", "total"]] == 0.0).all(axis=None)


def test_the_same_seed_asks_the_same_points():
    asked = []
    for _ in range(2):
        sensitivity.morris(NAMES, lambda points: asked.append(points) or linear(points), 3, seed=5)
    assert np.array_equal(*asked)


def test_a_run_without_an_answer_spoils_no_other():
    def gappy(points):
        told = linear(points)
        told[0] = np.nan
        return told

    found = sensitivity.morris(NAMES, gappy, 8)
    assert np.isfinite(found["mu_star"]).all()


def test_points_are_places_in_the_ranges_of_the_ledger():
    low, middle, high = sensitivity.values(np.array([[0.0] * 3, [0.5] * 3, [1.0] * 3]), NAMES)
    for name in NAMES:
        param = parameters()[name]
        assert (low[name], high[name]) == pytest.approx((param.low, param.high))
    wide = parameters()["osteoclast.resorption_rate"]  # over a decade: in logarithms
    assert middle["osteoclast.resorption_rate"] == pytest.approx(np.sqrt(wide.low * wide.high))


def test_every_output_is_read_from_a_run():
    days = np.arange(-180.0, 2.5 * YEAR, 30.0)
    falling = 100.0 - 4.0 * np.maximum(days, 0.0) / YEAR
    courses = {"bmd": falling, "ctx": np.where(days < 0, 5.0, 10.0), "ac_f": 0.0 * days + 0.2,
               "conn_d": falling}  # fmt: skip
    tables = {name: pd.DataFrame({0: one}, index=days) for name, one in courses.items()}
    loss, ctx, activation, connected = sensitivity.reduce(Arm("one", 182.0, False, tables))
    assert loss == pytest.approx(4.2, abs=0.5)
    assert ctx == pytest.approx(100.0)
    assert activation == pytest.approx(0.2)
    assert connected == pytest.approx(-9.7, abs=1.0)
    assert len(OUTPUTS) == 4


def test_what_a_run_cannot_feel_is_left_out():
    free = sensitivity.free_parameters()
    assert "osteoclast.apoptosis_rate" in free
    assert not [name for name in free if name.startswith(("testis", "density", "ageing"))]


def test_a_ranking_is_kept_with_the_study_it_came_from(tmp_path):
    path = tmp_path / "ranking.csv"
    ranking.store(sensitivity.morris(NAMES, linear, 4), "16 runs of nothing", path)
    places, about = ranking.stored(path)
    assert about == "16 runs of nothing"
    assert places[NAMES[0]].startswith("1 (")
    assert ranking.stored(tmp_path / "none.csv") == ({}, "")


def test_the_ranking_in_the_package_names_parameters_that_there_are():
    places, about = ranking.stored()
    assert set(places) <= set(parameters())
    assert bool(places) == bool(about)


def test_without_salib_one_sentence_says_what_to_install(monkeypatch):
    for name in ("SALib", "SALib.analyze", "SALib.analyze.morris"):
        monkeypatch.setitem(__import__("sys").modules, name, None)
    with pytest.raises(InputError, match=r"pip install 'remodel-abm\[calibration\]'"):
        sensitivity.morris(NAMES, linear, 2)
