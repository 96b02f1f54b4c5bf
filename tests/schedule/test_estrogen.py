"""What estradiol does: one signal, a factor on each named value, a switch for each mechanism."""

import numpy as np
import pytest

from remodel_abm import ledger
from remodel_abm.scenario import Scenario, law, laws, values_of
from remodel_abm.schedule import Life
from remodel_abm.schedule.estrogen import Estrogen

LEVELS = np.linspace(0.0, 400.0, 81)
NONE, USUAL = 0.0, values_of(Scenario())["estrogen"].reference

RANKL = {
    "lining_cell.membrane_rankl", "lining_cell.rankl_secretion", "preosteoblast.rankl_secretion",
    "t_cell.rankl_secretion", "osteoclast_precursor.contact_rankl", "osteoclast.contact_rankl",
    "osteocyte.rankl_secretion",
}  # fmt: skip
OPG = {"osteocyte.opg_secretion", "osteoblast.opg_secretion", "preosteoblast.opg_secretion"}
# What each mechanism acts on, and whether its value rises when estradiol falls.
ACTS = {
    "M01": ({"osteoclast.apoptosis_rate"}, False),
    "M02": (RANKL, True),
    "M03": (OPG, False),
    "M04": ({"osteoclast_precursor.commitment_rate"}, True),
    "M06": ({"osteoblast.apoptosis_rate"}, True),
    "M07": ({"osteocyte.sclerostin_secretion"}, True),
    "M08": ({"mesenchymal_stem_cell.adipocyte_share"}, True),
    "M09": ({"osteocyte.death_factor"}, True),
    "M11": ({"t_cell.activation_rate"}, True),
}


def estrogen(off=(), in_osteocytes=1.0, **changed):
    values = values_of(Scenario().with_(off=list(off)))["estrogen"]
    given = {"in_osteocytes": in_osteocytes}
    return Estrogen(values._replace(**changed), given, Life(45.0, "female"))


def factors(level, part=None):
    return (part or estrogen()).effect(0.0, {"estradiol": level})


def test_every_factor_is_one_at_the_reference():
    assert factors(USUAL) == pytest.approx(dict.fromkeys(Estrogen.acts_on, 1.0))


def test_osteocytes_without_the_receptor_live_as_after_menopause_and_no_other_cell():
    blind = estrogen(in_osteocytes=0.0)
    at_any = [factors(level, blind) for level in (NONE, USUAL)]
    for name in Estrogen.acts_on:
        if name.startswith("osteocyte."):
            assert at_any[0][name] == at_any[1][name] == pytest.approx(factors(NONE)[name])
        else:
            assert at_any[1][name] == pytest.approx(1.0)


def test_without_an_estradiol_level_nothing_changes():
    assert estrogen().effect(0.0, {}) == pytest.approx(dict.fromkeys(Estrogen.acts_on, 1.0))


def test_the_mechanisms_cover_all_that_estrogen_acts_on():
    assert set().union(*(names for names, _ in ACTS.values())) == set(Estrogen.acts_on)
    assert {one.id for one in Estrogen.mechanisms} == {*ACTS, "M11b", "M15"}


@pytest.mark.parametrize("mechanism", sorted(ACTS))
def test_a_factor_moves_one_way_with_estradiol_and_stays_positive(mechanism):
    names, rises = ACTS[mechanism]
    for name in names:
        course = np.array([factors(level)[name] for level in LEVELS])
        assert np.all(course > 0)
        # T cells are calm with what they are used to, and no calmer with more.
        known = course if mechanism != "M11" else course[LEVELS <= USUAL]
        change = np.diff(known)
        assert np.all(change < 0) if rises else np.all(change > 0)


@pytest.mark.parametrize("mechanism", sorted(ACTS))
def test_a_switch_neutralises_exactly_its_own_factors(mechanism):
    names, _ = ACTS[mechanism]
    on, off = factors(NONE), factors(NONE, estrogen([mechanism]))
    for name in Estrogen.acts_on:
        assert off[name] == (pytest.approx(1.0) if name in names else on[name])
        assert name not in names or abs(on[name] - 1.0) > 0.01


def test_without_er_beta_the_signal_is_that_of_er_alpha_alone():
    part = estrogen(["M15"])
    p = part.p
    for level in (10.0, 54.0, 120.0, 300.0):

        def alpha(x):
            return x**p.steepness / (x**p.steepness + p.half_effect**p.steepness)

        assert part.signal(level) == pytest.approx(alpha(level) / alpha(p.reference))


def test_er_beta_carries_a_minor_part():
    with_it, without = estrogen(), estrogen(["M15"])
    assert with_it.p.beta_share <= 0.2  # M15
    lost = [1 - part.signal(54.0) for part in (with_it, without)]
    assert abs(lost[0] - lost[1]) < 0.2


def test_the_signal_is_none_without_estradiol_and_one_at_the_reference():
    part = estrogen()
    assert part.signal(0.0) == 0.0
    assert part.signal(part.p.reference) == pytest.approx(1.0)
    assert np.all(np.diff([part.signal(level) for level in LEVELS]) > 0)


def test_the_signal_saturates():
    part = estrogen()
    gain = np.diff([part.signal(level) for level in (54.0, 237.0, 420.0)])
    assert gain[1] < 0.5 * gain[0]  # M17: resorption falls alike over 1-4 mg


def test_menopause_takes_away_a_quarter_to_most_of_the_signal():
    lost = 1 - estrogen().signal(77.0)  # science basis, section 1: 237 to 77 pmol/L
    assert 0.2 < lost < 0.9


def test_osteoclasts_die_two_to_three_times_as_fast_with_estrogen():
    name = "osteoclast.apoptosis_rate"
    assert 2.0 <= factors(USUAL)[name] / factors(NONE)[name] <= 3.0  # M01, Hughes 1996


