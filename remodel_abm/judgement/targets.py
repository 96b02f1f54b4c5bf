"""The measurements that the model is judged against, read from ``targets.toml``."""

import math
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

from remodel_abm.declare import InputError, nearest

FILE = Path(__file__).with_name("targets.toml")
ROLES = ("CAL", "HOLD", "CHK")
EVIDENCE = ("C", "C2", "M", "D", "S")
RULES = ("2 se", "25 %", "tolerance", "bounds", "sign")
SHARE = 0.25  # accepted where no spread is published (science basis, section 3)
STAGES = (0, 1, 2, 3)


@dataclass(frozen=True)
class Target:
    """One number that was measured, and how the model would show it.

    Attributes
    ----------
    id
        Row of the science basis, with a part after a dot: ``T13.1yr``.
    quantity, population, time, unit, source, note
        As a reader needs them.
    value, spread, low, high, tolerance
        As published: the number, its standard error, its range; what is tolerated. [unit]
    accept
        Rule of acceptance, one of `RULES`; empty if the value is withheld.
    role
        ``CAL`` may be fitted, ``HOLD`` never, ``CHK`` is neither.
    stage
        Of the calibration in which a CAL row is fitted; None if it is in none.
    evidence
        How the number is known, one of `EVIDENCE`; empty if the value is withheld.
    observable, arm, against, window, given
        Function of `observables`; the arm that shows it; another arm beside it; years from the
        arm's event [yr]; what else the function needs.
    before
        What a model in which nothing changes would say. [unit]
    input
        True if the number goes into the model and so cannot be predicted.
    withheld
        True if the value is kept from the modellers: predicted, not judged here.
    scenario
        ``none`` if no scenario shows it yet.
    """

    id: str
    quantity: str
    population: str
    time: str
    unit: str
    role: str
    value: float | None = None
    spread: float | None = None
    low: float | None = None
    high: float | None = None
    tolerance: float | None = None
    accept: str = ""
    source: str = ""
    evidence: str = ""
    stage: int | None = None
    observable: str = ""
    arm: str = ""
    against: str = ""
    window: tuple[float, float] = (math.nan, math.nan)
    given: Any = None
    before: float | None = None
    input: bool = False
    withheld: bool = False
    scenario: str = ""
    note: str = ""

    @property
    def row(self) -> str:
        """Row of the science basis."""
        return self.id.partition(".")[0]

    @property
    def band(self) -> tuple[float, float]:
        """Lowest and highest value accepted; infinite where one side is open. [unit]"""
        if self.accept == "bounds":
            return self._or(self.low, -math.inf), self._or(self.high, math.inf)
        if self.accept == "sign":
            return (0.0, math.inf) if self.value > 0 else (-math.inf, 0.0)
        if not self.accept:
            return math.nan, math.nan
        half = {
            "2 se": 2.0 * (self.spread or 0.0),
            "25 %": SHARE * abs(self.value or 0.0),
            "tolerance": self.tolerance,
        }[self.accept]
        # A range that was published is never outside what is accepted.
        low = min(self.value - half, self._or(self.low, math.inf))
        return low, max(self.value + half, self._or(self.high, -math.inf))

    @property
    def middle(self) -> float:
        """The number itself, or the middle of its range. [unit]"""
        if self.value is not None:
            return self.value
        return math.nan if self.withheld else (self.low + self.high) / 2.0

    @property
    def sigma(self) -> float:
        """Its standard error; without one, half of the way to the edge of acceptance. [unit]"""
        if self.spread is not None:
            return self.spread
        low, high = self.band
        return (high - low) / 4.0 if math.isfinite(high - low) else math.nan

    def accepts(self, prediction: float) -> bool:
        """Tell whether a prediction lies within acceptance."""
        low, high = self.band
        if self.accept == "sign":
            return prediction * self.value > 0.0
        return low <= prediction <= high

    def z(self, prediction: float) -> float:
        """Return how many standard errors a prediction is away; NaN where only a sign is known."""
        return (prediction - self.middle) / self.sigma

    def has_sign(self, prediction: float) -> bool | None:
        """Tell whether the direction is right; None where the measurement has none."""
        neutral = self.before if self.before is not None else 0.0
        measured = self.middle - neutral
        if self.withheld or not measured or (self.accept == "bounds" and self.value is None):
            return None
        return (prediction - neutral) * measured > 0.0

    @staticmethod
    def _or(value: float | None, other: float) -> float:
        return other if value is None else value


