"""Cytokine blockade: etanercept binds TNF-alpha, anakinra keeps IL-1 from its receptor (M12)."""

import math

from remodel_abm.schedule import Influence, Setting


class CytokineBlockade(Influence):
    """Some weeks in which part of what T cells secrete is without effect."""

    name = "cytokine_blockade"
    acts_on = ("t_cell.tnf_secretion", "t_cell.il1_secretion")
    settings = {
        "start": Setting(None, "d", "first day"),
        "stop": Setting(math.inf, "d", "day after the last"),
        "tnf": Setting(0.0, "1", "share of TNF-alpha that is blocked (etanercept)", 1.0),
        "il1": Setting(0.0, "1", "share of IL-1 that is blocked (anakinra)", 1.0),
    }

    def effect(self, day, levels):
        """Take the blocked shares away during the spell."""
        if not self.given["start"] <= day < self.given["stop"]:
            return {}
        shares = (self.given["tnf"], self.given["il1"])
        return {name: 1.0 - share for name, share in zip(self.acts_on, shares, strict=True)}