@pytest.mark.parametrize("name", sorted(RANKL - {"osteocyte.rankl_secretion"}))
def test_cells_show_more_rankl_without_estrogen_and_leave_room_for_cytokines(name):
    # M02: two to three times as much in women, of which TNF-alpha and IL-1 add a part (M12).
    assert 1.0 < factors(NONE)[name] <= 3.0


def test_the_gain_in_rankl_is_larger_in_lining_cells_than_in_osteocytes():
    found = factors(NONE)
    assert found["lining_cell.membrane_rankl"] > found["osteocyte.rankl_secretion"] > 1.0  # M02b


@pytest.mark.parametrize("name", sorted(OPG))
def test_opg_falls_by_no_more_than_half_without_estrogen(name):
    assert 1.3 <= 1 / factors(NONE)[name] <= 2.0  # M03


def test_treatment_lowers_sclerostin_by_about_27_percent():
    late = values_of(Scenario.load("menopause"))["ovary"].postmenopausal
    dose = values_of(Scenario.load("hormone-therapy"))["hormone_therapy"].level_per_dose
    untreated, treated = (
        factors(level)["osteocyte.sclerostin_secretion"] for level in (late, late + dose)
    )
    fall = 1 - treated / untreated
    assert fall == pytest.approx(0.27, abs=0.0675)  # M07; what T25 accepts


def test_osteoblasts_lose_no_more_than_15_percent():
    assert 1.0 < factors(NONE)["osteoblast.apoptosis_rate"] <= 1.15  # M06


def test_a_folding_switch_is_the_same_as_a_fold_of_one():
    for switch in ledger.mechanisms().values():
        if switch.parts != ("estrogen",) or switch.id == "M15":
            continue
        neutral = {name.split(".")[1]: value for name, value in switch.neutral_by_name.items()}
        assert factors(54.0, estrogen([switch.id])) == factors(54.0, estrogen(**neutral))


def test_the_signal_of_the_day_is_left_for_measures_to_read():
    levels = {"estradiol": 54.0}
    estrogen().effect(0.0, levels)
    assert levels["estrogen_signal"] == pytest.approx(estrogen().signal(54.0))


def test_bone_of_a_young_man_answers_to_estradiol_as_that_of_a_young_woman():
    women, men = (values_of(Scenario.load(n))["estrogen"] for n in ("reference", "male-ageing"))
    youth = values_of(Scenario.load("male-ageing"))["testis"].young_estradiol
    for value in ("half_effect", "beta_half_effect"):
        of_women = getattr(women, value) / women.reference
        assert getattr(men, value) / youth == pytest.approx(of_women, rel=0.02), value
    assert Estrogen(men, {"in_osteocytes": 1.0}, Life(20.0, "male")).signal(youth) == 1.0


def test_men_lose_more_below_the_threshold_than_above():
    values = values_of(Scenario.load("male-ageing"))["estrogen"]
    part = Estrogen(values, {"in_osteocytes": 1.0}, Life(60.0, "male"))
    above, below = part.signal(60.0) - part.signal(50.0), part.signal(40.0) - part.signal(30.0)
    assert below > above  # T101, Khosla 2001


OVARIES_OUT = [
    {"part": "ovary"}, {"part": "oophorectomy", "day": 0.0}, {"part": "estrogen"},
]  # fmt: skip


def stirred(days, off=(), schedule=OVARIES_OUT):
    """Return how much more readily T cells become active on these days."""
    calendar = law(Scenario(age=45.0, schedule=(), off=()).with_(off=list(off), schedule=schedule))
    found = []
    for day in days:
        calendar.today(day)
        found.append(calendar.factors["t_cell.activation_rate"])
    return np.array(found)


def test_t_cells_get_used_to_the_loss_of_estradiol_and_not_without_m11b():
    days = [-400.0, 20.0, 4 * 365.25, 15 * 365.25]
    before, soon, later, late = stirred(days)
    assert before == pytest.approx(1.0)
    assert soon > 3.0
    assert 1.5 < later < soon - 1.0
    assert late - before < 0.15 * (soon - before)  # nine tenths fade
    kept = stirred(days, ["M11b"])
    assert kept[1:] == pytest.approx(soon, rel=0.02)


def test_what_t_cells_are_used_to_is_the_same_in_whatever_order_days_are_asked_for():
    days = np.arange(-700.0, 3000.0, 97.0)
    assert np.array_equal(stirred(days), stirred(days[::-1])[::-1])


def test_estradiol_from_outside_calms_t_cells_and_its_end_stirs_them_anew():
    therapy = {"part": "hormone_therapy", "start": 2922.0, "stop": 4748.0, "dose": 1.0}
    before, on, stopped = stirred(
        [2920.0, 4700.0, 4800.0], schedule=[*OVARIES_OUT[:2], therapy, OVARIES_OUT[2]]
    )
    assert on == pytest.approx(1.0, abs=0.05)
    assert stopped > before + 1.0


def test_t_cells_are_used_to_what_was_lived_before_a_change_of_the_scenario():
    ovaries_kept = [OVARIES_OUT[0], OVARIES_OUT[2]]
    story = {"age": 45.0, "schedule": ovaries_kept, "years": 10}
    changed = Scenario(schedule=(), off=()).with_(
        **story, change=[{"day": 3000.0, "schedule": OVARIES_OUT}]
    )
    *_, after = laws(changed)
    after.today(3020.0)
    lost = after.factors["t_cell.activation_rate"]
    soon, used_to_it = stirred([20.0, 3020.0])
    assert lost == pytest.approx(soon, rel=0.05)
    assert used_to_it < lost - 1.0
