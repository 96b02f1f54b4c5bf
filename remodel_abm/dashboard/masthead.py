"""The head of the page: which story, on which bone, with which seed; start over; twins; light."""

from remodel_abm.dashboard.panel import Panel, script
from remodel_abm.scenario import Scenario, bundled


class Masthead(Panel):
    """Scenario, bone and seed."""

    hears = ("status",)
    _esm = script("masthead")

    def __init__(self, **traits):
        scenarios = [
            {"name": name, "title": one.title, "about": one.about, "age": one.age,
             "years": one.years}
            for name, one in ((name, Scenario.load(name)) for name in bundled())
        ]  # fmt: skip
        super().__init__(spec={"scenarios": scenarios}, **traits)
