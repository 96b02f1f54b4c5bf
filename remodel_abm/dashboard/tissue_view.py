"""The tissue: a canvas an arm, drawn in the browser from bytes, which says when it has drawn."""

from remodel_abm.dashboard.panel import Panel, script
from remodel_abm.dashboard.picture import KINDS
from remodel_abm.dashboard.solid import HIDDEN_IN_3D
from remodel_abm.figures import palette

# What the legend says beside the usual names; the shapes are drawn in the script.
ABOUT = {
    "osteoclast": "resorbs bone; larger with more nuclei",
    "osteoclast_precursor": "monocyte; filled once on bone",
    "osteoblast": "lays down matrix",
    "preosteoblast": "cleans eroded bone, then matures",
    "lining_cell": "covers resting bone; hollow once drawn back as canopy",
    "osteocyte": "buried; senses strain, makes sclerostin; hollow while dying",
    "t_cell": "filled while active: TNF, IL-1, RANKL",
    "mesenchymal_stem_cell": "becomes osteoblast or fat",
    "adipocyte": "marrow fat",
}
HIDDEN = ("adipocyte",)  # so many and so large that they hide the rest
LABELS = {"preosteoblast": "reversal, pre-osteoblast", "mesenchymal_stem_cell": "stem cell"}
SIGNALS = {
    "": "no signal", "rankl": "RANKL", "opg": "OPG", "tnf": "TNF", "il1": "IL-1", "il6": "IL-6",
    "tgf_beta": "TGF-beta", "igf1": "IGF-1", "sclerostin": "sclerostin",
}  # fmt: skip


BRUSHES = {
    "": "look", "bone": "add bone", "marrow": "remove bone", "t_cell": "add T cells",
    "osteoclast_precursor": "add precursors", "mesenchymal_stem_cell": "add stem cells",
    "no cells": "remove cells",
}  # fmt: skip


class TissueView(Panel):
    """Bone, cells and one signal of every arm, side by side."""

    hears = ("picture", "status")
    _esm = script("cells", "ground", "brush", "tissue_view")

    def __init__(self, **traits):
        kinds = [
            {
                "name": kind,
                "label": LABELS.get(kind, palette.look(kind)[0]),
                "colour": palette.look(kind)[1],
                "about": ABOUT[kind],
                "hidden": kind in HIDDEN,
            }
            for kind in KINDS
        ]
        states = [
            {"label": label.split(";")[0], "colour": colour}
            for label, colour in palette.STATES.values()
        ]
        spec = {
            "kinds": kinds,
            "states": states,
            "signals": SIGNALS,
            "osteoid": palette.PURPLE,
            "brushes": BRUSHES,
            "hidden3d": HIDDEN_IN_3D,
        }
        super().__init__(spec=spec, **traits)

    def asked(self, content, buffers, hub):
        """Move the plane at which volumes are cut, or choose the cells drawn in them."""
        if content["want"] == "cut":
            hub.solid.cut(int(content["axis"]), float(content["at"]))
        elif content["want"] == "hide":
            hub.solid.hide(content["kinds"])
            hub.session.tell("look", solid=True)
