"""IGF-1: freed from resorbed matrix, makes osteoblasts of the cells that came (M20)."""

from remodel_abm.declare import Mechanism, Param
from remodel_abm.signals import Signal


class Igf1(Signal):
    """Insulin-like growth factor 1 stored in matrix."""

    name = "igf1"
    mechanisms = (
        Mechanism("M20b", "resorption releases IGF-1", "Xian2012", {"matrix_content": 0.0}),
    )

    diffusivity = Param(
        2.2464e6, "um2/d", 8.64e5, 8.64e6, "M20", "assumed",
        "taken as that of TGF-beta; only the diffusion length is identifiable",
    )  # fmt: skip
    decay_rate = Param(
        100.0, "1/d", 50.0, 400.0, "M20", "assumed",
        "free IGF-1 lives about ten minutes (memory value), giving it a reach of 150 um",
    )  # fmt: skip
    matrix_content = Param(
        0.02, "zmol/um3", 0.002, 0.2, "Xian2012", "assumed",
        "per volume of matrix; only its ratio to the half-saturation is identifiable",
    )  # fmt: skip
