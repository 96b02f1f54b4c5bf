"""What DXA, QCT and micro-CT would show."""

import math

from remodel_abm.judgement.arms import YEAR, Arm, ratio
from remodel_abm.judgement.observables import Arms, Target, beside, observable, place


def _lumbar(arm: Arm, start: float, stop: float) -> float:
    return arm.values["density.trabecular_weight"] * arm.change("bmd", start, stop)


@observable
def lumbar_dxa_change(arms, target):
    """Lumbar areal BMD: trabecular vBMD times one weight for all arms and drugs (P27). [%]

    Missing: the cortical shell and posterior elements, which DXA sees and the model has not.
    """
    return _lumbar(*place(arms, target))


@observable
def lumbar_dxa_rate(arms, target):
    """Lumbar areal BMD (P27) as mean change a year of the value at the start. [%/yr]"""
    arm, start, stop = place(arms, target)
    return _lumbar(arm, start, stop) / (stop - start)


@observable
def lumbar_areal_rate(arms, target):
    """Lumbar areal BMD from the mean of young women (P81), lost a year. [g/cm2/yr]"""
    arm, start, stop = place(arms, target)
    lost = _lumbar(arm, start, stop) / (stop - start) / 100.0
    return arm.values["density.young_mean"] * lost


@observable
def lumbar_dxa_excess(arms, target):
    """Change of lumbar areal BMD in one arm less that in another, from each one's event. [pp]"""
    arm, start, stop = place(arms, target)
    return _lumbar(arm, start, stop) - _lumbar(arms[target.against], start, stop)


@observable
def qct_change(arms, target):
    """Trabecular vBMD, as QCT of the spongiosa shows it. [%]

    Missing: marrow fat, which lowers what single-energy QCT reads.
    """
    arm, start, stop = place(arms, target)
    return arm.change("bmd", start, stop)


@observable
def qct_rate(arms, target):
    """Trabecular vBMD as mean change a year of the value at the start. [%/yr]"""
    arm, start, stop = place(arms, target)
    return arm.change("bmd", start, stop) / (stop - start)


@observable
def acceleration(arms, target):
    """Rate of vBMD in the window less that between year `given` and its start. [%/yr]"""
    arm, start, stop = place(arms, target)
    before = arm.change("bmd", target.given, start) / (start - target.given)
    return arm.change("bmd", start, stop) / (stop - start) - before


@observable
def loss_share(arms, target):
    """Part of the loss of vBMD over the window that falls before year `given`. [%]"""
    arm, start, stop = place(arms, target)
    whole = arm.at("bmd", start) - arm.at("bmd", stop)
    return 100.0 * ratio(arm.at("bmd", start) - arm.at("bmd", target.given), whole)


@observable
def share_of_loss(arms, target):
    """Loss of bone volume as part of the loss in another arm of the same bones and draws. [%]"""
    arm, start, stop = place(arms, target)
    whole = arms[target.against].change("bv_tv", start, stop)
    return 100.0 * arm.change("bv_tv", start, stop) / whole if whole < 0.0 else math.nan


@observable
def volume_beside(arms, target):
    """BV/TV beside another arm of the same bones and draws. [%]"""
    return 100.0 * (beside("bv_tv", arms, target) - 1.0)


@observable
def volume_change(arms, target):
    """BV/TV, as micro-CT shows it; osteoid counts as bone. [%]"""
    arm, start, stop = place(arms, target)
    return arm.change("bv_tv", start, stop)


@observable
def volume_rate(arms, target):
    """BV/TV as mean change a year of the value at the start. [%/yr]"""
    arm, start, stop = place(arms, target)
    return arm.change("bv_tv", start, stop) / (stop - start)


@observable
def trabecular_number_change(arms, target):
    """Tb.N from micro-CT morphometry. [%]"""
    arm, start, stop = place(arms, target)
    return arm.change("tb_n", start, stop)


@observable
def separation_change(arms, target):
    """Tb.Sp from micro-CT morphometry. [%]"""
    arm, start, stop = place(arms, target)
    return arm.change("tb_sp", start, stop)


@observable
def connectivity(arms, target):
    """Conn.D from micro-CT morphometry. [1/mm3]"""
    arm, start, stop = place(arms, target)
    return arm.mean("conn_d", start, stop)


@observable
def connectivity_change(arms, target):
    """Conn.D from micro-CT morphometry. [%]"""
    arm, start, stop = place(arms, target)
    return arm.change("conn_d", start, stop)


@observable
def plate_share(arms, target):
    """Perforations as part of all breaks within the window. [%]"""
    return _break_share(arms, target, "perforation")


@observable
def rod_share(arms, target):
    """Rods cut as part of all breaks within the window. [%]"""
    return _break_share(arms, target, "rod")


@observable
def island_share(arms, target):
    """Pieces cut loose as part of all breaks within the window. [%]"""
    return _break_share(arms, target, "island")


def _break_share(arms: Arms, target: Target, kind: str) -> float:
    arm, start, stop = place(arms, target)
    if not len(arm.breaks) or stop > arm.span[1]:
        return math.nan
    since = (arm.breaks["day"] - arm.event) / YEAR
    broken = arm.breaks[(since >= start) & (since <= stop)]
    counts = arm.share(broken)
    return 100.0 * ratio(float(counts @ (broken["kind"] == kind)), float(counts.sum()))
