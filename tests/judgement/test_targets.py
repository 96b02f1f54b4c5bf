"""The targets as data: complete, typed, and split as the science basis splits them."""

import math
import re

import pytest

from remodel_abm import ledger
from remodel_abm.declare import InputError
from remodel_abm.judgement.arms import names
from remodel_abm.judgement.observables import OBSERVABLES
from remodel_abm.judgement.targets import FILE, ROLES, of_stage, read_targets, targets

# Section 3g of the science basis, row by row; what it does not name is in section 3a to 3f.
FITTED = {
    0: {"T10", "T11"},  # the start of the biopsies of T11 is homeostasis, as their balance in T10
    1: {"T01", "T02", "T11", "T13", "T20", "T22", "T25", "T28"},
    2: {"T23"},
    3: {"T66", "T67", "T50", "T78", "T60", "T87"},
}
HELD_OUT = {
    "T03", "T04", "T05", "T06", "T07", "T13", "T14", "T21", "T40", "T41", "T44",
    "T23", "T24", "T26",
    "T68", "T70", "T71", "T73", "T55", "T56", "T57", "T52", "T74", "T75", "T76", "T77", "T79",
    "T61", "T62", "T63", "T65", "T53", "T79b", "T86", "T85", "T82", "T100", "T101", "T102", "T37",
    "T42", "T43", "T27",
}  # fmt: skip
ALSO_HELD_OUT = {"T11b", "T54", "T67", "T72", "T78", "T80", "T84"}
WITHHELD = {
    "T04", "T06", "T07", "T14", "T21", "T24", "T42", "T43", "T44", "T52", "T57", "T68", "T70",
    "T71", "T72", "T73", "T75", "T76", "T77", "T79", "T79b", "T82", "T85", "T86", "T102",
}  # fmt: skip
ROWS = {
    *(f"T{n:02d}" for n in (*range(1, 15), *range(20, 30), 37, *range(40, 46), *range(50, 58))),
    *(f"T{n}" for n in (*range(60, 69), *range(70, 80), *range(80, 88), *range(90, 97))),
    *(f"T{n}" for n in range(100, 104)), "T01b", "T04b", "T11b", "T79b",
}  # fmt: skip


def rows_of(role, found=None):
    return {one.row for one in (found or targets()).values() if one.role == role}


def test_every_row_of_the_science_basis_is_there_and_no_other():
    assert {one.row for one in targets().values() if one.row.startswith("T")} == ROWS


def test_held_out_rows_are_those_of_the_split():
    assert rows_of("HOLD") == HELD_OUT | ALSO_HELD_OUT


@pytest.mark.parametrize("stage", FITTED)
def test_each_stage_fits_the_rows_of_the_split(stage):
    found = {one.row for one in targets().values() if one.stage == stage}
    assert {row for row in found if row.startswith("T")} == FITTED[stage]
    assert all(one.role == "CAL" for one in of_stage(stage))


def test_a_row_that_is_both_says_for_each_number_which():
    both = rows_of("CAL") & rows_of("HOLD")
    assert both == {"T13", "T23", "T67", "T78"}
    assert targets()["T13.1yr"].role == "CAL"
    assert targets()["T13.13yr"].role == "HOLD"
    assert targets()["T23.anakinra"].role == "HOLD"
    assert targets()["T67.bfr"].role == "HOLD"


def test_withheld_rows_have_no_number_and_no_source_of_one():
    held = [one for one in targets().values() if one.withheld]
    assert {one.row for one in held} == WITHHELD
    for one in held:
        assert (one.value, one.low, one.high, one.spread, one.source) == (None,) * 4 + ("",)


def test_no_measurement_of_the_split_is_an_input_and_fitted_at_once():
    assert not [one for one in of_stage(1) if one.input]


def test_an_input_names_a_parameter_that_lies_within_acceptance():
    for one in targets().values():
        if one.input and one.given:
            assert one.accepts(ledger.parameters()[one.given].value), one.id


@pytest.mark.parametrize("target", targets().values(), ids=list(targets()))
def test_a_target_can_be_judged_or_says_why_not(target):
    assert target.role in ROLES
    if target.observable:
        assert target.observable in OBSERVABLES
        assert {target.arm, target.against or target.arm} <= set(names())
        assert not math.isnan(sum(target.window))
    else:
        assert target.scenario == "none" or target.input or target.note


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("T01.fast", -9.225, -5.535),
        ("T02.5yr", -12.6, -6.6),
        ("T11.e_de", 48.2, 55.8),
        ("T20.resorption", 66.0, 110.0),
        ("T10.drift", -0.4, 0.4),
        ("T45.ac_f", -math.inf, 0.0),
    ],
)
def test_acceptance_follows_the_rule_of_its_row(name, low, high):
    assert targets()[name].band == pytest.approx((low, high))


def test_the_edge_of_acceptance_is_two_standard_errors_away():
    depth, change = targets()["T11.e_de"], targets()["T01.fast"]
    assert depth.z(55.8) == pytest.approx(2.0)
    assert change.z(change.band[0]) == pytest.approx(-2.0)
    assert not depth.accepts(55.9)


def test_direction_is_judged_from_what_was_there_before():
    depth = targets()["T11.e_de"]  # 46.9 before, 52.0 after
    assert depth.has_sign(48.0) is True
    assert depth.has_sign(40.0) is False
    assert targets()["T10.drift"].has_sign(0.1) is None


GOOD = '[[target]]\nid = "T1"\nquantity = "q"\npopulation = "p"\ntime = "t"\nunit = "%"\n'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('role = "HOLD"\nvalu = 1.0', "unknown key 'valu'; did you mean 'value'"),
        ('role = "FIT"\nvalue = 1.0\naccept = "25 %"\nsource = "s"\nevidence = "C"', "'CAL'"),
        ('role = "HOLD"\nwithheld = true\nvalue = 1.0', "is withheld and yet has a value"),
        ('role = "CAL"\nwithheld = true', "its role must be HOLD"),
        ('role = "HOLD"\nvalue = "x"\naccept = "25 %"', "value = 'x' is not a number"),
        ('role = "HOLD"\naccept = "25 %"\nsource = "s"\nevidence = "C"', "needs a value"),
        ('role = "HOLD"\nvalue = 1.0\naccept = "2 se"\nsource = "s"\nevidence = "C"', "spread"),
        ('role = "HOLD"\nvalue = 1.0\naccept = "25 %"\nsource = "s"\nevidence = "Q"', "evidence"),
        ('role = "HOLD"\nvalue = 1.0\naccept = "25 %"\nsource = "s"\nevidence = "C"\nstage = 1',
         "has a stage but is not CAL"),
        ('role = "HOLD"\nwindow = [2, 1]', "window = [2, 1] is not two years"),
        ('role = "HOLD"\nvalue = ', "cannot be read as TOML"),
    ],
)  # fmt: skip
def test_a_fault_in_the_file_is_refused_in_one_sentence(tmp_path, text, words):
    path = tmp_path / "targets.toml"
    path.write_text(GOOD + text + "\n")
    with pytest.raises(InputError, match=re.escape(words)) as caught:
        read_targets(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value).split("TOML")[0]


def test_an_identifier_stands_once(tmp_path):
    path = tmp_path / "targets.toml"
    row = GOOD + 'role = "HOLD"\nwithheld = true\n'
    path.write_text(row + row)
    with pytest.raises(InputError, match="twice"):
        read_targets(path)


def test_the_reader_reads_what_the_package_ships():
    assert read_targets(FILE) == targets()
