"""Soluble RANKL, and the affinities that turn RANKL and OPG into occupancy of RANK (M13).

Membrane RANKL does not spread (P40): cells in contact read it from the cell that shows it and
from `tissue.membrane`. OPG takes up both forms; the free share follows from the quadratic.
"""

import math

from remodel_abm.declare import Mechanism, Param
from remodel_abm.kernel import kernel
from remodel_abm.signals import Signal
from remodel_abm.signals.field import highest, sense
from remodel_abm.signals.inflammation import inflammation, most_inflammation


class Rankl(Signal):
    """Receptor activator of NF-kB ligand, soluble form."""

    name = "rankl"
    mechanisms = (
        Mechanism("M13", "OPG is a decoy for RANKL", "Boyce2008", {"opg_affinity": 1e12}),
        Mechanism("M12", "TNF-alpha and IL-1 raise the RANKL that cells show",
                  "Hofbauer1999", {"tnf_gain": 0.0, "il1_gain": 0.0, "il6_gain": 0.0}),
    )  # fmt: skip

    diffusivity = Param(
        2.2464e6, "um2/d", 8.64e5, 8.64e6, "Pivonka2008", "assumed",
        "26 um2/s in marrow; only the diffusion length is identifiable", "model code", "P41",
    )  # fmt: skip
    decay_rate = Param(
        4.16,
        "1/d",
        2.0,
        8.0,
        "Pivonka2008",
        "assumed",
        "half-life of 4 h",
        "model code",
        "P41",
    )
    opg_affinity = Param(
        18.0, "pmol/L", 1.0, 1000.0, "Pivonka2008", "assumed",
        "K_D of RANKL and OPG; values in use span a thousandfold", "model code", "P47",
    )  # fmt: skip
    rank_affinity = Param(
        14.0, "pmol/L", 5.0, 100.0, "Pivonka2008", "assumed",
        "K_D of RANKL and RANK", "model code", "P48",
    )  # fmt: skip
    tnf_gain = Param(
        0.6, "1", 0.0, 10.0, "Marahleh2019", "calibrated",
        "rise of membrane RANKL; by hand on T23, which cannot tell the two gains apart",
    )  # fmt: skip
    il1_gain = Param(
        0.6, "1", 0.0, 10.0, "Hofbauer1999", "calibrated",
        "rise of membrane RANKL; by hand on T23, which cannot tell the two gains apart",
    )  # fmt: skip
    il6_gain = Param(
        0.0, "1", 0.0, 2.0, "Hofbauer1999", "measured", "IL-6 does not raise it", "human cells"
    )
    half_cytokine = Param(
        2.0, "pmol/L", 0.01, 10.0, "P45", "assumed", "only the ratio to the secretion matters"
    )


@kernel
def free_rankl(total, opg, affinity):
    """Return RANKL not bound to OPG, from one-to-one binding at equilibrium. [pmol/L]

    The smaller root of ``c^2 - (L + O + K) c + L O = 0`` is the complex; written so that no
    digits cancel.
    """
    span = total + opg + affinity
    bound = 2.0 * total * opg / (span + math.sqrt(span * span - 4.0 * total * opg))
    return total - bound


@kernel
def reaching(signals, tissue, z, y, x, membrane):
    """Return the free RANKL that reaches a cell at a voxel. [pmol/L]

    `membrane` [pmol/L] is what lining and stromal cells in touch with it show while marrow is
    calm. TNF-alpha and IL-1 raise that (Hofbauer 1999), and what calling osteocytes show
    (Marahleh 2019). Soluble RANKL comes on top; OPG takes its share of all.
    """
    raised = 1.0 + inflammation(signals, z, y, x, signals.affinity)
    shown = (membrane + tissue.membrane[z, y, x]) * raised
    total = sense(signals, signals.rankl, z, y, x) + shown
    return free_rankl(total, sense(signals, signals.opg, z, y, x), signals.affinity.opg_affinity)


@kernel
def occupancy(signals, tissue, z, y, x, membrane):
    """Return the share of RANK occupied on a cell at a voxel, see `reaching`. [1]"""
    free = reaching(signals, tissue, z, y, x, membrane)
    return free / (signals.affinity.rank_affinity + free)


@kernel
def most_shown(signals, nz, membrane):
    """Return the membrane RANKL that is nowhere above but where osteocytes call. [pmol/L]"""
    return membrane * (1.0 + most_inflammation(signals, nz, signals.affinity))


@kernel
def most_occupancy(signals, nz, shown):
    """Return what `occupancy` is nowhere above but where osteocytes call, OPG left aside. [1]

    `shown` [pmol/L] is what `most_shown` returns.
    """
    total = highest(signals, signals.rankl, nz) + shown
    return total / (signals.affinity.rank_affinity + total)


@kernel
def most_occupancy_at(signals, z, y, x, shown):
    """Return what `occupancy` is not above at a voxel where no osteocyte calls, see there. [1]"""
    total = sense(signals, signals.rankl, z, y, x) + shown
    return total / (signals.affinity.rank_affinity + total)
