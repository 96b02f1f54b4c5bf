"""Osteoprotegerin: the decoy that takes RANKL out of play (M13)."""

from remodel_abm.declare import Param
from remodel_abm.signals import Signal


class Opg(Signal):
    """OPG."""

    name = "opg"

    diffusivity = Param(
        2246400.0, "um2/d", 864000.0, 8640000.0, "Pivonka2008", "assumed",
        "26 um2/s in marrow; only the diffusion length is identifiable", "model code", "P42",
    )  # fmt: skip
    decay_rate = Param(
        4.16, "1/d", 2.0, 8.0, "Pivonka2008", "assumed", "half-life of 4 h", "model code", "P42",
    )  # fmt: skip
