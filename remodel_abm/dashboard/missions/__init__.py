"""Guided missions: predict, run, explain. Each is a TOML file beside this one.

A mission's steps come in the order of the file. A prediction has a best answer according to the
evidence, whatever the model then shows: where the two differ, the mission says so.
"""

import tomllib
from dataclasses import MISSING, dataclass, field, fields
from functools import cache
from pathlib import Path
from typing import Any, get_args, get_origin

from remodel_abm.declare import InputError, nearest
from remodel_abm.scenario import Scenario

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Predict:
    """A question before the run.

    Attributes
    ----------
    question, choices
        What is asked, and two or more answers.
    answer
        The choice that the evidence favours, word for word.
    because
        Why, shown after the choice.
    """

    question: str
    choices: tuple[str, ...]
    answer: str
    because: str


@dataclass(frozen=True)
class Arm:
    """One of the runs of a step; all of them share their bone and their luck.

    Attributes
    ----------
    name
        What the page calls it.
    scenario
        Name of a bundled scenario.
    changes
        What differs from it, as `Scenario.load` takes it.
    """

    name: str
    scenario: str
    changes: dict[str, Any] = field(default_factory=dict)

    def load(self, **more) -> Scenario:
        """Return the scenario of this arm, with `more` changed."""
        return Scenario.load(self.scenario, **self.changes).with_(**more)


@dataclass(frozen=True)
class Run:
    """Something to simulate and to look at.

    Attributes
    ----------
    task
        What to do and where to look.
    years
        How long. [yr]
    watch
        Names of the measures whose charts belong here.
    arms
        What is run, side by side.
    """

    task: str
    years: float
    watch: tuple[str, ...]
    arms: tuple[Arm, ...]


@dataclass(frozen=True)
class Explain:
    """What the run showed, and what it rests on.

    Attributes
    ----------
    text
        For a first-year student; paragraphs are parted by empty lines.
    mechanisms, targets
        Identifiers of the ledger (M..) and of the targets (T..).
    sources
        Keys of ``sources.bib``.
    """

    text: str
    mechanisms: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


@dataclass(frozen=True)
class Mission:
    """A lesson of some minutes.

    Attributes
    ----------
    title, about, minutes
        Name, one sentence, and how long it takes.
    steps
        `Predict`, `Run` and `Explain`, in order.
    wrong
        What the model gets wrong here, a sentence each.
    name
        Name of the file without its number.
    """

    title: str
    about: str
    minutes: int
    steps: tuple[Predict | Run | Explain, ...]
    wrong: tuple[str, ...]
    name: str = ""


KINDS = {"predict": Predict, "run": Run, "explain": Explain}


@cache
def missions() -> dict[str, Mission]:
    """Return every mission by name, in the order of their numbers."""
    found = [load(path) for path in sorted(FOLDER.glob("*.toml"))]
    return {mission.name: mission for mission in found}


def load(path: Path | str) -> Mission:
    """Read a mission.

    Raises
    ------
    InputError
        If the file is missing, is not TOML, or says something that no mission has.
    """
    path = Path(path)
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        msg = f"{path} cannot be read as a mission: {error}"
        raise InputError(msg) from error
    steps = tuple(_step(entry, path) for entry in table.pop("step", ()))
    table |= {"steps": steps, "name": path.stem.lstrip("0123456789-")}
    mission = _filled(Mission, table, f"{path}")
    for step in steps:
        if isinstance(step, Predict) and step.answer not in step.choices:
            msg = f"{path}: answer {step.answer!r} is none of the choices of {step.question!r}"
            raise InputError(msg)
    return mission


def _step(entry: dict, path: Path) -> Predict | Run | Explain:
    """Return the step that a table describes."""
    kind = entry.get("kind")
    if kind not in KINDS:
        msg = f"{path}: kind = {kind!r} is no kind of step; allowed are {', '.join(KINDS)}"
        raise InputError(msg)
    given = {key: value for key, value in entry.items() if key != "kind"}
    if kind == "run":
        given["arms"] = [_filled(Arm, arm, f"{path}: arm") for arm in given.pop("arm", ())]
    return _filled(KINDS[kind], given, f"{path}: {kind}")


def _filled(kind: type, table: dict, where: str):
    """Return a `kind` with the values of a table, each checked."""
    known = {item.name: item for item in fields(kind)}
    for key in table:
        if key not in known:
            msg = f"{where}: unknown key {key!r}{nearest(key, known)}"
            raise InputError(msg)
    given = {}
    for key, item in known.items():
        if key in table:
            given[key] = _checked(table[key], item.type, f"{where}.{key}")
        elif item.default is MISSING and item.default_factory is MISSING:
            msg = f"{where} needs {key!r}"
            raise InputError(msg)
    return kind(**given)


_PLAIN = {
    str: (str, "a text"), int: (int, "a whole number"), float: (int | float, "a number"),
    dict: (dict, "a table"),
}  # fmt: skip


def _checked(value, kind, what: str):
    """Return a value of the kind that a field is declared with."""
    if get_origin(kind) is tuple:
        of_texts = get_args(kind)[0] is str
        good = isinstance(value, list | tuple) and len(value) > 0
        good = good and (not of_texts or all(isinstance(one, str) for one in value))
        allowed = "a list of texts" if of_texts else "a list that is not empty"
        return tuple(value) if good else _refuse(value, what, allowed)
    allowed_kind, allowed = _PLAIN[get_origin(kind) or kind]
    good = isinstance(value, allowed_kind) and not isinstance(value, bool) and value != ""
    if not good:
        _refuse(value, what, allowed)
    return value.strip() if isinstance(value, str) else value


def _refuse(value, what: str, allowed: str):
    msg = f"{what} = {value!r}; allowed is {allowed}"
    raise InputError(msg)
