"""Retraction: which lining cells RANKL makes draw back, mostly told without a look at it."""

from remodel_abm.kernel import kernel
from remodel_abm.rng import chance, decision, uniform
from remodel_abm.signals.rankl import most_occupancy, most_occupancy_at, most_shown, occupancy

_RETRACT = decision("lining_cell.retract")
# The best odds are found from other sums than a cell's own: rounding must not make them worse.
ROUNDED_UP = 1.0 + 2.0**-30


@kernel
def best_odds(tissue, signals, p, now):
    """Return the chances to be called today that are nowhere higher: in calm marrow, and at all.

    And the most that membranes show in calm marrow. [pmol/L]
    """
    shown = most_shown(signals, tissue.voxels.shape[0], p.membrane_rankl)
    most = most_occupancy(signals, tissue.voxels.shape[0], shown)
    return _at_most(most, p, now), chance(p.retraction_rate, now.dt), shown


@kernel
def _at_most(occupied, p, now):
    """Return the chance to be called today at a share of RANK occupied, or a rounding more. [1]"""
    return chance(_rate(occupied, p), now.dt) * ROUNDED_UP


@kernel
def _rate(occupied, p):
    """Return the hazard of drawing back at a share of RANK occupied. [1/d]"""
    driven = occupied**p.steepness
    return p.retraction_rate * driven / (driven + p.half_occupancy**p.steepness)


@kernel
def is_called(cells, i, tissue, signals, p, now, odds):
    """Tell whether RANKL makes it draw back today.

    The same draw is held against the best `odds` first, then against what its own RANKL leaves
    possible: most days it decides without a look at the rest.
    """
    z, y, x = cells["z"][i], cells["y"][i], cells["x"][i]
    lot = uniform(now.seed, _RETRACT, cells["id"][i], now.tick)
    in_calm, at_all, shown = odds
    if lot >= at_all:
        return False
    if tissue.membrane[z, y, x] <= 0.0 and (
        lot >= in_calm or lot >= _at_most(most_occupancy_at(signals, z, y, x, shown), p, now)
    ):
        return False
    occupied = occupancy(signals, tissue, z, y, x, p.membrane_rankl)
    return lot < chance(_rate(occupied, p), now.dt)
