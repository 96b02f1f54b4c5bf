"""IL-6: from T cells and marrow fat, a minor helper of osteoclast formation (M12)."""

from remodel_abm.declare import Param
from remodel_abm.signals import Signal


class Il6(Signal):
    """Interleukin 6."""

    name = "il6"

    diffusivity = Param(
        2246400.0, "um2/d", 864000.0, 8640000.0, "Pivonka2008", "assumed",
        "26 um2/s in marrow; only the diffusion length is identifiable", "model code", "P44",
    )  # fmt: skip
    decay_rate = Param(
        50.0, "1/d", 30.0, 60.0, "Pivonka2008", "assumed", "half-life of 20 min",
        "model code", "P44",
    )  # fmt: skip