_KEYS = tuple(item.name for item in fields(Target))
_NEEDED = ("id", "quantity", "population", "time", "unit", "role")
_NUMBERS = ("value", "spread", "low", "high", "tolerance", "before")


@cache
def targets() -> dict[str, Target]:
    """Return the targets that come with the package, by identifier."""
    return read_targets(FILE)


def read_targets(path: Path | str) -> dict[str, Target]:
    """Read a file of targets.

    Raises
    ------
    InputError
        If the file is missing, is not TOML, or a row says something that is not allowed.
    """
    path = Path(path)
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        msg = f"{path} cannot be read as TOML: {error}"
        raise InputError(msg) from error
    for key in table.keys() - {"target"}:
        msg = f"{path}: unknown key {key!r}; rows stand in [[target]]"
        raise InputError(msg)
    found: dict[str, Target] = {}
    for row in table.get("target", []):
        target = _target(row, path)
        if target.id in found:
            msg = f"{path}: id {target.id!r} is there twice"
            raise InputError(msg)
        found[target.id] = target
    return found


def of_stage(stage: int, rows: Iterable[Target] | None = None) -> list[Target]:
    """Return what stage `stage` of the calibration may fit; inputs are not among them."""
    rows = targets().values() if rows is None else rows
    return [row for row in rows if row.stage == stage and row.role == "CAL" and not row.input]


def _target(row: dict[str, Any], path: Path) -> Target:
    where = f"{path}: target {row.get('id', '(without id)')!r}"
    for key in row:
        if key not in _KEYS:
            msg = f"{where}: unknown key {key!r}{nearest(key, _KEYS)}"
            raise InputError(msg)
    for key in _NEEDED:
        if not isinstance(row.get(key), str) or not row[key]:
            msg = f"{where}: {key} = {row.get(key)!r} is not a text"
            raise InputError(msg)
    for key in _NUMBERS:
        if key in row and (isinstance(row[key], bool) or not isinstance(row[key], int | float)):
            msg = f"{where}: {key} = {row[key]!r} is not a number"
            raise InputError(msg)
    given = dict(row)
    if "window" in row:
        given["window"] = _window(row["window"], where)
    target = Target(**given)
    _check(target, where)
    return target


def _window(value: Any, where: str) -> tuple[float, float]:
    numbers = isinstance(value, list) and all(isinstance(one, int | float) for one in value)
    if not numbers or len(value) != 2 or not value[0] < value[1]:
        msg = f"{where}: window = {value!r} is not two years, the earlier first"
        raise InputError(msg)
    return float(value[0]), float(value[1])


def _check(target: Target, where: str) -> None:
    """Refuse what contradicts itself."""
    for key, value, allowed in (
        ("role", target.role, ROLES),
        ("stage", target.stage, (None, *STAGES)),
        ("scenario", target.scenario, ("", "none")),
        ("accept", target.accept, ("",) if target.withheld else RULES),
        ("evidence", target.evidence, ("",) if target.withheld else EVIDENCE),
    ):
        if value not in allowed:
            msg = f"{where}: {key} = {value!r}; allowed are {', '.join(map(repr, allowed))}"
            raise InputError(msg)
    faults = (
        (target.withheld and _is_given(target), "is withheld and yet has a value"),
        (target.withheld and target.role != "HOLD", "is withheld, so its role must be HOLD"),
        (not target.withheld and not _is_given(target), "needs a value, or low and high"),
        (not target.withheld and not target.source, "needs a source"),
        (target.accept == "2 se" and not target.spread, "accepts 2 se and needs a spread"),
        (target.accept == "tolerance" and target.tolerance is None, "needs a tolerance"),
        (target.accept in ("2 se", "25 %", "tolerance", "sign") and target.value is None,
         f"accepts {target.accept!r} and needs a value"),
        (target.accept == "25 %" and not target.value, "accepts a quarter of nothing"),
        (target.stage is not None and target.role != "CAL", "has a stage but is not CAL"),
        (bool(target.observable) != bool(target.arm), "needs both observable and arm, or neither"),
    )  # fmt: skip
    for wrong, why in faults:
        if wrong:
            msg = f"{where} {why}"
            raise InputError(msg)


def _is_given(target: Target) -> bool:
    return target.value is not None or target.low is not None or target.high is not None
