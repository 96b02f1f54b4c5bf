"""What broke: how losses and rebuilt breaks of several architectures are pooled."""

from types import SimpleNamespace

import pandas as pd
import pytest

from remodel_abm import Scenario
from remodel_abm.ensemble import losses
from remodel_abm.judgement import breaks
from remodel_abm.judgement.arms import trial

# By architecture: what each way lost [mm3]; and breaks, those that lasted, and the share of these
# that was rebuilt [%]; of the lasting the wide ones, and the share of these that was rebuilt [%].
LOST = {"usual": (0.6, 0.2, 0.0, 0.0), "sparse": (0.0, 0.1, 0.0, 0.1)}
REBUILT = {
    "usual": ((50, 30, 50.0, 6, 0.0), (4, 0, float("nan"), 0, float("nan"))),
    "sparse": ((10, 10, 10.0, 2, 50.0), (25, 20, 5.0, 0, float("nan"))),
}


def architecture(name, **scenarios):
    return SimpleNamespace(name=name, scenarios=scenarios)


def pictures_on(monkeypatch, *days):
    monkeypatch.setattr(breaks, "common_days", lambda *_: list(days))


BOTH = [architecture("usual"), architecture("sparse")]


@pytest.fixture
def table(monkeypatch):
    """Return the pooled table of two architectures that are known by name only."""

    def shares(ensemble):
        ways = zip(losses.WAYS, LOST[ensemble.name], strict=True)
        return pd.DataFrame(
            [{"arm": "menopause", "way": way, "volume": lost} for way, lost in ways]
        )

    def again(ensemble, between=None):
        kinds = zip(losses.WAYS, REBUILT[ensemble.name] if between is None else (), strict=False)
        return pd.DataFrame(
            [("menopause", kind, *numbers) for kind, numbers in kinds],
            columns=["arm", "kind", "breaks", "lasting", "rebuilt", "wide", "wide_rebuilt"],
        )

    monkeypatch.setattr(losses, "loss_shares", shares)
    monkeypatch.setattr(losses, "rebuilt", again)
    return breaks.breaks(BOTH)


def test_losses_add_up_over_architectures(table):
    by_way = table.set_index("way")
    assert by_way["lost"].to_dict() == pytest.approx(
        {"perforation": 0.6, "rod": 0.3, "island": 0.0, "thinning": 0.1}
    )
    assert by_way.loc["perforation", "share"] == pytest.approx(60.0)
    assert by_way["share"].sum() == pytest.approx(100.0)


def test_rebuilt_breaks_count_by_the_number_that_lasted(table):
    by_way = table.set_index("way")
    assert by_way["breaks"].dropna().to_dict() == {"perforation": 60, "rod": 29}
    assert by_way["lasting"].dropna().to_dict() == {"perforation": 40, "rod": 20}
    assert by_way.loc["perforation", "rebuilt"] == pytest.approx(40.0)
    assert by_way.loc["rod", "rebuilt"] == pytest.approx(5.0)
    assert by_way["wide"].dropna().to_dict() == {"perforation": 8, "rod": 0}
    assert by_way.loc["perforation", "wide_rebuilt"] == pytest.approx(12.5)


def test_the_sentence_names_both_kinds_and_is_empty_where_nothing_broke(table):
    sentence = breaks.told(table)
    assert sentence.endswith(
        "of 40 perforations 40 % (of the 8 wider than 80 um 12 %), of 20 cut rods 5 %"
    )
    assert breaks.told(table.assign(rebuilt=float("nan"))) == ""


def test_bone_that_was_gained_has_no_share_of_loss(monkeypatch, table):
    gained = {name: tuple(-lost for lost in rows) for name, rows in LOST.items()}
    for name in gained:
        monkeypatch.setitem(LOST, name, gained[name])
    assert breaks.breaks(BOTH)["share"].isna().all()


def test_what_therapy_rebuilds_is_told_between_its_last_pictures(monkeypatch):
    pictures_on(monkeypatch, 0, 1096, 2558, 2922, 3652, 4018)
    plan = trial("late-hormone-therapy").scenario  # estradiol from day 2776 to day 3872
    found = breaks._treated(architecture("usual", late=plan, menopause=Scenario.load("menopause")))
    assert found == {"late": (2558, 3652)}


def test_therapy_without_pictures_on_both_sides_tells_nothing_of_breaks(monkeypatch):
    plan = trial("late-hormone-therapy").scenario
    for days in ((0, 4018), (2922, 3652), (100, 3652), ()):
        pictures_on(monkeypatch, *days)
        assert breaks._treated(architecture("usual", late=plan)) == {}


def test_the_sentence_tells_what_therapy_rebuilt_beside_what_time_did(table):
    treated = table.dropna(subset="rebuilt").assign(arm=f"late-hormone-therapy{breaks.TREATED}")
    sentence = breaks.told(pd.concat([table, treated]))
    assert sentence.count("of 40 perforations 40 %") == 2
    assert "; within three years of late hormone therapy of 40 perforations" in sentence
