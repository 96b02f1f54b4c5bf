"""The stages of the calibration, read from ``stages.toml`` and checked against the ledger."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from remodel_abm.declare import InputError, Param, nearest
from remodel_abm.judgement.arms import names
from remodel_abm.judgement.targets import Target, of_stage
from remodel_abm.ledger import parameters

FILE = Path(__file__).with_name("stages.toml")


@dataclass(frozen=True)
class Stage:
    """One stage: what is free and why, the arms it runs, the rows it may fit.

    Attributes
    ----------
    number, title
        As the science basis counts them.
    arms
        Names of the trials that its rows need.
    free
        Reason by full name of the parameter.
    """

    number: int
    title: str
    arms: tuple[str, ...]
    free: dict[str, str]

    @property
    def rows(self) -> list[Target]:
        """CAL rows of this stage."""
        return [row for row in of_stage(self.number) if row.arm in self.arms]

    @property
    def params(self) -> dict[str, Param]:
        """Declarations of what is free, by full name; `low` and `high` bound the search."""
        return {name: parameters()[name] for name in self.free}


@cache
def stages() -> dict[int, Stage]:
    """Return the stages that come with the package, by number."""
    return read_stages(FILE)


def stage(number: int) -> Stage:
    """Return a stage.

    Raises
    ------
    InputError
        If there is none of this number.
    """
    if number not in stages():
        msg = f"there is no stage {number} of the calibration; known: "
        raise InputError(msg + ", ".join(map(str, stages())))
    return stages()[number]


def read_stages(path: Path) -> dict[int, Stage]:
    """Read a file of stages.

    Raises
    ------
    InputError
        If it names a parameter or an arm that does not exist, or gives no reason.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        msg = f"{path} cannot be read as TOML: {error}"
        raise InputError(msg) from error
    found = {}
    for number, row in table.items():
        one = Stage(int(number), row["title"], tuple(row["arms"]), dict(row["free"]))
        for what, given, known in (
            ("parameter", one.free, parameters()),
            ("arm", one.arms, names()),
        ):
            for name in given:
                if name not in known:
                    msg = f"{path}: stage {number}: no {what} is called {name!r}"
                    raise InputError(msg + nearest(name, known))
        for name, reason in one.free.items():
            if not reason.strip():
                msg = f"{path}: stage {number}: {name} is free without a reason"
                raise InputError(msg)
        found[one.number] = one
    return found
