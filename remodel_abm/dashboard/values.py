"""Values: every parameter of the ledger, with unit, range, source and how well it is known."""

from remodel_abm import ledger
from remodel_abm.dashboard.panel import Panel, script
from remodel_abm.dashboard.tissue_view import SIGNALS
from remodel_abm.dashboard.works import works
from remodel_abm.scenario_change import FIRST_DAY


class Values(Panel):
    """The parameters, searchable.

    Parameters
    ----------
    section : bool
        Whether the values of a section count as usual, or those of a volume.
    """

    hears = ("status",)
    _esm = script("values")

    def __init__(self, **traits):
        parameters = [
            {
                "name": name, "value": one.value, "section": one.usual(True), "unit": one.unit,
                "low": one.low, "high": one.high, "source": one.source, "doc": one.doc,
                "evidence": one.evidence, "context": one.context, "first": name in FIRST_DAY,
            }
            for name, one in ledger.parameters().items()
        ]  # fmt: skip
        spec = {"parameters": parameters, "works": works(), "titles": SIGNALS}
        super().__init__(spec=spec, **traits)
