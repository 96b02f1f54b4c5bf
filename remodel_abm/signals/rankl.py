"""Soluble RANKL, and the affinities that turn RANKL and OPG into occupancy of RANK (M13).

Membrane RANKL does not spread (P40): cells in contact read it from the cell that shows it and
from `tissue.membrane`. OPG takes up both forms; the free share follows from the quadratic.
"""

import math

from remodel_abm.declare import Mechanism, Param
from remodel_abm.kernel import kernel
from remodel_abm.signals import Signal
from remodel_abm.signals.field import sense


class Rankl(Signal):
    """Receptor activator of NF-kB ligand, soluble form."""

    name = "rankl"
    mechanisms = (
        Mechanism("M13", "OPG is a decoy for RANKL", "Boyce2008", {"opg_affinity": 1e12}),
    )

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
def occupancy(signals, tissue, z, y, x, membrane):
    """Return the share of RANK occupied on a cell at a voxel. [1]

    `membrane` [pmol/L] is the RANKL shown to it by the cell that it touches, on top of soluble
    RANKL and of what dying osteocytes show there.
    """
    total = sense(signals, signals.rankl, z, y, x) + tissue.voxels["membrane"][z, y, x] + membrane
    free = free_rankl(total, sense(signals, signals.opg, z, y, x), signals.affinity.opg_affinity)
    return free / (signals.affinity.rank_affinity + free)
