"""Missions: predict, run, explain; the texts are the files in ``missions/``."""

from dataclasses import asdict

from remodel_abm.dashboard.charts import described
from remodel_abm.dashboard.missions import missions
from remodel_abm.dashboard.panel import Panel, script
from remodel_abm.dashboard.works import works


def watched() -> tuple[str, ...]:
    """Return every reading that a mission asks to watch."""
    return tuple(
        name
        for mission in missions().values()
        for step in mission.steps
        for name in getattr(step, "watch", ())
    )


class Lessons(Panel):
    """Guided missions with the charts that belong to them."""

    hears = ("courses", "status")
    _esm = script("chart", "lessons")

    def __init__(self, quantities, **traits):
        found = [
            asdict(mission) | {"steps": [
                {"kind": type(step).__name__.lower(), **asdict(step)} for step in mission.steps
            ]}
            for mission in missions().values()
        ]  # fmt: skip
        used = {key for one in found for step in one["steps"] for key in step.get("sources", ())}
        spec = {
            "missions": found, "readings": described(quantities, watched()),
            "works": {key: work for key, work in works().items() if key in used},
        }  # fmt: skip
        super().__init__(spec=spec, **traits)
