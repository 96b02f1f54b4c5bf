"""RANKL: binding by OPG, and what cytokines add to the RANKL that stromal cells show."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remodel_abm.model import Model
from remodel_abm.scenario import Scenario
from remodel_abm.signals.field import sense
from remodel_abm.signals.inflammation import inflammation
from remodel_abm.signals.rankl import free_rankl, occupancy, reaching

LEVEL = st.floats(1e-3, 1e3)
MANY = {"t_cell.density": 1000.0, "t_cell.arrival_rate": 20.0, "t_cell.activation_rate": 0.05}


def marrow(**changes):
    """Return signals, tissue and a place in the marrow of a small section after three days."""
    scenario = Scenario.load("reference", seed=2, bone={"shape": (1, 64, 64)}, **changes)
    model = Model(scenario)
    for _ in range(3):
        model.step()
    layers = model.tissue.layers
    place = tuple(np.argwhere(model.tissue.matrix == 0.0)[0].tolist())
    model.close()
    return model.signals.fields, layers, place


@settings(deadline=None)  # the first call compiles
@given(LEVEL, LEVEL, LEVEL)
def test_what_is_free_obeys_the_law_of_mass_action(total, opg, affinity):
    free = free_rankl(total, opg, affinity)
    bound = opg * free / (affinity + free)
    assert 0.0 < free <= total
    assert total == pytest.approx(free + bound, rel=1e-6)


def test_without_opg_all_rankl_is_free():
    assert free_rankl(3.0, 0.0, 18.0) == 3.0


def test_tnf_and_il1_raise_what_stromal_cells_show_and_il6_does_not():
    fields, layers, place = marrow(set=MANY)
    gains = fields.affinity
    tnf, il1 = (sense(fields, which, *place) for which in (fields.tnf, fields.il1))
    half = gains.half_cytokine
    expected = gains.tnf_gain * tnf / (half + tnf) + gains.il1_gain * il1 / (half + il1)
    assert tnf > 0.0 and il1 > 0.0
    assert inflammation(fields, *place, gains) == pytest.approx(expected, rel=1e-12)
    calm, *_ = marrow(set=MANY, off=["M12"])
    assert inflammation(calm, *place, calm.affinity) == 0.0
    assert reaching(fields, layers, *place, 2.0) > reaching(calm, layers, *place, 2.0)


def test_occupancy_is_half_where_free_rankl_equals_the_affinity():
    fields, layers, place = marrow(set={"rankl.opg_affinity": 1000.0})
    low, high = 0.0, 1e4
    while high - low > 1e-9:
        middle = 0.5 * (low + high)
        reached = reaching(fields, layers, *place, middle)
        low, high = (middle, high) if reached < fields.affinity.rank_affinity else (low, middle)
    assert occupancy(fields, layers, *place, low) == pytest.approx(0.5, rel=1e-6)
