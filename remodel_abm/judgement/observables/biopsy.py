"""What a bone biopsy would show: remodeling units, surfaces, cells, signals."""

import math

from remodel_abm.judgement.arms import Arm, ratio
from remodel_abm.judgement.observables import Arms, Target, beside, observable, percent, place, twin


@observable
def activation_frequency(arms, target):
    """Ac.f: surface newly eroded a year as part of all surface. [1/yr]

    A biopsy derives it from labels and wall thickness instead.
    """
    return _mean("ac_f", arms, target)


@observable
def activation_fold(arms, target):
    """Ac.f as a fold of the level before the story. [1]

    A reading counts the surface eroded in the year before it and stands for the middle of that year
    (`arms.LATE`); labels show some weeks.
    """
    return _fold("ac_f", arms, target)


@observable
def activation_change(arms, target):
    """Ac.f, change over the window. [%]"""
    arm, start, stop = place(arms, target)
    return arm.change("ac_f", start, stop)


@observable
def erosion_depth(arms, target):
    """E.De, final: how deep the floor of the sites refilled within the window lay. [um]

    A biopsy measures it where pre-osteoblasts line a cavity (Eriksen 1984), so arrested sites,
    which are shallower, have none.
    """
    return _depth(*place(arms, target))


@observable
def clast_depth(arms, target):
    """The part of E.De that osteoclasts resorbed, before reversal cells finished it. [um]"""
    spot = place(arms, target)
    return _depth(*spot) * _of_sites(*spot, "clast_resorbed", "resorbed")


@observable
def wall_thickness(arms, target):
    """W.Th: E.De and balance of the same sites together. [um]"""
    return _wall(*place(arms, target))


@observable
def balance(arms, target):
    """W.Th - E.De: volume formed less volume resorbed over area eroded, of the same sites. [um]"""
    return _balance(*place(arms, target))


@observable
def wall_thickness_rate(arms, target):
    """W.Th of the second half of the window less that of the first, a year. [um/yr]

    Less what it is in an arm of the same bones: walls of a bone that was drawn, not grown, thicken
    for years while it settles.
    """
    arm, start, stop = place(arms, target)
    half, other = (stop - start) / 2.0, twin(arms, target)
    if other is None:
        return math.nan
    early, late = (
        _wall(arm, year, year + half) - _wall(other, year, year + half)
        for year in (start, start + half)
    )
    return (late - early) / half


@observable
def erosion_depth_change(arms, target):
    """E.De of the year before the end of the window against the year before its start. [%]"""
    arm, start, stop = place(arms, target)
    first, last = (_depth(arm, year - 1.0, year) for year in (start, stop))
    return percent(last, first)


@observable
def resorption_period(arms, target):
    """Rs.P: from erosion to the first osteoid at a place, mean of refilled sites. [d]"""
    return _mean("rs_p", arms, target)


@observable
def formation_period(arms, target):
    """FP: from first to last osteoid at a place, mean of refilled sites. [d]"""
    return _mean("fp", arms, target)


@observable
def apposition_rate(arms, target):
    """MAR: distance between two virtual labels. [um/d]"""
    return _mean("mar", arms, target)


@observable
def formation_rate_change(arms, target):
    """BFR/BS from virtual labels, half years round both ends of the window. [%]"""
    arm, start, stop = place(arms, target)
    return arm.change("bfr_bs", start, stop)


@observable
def eroded_surface(arms, target):
    """ES/BS, counted by faces of voxels. [%]"""
    return _mean("es_bs", arms, target)


@observable
def mineralising_surface(arms, target):
    """MS/BS from virtual labels. [%]"""
    return _mean("ms_bs", arms, target)


@observable
def clast_number_fold(arms, target):
    """Osteoclasts per surface as a fold of the level before the story. [1]

    Cultures count what marrow can form; the tissue what it needed.
    """
    return _fold("n_oc_bs", arms, target)


@observable
def stromal_rankl_fold(arms, target):
    """RANKL that a stromal cell shows as a fold of the level before the story. [1]

    Estrogen's own part (M02) times what TNF-alpha and IL-1 add (M12), at their mean levels.
    """
    arm, start, stop = place(arms, target)
    given = arm.values.get
    nothing = math.nan

    def shown(level):
        lost = 1.0 - level("estrogen_signal")
        half = given("rankl.half_cytokine", nothing)
        added = sum(
            given(f"rankl.{name}_gain", nothing) * ratio(level(name), half + level(name))
            for name in ("tnf", "il1")
        )
        return (1.0 + (given("estrogen.rankl_fold", nothing) - 1.0) * lost) * (1.0 + added)

    return ratio(shown(lambda name: arm.mean(name, start, stop)), shown(arm.baseline))


@observable
def tnf_fold(arms, target):
    """TNF-alpha in the marrow as a fold of the level before the story. [1]"""
    return _fold("tnf", arms, target)


@observable
def sclerostin_beside(arms, target):
    """Sclerostin in bone as a fold of that in another arm of the same bones and draws. [1]"""
    return beside("sclerostin", arms, target)


@observable
def formation_beside(arms, target):
    """BFR/BS beside another arm of the same bones and draws. [%]"""
    return 100.0 * (beside("bfr_bs", arms, target) - 1.0)


@observable
def sclerostin_on_estradiol(arms, target):
    """Sclerostin in bone on estradiol, from the half year before the story. [%]

    Trials read it in serum.
    """
    return 100.0 * (_fold("sclerostin", arms, target) - 1.0)


@observable
def osteocyte_death_excess(arms, target):
    """Loss of osteocyte viability over the window beyond that in another arm. [pp]"""
    arm, start, stop = place(arms, target)

    def lost(one):
        return one.at("osteocyte_viability", start) - one.at("osteocyte_viability", stop)

    return lost(arm) - lost(arms[target.against])


@observable
def marrow_fat_change(arms, target):
    """Adipocyte volume per marrow volume. [%]"""
    arm, start, stop = place(arms, target)
    return arm.change("marrow_fat", start, stop)


def _mean(name: str, arms: Arms, target: Target) -> float:
    arm, start, stop = place(arms, target)
    return arm.mean(name, start, stop)


def _fold(name: str, arms: Arms, target: Target) -> float:
    arm, start, stop = place(arms, target)
    return ratio(arm.mean(name, start, stop), arm.baseline(name))


def _depth(arm: Arm, start: float, stop: float) -> float:
    return _of_sites(arm, start, stop, "floor_depth", "floor")


def _balance(arm: Arm, start: float, stop: float) -> float:
    formed, resorbed = (
        _of_sites(arm, start, stop, name, "area") for name in ("formed", "resorbed")
    )
    return formed - resorbed


def _wall(arm: Arm, start: float, stop: float) -> float:
    return _depth(arm, start, stop) + _balance(arm, start, stop)


def _of_sites(arm: Arm, start: float, stop: float, column: str, divisor: str) -> float:
    """Return a sum over the refilled sites of all runs by another."""
    sites = arm.refilled_sites(start, stop)
    if not len(sites):
        return math.nan
    counts = arm.share(sites)
    return ratio(float(counts @ sites[column]), float(counts @ sites[divisor]))
