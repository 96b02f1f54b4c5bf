"""Why: what is at the place a reader pointed to, what its cell senses, and what it may do."""

from remodel_abm.dashboard.panel import Panel, script
from remodel_abm.dashboard.tissue_view import SIGNALS
from remodel_abm.dashboard.works import works
from remodel_abm.figures import palette


class WhyPanel(Panel):
    """Tells of one voxel and one cell."""

    hears = ("why",)
    _esm = script("why_panel")

    def __init__(self, **traits):
        labels = {kind: palette.look(kind)[0] for kind in palette.CELLS}
        labels |= {"preosteoblast": "reversal cell or pre-osteoblast",
                   "mesenchymal_stem_cell": "mesenchymal stem cell"}  # fmt: skip
        spec = {"labels": labels, "signals": SIGNALS, "works": works()}
        super().__init__(spec=spec, **traits)
