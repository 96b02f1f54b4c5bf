"""`scenarios`, `parts` and `parameters`: what there is, when it acts, what it rests on."""

import inspect
import re
from pathlib import Path
from typing import Annotated

import typer

from remodel_abm.commands.tables import show, write_csv
from remodel_abm.declare import InputError, nearest


def scenarios():
    """List the scenarios that come with the package.

    Copy one, or write a file that says `extends = "menopause"` and what differs.
    """
    from remodel_abm.scenario import Scenario, bundled

    rows = []
    for name in bundled():
        one = Scenario.load(name)
        rows.append((name, one.title, one.years, _bone(one.bone), one.about))
    show(
        "Scenarios",
        {"name": "left", "title": "left", "years": "right", "bone": "left", "about": "wrap"},
        rows,
        "Run one with: remodel-abm run NAME; as a volume with --bone volume",
    )


def parts(
    folder: Annotated[
        Path | None, typer.Argument(metavar="[RUN_FOLDER]", help="A finished run, for its times.")
    ] = None,
    scenario: Annotated[str, typer.Option(help="Whose parts.")] = "reference",
):
    """Show the steps of a day in order, with every part in them.

    Of a finished run also the time that each took.

    Examples:

      remodel-abm parts

      remodel-abm parts runs/menopause-seed1
    """
    from remodel_abm.scenario import Scenario

    timing = {}
    if folder is None:
        chosen = Scenario.load(scenario)
    else:
        timing = _timing(folder)
        chosen = Scenario.load(folder / "scenario.toml")
    total = sum(timing.get("parts", {}).values())
    rows = []
    for step, key, name, doc in day(chosen):
        spent = timing.get("parts", {}).get(key)
        share = f"{100 * spent / total:.1f} %" if spent is not None and total else None
        rows.append((step, name, doc, spent, share))
    columns = {"step": "left", "part": "left", "what it is": "wrap"}
    if timing:
        columns |= {"seconds": "right", "share": "right"}
    else:
        rows = [row[:3] for row in rows]
    note = ""
    if timing and timing.get("days_per_second"):
        note = f"{timing['days']:g} days at {timing['days_per_second']:.0f} days/s"
    show(f"A day of {chosen.title or chosen.name}", columns, rows, note)


def steps() -> list[str]:
    """Return the steps of a day as the model's docstring numbers them."""
    from remodel_abm.model import Model

    text = inspect.getdoc(Model.step) or ""
    return re.findall(r"^\d+\. .*$", text, re.M)


def day(scenario) -> list[tuple[str, str, str, str]]:
    """Return (step, key of its timing, part, what it is), in the order in which a day is lived."""
    from remodel_abm import ledger

    known = ledger.parts()
    groups = (
        [("schedule", name) for name, _ in scenario.schedule],
        [("signals", name) for name in scenario.signals],
        [(f"{name}.act", name) for name in scenario.cells],
        [(f"{name}.turn_over", name) for name in scenario.cells],
        [("tissue", "tissue")],
        [("measures", name) for name in scenario.measures],
    )
    rows = []
    for title, group in zip(steps(), groups, strict=True):
        name, _, doc = title.partition("  ")
        rows.append((name, _shared(group), "", doc.strip()))
        rows += [
            ("", "" if key == _shared(group) else key, part, _first_line(known[part]))
            for key, part in group
        ]
        if group and group[0][0].endswith(".turn_over"):
            rows.append(("", "turnover", "all", "Cells pass on to the kind they become."))
    return rows


def _shared(group) -> str:
    """Return the key under which a whole step is timed, if it is timed as a whole."""
    keys = {key for key, _ in group}
    return keys.pop() if len(keys) == 1 and "." not in next(iter(keys)) else ""


def _first_line(part) -> str:
    return (inspect.getdoc(part) or "").partition("\n")[0]


def _bone(bone) -> str:
    if not bone.is_generated:
        return bone.source
    nz, ny, nx = bone.shape
    size = f"{ny} x {nx}" if nz == 1 else f"{nz} x {ny} x {nx}"
    return f"{bone.source}, {size} of {bone.voxel:g} um"


