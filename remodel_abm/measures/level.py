"""Levels: hormones today, and the mean of each signal where it spreads."""

from remodel_abm.measures import Measure, Reading

_SIGNALS = ("rankl", "opg", "tnf", "il1", "il6", "tgf_beta", "igf1", "sclerostin")


class Hormones(Measure):
    """Hormones of the day, and what estradiol still does."""

    name = "hormones"
    source = "Sowers2008"
    readings = (
        Reading("e2", "E2", "pmol/L", "estradiol"),
        Reading("estrogen_signal", "e", "1", "effect of estradiol, as a share of its reference"),
    )

    def __call__(self, scene):
        nothing = float("nan")
        return scene.levels.get("estradiol", nothing), scene.levels.get("estrogen_signal", nothing)


class SignalLevels(Measure):
    """Mean concentrations in the marrow (sclerostin: in bone)."""

    name = "signal_levels"
    source = "M13"
    interval = 7.0
    readings = (
        Reading("rankl", "RANKL", "pmol/L", "soluble RANKL, mean in marrow"),
        Reading("opg", "OPG", "pmol/L", "mean in marrow"),
        Reading("tnf", "TNF-a", "pmol/L", "mean in marrow"),
        Reading("il1", "IL-1", "pmol/L", "mean in marrow"),
        Reading("il6", "IL-6", "pmol/L", "mean in marrow"),
        Reading("tgf_beta", "TGF-b", "pmol/L", "active, mean in marrow"),
        Reading("igf1", "IGF-1", "pmol/L", "freed by resorption, mean in marrow"),
        Reading("sclerostin", "Scl", "pmol/L", "mean in bone"),
        Reading("rankl_opg", "RANKL/OPG", "1", "ratio of the two means"),
    )

    def __call__(self, scene):
        means = [
            scene.signals.mean(name) if name in scene.signals.parts else float("nan")
            for name in _SIGNALS
        ]
        return (*means, means[0] / means[1] if means[1] > 0 else float("nan"))
