"""Missions: read whole or refused, and true to the scenarios, the ledger and the targets."""

import re
from itertools import pairwise
from pathlib import Path

import pytest

from remodel_abm import judgement, ledger
from remodel_abm.dashboard.missions import Explain, Predict, Run, load, missions
from remodel_abm.declare import InputError
from remodel_abm.scenario import Scenario, bundled

ALL = missions()
ROOT = Path(ledger.__file__).parent
STEPS = [(name, step) for name, mission in ALL.items() for step in mission.steps]
RUNS = [(name, step) for name, step in STEPS if isinstance(step, Run)]
ARMS = [(name, step, arm) for name, step in RUNS for arm in step.arms]


def label(given):
    return given if isinstance(given, str) else getattr(given, "name", "")


def test_there_are_the_five_missions_in_order():
    assert list(ALL) == ["healthy", "menopause", "therapy", "immune", "men"]


@pytest.mark.parametrize("name", ALL)
def test_a_mission_predicts_before_it_runs_and_explains_at_last(name):
    steps = ALL[name].steps
    assert isinstance(steps[0], Predict) and isinstance(steps[-1], Explain)
    for before, step in pairwise(steps):
        assert not (isinstance(before, Run) and not isinstance(step, Explain))
    assert len(ALL[name].wrong) >= 3


@pytest.mark.parametrize(("name", "step", "arm"), ARMS, ids=label)
def test_every_arm_is_a_bundled_scenario_that_loads(name, step, arm):
    assert arm.scenario in bundled()
    scenario = arm.load(years=step.years)
    assert isinstance(scenario, Scenario) and scenario.years == step.years


@pytest.mark.parametrize(("name", "step"), RUNS, ids=label)
def test_the_arms_of_a_step_share_bone_and_luck_and_differ_otherwise(name, step):
    scenarios = [arm.load() for arm in step.arms]
    assert len({(one.bone, one.seed, one.settling) for one in scenarios}) == 1
    assert len(set(map(str, scenarios))) == len(scenarios)
    assert len({arm.name for arm in step.arms}) == len(step.arms)


@pytest.mark.parametrize(("name", "step"), RUNS, ids=label)
def test_what_is_watched_is_measured(name, step):
    known = {r.name for m in ledger.rooms()["measures"].values() for r in m.readings}
    assert set(step.watch) <= known


@pytest.mark.parametrize(("name", "step"), STEPS, ids=label)
def test_ids_and_sources_exist(name, step):
    params = ledger.parameters().values()
    known = set(ledger.mechanisms()) | {one.source for one in params} | {one.id for one in params}
    targets = (Path(judgement.__file__).parent / "targets.toml").read_text(encoding="utf-8")
    bib = set(re.findall(r"^@\w+\{([^,]+),", (ROOT / "sources.bib").read_text("utf-8"), re.M))
    if isinstance(step, Explain):
        assert set(step.mechanisms) <= known
        assert set(step.targets) <= {one.split(".")[0] for one in ids(targets)}
        assert set(step.sources) <= bib
        assert step.mechanisms and step.sources
    texts = " ".join(str(value) for value in vars(step).values())
    assert set(re.findall(r"\bM\d\d[a-z]?\b", texts)) <= known


def ids(text):
    return re.findall(r'^id = "([^"]+)"', text, re.M)


def test_texts_are_short_enough_to_be_read():
    for _, step in STEPS:
        for text in vars(step).values():
            words = len(text.split()) if isinstance(text, str) else 0
            assert words <= 170, text


def broken(tmp_path, old, new):
    text = Path(ROOT / "dashboard" / "missions" / "1-healthy.toml").read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "9-broken.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("minutes = 15", "minuets = 15", "unknown key 'minuets'; did you mean 'minutes'"),
        ("minutes = 15", 'minutes = "long"', "minutes = 'long'; allowed is a whole number"),
        ("minutes = 15", "", "needs 'minutes'"),
        ("years = 2", "years = true", "years = True; allowed is a number"),
        ('kind = "run"', 'kind = "walk"', "kind = 'walk' is no kind of step; allowed are predict"),
        ('answer = "Filling"', 'answer = "Both"', "answer 'Both' is none of the choices"),
        ('title = "Bone that renews itself"', 'title = ""', "title = ''; allowed is a text"),
        ('scenario = "reference"', "scenarios = 1", "unknown key 'scenarios'"),
        ("[[step.arm]]", "[step.arm]", "arm"),
        ("minutes = 15", "minutes = ", "cannot be read as a mission"),
    ],
)
def test_a_faulty_mission_is_refused_in_a_sentence(tmp_path, old, new, sentence):
    with pytest.raises(InputError, match=re.escape(sentence)):
        load(broken(tmp_path, old, new))


def test_a_missing_mission_is_refused(tmp_path):
    with pytest.raises(InputError, match="cannot be read as a mission"):
        load(tmp_path / "none.toml")


@pytest.mark.slow
@pytest.mark.parametrize(("name", "step", "arm"), ARMS, ids=label)
def test_every_arm_runs_and_measures_what_is_watched(name, step, arm, tmp_path):
    from remodel_abm import run

    small = {"bone": {"shape": (1, 32, 32)}, "settling": 10, "years": 30 / 365.25}
    results = run(arm.load(**small), tmp_path / "run", figures=False)
    assert set(step.watch) <= set(results.daily)