def _timing(folder: Path) -> dict:
    from remodel_abm.results.files import read_json

    if not (folder / "scenario.toml").is_file():
        msg = f"{folder} is not the folder of a run: it has no scenario.toml"
        raise InputError(msg)
    if not (folder / "timing.json").is_file():
        msg = f"{folder} has no timing.json: its run has not finished"
        raise InputError(msg)
    return read_json(folder / "timing.json")


LEDGER = (
    "name", "value", "section", "unit", "low", "high", "evidence", "source", "id", "context", "doc",
    "rank",
)  # fmt: skip


def parameters(
    csv: Annotated[
        str | None, typer.Option(metavar="FILE", help="Write them as CSV; - prints it.")
    ] = None,
    part: Annotated[str | None, typer.Option(help="Of one part, such as osteoclast.")] = None,
    scenario: Annotated[
        str | None, typer.Option(metavar="NAME", help="With the values of this scenario.")
    ] = None,
    mechanisms: Annotated[
        bool, typer.Option("--mechanisms", help="The mechanisms that --off can switch off.")
    ] = False,
):
    """Show the ledger: every parameter with unit, range, source and how well it is known.

    Examples:

      remodel-abm parameters --part osteoclast

      remodel-abm parameters --csv ledger.csv

      remodel-abm parameters --mechanisms
    """
    from remodel_abm import ledger
    from remodel_abm.ranking import stored

    if part is not None and part not in ledger.parts():
        msg = f"no part is called {part!r}{nearest(part, ledger.parts())}; known: "
        raise InputError(msg + ", ".join(ledger.parts()))
    if mechanisms:
        _mechanisms(csv, part)
        return
    rows = [row for row in _ledger(scenario) if part in (None, row[0].partition(".")[0])]
    if csv is not None:
        write_csv(csv, LEDGER, rows)
        return
    ways = dict.fromkeys(("value", "low", "high"), "right") | {"doc": "wrap", "source": "wrap"}
    shown = [name for name in LEDGER if name != "context" and (name != "rank" or stored()[0])]
    kept = [[cell for name, cell in zip(LEDGER, row, strict=True) if name in shown] for row in rows]
    note = (
        "section: value in a 2-D section, where it differs; low and high bound what the source "
        "supports; --csv also gives species, site and age"
    )
    about = stored()[1]
    if about:
        note += f"\nrank: the output that it moves most, and its place there ({about})"
    show(f"{len(rows)} parameters", {n: ways.get(n, "left") for n in shown}, kept, note)


def _ledger(scenario: str | None) -> list[tuple]:
    from remodel_abm import ledger
    from remodel_abm.ranking import stored
    from remodel_abm.scenario import Scenario, values_of

    chosen = Scenario.load(scenario) if scenario else None
    values = values_of(chosen, section=chosen.bone.is_section) if chosen else {}
    places, rows = stored()[0], []
    for name, param in ledger.parameters().items():
        part, _, key = name.partition(".")
        value = getattr(values[part], key) if values else param.value
        rows.append(
            (name, value, "" if param.section is None else param.section, param.unit, param.low,
             param.high, param.evidence, param.source, param.id, param.context, param.doc,
             places.get(name, ""))
        )  # fmt: skip
    return rows


def _mechanisms(csv: str | None, part: str | None) -> None:
    from remodel_abm import ledger

    header = ("id", "mechanism", "part", "source", "when off")
    rows = [
        (one.id, one.title, ", ".join(one.parts), one.source,
         ", ".join(f"{name} = {value:g}" for name, value in one.neutral_by_name.items()))
        for one in ledger.mechanisms().values()
        if part in (None, *one.parts)
    ]  # fmt: skip
    if csv is not None:
        write_csv(csv, header, rows)
        return
    ways = {"mechanism": "wrap", "when off": "wrap"}
    show(f"{len(rows)} mechanisms", {name: ways.get(name, "left") for name in header}, rows,
         "Switch one off with: remodel-abm run SCENARIO --off ID")  # fmt: skip
