"""What TNF-alpha, IL-1 and IL-6 do together to a cell that senses them (M12)."""

from remodel_abm.kernel import kernel
from remodel_abm.signals.field import highest, sense


@kernel
def inflammation(signals, z, y, x, p):
    """Return the joint drive of the three cytokines at a voxel, see `joint_drive`. [1]"""
    tnf, il1 = sense(signals, signals.tnf, z, y, x), sense(signals, signals.il1, z, y, x)
    return joint_drive(tnf, il1, sense(signals, signals.il6, z, y, x), p)


@kernel
def most_inflammation(signals, nz, p):
    """Return what `inflammation` is nowhere above, in a tissue of `nz` voxels along z. [1]"""
    tnf, il1 = highest(signals, signals.tnf, nz), highest(signals, signals.il1, nz)
    return joint_drive(tnf, il1, highest(signals, signals.il6, nz), p)


@kernel
def joint_drive(tnf, il1, il6, p):
    """Return the sum of ``gain c / (half_cytokine + c)``, with the gains among `p`. [1]"""
    half = p.half_cytokine
    return (
        p.tnf_gain * tnf / (half + tnf)
        + p.il1_gain * il1 / (half + il1)
        + p.il6_gain * il6 / (half + il6)
    )
