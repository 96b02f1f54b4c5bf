"""Marrow adipocytes: fill marrow as fat, and add RANKL and IL-6 (M08b)."""

from remodel_abm.cells import Cell
from remodel_abm.declare import Mechanism, Param
from remodel_abm.kernel import kernel
from remodel_abm.rng import decision, happens
from remodel_abm.signals.field import secrete as feed

_DIE = decision("adipocyte.die")


class Adipocyte(Cell):
    """Fat cell of the marrow."""

    name = "adipocyte"
    reads = ("rankl", "il6")
    mechanisms = (
        Mechanism("M08b", "marrow fat shows RANKL", "Yu2021",
                  {"rankl_secretion": 0.0, "il6_secretion": 0.0}),
    )  # fmt: skip

    density = Param(
        2500.0,
        "1/mm3",
        500.0,
        5000.0,
        "T37",
        "derived",
        "45 % of marrow as fat, 70 um cells",
    )
    cell_volume = Param(
        180000.0, "um3", 50000.0, 400000.0, "T37", "assumed", "of a 70 um adipocyte"
    )
    death_rate = Param(
        0.00045, "1/d", 0.0002, 0.005, "T37", "assumed",
        "balances arrivals with estrogen; lives about six years",
    )  # fmt: skip
    rankl_secretion = Param(0.05, "zmol/d", 0.0, 1.0, "M08b", "assumed", "mouse evidence")
    il6_secretion = Param(5.0, "zmol/d", 0.0, 100.0, "M12", "assumed", "a small, steady part")

    @staticmethod
    @kernel
    def secrete(cells, tissue, signals, p, now):
        """Secrete a little RANKL and IL-6."""
        for i in range(len(cells)):
            if cells["alive"][i]:
                z, y, x = cells["z"][i], cells["y"][i], cells["x"][i]
                feed(signals, signals.rankl, z, y, x, p.rankl_secretion)
                feed(signals, signals.il6, z, y, x, p.il6_secretion)

    @staticmethod
    @kernel
    def turn_over(cells, tissue, signals, p, now):
        """Die in time."""
        for i in range(len(cells)):
            if cells["alive"][i] and happens(
                p.death_rate, now.dt, now.seed, _DIE, cells["id"][i], now.tick
            ):
                cells["fate"][i] = 1
