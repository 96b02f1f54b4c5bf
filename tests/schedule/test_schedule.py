"""The calendar as a whole: factors multiply, named values change and nothing else does."""

import numpy as np
import pytest

from remodel_abm.declare import InputError
from remodel_abm.ledger import parts
from remodel_abm.scenario import Scenario, values_of
from remodel_abm.schedule import YEAR, Influence, Life, Schedule
from remodel_abm.schedule.ageing import Ageing
from remodel_abm.schedule.loading import Loading

LIFE = Life(45.0, "female")
BASE = values_of(Scenario())


class Times(Influence):
    """Multiply one value."""

    acts_on = ("osteoclast.apoptosis_rate",)

    def effect(self, day, levels):
        return {self.acts_on[0]: self.given["by"]} if day >= self.given.get("from", 0.0) else {}


def schedule(*influences):
    return Schedule(list(influences), BASE)


def changed(today):
    return {
        f"{part}.{key}"
        for part, values in today.items()
        for key, value in values._asdict().items()
        if value != getattr(BASE[part], key)
    }


def test_without_influences_every_value_is_its_own():
    assert changed(schedule().today(0.0)) == set()


def test_factors_on_the_same_value_multiply():
    both = schedule(Times(None, {"by": 2.0}, LIFE), Times(None, {"by": 3.0}, LIFE))
    today = both.today(0.0)
    base = BASE["osteoclast"].apoptosis_rate
    assert today["osteoclast"].apoptosis_rate == pytest.approx(6.0 * base)
    assert both.factors == {"osteoclast.apoptosis_rate": 6.0}
    assert changed(today) == {"osteoclast.apoptosis_rate"}


def test_factors_do_not_build_up_from_day_to_day():
    twice = schedule(Times(None, {"by": 2.0}, LIFE))
    first = twice.today(0.0)["osteoclast"]
    assert twice.today(1.0)["osteoclast"] == first


def test_a_value_returns_when_its_influence_ends():
    load = Loading(None, {"start": 10.0, "stop": 20.0, "factor": 0.2}, LIFE)
    spell = schedule(load)
    course = [spell.today(day)["tissue"].load for day in (9.0, 10.0, 19.0, 20.0)]
    base = BASE["tissue"].load
    assert course == pytest.approx([base, 0.2 * base, 0.2 * base, base])
    assert spell.factors == {}


def test_the_calendar_has_no_memory():
    one = Times(None, {"by": 2.0, "from": 5.0}, LIFE)
    forth, jump = schedule(one), schedule(one)
    for day in range(10):
        forth.today(float(day))
    assert forth.today(7.0) == jump.today(7.0)
    assert forth.today(1.0) == schedule(one).today(1.0)


def test_hormones_are_touched_in_the_order_of_the_scenario():
    levels = []
    for order in (("ovary", "hormone_therapy"), ("hormone_therapy", "ovary")):
        settings = {"ovary": {"final_period": 0.0}}
        settings["hormone_therapy"] = {"start": 0.0, "stop": np.inf, "dose": 1.0}
        made = [parts()[name](BASE[name], settings[name], LIFE) for name in order]
        calendar = schedule(*made)
        calendar.today(30 * YEAR)
        levels.append(calendar.levels["estradiol"])
    assert levels[0] > levels[1]  # the ovary sets, what is taken adds


def test_an_unknown_value_is_refused_with_the_nearest_one():
    class Misspelt(Times):
        acts_on = ("osteoclast.apoptosis_rat",)

    with pytest.raises(InputError, match=r"did you mean 'osteoclast\.apoptosis_rate'\?"):
        schedule(Misspelt(None, {"by": 2.0}, LIFE))


def test_an_unknown_part_is_refused_with_the_nearest_one():
    class Misspelt(Times):
        acts_on = ("osteoclst.apoptosis_rate",)

    with pytest.raises(InputError, match=r"did you mean 'osteoclast"):
        schedule(Misspelt(None, {"by": 2.0}, LIFE))


# Ageing and load.


def ageing():
    return Ageing(BASE["ageing"], {}, LIFE)


def test_ageing_starts_with_the_story():
    for day in (-500.0, 0.0):
        assert ageing().effect(day, {}) == dict.fromkeys(Ageing.acts_on, 1.0)


def test_ageing_thins_walls_and_raises_sclerostin_and_fat():
    course = [ageing().effect(years * YEAR, {}) for years in (0, 10, 20, 40)]
    wall, sclerostin, fat = (np.array([day[name] for day in course]) for name in Ageing.acts_on)
    assert np.all(np.diff(wall) < 0)
    assert np.all(np.diff(sclerostin) > 0)
    assert np.all(np.diff(fat) > 0)


def test_osteoblasts_grow_duller_by_the_same_amount_every_year():
    name = "osteoblast.matrix_rate"
    lost = [1 - ageing().effect(years * YEAR, {})[name] for years in (0, 10, 20)]
    assert lost == pytest.approx([0.0, 10 * ageing().p.wall_loss, 20 * ageing().p.wall_loss])


def test_formation_is_not_lost_however_old_one_gets():
    assert ageing().effect(1000 * YEAR, {})["osteoblast.matrix_rate"] > 0


def test_ageing_and_estrogen_multiply_on_sclerostin():
    estrogen = parts()["estrogen"](BASE["estrogen"], {"in_osteocytes": 1.0}, LIFE)
    ovary = parts()["ovary"](BASE["ovary"], {"final_period": -30 * YEAR}, LIFE)
    day, name = 10 * YEAR, "sclerostin_secretion"
    alone = [schedule(ovary, estrogen), schedule(ageing())]
    shares = [getattr(one.today(day)["osteocyte"], name) for one in alone]
    together = getattr(schedule(ovary, estrogen, ageing()).today(day)["osteocyte"], name)
    assert together == pytest.approx(shares[0] * shares[1] / getattr(BASE["osteocyte"], name))


def test_load_acts_from_its_first_day_to_the_day_before_it_stops():
    spell = Loading(None, {"start": 100.0, "stop": 200.0, "factor": 0.1}, LIFE)
    assert spell.effect(99.9, {}) == {} == spell.effect(200.0, {})
    assert spell.effect(100.0, {}) == {"tissue.load": 0.1} == spell.effect(199.9, {})


def test_a_blockade_takes_its_share_of_a_cytokine_while_it_lasts():
    given = {"start": 100.0, "stop": 121.0, "tnf": 0.9, "il1": 0.0}
    etanercept = parts()["cytokine_blockade"](None, given, LIFE)
    assert etanercept.effect(99.0, {}) == {} == etanercept.effect(121.0, {})
    assert etanercept.effect(100.0, {}) == {
        "t_cell.tnf_secretion": pytest.approx(0.1),
        "t_cell.il1_secretion": 1.0,
    }
