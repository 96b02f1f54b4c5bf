"""Ageing beside hormones: thinner walls, fewer stem cells, duller osteoblasts (M37)."""

from remodel_abm.declare import Param
from remodel_abm.schedule import YEAR, Influence

LEAST_SHARE = 0.2  # of the matrix rate: the linear fall is measured over decades, not centuries


class Ageing(Influence):
    """Slow changes from the day the run begins."""

    name = "ageing"
    acts_on = ("osteoblast.matrix_rate", "osteocyte.sclerostin_secretion",
               "mesenchymal_stem_cell.adipocyte_share")  # fmt: skip

    wall_loss = Param(
        0.004, "1/yr", 0.0, 0.005, "Kragstrup1983", "calibrated",
        "of the matrix rate; by hand for walls that lose 0.14 um a year; 0.2 in the model (T12)",
        "human", "T12",
    )  # fmt: skip
    sclerostin_rise = Param(
        0.012,
        "1/yr",
        0.0,
        0.03,
        "Modder2011b",
        "derived",
        "serum x2.4 over a woman's life",
        "",
        "M25",
    )
    fat_rise = Param(0.005, "1/yr", 0.0, 0.02, "M37", "assumed", "share of stem cells to fat")

    def effect(self, day, levels):
        """Return linear changes with the years since day 0."""
        years = max(0.0, day / YEAR)
        return {
            "osteoblast.matrix_rate": max(LEAST_SHARE, 1.0 - self.p.wall_loss * years),
            "osteocyte.sclerostin_secretion": 1.0 + self.p.sclerostin_rise * years,
            "mesenchymal_stem_cell.adipocyte_share": 1.0 + self.p.fat_rise * years,
        }
