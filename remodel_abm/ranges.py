"""Places in the ranges of the ledger: on a logarithmic scale where a range spans a decade."""

import math

from remodel_abm.declare import Param


def spans_a_decade(param: Param) -> bool:
    """Tell whether a range is so wide that it is searched on a logarithmic scale."""
    return param.low > 0 and math.log10(param.high / param.low) >= 1.0


def place(param: Param, value: float) -> float:
    """Return where in its range a value lies. [1]"""
    if spans_a_decade(param):
        return math.log(value / param.low) / math.log(param.high / param.low)
    return (value - param.low) / (param.high - param.low)


def value_at(param: Param, at: float) -> float:
    """Return the value at a place in its range, the inverse of `place`."""
    if spans_a_decade(param):
        found = param.low * (param.high / param.low) ** at
    else:
        found = param.low + at * (param.high - param.low)
    # Rounding may have put it a hair outside.
    return float(min(max(found, param.low), param.high))
