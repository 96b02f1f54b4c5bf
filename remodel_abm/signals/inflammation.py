"""What TNF-alpha, IL-1 and IL-6 do together to a cell that senses them (M12)."""

from remodel_abm.kernel import kernel
from remodel_abm.signals.field import sense


@kernel
def inflammation(signals, z, y, x, p):
    """Return the joint drive of the three cytokines at a voxel. [1]

    The sum of ``gain c / (half_cytokine + c)``, with the gains among the values `p`.
    """
    tnf, il1 = sense(signals, signals.tnf, z, y, x), sense(signals, signals.il1, z, y, x)
    il6 = sense(signals, signals.il6, z, y, x)
    half = p.half_cytokine
    return (
        p.tnf_gain * tnf / (half + tnf)
        + p.il1_gain * il1 / (half + il1)
        + p.il6_gain * il6 / (half + il6)
    )
