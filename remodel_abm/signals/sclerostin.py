"""Sclerostin: the osteocytes' brake on formation, carried by their network through bone (M25)."""

from remodel_abm.declare import Param
from remodel_abm.signals import Signal


class Sclerostin(Signal):
    """SOST gene product in the canaliculi."""

    name = "sclerostin"
    phase = "bone"

    diffusivity = Param(
        8640.0, "um2/d", 1000.0, 8.64e5, "P46", "assumed",
        "0.1 um2/s: slow in canaliculi, so that a signal reaches about three osteocytes far",
        "", "P46",
    )  # fmt: skip
    decay_rate = Param(
        0.693,
        "1/d",
        0.3,
        2.0,
        "P46",
        "assumed",
        "effective half-life of a day",
        "",
        "P46",
    )
