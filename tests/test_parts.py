"""The contract of every part found: documented, sourced, built, run, switched."""

import hashlib
import inspect
import re
from pathlib import Path

import numpy as np
import pytest

import remodel_abm
from remodel_abm import ledger
from remodel_abm.cells import Now
from remodel_abm.model import Model, quantities
from remodel_abm.scenario import Scenario, values_of
from remodel_abm.schedule import Life

PARTS = sorted(ledger.parts())
ROOMS = {name: room for room, found in ledger.rooms().items() for name in found}
CELLS, SIGNALS, MEASURES, INFLUENCES = (
    sorted(ledger.rooms()[room]) for room in ("cells", "signals", "measures", "schedule")
)
MECHANISMS = sorted(ledger.mechanisms())
FIVE = ["cells", "tissue", "signals", "p", "now"]
TINY = {"bone": {"shape": (1, 32, 32)}, "years": 3 / 365.25, "settling": 0.0}
SETTINGS = {
    "start": 1.0, "stop": 2.0, "day": 1.0, "factor": 0.5, "dose": 1.0, "final_period": 1.0,
    "tnf": 0.5, "il1": 0.5, "in_osteocytes": 0.5,
}  # fmt: skip


def part(name):
    return ledger.parts()[name]


def kernels(kind):
    """Return the compiled methods of a cell kind, by name."""
    found = {name: getattr(kind, name) for name in ("secrete", "act", "turn_over")}
    return {name: kernel for name, kernel in found.items() if kernel is not None}


# Documented, sourced, named once.


@pytest.mark.parametrize("name", PARTS)
def test_a_part_is_documented(name):
    assert inspect.getdoc(inspect.getmodule(part(name)))
    assert part(name).__doc__
    assert part(name).__doc__ != inspect.getdoc(inspect.getmodule(part(name)))


@pytest.mark.parametrize("name", PARTS)
def test_a_part_states_its_sources(name):
    one = part(name)
    stated = [param.source for param in one.params.values()] + [m.source for m in one.mechanisms]
    stated.append(getattr(one, "source", ""))
    # A setting of the calendar, such as load, needs no source: the scenario gives the number.
    assert any(stated) or getattr(one, "settings", None)
    assert ROOMS[name] != "measures" or one.source


def test_no_two_parts_share_a_name():
    assert len(PARTS) == sum(len(room) for room in ledger.rooms().values())


def test_a_mechanism_that_acts_in_several_parts_is_switched_off_in_all():
    for identifier, switch in ledger.mechanisms().items():
        declared = [
            f"{name}.{key}"
            for name, one in ledger.parts().items()
            for mechanism in one.mechanisms
            if mechanism.id == identifier
            for key in mechanism.neutral
        ]
        assert sorted(switch.neutral_by_name) == sorted(set(declared))
        assert {name.split(".")[0] for name in declared} == set(switch.parts)
    assert set(ledger.mechanisms()["M12"].parts) == {"osteoclast_precursor", "rankl"}


def test_no_two_readings_share_a_name():
    names = [reading.name for name in MEASURES for reading in part(name).readings]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("name", PARTS)
def test_a_part_makes_values_that_kernels_take(name):
    one = part(name)
    values = values_of(Scenario())[name]
    assert type(values) is one.Values
    assert values._fields == tuple(one.params)
    assert all(type(value) is float for value in values)


# Cells.


@pytest.mark.parametrize("name", CELLS)
def test_kernels_take_the_five_arguments_in_order(name):
    for kernel in kernels(part(name)).values():
        assert list(inspect.signature(getattr(kernel, "py_func", kernel)).parameters) == FIVE
        assert kernel.__doc__


@pytest.mark.parametrize("name", CELLS)
def test_a_cell_kind_does_something_and_can_end(name):
    assert kernels(part(name))
    assert part(name).fates[0] is None, "the first fate is death"


@pytest.mark.parametrize("name", CELLS)
def test_fates_and_daughters_are_kinds_there_are(name):
    kinds = {*CELLS, None}
    assert set(part(name).fates) <= kinds
    assert part(name).daughter in kinds


@pytest.mark.parametrize("name", CELLS)
def test_a_cell_kind_has_a_habitat_and_the_density_it_asks_for(name):
    assert part(name).habitat in ("none", "surface", "bone", "marrow")
    assert part(name).habitat == "none" or "density" in part(name).params
    expected = "1/mm2" if part(name).habitat == "surface" else "1/mm3"
    assert part(name).habitat == "none" or part(name).params["density"].unit == expected


@pytest.mark.parametrize("name", CELLS)
def test_columns_are_typed_and_explained(name):
    for column in part(name).columns.values():
        np.dtype(column.dtype)
        assert column.unit
        assert column.doc


# Signals.


@pytest.mark.parametrize("name", SIGNALS)
def test_a_signal_spreads_somewhere_and_decays(name):
    values = values_of(Scenario())[name]
    assert part(name).phase in ("marrow", "bone")
    assert values.diffusivity > 0 and values.decay_rate > 0
    assert part(name).factor(values, 10.0) >= 1


# Influences.


def influence(name):
    one = part(name)
    given = {key: SETTINGS[key] for key in one.settings}
    return one(values_of(Scenario())[name], given, Life(50.0, "female"))


@pytest.mark.parametrize("name", INFLUENCES)
def test_an_influence_acts_on_parameters_there_are(name):
    assert set(part(name).acts_on) <= set(ledger.parameters())


