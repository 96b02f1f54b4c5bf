"""Declarations that everything else is generated from: parameters, parts, mechanisms, discovery."""

import difflib
import hashlib
import importlib
import math
import pkgutil
from collections import namedtuple
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType, ModuleType
from typing import Any, ClassVar, Literal

Evidence = Literal["measured", "derived", "calibrated", "assumed"]

UNITS = frozenset(
    {
        "1", "d", "1/d", "um", "um/d", "um2", "um2/d", "um3", "um3/d", "1/mm2", "1/mm3", "1/mm3/d",
        "pmol/L", "zmol/d", "zmol/um3", "mg/cm3", "g/cm2", "microstrain", "yr", "1/yr",
    }
)  # fmt: skip


class InputError(Exception):
    """Something the user gave is wrong; the message says what, where, and what is allowed."""


def nearest(word: str, known) -> str:
    """Return ``"; did you mean 'x'?"`` for the known word closest to `word`, or nothing."""
    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.5)
    return f"; did you mean {close[0]!r}?" if close else ""


@dataclass(frozen=True)
class Param:
    """A number with its unit, the range its source supports, and how well it is known.

    Parameters
    ----------
    value, low, high
        Default and supported range, in `unit`.
    unit
        One of `UNITS`.
    source
        Key in ``sources.bib``, or an identifier of the science basis (``P13``, ``M02``).
    evidence
        ``measured``, ``derived``, ``calibrated`` or ``assumed``.
    doc
        Meaning; the reason where assumed, the target where calibrated.
    context
        Species, site, age, condition of the measurement.
    id
        Identifier of the row in the science basis.
    section
        Value in a 2-D section where it differs: how well cells and signals reach a place depends
        on the dimension, and a section is a cartoon (K14).
    """

    value: float
    unit: str
    low: float
    high: float
    source: str
    evidence: Evidence
    doc: str
    context: str = ""
    id: str = ""
    section: float | None = None

    def usual(self, section: bool) -> float:
        """Return the value of the ledger in a section, or in a volume."""
        return self.section if section and self.section is not None else self.value

    def check(self, name: str, value: float) -> float:
        """Return `value` as a float.

        Raises
        ------
        InputError
            If it is not a number or lies outside the supported range.
        """
        if not math.isfinite(value) or not self.low <= value <= self.high:
            msg = (
                f"{name} = {value:g} {self.unit} is outside [{self.low:g}, {self.high:g}] "
                f"{self.unit} ({self.source}); choose a value in this range"
            )
            raise InputError(msg)
        return float(value)


@dataclass(frozen=True)
class Mechanism:
    """A cause that can be switched off: the values its part's parameters take without it."""

    id: str
    title: str
    source: str
    neutral: dict[str, float] = field(default_factory=dict)


class Part:
    """Something a scenario can name: a cell, a signal, an influence, a measure, the tissue.

    Subclasses with a `name` collect their `Param` attributes into `params` and get `Values`, a
    named tuple of plain floats that compiled kernels take as it is.
    """

    name: ClassVar[str] = ""
    params: ClassVar[MappingProxyType[str, Param]] = MappingProxyType({})
    mechanisms: ClassVar[tuple[Mechanism, ...]] = ()
    Values: ClassVar[Any]

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        found = {
            key: value
            for base in reversed(cls.__mro__)
            for key, value in vars(base).items()
            if isinstance(value, Param)
        }
        cls.params = MappingProxyType(found)
        cls.Values = values_type(cls.__name__ + "Values", tuple(found))


@cache
def values_type(name: str, fields: tuple[str, ...]):
    """Return a named-tuple class; the same one for the same arguments, so kernels compile once.

    It is filed in this module under a name of its own: what a compiled kernel is kept under on
    disk holds the types of its arguments, and a class that cannot be found by name would be
    another one in every process.
    """
    mark = hashlib.blake2b(" ".join(fields).encode(), digest_size=4).hexdigest()
    made = namedtuple(f"{name}_of_{mark}", fields)
    globals()[made.__name__] = made
    return made


def __getattr__(name: str):
    """Stand in for a named-tuple class of parts that only an earlier process knew."""
    if "_of_" not in name:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    return globals().setdefault(name, type(name, (), {"__module__": __name__}))


def discover(package: ModuleType | Any, base: type) -> dict[str, type]:
    """Import every module of `package`; return the named subclasses of `base` in them, by name."""
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{package.__name__}.{module.name}")
    found, stack = {}, [base]
    while stack:
        for cls in stack.pop().__subclasses__():
            stack.append(cls)
            if cls.name and cls.__module__.startswith(package.__name__):
                found[cls.name] = cls
    return dict(sorted(found.items()))
