"""Active TGF-beta: freed from resorbed matrix, calls the cells that will refill it (M20)."""

from remodel_abm.declare import Mechanism, Param
from remodel_abm.signals import Signal


class TgfBeta(Signal):
    """Transforming growth factor beta 1, activated by resorption."""

    name = "tgf_beta"
    mechanisms = (
        Mechanism("M20", "resorption releases TGF-beta", "Tang2009", {"matrix_content": 0.0}),
    )

    diffusivity = Param(
        2.2464e6, "um2/d", 8.64e5, 8.64e6, "Pivonka2008", "assumed",
        "26 um2/s in marrow; only the diffusion length is identifiable", "model code", "P43",
    )  # fmt: skip
    decay_rate = Param(
        200.0,
        "1/d",
        100.0,
        400.0,
        "Pivonka2008",
        "assumed",
        "half-life of 5 min",
        "",
        "P43",
    )
    matrix_content = Param(
        0.02, "zmol/um3", 0.002, 0.2, "M20", "assumed",
        "activated per volume of matrix; only its ratio to the half-saturations is identifiable",
    )  # fmt: skip
