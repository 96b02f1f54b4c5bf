"""What broke: how losses and rebuilt breaks of several architectures are pooled."""

import pandas as pd
import pytest

from remodel_abm.ensemble import losses
from remodel_abm.judgement import breaks

# By architecture: what each way lost [mm3]; and breaks, those that lasted, and the share of these
# that was rebuilt [%]; of the lasting the wide ones, and the share of these that was rebuilt [%].
LOST = {"usual": (0.6, 0.2, 0.0, 0.0), "sparse": (0.0, 0.1, 0.0, 0.1)}
REBUILT = {
    "usual": ((50, 30, 50.0, 6, 0.0), (4, 0, float("nan"), 0, float("nan"))),
    "sparse": ((10, 10, 10.0, 2, 50.0), (25, 20, 5.0, 0, float("nan"))),
}


@pytest.fixture
def table(monkeypatch):
    """Return the pooled table of two architectures that are known by name only."""

    def shares(name):
        ways = zip(losses.WAYS, LOST[name], strict=True)
        return pd.DataFrame(
            [{"arm": "menopause", "way": way, "volume": lost} for way, lost in ways]
        )

    def again(name):
        kinds = zip(losses.WAYS, REBUILT[name], strict=False)
        return pd.DataFrame(
            [("menopause", kind, *numbers) for kind, numbers in kinds],
            columns=["arm", "kind", "breaks", "lasting", "rebuilt", "wide", "wide_rebuilt"],
        )

    monkeypatch.setattr(losses, "loss_shares", shares)
    monkeypatch.setattr(losses, "rebuilt", again)
    return breaks.breaks(["usual", "sparse"])


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
    assert breaks.breaks(["usual", "sparse"])["share"].isna().all()