@pytest.mark.parametrize("name", INFLUENCES)
def test_an_influence_touches_nothing_that_it_does_not_name(name):
    one = influence(name)
    for day in (-400.0, 0.0, 1.0, 1.5, 3.0, 4000.0):
        levels = {"estradiol": 100.0, "testosterone": 0.8}
        one.hormones(day, levels)
        found = one.effect(day, levels)
        assert set(found) <= set(one.acts_on)
        assert all(np.isfinite(value) and value > 0 for value in found.values())
        assert all(np.isfinite(value) and value >= 0 for value in levels.values())


@pytest.mark.parametrize("name", INFLUENCES)
def test_settings_are_explained(name):
    for setting in part(name).settings.values():
        assert setting.doc
        assert setting.unit in remodel_abm.declare.UNITS


# Mechanisms.


@pytest.mark.parametrize("identifier", MECHANISMS)
def test_a_switch_changes_the_values_it_names_and_no_other(identifier):
    switch = ledger.mechanisms()[identifier]
    assert switch.title and switch.source
    assert switch.neutral_by_name
    on, off = values_of(Scenario()), values_of(Scenario().with_(off=[identifier]))
    changed = {
        f"{name}.{key}"
        for name, values in on.items()
        for key in values._fields
        if getattr(values, key) != getattr(off[name], key)
    }
    defaults = {name: ledger.parameters()[name].value for name in switch.neutral_by_name}
    differs = {name for name, value in switch.neutral_by_name.items() if value != defaults[name]}
    assert changed == differs
    assert changed


# Measures.


@pytest.mark.parametrize("name", MEASURES)
def test_readings_have_symbols_units_and_a_meaning(name):
    for reading in part(name).readings:
        assert reading.name.isidentifier()
        assert reading.symbol and reading.unit and reading.doc
        assert not reading.unit_2d or reading.symbol_2d, "a unit for sections needs a symbol too"


@pytest.mark.parametrize("name", MEASURES)
def test_a_measure_takes_its_readings_without_touching_what_it_reads(name, lived):
    before = digest(lived)
    one = part(name)(lived.values[name])
    found = one(scene(lived))
    assert len(found) == len(one.readings) == len(quantities([one], True))
    assert all(np.ndim(value) == 0 and not isinstance(value, str) for value in found)
    assert digest(lived) == before


@pytest.mark.parametrize("name", MEASURES)
def test_a_measure_is_taken_at_its_interval(name):
    one = part(name)(None)
    for dt in (1.0, 0.5):
        due = [tick for tick in range(3000) if one.is_due(Now(np.uint64(1), tick, 0.0, dt))]
        if one.interval < 1000:
            assert np.all(np.diff(due) * dt == one.interval)


# Runs.


def scene(model):
    from remodel_abm.measures import Scene

    return Scene(model.tissue, model.signals, model.cells, model.schedule.levels, model.now)


def tiny(**changes):
    return Scenario.load("menopause", **TINY, **changes)


def lives(scenario):
    model = Model(scenario)
    while not model.is_over:
        model.step()
    return model


def digest(model):
    """Return a hash of the state of tissue, signals and cells."""
    found = hashlib.blake2b(digest_size=8)
    for name, array in sorted(model.arrays().items()):
        if name.split("/")[0] in ("tissue", "signals", "cells"):
            found.update(np.ascontiguousarray(array).tobytes())
    return found.hexdigest()


@pytest.fixture(scope="module")
def lived():
    model = lives(tiny())
    yield model
    model.close()


def test_all_parts_together_live_three_days_with_clean_books(lived):
    assert set(lived.cells) == set(CELLS)
    assert set(lived.signals.parts) == set(SIGNALS)
    assert lived.tick == 3
    failed = [name for name, check in lived.audit.report(lived).items() if not check["passed"]]
    assert not failed


@pytest.mark.parametrize("name", CELLS)
def test_a_cell_kind_lives_three_days_alone(name):
    model = lives(tiny(cells=[name], measures=MEASURES))
    assert set(model.cells) == {name}
    rows = model.cells[name].living
    assert np.all((rows["x"] >= 0) & (rows["x"] < 32) & (rows["y"] >= 0) & (rows["y"] < 32))
    model.close()


@pytest.mark.parametrize("name", SIGNALS)
def test_a_signal_settles_alone(name):
    model = lives(tiny(cells=[], signals=[name], measures=["bone_volume"]))
    assert np.all(model.signals.grid(name) >= 0)
    model.close()


@pytest.mark.parametrize("name", INFLUENCES)
def test_an_influence_acts_alone(name):
    entry = {"part": name} | {key: SETTINGS[key] for key in part(name).settings}
    base = tiny(cells=[], measures=["hormones"])
    table = Scenario.load("reference", **TINY, cells=[], measures=["hormones"])
    assert base.schedule != table.schedule
    model = lives(table.with_(schedule=[entry]))
    assert name in [one.name for one in model.schedule.influences]
    model.close()


def test_the_same_scenario_gives_the_same_bits(lived):
    again = lives(tiny())
    assert digest(again) == digest(lived)
    again.close()


def test_another_seed_gives_another_life(lived):
    other = lives(tiny(seed=2))
    assert digest(other) != digest(lived)
    other.close()


@pytest.mark.parametrize("name", sorted(ledger.rooms()["cells"]))
def test_a_cell_says_which_signals_its_kernels_touch(name):
    kind = part(name)
    text = Path(inspect.getfile(kind)).read_text(encoding="utf-8")
    touched = set(re.findall(r"\bsignals\.(\w+)\b", text)) & set(ledger.rooms()["signals"])
    if "occupancy(" in text or "reaching(" in text:  # of RANK: RANKL, its decoy, what raises it
        touched |= {"rankl", "opg", "tnf", "il1", "il6"}
    assert set(kind.reads) == touched
