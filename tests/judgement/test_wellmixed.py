"""The well-mixed limit: the agents' own values without space, and what it leaves out."""

from dataclasses import replace

import numpy as np
import pytest
from drawn_arms import drawn_arms

from remodel_abm.judgement import drawing, wellmixed
from remodel_abm.judgement.arms import trial
from remodel_abm.judgement.wellmixed import STATE, rates, signals, well_mixed
from remodel_abm.ledger import parameters
from remodel_abm.scenario import Scenario, values_of

TODAY = values_of(Scenario.load("reference"))


def short(name="surgical-menopause", **changes):
    plan = trial(name, small=True)
    return plan._replace(scenario=plan.scenario.with_(settling=100, years=1.0, **changes))


def resting():
    state = dict(zip(STATE, wellmixed._start(TODAY), strict=True))
    return state | {"active": 0.05 * state["t_cells"]}


@pytest.fixture(scope="module")
def surgical():
    return well_mixed(short())


def test_levels_are_those_that_the_ledger_says_its_secretion_gives():
    levels = signals(resting(), TODAY, 6e4)
    assert levels["tnf"] == pytest.approx(0.2, rel=0.2)  # "gives 0.2 pmol/L with estrogen"
    assert levels["sclerostin"] == pytest.approx(23.7, rel=0.1)  # women's serum


def test_what_is_switched_off_acts_nowhere():
    values = values_of(Scenario.load("reference", off=["M20"]))
    assert signals(resting(), values, 6e4)["tgf_beta"] == 0.0


def test_bone_is_what_was_formed_less_what_was_resorbed():
    state = np.array([resting()[name] for name in STATE])
    change, read = rates(state, TODAY)
    gained = (read["p1np"] - read["brs_r"]) * 1e-9
    assert change[STATE.index("bone")] == pytest.approx(gained)


def test_daughters_of_active_t_cells_rest_as_those_of_agents_do():
    state = np.array([resting()[name] for name in STATE])
    fast = dict(TODAY) | {"t_cell": TODAY["t_cell"]._replace(division_rate=0.2)}
    slow = dict(TODAY) | {"t_cell": TODAY["t_cell"]._replace(division_rate=0.0)}
    more, less = (rates(state, today)[0] for today in (fast, slow))
    assert more[STATE.index("active")] == less[STATE.index("active")]
    assert more[STATE.index("t_cells")] > less[STATE.index("t_cells")]


def test_cut_osteocytes_call_as_readily_as_the_ledger_says():
    state = np.array([(resting() | {"nuclei": 5.0})[name] for name in STATE])
    deaf = dict(TODAY) | {"osteocyte": TODAY["osteocyte"]._replace(severed_call_rate=0.0)}
    heard, unheard = (rates(state, today)[0][STATE.index("dying")] for today in (TODAY, deaf))
    assert heard > unheard


def test_resorption_needs_bare_surface():
    covered = resting() | {"opened": 0.0, "eroded": 0.0}
    _, read = rates(np.array([covered[name] for name in STATE]), TODAY)
    state = covered | {"reversal": 0.0}
    _, still = rates(np.array([state[name] for name in STATE]), TODAY)
    assert still["brs_r"] == pytest.approx(0.0, abs=1e-6)
    assert read["brs_r"] >= 0.0


def test_losing_estrogen_stirs_turnover_without_space_too(surgical):
    assert surgical.mean("tnf", 0.3, 0.7) > 1.5 * surgical.baseline("tnf")
    assert surgical.mean("sclerostin", 0.3, 0.7) > 1.2 * surgical.baseline("sclerostin")
    assert surgical.mean("n_oc_bs", 0.3, 0.7) > surgical.baseline("n_oc_bs")


def test_freed_tgf_beta_is_spread_too_thin_to_call(surgical):
    # At a site it reaches its half effect; one level for all the marrow does not.
    half = parameters()["preosteoblast.half_tgf"].value
    assert surgical.baseline("tgf_beta") < half


def test_the_figure_sets_three_models_side_by_side(surgical):
    agents = drawn_arms()["menopause"]
    found = drawing.space(agents, replace(surgical, name="menopause"), True)
    assert [len(axes.lines) - 1 for axes in found.axes] == [3, 3, 1, 3]
    assert [text.get_text() for text in found.legends[0].get_texts()] == [
        "agents in space", "the same rules, well mixed", "two equations",
    ]  # fmt: skip
