"""Scenarios are read, extended, changed, checked and written back."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from remodel_abm import InputError, Scenario
from remodel_abm.scenario import build, bundled, values_of

NAMES = ("hormone-therapy", "male-ageing", "menopause", "reference", "surgical-menopause")


def test_the_bundled_scenarios_are_these():
    assert tuple(bundled()) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_bundled_scenario_says_what_it_is(name):
    scenario = Scenario.load(name)
    assert scenario.name == name
    assert scenario.title
    assert scenario.about
    assert {"osteoclast", "osteoblast", "osteocyte"} <= set(scenario.cells)


@pytest.mark.parametrize("name", NAMES)
def test_a_scenario_written_and_read_again_is_the_same(name, tmp_path):
    scenario = Scenario.load(name)
    path = tmp_path / "copy.toml"
    path.write_text(scenario.to_toml())
    assert Scenario.load(path) == scenario


@settings(max_examples=30, deadline=None)
@given(
    years=some.floats(0, 120),
    seed=some.integers(0, 2**63 - 1),
    title=some.text(max_size=20),
    rate=some.floats(0.04, 0.125),
)
def test_any_change_survives_writing_and_reading(years, seed, title, rate, tmp_path_factory):
    changes = {"years": years, "seed": seed, "title": title}
    scenario = Scenario.load("menopause", set={"osteoclast.apoptosis_rate": rate}, **changes)
    path = tmp_path_factory.mktemp("any") / "any.toml"
    path.write_text(scenario.to_toml(), encoding="utf-8", newline="\n")
    assert Scenario.load(path) == scenario


def test_a_child_keeps_what_it_does_not_change(tmp_path):
    (tmp_path / "mother.toml").write_text(
        'extends = "menopause"\nyears = 4\n[set]\n"osteoclast.radius" = 30.0\n'
    )
    (tmp_path / "child.toml").write_text(
        'extends = "mother"\nseed = 9\n[set]\n"osteoclast.apoptosis_rate" = 0.09\n'
    )
    child = Scenario.load(tmp_path / "child.toml")
    assert (child.name, child.years, child.seed, child.age) == ("child", 4, 9, 49)
    assert dict(child.set) == {"osteoclast.radius": 30.0, "osteoclast.apoptosis_rate": 0.09}


def test_a_folder_of_its_name_does_not_hide_a_bundled_scenario(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "menopause").mkdir()
    assert Scenario.load("menopause").title == "Natural menopause"


def test_a_schedule_entry_replaces_the_one_of_its_part():
    scenario = Scenario.load("menopause")
    later = scenario.with_(schedule=[{"part": "ovary", "final_period": "5 yr"}])
    names = [name for name, _ in later.schedule]
    assert names == [name for name, _ in scenario.schedule]
    assert dict(dict(later.schedule)["ovary"])["final_period"] == pytest.approx(5 * 365.25)


def test_units_are_converted():
    scenario = Scenario.load(
        "reference", years="6 month", settling="2 week", set={"osteoclast.radius": "0.03 mm"}
    )
    assert scenario.years == pytest.approx(0.5, rel=1e-3)
    assert scenario.settling == 14
    assert dict(scenario.set)["osteoclast.radius"] == pytest.approx(30)


def test_a_volume_is_asked_for_by_name():
    bone = Scenario.load("menopause", bone="volume").bone
    assert (bone.source, bone.shape, bone.voxel) == ("volume", (75, 75, 75), 20.0)
    assert Scenario.load("menopause").bone.shape[0] == 1


def test_what_is_off_takes_its_neutral_value():
    scenario = Scenario.load("menopause", off=["M20"])
    assert values_of(scenario)["tgf_beta"].matrix_content == 0
    assert values_of(Scenario.load("menopause"))["tgf_beta"].matrix_content > 0


def test_an_override_reaches_its_part_and_no_other():
    plain, changed = (
        values_of(Scenario.load("menopause", **change))
        for change in ({}, {"set": {"osteoclast.radius": 31}})
    )
    differing = {part for part in plain if plain[part] != changed[part]}
    assert differing == {"osteoclast"}
    assert changed["osteoclast"].radius == 31


def test_a_scenario_is_frozen_and_its_length_counts_settling():
    scenario = Scenario.load("menopause", years=1, settling=100)
    assert scenario.ticks == round(100 + 365.25)
    with pytest.raises(AttributeError):
        scenario.years = 2


def test_a_changed_scenario_keeps_its_name():
    assert Scenario.load("menopause").with_(years=1).name == "menopause"


def test_an_unknown_key_given_in_python_is_refused():
    with pytest.raises(InputError, match="unknown key 'yeers'; did you mean 'years'"):
        Scenario.load("menopause", yeers=3)


@pytest.mark.parametrize("value", [True, None, [1], float("nan"), "ten"])
def test_what_is_no_number_is_refused(value):
    with pytest.raises(InputError, match="here: years"):
        build({"years": value}, "here")


def test_a_cell_without_a_signal_that_it_touches_is_refused_with_both_names():
    with pytest.raises(InputError, match="'osteoblast' needs the signal 'sclerostin'"):
        build({"cells": ["osteoblast"], "signals": ["opg"]}, "here")


def test_a_share_is_at_most_one():
    entry = {"part": "cytokine_blockade", "start": 0, "tnf": 1.5}
    with pytest.raises(InputError, match=r"cytokine_blockade.tnf = 1.5 is outside \[0, 1\]"):
        build({"schedule": [entry]}, "here")


def test_a_story_may_start_after_the_final_period_but_a_dose_is_not_negative():
    entry = {"part": "ovary", "final_period": "-3 yr"}
    found = dict(build({"schedule": [entry]}, "here").schedule)
    assert dict(found["ovary"])["final_period"] == pytest.approx(-3 * 365.25)
    with pytest.raises(InputError, match=r"hormone_therapy.dose = -1"):
        build({"schedule": [{"part": "hormone_therapy", "start": 0, "dose": -1}]}, "here")
