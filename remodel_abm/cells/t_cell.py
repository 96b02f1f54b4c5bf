"""T cells: patrol the marrow; without estrogen more of them are active (M11)."""

from remodel_abm.cells import Cell, Column
from remodel_abm.cells.place import find_marrow
from remodel_abm.declare import Param
from remodel_abm.kernel import kernel
from remodel_abm.rng import decision, happens
from remodel_abm.signals.field import spread

_PATROL, _ACTIVATE = decision("t_cell.patrol"), decision("t_cell.activate")
_CALM, _DIE, _DIVIDE = (
    decision("t_cell.calm"),
    decision("t_cell.die"),
    decision("t_cell.divide"),
)


class TCell(Cell):
    """Marrow T lymphocyte; one stands for some hundreds."""

    name = "t_cell"
    reads = ("tnf", "il1", "il6", "rankl")
    columns = {"active": Column("i1", "1", "1 while activated")}
    daughter = "t_cell"

    density = Param(
        100.0, "1/mm3", 0.0, 1000.0, "M11", "assumed",
        "agents per marrow volume; only the product with the secretion rates matters",
    )  # fmt: skip
    arrival_rate = Param(
        4.9, "1/mm3/d", 0.0, 50.0, "M11", "derived", "keeps the density with estrogen"
    )
    death_rate = Param(0.05, "1/d", 0.005, 0.1, "M11", "assumed", "stays about three weeks")
    activation_rate = Param(
        0.0125, "1/d", 0.0005, 0.05, "M11", "calibrated",
        "of a resting cell with estrogen: 5 % are active; the rise is the estrogen part's",
    )  # fmt: skip
    calming_rate = Param(0.25, "1/d", 0.02, 0.5, "M11", "assumed", "activation lasts four days")
    division_rate = Param(0.02, "1/d", 0.0, 0.2, "M11", "assumed", "expansion while active")
    tnf_secretion = Param(
        2000.0,
        "zmol/d",
        100.0,
        40000.0,
        "M11",
        "assumed",
        "gives 0.2 pmol/L with estrogen",
    )
    il1_secretion = Param(
        2000.0,
        "zmol/d",
        100.0,
        40000.0,
        "M12",
        "assumed",
        "with the monocytes it stirs",
    )
    il6_secretion = Param(
        2000.0, "zmol/d", 100.0, 40000.0, "M12", "assumed", "with the stroma it stirs"
    )
    rankl_secretion = Param(
        20.0,
        "zmol/d",
        1.0,
        200.0,
        "M02",
        "assumed",
        "of an active cell: T cells show RANKL too",
    )

    @staticmethod
    @kernel
    def secrete(cells, tissue, signals, p, now):
        """Secrete TNF-alpha, IL-1, IL-6 and RANKL while active, all along the day's patrol.

        A cell that goes 7-14 mm a day (P14b) feeds all marrow of a small volume evenly.
        """
        active = 0
        for i in range(len(cells)):
            if cells["alive"][i] and cells["active"][i] == 1:
                active += 1
        spread(signals, signals.tnf, active * p.tnf_secretion)
        spread(signals, signals.il1, active * p.il1_secretion)
        spread(signals, signals.il6, active * p.il6_secretion)
        spread(signals, signals.rankl, active * p.rankl_secretion)

    @staticmethod
    @kernel
    def act(cells, tissue, signals, p, now):
        """Be somewhere else each day: 7-14 mm a day mix the marrow of a small volume (P14b)."""
        for i in range(len(cells)):
            if cells["alive"][i]:
                z, y, x = find_marrow(tissue, now.seed, _PATROL, cells["id"][i], now.tick)
                if z >= 0:
                    cells["z"][i], cells["y"][i], cells["x"][i] = z, y, x

    @staticmethod
    @kernel
    def turn_over(cells, tissue, signals, p, now):
        """Activate, calm down, divide while active, leave."""
        for i in range(len(cells)):
            if not cells["alive"][i]:
                continue
            identity = cells["id"][i]
            if happens(p.death_rate, now.dt, now.seed, _DIE, identity, now.tick):
                cells["fate"][i] = 1
            elif cells["active"][i] == 0:
                if happens(p.activation_rate, now.dt, now.seed, _ACTIVATE, identity, now.tick):
                    cells["active"][i] = 1
            elif happens(p.calming_rate, now.dt, now.seed, _CALM, identity, now.tick):
                cells["active"][i] = 0
            elif happens(p.division_rate, now.dt, now.seed, _DIVIDE, identity, now.tick):
                cells["buds"][i] = 1
                cells["bz"][i], cells["by"][i] = cells["z"][i], cells["y"][i]
                cells["bx"][i] = cells["x"][i]
