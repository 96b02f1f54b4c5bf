"""The curves: every arm over the days lived, under the names of the field, each explained."""

from remodel_abm.dashboard.panel import Panel, script

# Key: readings, what the chart is called, and a line that a first-year student understands.
CHARTS = {
    "bv_tv": (("bv_tv",), "Bone volume", "How much of the tissue is bone."),
    "t_score": (("t_score",), "T-score",
                "Density against a young adult; below -2.5: osteoporosis."),
    "rankl_opg": (("rankl_opg",), "RANKL / OPG", "The go and the stop signal for osteoclasts."),
    "turnover": (("ctx", "p1np"), "Resorption and formation",
                 "CTX tells of bone removed, P1NP of bone laid down."),
    "hormones": (("e2",), "Estradiol", "The estrogen in blood."),
    "bmd": (("bmd",), "Density", "Mineral per tissue volume, as QCT would show."),
    "clasts": (("n_oc",), "Osteoclasts", "Cells that remove bone."),
    "blasts": (("n_ob",), "Osteoblasts", "Cells that lay bone down."),
    "reversal": (("n_reversal", "n_preosteoblast"), "Reversal cells",
                 "They clean what was eroded, then mature."),
    "osteocytes": (("osteocyte_viability",), "Osteocytes alive",
                   "Share of lacunae that are lived in."),
    "cytokines": (("tnf", "il1", "il6"), "Cytokines", "T cells and fat urge resorption on."),
    "t_cells": (("active_t_cells",), "Active T cells", "Estrogen keeps them quiet."),
    "sclerostin": (("sclerostin",), "Sclerostin", "Osteocytes' brake on formation."),
    "coupling": (("tgf_beta", "igf1"), "Freed from bone",
                 "What resorption sets free calls builders."),
    "ac_f": (("ac_f",), "Activation frequency", "How often a place is remodeled in a year."),
    "depth": (("e_de", "w_th"), "Erosion depth and wall",
              "What a site removes and what it refills."),
    "perforations": (("perforations", "rod_losses"), "Struts lost",
                     "Plates perforated and rods cut do not grow back."),
    "surfaces": (("es_bs", "os_bs"), "Eroded and osteoid surface", "Where work is going on."),
    "fat": (("marrow_fat",), "Marrow fat", "Stem cells choose fat over bone as estrogen falls."),
    "architecture": (("tb_th",), "Trabecular thickness", "How thick the struts are."),
}  # fmt: skip
STORY = ("bv_tv", "t_score", "rankl_opg", "turnover")
READ = tuple(dict.fromkeys(name for names, _, _ in CHARTS.values() for name in names))


def described(quantities, names=READ) -> dict:
    """Return symbol, unit and meaning of the readings that are named."""
    return {
        one.name: {"symbol": one.symbol, "unit": "" if one.unit == "1" else one.unit,
                   "doc": one.doc}
        for one in quantities if one.name in names
    }  # fmt: skip


class Charts(Panel):
    """Small charts of the readings; the cursor marks the day on screen.

    Parameters
    ----------
    keys : sequence of str
        Which of `CHARTS`.
    quantities : list of Quantity
        Symbols and units.
    """

    hears = ("courses",)
    _esm = script("chart", "charts")

    def __init__(self, keys, quantities, **traits):
        charts = [
            {"key": key, "names": CHARTS[key][0], "title": CHARTS[key][1], "told": CHARTS[key][2]}
            for key in keys
        ]
        super().__init__(spec={"charts": charts, "readings": described(quantities)}, **traits)
