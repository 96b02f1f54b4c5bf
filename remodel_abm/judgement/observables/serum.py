"""What serum would show: turnover markers."""

from remodel_abm.judgement.arms import YEAR, ratio
from remodel_abm.judgement.observables import beside, observable, percent, place

WITHDRAWAL_BASE = (-30.0 / YEAR, 0.0)  # yr: the last month on estradiol
BEFORE_THERAPY = (-0.5, 0.0)  # yr


@observable
def resorption_marker_change(arms, target):
    """CTX, as matrix that osteoclasts resorb, from the level before the story. [%]

    Missing: cortical bone, kidney and the time of day; markers other than CTX count as CTX.
    """
    arm, start, stop = place(arms, target)
    return percent(arm.mean("ctx", start, stop), arm.baseline("ctx"))


@observable
def formation_marker_change(arms, target):
    """P1NP, as matrix laid down, from the level before the story. [%]

    Missing as for CTX; osteocalcin and alkaline phosphatase count as P1NP.
    """
    arm, start, stop = place(arms, target)
    return percent(arm.mean("p1np", start, stop), arm.baseline("p1np"))


@observable
def resorption_marker_change_on(arms, target):
    """CTX on a therapy, from the half year before it. [%]"""
    arm, start, stop = place(arms, target)
    return percent(arm.mean("ctx", start, stop), arm.mean("ctx", *BEFORE_THERAPY))


@observable
def formation_marker_change_on(arms, target):
    """P1NP on a therapy, from the half year before it. [%]"""
    arm, start, stop = place(arms, target)
    return percent(arm.mean("p1np", start, stop), arm.mean("p1np", *BEFORE_THERAPY))


@observable
def p1np_beside(arms, target):
    """P1NP beside another arm of the same bones and draws. [%]"""
    return 100.0 * (beside("p1np", arms, target) - 1.0)


@observable
def resorption_rebound(arms, target):
    """CTX after a therapy, from its last month. [%]"""
    arm, start, stop = place(arms, target)
    return percent(arm.mean("ctx", start, stop), arm.mean("ctx", *WITHDRAWAL_BASE))


@observable
def formation_rebound(arms, target):
    """P1NP after a therapy, from its last month. [%]"""
    arm, start, stop = place(arms, target)
    return percent(arm.mean("p1np", start, stop), arm.mean("p1np", *WITHDRAWAL_BASE))


@observable
def volume_referent_resorption(arms, target):
    """Matrix resorbed a year per bone volume. [%/yr]"""
    arm, start, stop = place(arms, target)
    resorbed = arm.mean("brs_r", start, stop) * YEAR * 1e-9  # mm3 of mm3 of tissue a year
    return 1e4 * ratio(resorbed, arm.mean("bv_tv", start, stop))
