"""Switches: the mechanisms by which things act, each with its source, to be turned off."""

from remodel_abm import ledger
from remodel_abm.dashboard.panel import Panel, script
from remodel_abm.dashboard.tissue_view import SIGNALS
from remodel_abm.dashboard.works import works


class Switches(Panel):
    """Every mechanism of the ledger."""

    hears = ("status",)
    _esm = script("switches")

    def __init__(self, **traits):
        mechanisms = [
            {"id": one.id, "title": one.title, "part": ", ".join(one.parts), "source": one.source}
            for one in ledger.mechanisms().values()
        ]
        spec = {"mechanisms": mechanisms, "works": works(), "titles": SIGNALS}
        super().__init__(spec=spec, **traits)
