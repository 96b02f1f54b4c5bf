"""Score: what the model met, missed and never saw, from the table of the last judgement.

Before there is one, the measurements it will be judged against are shown.
"""

import csv
import os
from pathlib import Path

from remodel_abm.dashboard.panel import Panel, script

PLACES = ("runs/scoreboard", "scoreboard", "runs/scoreboard-small")
KINDS = {"CAL": "fitted", "HOLD": "held out", "CHK": "check"}  # as the command names them
SHOWN = ("id", "kind", "quantity", "population", "time", "unit", "measured", "low", "high",
         "predicted", "verdict", "source", "note", "runs")  # fmt: skip


def found() -> Path | None:
    """Return the table of the last judgement: where the command line said, or a usual place."""
    asked = os.environ.get("REMODEL_ABM_SCOREBOARD")
    places = [Path(asked)] if asked else [Path(place) for place in PLACES]
    tables = [place / "scoreboard.csv" for place in places]
    return next((table for table in tables if table.is_file()), None)


def judged(path: Path) -> list[dict[str, str]]:
    """Return the rows of a judgement."""
    with path.open(encoding="utf-8", newline="") as file:
        lines = (line for line in file if not line.startswith("#"))
        return [{key: row.get(key) or "" for key in SHOWN} for row in csv.DictReader(lines)]


def measured() -> list[dict[str, str]]:
    """Return what was measured in people, with nothing of the model beside it."""
    from remodel_abm.judgement.targets import targets  # not needed where a judgement lies

    return [
        {
            "id": one.id, "kind": KINDS[one.role], "quantity": one.quantity,
            "population": one.population, "time": one.time, "unit": one.unit,
            "measured": _number(one), "predicted": "",
            "verdict": "withheld" if one.withheld else "not run", "source": one.source,
            "note": one.note,
        }
        for one in targets().values()
    ]  # fmt: skip


def _number(target) -> str:
    """Return what was measured: a value, a range, or nothing if it is withheld."""
    if target.value is not None:
        return f"{target.value:g}"
    ends = [f"{end:g}" for end in (target.low, target.high) if end is not None]
    return " to ".join(ends)


class Score(Panel):
    """The scoreboard as a table."""

    _esm = script("score")

    def __init__(self, **traits):
        path = found()
        rows = measured() if path is None else judged(path)
        super().__init__(spec={"rows": rows, "path": str(path or "")}, **traits)
