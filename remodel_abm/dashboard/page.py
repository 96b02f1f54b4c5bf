"""The page: one session a browser tab, its panels in a grid of its own."""

import os
from importlib.resources import files

import solara
from solara import checks
from solara.server import settings

from remodel_abm.dashboard.biopsy import BiopsyPanel
from remodel_abm.dashboard.charts import CHARTS, READ, STORY, Charts
from remodel_abm.dashboard.estrogen import EstrogenEditor
from remodel_abm.dashboard.lessons import Lessons, watched
from remodel_abm.dashboard.masthead import Masthead
from remodel_abm.dashboard.panel import Hub
from remodel_abm.dashboard.rail import Rail
from remodel_abm.dashboard.reading import Reading
from remodel_abm.dashboard.score import Score
from remodel_abm.dashboard.session import Session
from remodel_abm.dashboard.solid import Solid
from remodel_abm.dashboard.specimen import SpecimenPanel
from remodel_abm.dashboard.switches import Switches
from remodel_abm.dashboard.takeaway import Takeaway
from remodel_abm.dashboard.tissue_view import TissueView
from remodel_abm.dashboard.transport import Transport
from remodel_abm.dashboard.values import Values
from remodel_abm.dashboard.why_panel import WhyPanel
from remodel_abm.model import quantities
from remodel_abm.scenario import Scenario, bundled, rooms

# In a notebook too nothing is fetched and nothing is told to anyone.
checks.should_perform_jupyter_check = checks.should_perform_solara_check = lambda: False
settings.telemetry.mixpanel_enable = False

FIRST = {"bone": {"source": "section", "shape": (1, 192, 192)}, "settling": 240}
TABS = {
    "story": "Story", "why": "Why?", "charts": "Charts", "switches": "Switches",
    "values": "Values", "missions": "Missions", "slide": "Slide", "bone": "Your bone",
    "score": "Score", "take": "Take away", "help": "Help",
}  # fmt: skip


def style() -> str:
    """Return the style of the page."""
    return files("remodel_abm.dashboard").joinpath("page.css").read_text(encoding="utf-8")


class Desk:
    """A session with all its panels, made when a tab opens and closed with it."""

    def __init__(self, scenario: Scenario):
        readings = quantities([rooms()["measures"][name]() for name in scenario.measures], True)
        self.sides = {
            "story": [EstrogenEditor(), Charts(STORY, readings)],
            "why": [WhyPanel()],
            "charts": [Charts(CHARTS, readings)],
            "switches": [Switches()],
            "values": [Values()],
            "missions": [Lessons(readings)],
            "slide": [BiopsyPanel()],
            "bone": [SpecimenPanel()],
            "score": [Score()],
            "take": [Takeaway({name: label for name, label in TABS.items() if name != "take"})],
            "help": [Reading("help")],
        }
        self.masthead, self.tissue, self.transport = Masthead(), TissueView(), Transport()
        self.rail = Rail(TABS)
        parts = [self.masthead, self.tissue, self.transport, self.rail]
        self.hub = Hub([*parts, *(panel for side in self.sides.values() for panel in side)])
        self.hub.solid = self.solid = Solid(self._why)
        self.hub.session = self.session = Session(scenario, self.hub.show)
        self.session.solid = self.solid
        self.session.tell("look", charts=tuple(dict.fromkeys((*READ, *watched()))))

    def _why(self, place, arm, kinds):
        z, y, x = place
        self.session.tell("ask", z=z, y=y, x=x, arm=arm, kinds=kinds)


def first_scenario(name: str) -> Scenario:
    """Return what a new tab shows: a file as it is, a bundled scenario on a section of 1.9 mm."""
    return Scenario.load(name, **FIRST) if name in bundled() else Scenario.load(name)


@solara.component
def Page():
    """Show a scenario being lived."""
    scenario = os.environ.get("REMODEL_ABM_DASHBOARD", "menopause")
    desk = solara.use_memo(lambda: Desk(first_scenario(scenario)), [scenario])
    solara.use_effect(lambda: desk.hub.close, [desk])
    solara.Style(style())
    sides = [
        solara.Div(classes=["side", f"tab-{name}"], children=panels)
        for name, panels in desk.sides.items()
    ]
    solara.Div(
        classes=["bone-page"],
        children=[
            solara.Div(classes=["head"], children=[desk.masthead]),
            solara.Div(
                classes=["view"],
                children=[desk.tissue, solara.Div(classes=["solid"], children=desk.solid.views)],
            ),
            solara.Div(classes=["sides"], children=sides),
            solara.Div(classes=["tabs"], children=[desk.rail]),
            solara.Div(classes=["clock"], children=[desk.transport]),
        ],
    )


@solara.component
def Layout(children):
    """Give the whole window to the page."""
    return solara.Div(children=children)
