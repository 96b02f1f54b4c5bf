"""Time: play, step, run until, speed, and the slider over every day lived so far."""

from remodel_abm.dashboard.events import EVENTS
from remodel_abm.dashboard.panel import Panel, script


class Transport(Panel):
    """The controls of the clock that all arms share."""

    hears = ("status", "say")
    _esm = script("transport")

    def __init__(self, **traits):
        events = {name: event.title for name, event in EVENTS.items()}
        super().__init__(spec={"events": events}, **traits)
