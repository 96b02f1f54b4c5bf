"""Studies of a fake fast model: they recover what is known, go on after a stop, and refuse."""

import math
import tomllib
from dataclasses import replace

import pytest
from fake_model import STAGE, TRUTH, row, rows_of_truth, simulate

from remodel_abm.calibration import study as room
from remodel_abm.calibration.objective import FURTHEST, check_rows, misfit
from remodel_abm.calibration.stages import FILE, read_stages, stage, stages
from remodel_abm.calibration.study import Study
from remodel_abm.declare import InputError
from remodel_abm.judgement.targets import of_stage, targets
from remodel_abm.ledger import parameters
from remodel_abm.ranges import place
from remodel_abm.results.files import read_json
from remodel_abm.scenario import Scenario


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """Return a study of eighty trials."""
    folder = tmp_path_factory.mktemp("study")
    return Study(STAGE, simulate, folder, seed=3, rows=rows_of_truth()).run(80)


def test_the_optimiser_recovers_known_values(done):
    assert done.values["estrogen.half_effect"] == pytest.approx(TRUTH["estrogen.half_effect"], 0.1)
    name = "density.trabecular_weight"
    assert done.values[name] == pytest.approx(TRUTH[name], 0.1)
    assert done.best["misfit"] < 0.2 * done.trials["misfit"].iloc[0]


def test_the_first_trial_is_the_ledger_as_it_stands(done):
    first = done.trials.iloc[0]
    assert {name: first[name] for name in STAGE.free} == {
        name: parameters()[name].value for name in STAGE.free
    }


def test_the_first_trials_stay_round_the_ledger(done):
    for name, param in STAGE.params.items():
        at = [place(param, value) for value in done.trials[name].iloc[: 1 + 2 * len(STAGE.free)]]
        assert max(abs(one - at[0]) for one in at) < 4 * room.STRIDE


def test_every_trial_lies_within_the_range_of_the_ledger(done):
    for name, param in STAGE.params.items():
        assert done.trials[name].between(param.low, param.high).all()


def test_the_record_says_how_it_was_made(done):
    kept = read_json(done.folder / room.MARK)
    assert kept["seed"] == 3
    assert kept["trials"] == 80
    assert kept["bounds"]["estrogen.half_effect"] == [20.0, 120.0]
    assert kept["values"] == done.values
    assert len(kept["ended"]) == len("2025-01-31")


def test_the_answer_is_a_block_that_a_scenario_takes(done):
    table = tomllib.loads((done.folder / room.VALUES).read_text())
    scenario = Scenario.load("menopause", set=table["set"])
    assert dict(scenario.set) == pytest.approx(done.values, rel=1e-5)


def test_a_stopped_study_goes_on_as_if_it_never_was(tmp_path):
    rows = rows_of_truth()
    straight = Study(STAGE, simulate, tmp_path / "a", rows=rows).run(9)
    Study(STAGE, simulate, tmp_path / "b", rows=rows).run(4)
    resumed = Study(STAGE, simulate, tmp_path / "b", rows=rows).run(9)
    assert resumed.trials.equals(straight.trials)


def test_another_seed_asks_elsewhere(tmp_path):
    rows = rows_of_truth()
    found = [Study(STAGE, simulate, tmp_path / str(s), seed=s, rows=rows).run(3) for s in (1, 2)]
    assert not found[0].trials.equals(found[1].trials)


def test_a_study_does_not_go_on_with_another(tmp_path):
    Study(STAGE, simulate, tmp_path, rows=rows_of_truth()).run(1)
    with pytest.raises(InputError, match="seed = 1, not 2"):
        Study(STAGE, simulate, tmp_path, seed=2, rows=rows_of_truth())


@pytest.mark.parametrize("name", ["T03.early", "T13.13yr", "T09.lumbar", "T22"])
def test_what_must_not_be_fitted_is_refused(tmp_path, name):
    with pytest.raises(ValueError, match="must never be fitted"):
        Study(STAGE, simulate, tmp_path, rows=[targets()[name]])


def test_stages_fit_only_rows_of_their_own():
    for number, one in stages().items():
        assert {row.id for row in one.rows} <= {row.id for row in of_stage(number)}
        check_rows(one.rows)


def test_stages_miss_no_row_that_they_may_fit():
    for number, one in stages().items():
        assert [row.id for row in one.rows] == [row.id for row in of_stage(number)]


def test_what_is_free_is_what_the_ledger_calls_calibrated():
    for one in stages().values():
        for name, param in one.params.items():
            assert param.evidence == "calibrated" or param.id == "P27", name


def test_a_parameter_is_free_in_one_stage():
    free = [name for one in stages().values() for name in one.free]
    assert len(free) == len(set(free))
    assert len(free) <= 10


def test_a_value_at_a_bound_is_told(tmp_path):
    far = [row("A", "lumbar_dxa_change", (0.0, 5.0), -40.0)]
    found = Study(STAGE, simulate, tmp_path, rows=far).run(25)
    found.trials.loc[len(found.trials)] = {
        "trial": 25, "misfit": 0.0, "estrogen.half_effect": 120.0,
        "density.trabecular_weight": 0.5, "A": -40.0,
    }  # fmt: skip
    assert found.at_the_edge == ["estrogen.half_effect"]
    assert "at the edge of its range" in found.block()


def test_the_objective_is_nothing_where_all_is_met():
    rows = rows_of_truth()
    assert misfit({row.id: row.value for row in rows}, rows) == 0.0


def test_a_row_without_answer_counts_as_far_off():
    rows = rows_of_truth()[:1]
    far = 2.0 * (math.hypot(1.0, FURTHEST) - 1.0)
    assert misfit({"A": math.nan}, rows) == pytest.approx(far)
    assert misfit({"A": 1e9}, rows) == pytest.approx(far)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            '[0]\ntitle = "t"\narms = ["reference"]\n[0.free]\n"lining_cel.x" = "why"',
            "no parameter",
        ),
        ('[0]\ntitle = "t"\narms = ["referenc"]\n[0.free]', "no arm is called 'referenc'"),
        ('[0]\ntitle = "t"\narms = []\n[0.free]\n"estrogen.steepness" = " "', "without a reason"),
    ],
)
def test_a_fault_among_the_stages_is_refused(tmp_path, text, words):
    path = tmp_path / "stages.toml"
    path.write_text(text)
    with pytest.raises(InputError, match=words):
        read_stages(path)


def test_an_unknown_stage_is_refused():
    with pytest.raises(InputError, match="no stage 7"):
        stage(7)
    assert read_stages(FILE) == stages()


def test_without_optuna_one_sentence_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "optuna", None)
    with pytest.raises(InputError, match=r"pip install 'remodel-abm\[calibration\]'"):
        Study(replace(STAGE), simulate, tmp_path, rows=rows_of_truth())
