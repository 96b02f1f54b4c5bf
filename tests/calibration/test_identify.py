"""Identifiability on records with known answers."""

import numpy as np
import pandas as pd
import pytest
from fake_model import STAGE, TRUTH, row, rows_of_truth, simulate

from remodel_abm.calibration.identify import groups, identify
from remodel_abm.calibration.study import Study
from remodel_abm.declare import InputError


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """Return a study of forty trials."""
    folder = tmp_path_factory.mktemp("study")
    return Study(STAGE, simulate, folder, seed=3, rows=rows_of_truth()).run(40)


def test_rows_that_see_both_parameters_identify_both(done):
    found = identify(done)
    table = found.table.set_index("parameter")
    assert table["identified"].all()
    for name, value in TRUTH.items():
        off = abs(table.loc[name, "mean"] - value)
        assert off < max(3.0 * table.loc[name, "spread"], 0.1 * value), name


def test_the_profile_is_lowest_at_the_truth(done):
    profile = identify(done).profile
    name = "estrogen.half_effect"
    mine = profile[profile["parameter"] == name]
    assert mine.loc[mine["chi2"].idxmin(), "value"] == pytest.approx(TRUTH[name], rel=0.2)


def test_a_row_that_sees_a_product_ties_its_factors(tmp_path):
    rows = [one for one in rows_of_truth() if one.id == "A"]
    found = identify(Study(STAGE, simulate, tmp_path, rows=rows).run(40))
    assert abs(found.correlation.iloc[0, 1]) > 0.7
    assert tuple(STAGE.free) in found.groups


def test_what_no_row_sees_is_named_alone(tmp_path):
    rows = [one for one in rows_of_truth() if one.id == "C"]
    found = identify(Study(STAGE, simulate, tmp_path, rows=rows).run(40))
    assert ("density.trabecular_weight",) in found.groups
    assert ("estrogen.half_effect",) not in found.groups


def test_too_few_trials_are_refused(tmp_path):
    study = Study(STAGE, simulate, tmp_path, rows=[row("A", "lumbar_dxa_change", (0, 5), -5.0)])
    with pytest.raises(InputError, match="need 7 trials"):
        identify(study.run(5))


def test_as_many_trials_as_are_asked_for_are_enough(tmp_path):
    rows = [row("A", "lumbar_dxa_change", (0, 5), -5.0)]
    study = Study(STAGE, simulate, tmp_path, rows=rows).run(7)
    study.trials["misfit"] = np.arange(7.0)  # one is the worst of all
    assert list(identify(study).explained) == ["A"]


@pytest.mark.parametrize("trials", [7, 8, 20])
def test_noise_identifies_nothing_however_well_a_quadratic_goes_through_it(tmp_path, trials):
    study = Study(STAGE, simulate, tmp_path, rows=rows_of_truth()).run(trials)
    draw = np.random.default_rng(trials)
    for one in study.rows:
        study.trials[one.id] = one.middle + 30.0 * draw.standard_normal(trials)
    assert not identify(study).table["identified"].any()


def test_chains_of_ties_are_one_group():
    names = ["a", "b", "c", "d"]
    ties = pd.DataFrame(np.eye(4), names, names)
    ties.loc["a", "b"] = ties.loc["b", "a"] = 0.9
    ties.loc["b", "c"] = ties.loc["c", "b"] = -0.8
    table = pd.DataFrame({"parameter": names, "identified": [True, True, True, False]})
    assert groups(table, ties) == [("d",), ("a", "b", "c")]
