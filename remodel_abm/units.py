"""Units of what a user writes: ``"2 yr"`` to days, ``"0.5 1/d"`` to the ledger's unit."""

import math
from functools import cache

from remodel_abm.declare import InputError

# The symbols of the ledger as pint reads them; a unit of the ledger is written as it stands.
_SPELLING = {
    "um3": "um**3", "um2": "um**2", "mm3": "mm**3", "mm2": "mm**2", "cm3": "cm**3", "cm2": "cm**2",
    "yr": "julian_year", "d": "day",
}  # fmt: skip

# What scenarios write most, known by heart: to wake pint for it takes a third of a start.
KNOWN = {("yr", "d"): 365.25}


@cache
def _registry():
    import pint  # a fifth of a second, and most runs give plain numbers

    registry = pint.UnitRegistry(autoconvert_offset_to_baseunit=False)
    registry.define("microstrain = 1e-6")
    return registry


def spelled(unit: str) -> str:
    """Return a unit of the ledger as pint reads it."""
    parts = unit.split("/")
    return "/".join(_SPELLING.get(part, part) for part in parts)


def quantity(value, unit: str, what: str) -> float:
    """Return a number in `unit`: a plain number as it is, a text such as ``"2 yr"`` converted.

    Raises
    ------
    InputError
        If it is not a finite number, or its unit has another dimension.
    """
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        found = float(value)
    elif isinstance(value, str):
        found = _converted(value.strip(), unit, what)
    else:
        msg = f"{what} = {value!r} is not a number; give one in {unit}"
        raise InputError(msg)
    if math.isnan(found):
        msg = f"{what} is not a number; give one in {unit}"
        raise InputError(msg)
    return found


def _size(given: str, unit: str) -> float:
    """Return how many of `unit` one `given` is."""
    if given == unit or (given, unit) in KNOWN:
        return KNOWN.get((given, unit), 1.0)
    return _looked_up(given, unit)


def _looked_up(given: str, unit: str) -> float:
    """Return the same by pint, which knows all units."""
    if not given[:1].isalpha() and not given.startswith("1/"):
        msg = f"{given!r} is no unit"
        raise ValueError(msg)
    registry = _registry()
    # Read as units, not as an expression: a number in one is an error, not a factor.
    asked = registry.parse_units(spelled(given))
    return float(registry.Quantity(1.0, asked).to(registry.parse_units(spelled(unit))).magnitude)


def _converted(text: str, unit: str, what: str) -> float:
    try:
        return float(text)
    except ValueError:
        pass
    number, _, given = text.partition(" ")
    try:
        amount = float(number)
        return amount * _size(given.strip(), unit)
    except Exception as error:  # pint raises many kinds; all mean that the text is no such quantity
        msg = (
            f"{what} = {text!r} is not a quantity in {unit}; write a number, or a number and a unit"
        )
        raise InputError(msg) from error


def number(value, unit: str, what: str, low: float = -math.inf, high: float = math.inf) -> float:
    """Return a number in `unit`, checked against a range.

    Raises
    ------
    InputError
        If it is no number, has another dimension, or lies outside the range.
    """
    found = quantity(value, unit, what)
    if not low <= found <= high:
        shown = "" if unit == "1" else f" {unit}"
        msg = f"{what} = {found:g}{shown} is outside [{low:g}, {high:g}]{shown}"
        raise InputError(msg)
    return found


def whole(value, what: str) -> int:
    """Return a whole number that is not negative.

    Raises
    ------
    InputError
        If it is not.
    """
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**63:
        msg = f"{what} = {value!r}; allowed are whole numbers from 0 to 2^63 - 1"
        raise InputError(msg)
    return value
