"""TNF-alpha: secreted by activated T cells, lowers the RANKL that precursors need (M11, M12)."""

from remodel_abm.declare import Param
from remodel_abm.signals import Signal


class Tnf(Signal):
    """Tumour necrosis factor alpha."""

    name = "tnf"

    diffusivity = Param(
        2246400.0, "um2/d", 864000.0, 8640000.0, "P45", "assumed",
        "26 um2/s in marrow; only the diffusion length is identifiable", "memory value", "P45",
    )  # fmt: skip
    decay_rate = Param(
        50.0, "1/d", 30.0, 60.0, "P45", "assumed", "half-life of 20 min", "memory value", "P45",
    )  # fmt: skip
