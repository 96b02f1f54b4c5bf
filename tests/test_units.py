"""Quantities as users write them, converted to the ledger's units or refused in one sentence."""

import math
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remodel_abm.declare import UNITS, InputError
from remodel_abm.units import KNOWN, _looked_up, quantity, spelled


@pytest.mark.parametrize(
    ("written", "unit", "value"),
    [
        ("2 yr", "d", 730.5),
        ("1 week", "d", 7.0),
        ("12 h", "d", 0.5),
        ("0.5 mm", "um", 500.0),
        ("10 nm", "um", 0.01),
        ("1 1/yr", "1/d", 1 / 365.25),
        ("2 1/h", "1/d", 48.0),
        ("3 mm2", "um2", 3e6),
        ("26 um2/s", "um2/d", 2246400.0),  # P41
        ("1 mm3", "um3", 1e9),
        ("390 um3/h", "um3/d", 9360.0),  # P14
        ("20 1/mm3", "1/mm3", 20.0),
        ("1 1/um3", "1/mm3", 1e9),
        ("1 nmol/L", "pmol/L", 1000.0),
        ("1 fmol/d", "zmol/d", 1e6),
        ("1.05 g/cm2", "g/cm2", 1.05),
        ("1.2 g/cm3", "mg/cm3", 1200.0),
        ("30 microstrain", "microstrain", 30.0),
        ("50 percent", "1", 0.5),
        ("1.5e2 um", "um", 150.0),
        ("  7 d  ", "d", 7.0),
        ("40", "um", 40.0),
    ],
)
def test_a_quantity_is_converted(written, unit, value):
    assert quantity(written, unit, "x") == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize(("plain", "value"), [(3, 3.0), (2.5, 2.5), (-1, -1.0), ("-1e3", -1000.0)])
def test_a_plain_number_is_in_the_unit_of_the_ledger(plain, value):
    found = quantity(plain, "d", "x")
    assert found == value
    assert type(found) is float


@pytest.mark.parametrize("unit", sorted(UNITS - {"1"}))
def test_a_number_written_in_its_own_unit_is_itself(unit):
    assert quantity(f"3.25 {unit}", unit, "x") == pytest.approx(3.25, rel=1e-12)


@pytest.mark.parametrize(
    ("written", "unit"),
    [
        ("2 um", "d"),
        ("2 d", "1/d"),
        ("1 mg", "pmol/L"),
        ("3 pmol", "pmol/L"),
        ("1 um", "um2"),
        ("5 d", "1"),
        ("1 yr", "um/d"),
    ],
)
def test_a_quantity_of_another_dimension_is_refused(written, unit):
    with pytest.raises(InputError, match="is not a quantity in") as refusal:
        quantity(written, unit, "file.toml: bone.voxel")
    assert "file.toml: bone.voxel" in str(refusal.value)
    assert unit in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    "written",
    [
        "", "soon", "2 yaers", "two yr", "2; 3", "__import__('os')", "yr",
        "2 yr 3", "1 + 1 d",
    ],
)  # fmt: skip
def test_what_is_no_quantity_is_refused(written):
    with pytest.raises(InputError, match="is not a quantity in d"):
        quantity(written, "d", "x")


@pytest.mark.parametrize("value", [None, True, False, [1], {"value": 1}, (1, "d"), 1j, b"1 d"])
def test_what_is_neither_number_nor_text_is_refused(value):
    with pytest.raises(InputError, match="is not a number; give one in d"):
        quantity(value, "d", "x")


@pytest.mark.parametrize("value", [math.nan, "nan", "NaN", "nan d"])
def test_not_a_number_is_refused(value):
    with pytest.raises(InputError, match="is not a number; give one in d"):
        quantity(value, "d", "x")


@pytest.mark.parametrize("value", [math.inf, "inf", "inf d"])
def test_for_ever_is_a_time(value):
    assert quantity(value, "d", "stop") == math.inf


@given(st.floats(1e-6, 1e6), st.sampled_from([("yr", "d"), ("mm", "um"), ("nmol/L", "pmol/L")]))
def test_there_and_back_is_the_same_number(value, pair):
    far, near = pair
    once = quantity(f"{value!r} {far}", near, "x")
    assert quantity(f"{once!r} {near}", far, "x") == pytest.approx(value, rel=1e-12)


def test_the_symbols_of_the_ledger_are_spelled_for_pint():
    assert spelled("zmol/um3") == "zmol/um**3"
    assert spelled("1/mm3/d") == "1/mm**3/day"
    assert spelled("yr") == "julian_year"


@pytest.mark.parametrize(("given", "unit"), [*KNOWN, *((unit, unit) for unit in UNITS - {"1"})])
def test_what_is_known_by_heart_is_what_pint_says(given, unit):
    assert KNOWN.get((given, unit), 1.0) == pytest.approx(_looked_up(given, unit), rel=1e-15)


def test_plain_scenarios_do_not_wake_pint():
    code = "import sys; from remodel_abm import Scenario; Scenario.load('menopause'); "
    code += "sys.exit('pint' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
