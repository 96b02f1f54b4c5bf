"""The studies that stand behind the values that ship, as they were recorded."""

import json
from importlib.resources import files

import pandas as pd
import pytest

from remodel_abm.calibration.objective import check_rows, misfit
from remodel_abm.calibration.stages import stage
from remodel_abm.judgement.targets import targets

RECORDS = files("remodel_abm.calibration") / "records"


@pytest.fixture(params=(0, 1, 2))
def record(request):
    folder = RECORDS / f"stage-{request.param}"
    about = json.loads((folder / "study.json").read_text(encoding="utf-8"))
    with (folder / "trials.csv").open(encoding="utf-8") as file:
        return stage(request.param), about, pd.read_csv(file)


def test_a_recorded_study_began_from_the_values_that_ship(record):
    of_stage, _, trials = record
    for name, param in of_stage.params.items():
        assert trials[name].iloc[0] == pytest.approx(param.value, rel=1e-12)


def test_a_recorded_study_kept_to_the_bounds_of_the_ledger(record):
    of_stage, about, trials = record
    assert about["bounds"] == {name: [p.low, p.high] for name, p in of_stage.params.items()}
    for name, (low, high) in about["bounds"].items():
        assert trials[name].between(low, high).all()


def test_a_recorded_study_saw_rows_that_may_be_fitted_and_no_other(record):
    of_stage, about, _ = record
    rows = [targets()[name] for name in about["rows"]]
    check_rows(rows)
    assert rows == of_stage.rows


def test_the_misfits_of_a_recorded_study_are_those_of_its_predictions(record):
    of_stage, _, trials = record
    for _, trial in trials.iterrows():
        found = {row.id: trial[row.id] for row in of_stage.rows}
        assert misfit(found, of_stage.rows) == pytest.approx(trial["misfit"], rel=1e-9)
