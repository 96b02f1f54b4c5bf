"""Missions: predict, run, explain; the texts are the files in ``missions/``."""

from dataclasses import asdict

from remodel_abm.dashboard.charts import CHARTS, described
from remodel_abm.dashboard.missions import missions
from remodel_abm.dashboard.panel import Panel, script
from remodel_abm.dashboard.works import works

PARTS = {
    "ctx": ("CTX", "Tells of bone removed."),
    "p1np": ("P1NP", "Tells of bone laid down."),
    "e_de": ("Erosion depth", "What a site removes."),
    "w_th": ("Wall", "What a site refills."),
    "es_bs": ("Eroded surface", "Surface with open pits."),
    "os_bs": ("Osteoid surface", "Surface under fresh matrix."),
    "perforations": ("Perforations", "Plates cut through; they do not grow back."),
    "rod_losses": ("Rods cut", "They do not grow back either."),
    "tnf": ("TNF", "Secreted by T cells; urges resorption on."),
}


def watched() -> tuple[str, ...]:
    """Return every reading that a mission asks to watch."""
    return tuple(
        name
        for mission in missions().values()
        for step in mission.steps
        for name in getattr(step, "watch", ())
    )


def titles() -> dict[str, dict[str, str]]:
    """Return title and explanation of the charts of a single reading, by its name."""
    alone = {names[0]: (title, told) for names, title, told in CHARTS.values() if len(names) == 1}
    return {name: {"title": title, "told": told} for name, (title, told) in (alone | PARTS).items()}


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
            "missions": found, "readings": described(quantities, watched()), "titles": titles(),
            "works": {key: work for key, work in works().items() if key in used},
        }  # fmt: skip
        super().__init__(spec=spec, **traits)
