"""Score: what the model met, missed and never saw, from the tables of the last judgement."""

import csv
import os
from pathlib import Path

from remodel_abm.dashboard.panel import Panel, script

PLACES = ("runs/scoreboard", "scoreboard", "runs/scoreboard-small")
SHOWN = ("id", "kind", "quantity", "population", "time", "unit", "measured", "low", "high",
         "predicted", "verdict", "source", "note", "runs")  # fmt: skip


def found() -> Path | None:
    """Return the table of the last judgement: where the command line said, or a usual place."""
    asked = os.environ.get("REMODEL_ABM_SCOREBOARD")
    places = [Path(asked)] if asked else [Path(place) for place in PLACES]
    tables = [place / "scoreboard.csv" for place in places]
    return next((table for table in tables if table.is_file()), None)


class Score(Panel):
    """The scoreboard as a table."""

    _esm = script("score")

    def __init__(self, **traits):
        path, rows = found(), []
        if path is not None:
            with path.open(encoding="utf-8", newline="") as file:
                lines = (line for line in file if not line.startswith("#"))
                rows = [{key: row.get(key) or "" for key in SHOWN} for row in csv.DictReader(lines)]
        super().__init__(spec={"rows": rows, "path": str(path or "")}, **traits)
