"""What must emerge: coupling, its failure without growth factors, and what estrogen loss does.

Small sections and short spells; the pooled figures are in `test_ensemble.py` (slow).
"""

from dataclasses import replace

import pandas as pd
import pytest

from remodel_abm.measures.unit import site_table
from remodel_abm.model import Model
from remodel_abm.scenario import Scenario

DAYS = 900
READ = ("hormones", "bone_volume", "cell_counts", "markers", "signal_levels", "fronts")


def live(name="reference", seed=3, **changes):
    """Return a model of a small section after 900 days, most of them settling."""
    scenario = Scenario.load(
        name, bone={"shape": (1, 192, 192)}, settling=365.0, years=1.5, seed=seed, **changes
    )
    model = Model(replace(scenario, measures=READ))
    while model.tick < DAYS:
        model.step()
    model.close()
    return model


def refilled(model):
    """Return formed over resorbed volume of sites that opened long enough ago to be refilled."""
    sites = site_table(model.tissue, model.day)
    sites = sites[(sites["resorbed"] > 0) & (sites["opened"] < model.day - 250)]
    return sites["formed"].sum() / sites["resorbed"].sum()


def late(model, name):
    """Return the mean of a reading over the last 400 days, of several models their mean."""
    if isinstance(model, list):
        return sum(late(one, name) for one in model) / len(model)
    return model.record.wide()[name].dropna().loc[model.day - 400 :].mean()


def castrated(seed=3):
    early = [{"part": "oophorectomy", "day": 0.0}]
    return live("surgical-menopause", seed, schedule=early)


@pytest.fixture(scope="module")
def healthy():
    return live()


@pytest.fixture(scope="module")
def without_ovaries():
    return castrated()


@pytest.fixture(scope="module")
def many_healthy(healthy):
    return [healthy, *(live(seed=seed) for seed in range(4, 9))]


@pytest.fixture(scope="module")
def many_without_ovaries(without_ovaries):
    return [without_ovaries, *(castrated(seed) for seed in range(4, 9))]


def test_resorbed_bone_is_refilled_without_a_rule_that_says_so(healthy):
    assert refilled(healthy) > 0.6


def test_without_growth_factors_from_matrix_coupling_fails():
    alone = live(off=["M20", "M20b"])
    assert site_table(alone.tissue, alone.day)["resorbed"].sum() > 0
    assert refilled(alone) < 0.1


def test_sites_that_resorb_more_are_refilled_more(healthy, without_ovaries):
    both = []
    for model in (healthy, without_ovaries):
        sites = site_table(model.tissue, model.day)
        both.append(sites[(sites["resorbed"] > 0) & (sites["opened"] < model.day - 250)])
    pooled = pd.concat(both)
    assert len(pooled) > 10
    assert pooled["resorbed"].corr(pooled["formed"]) > 0.6


def test_estrogen_loss_raises_resorption_and_formation(many_healthy, many_without_ovaries):
    # Formation rises by half of what resorption does (T20), which one small section may not show.
    for name, fold in (("ctx", 1.2), ("n_oc", 1.2), ("p1np", 1.1), ("n_ob", 1.1)):
        assert late(many_without_ovaries, name) > fold * late(many_healthy, name), name


def test_estrogen_loss_shifts_every_signal_the_right_way(many_healthy, many_without_ovaries):
    for name in ("rankl", "rankl_opg", "tnf", "il1", "il6"):
        assert late(many_without_ovaries, name) > late(many_healthy, name), name
    assert late(many_without_ovaries, "opg") < late(many_healthy, "opg")


def test_the_osteocytes_that_live_on_without_estrogen_make_more_sclerostin(
    healthy, without_ovaries
):
    def of_each(model):
        return late(model, "sclerostin") / late(model, "n_osteocyte")

    assert of_each(without_ovaries) > 1.1 * of_each(healthy)


def test_estrogen_loss_kills_osteocytes_and_wakes_t_cells(healthy, without_ovaries):
    assert late(without_ovaries, "osteocyte_viability") < late(healthy, "osteocyte_viability")
    assert late(without_ovaries, "active_t_cells") > 1.5 * late(healthy, "active_t_cells")


def test_lining_cells_outlive_fast_turnover(without_ovaries):
    kinds = ("n_lining", "n_canopy")  # what has drawn back over a site comes to rest again
    first = sum(without_ovaries.record.wide()[kind].dropna().iloc[0] for kind in kinds)
    assert sum(late(without_ovaries, kind) for kind in kinds) > 0.7 * first


def test_no_bone_is_lost_or_made_but_by_cells():
    nobody = live(set={"osteocyte.half_life": 18262.0}, cells=["osteocyte"])
    course = nobody.record.wide()["bv_tv"]
    assert course.max() == pytest.approx(course.min(), abs=1e-12)


def test_a_resorption_front_travels_along_the_bone(without_ovaries):
    tracks = next(one for one in without_ovaries.measures if one.name == "fronts").memory["track"]
    spread = [
        abs(tracks[tracks[:, 0] == site, 2:] - tracks[tracks[:, 0] == site, 2:][0]).max()
        for site in set(tracks[:, 0])
    ]
    assert max(spread) > 80.0


def test_every_run_passes_its_own_audit(healthy, without_ovaries):
    for model in (healthy, without_ovaries):
        failed = [k for k, v in model.audit.report(model).items() if not v["passed"]]
        assert failed == []
