"""The scoreboard on drawn arms: verdicts, counts, null models beside it, one page, figures."""

import re

import numpy as np
import pandas as pd
import pytest
from drawn_arms import drawn_arms

from remodel_abm.declare import InputError
from remodel_abm.judgement import books, breaks, campaign, drawing, page, scoreboard
from remodel_abm.judgement.scoreboard import MET, MISSED
from remodel_abm.judgement.targets import targets
from remodel_abm.measures.morphometry import separation
from remodel_abm.tissue.trabeculae import generate


@pytest.fixture(scope="module")
def arms():
    return drawn_arms()


@pytest.fixture(scope="module")
def board(arms):
    return scoreboard.score(arms).set_index("id", drop=False)


@pytest.fixture(scope="module")
def tissue(arms):
    columns = {"runs": 3, "seeds": 3, "architectures": 1, "bone_surface": 12.3,
               "tissue_volume": 1.0, "hours": 0.2, "failed_audits": 0}  # fmt: skip
    return pd.DataFrame({"arm": list(arms)}).assign(**columns)


def test_every_target_has_a_row(board):
    assert list(board["id"]) == list(targets())


def test_a_row_is_met_where_its_prediction_is_accepted(board):
    judged = board[board["verdict"].isin([MET, MISSED])]
    assert len(judged) > 15
    for row in judged.itertuples():
        assert (row.verdict == MET) == targets()[row.id].accepts(row.predicted), row.id


def test_a_withheld_value_is_predicted_and_not_judged(board):
    row = board.loc["T06.none"]
    assert row["verdict"] == "not judged here"
    assert row["predicted"] < 0.0
    assert np.isnan(row[["measured", "low", "high", "z"]].astype(float)).all()
    assert not set(board.loc[[one.id for one in targets().values() if one.withheld], "verdict"]) - {
        "not judged here"
    }


@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        ("T66.ls2", "no scenario yet"),
        ("T61.th", "not in the model"),
        ("T28", "input"),
        ("T23.control", "not run"),
        ("T02.15yr", "not reached"),
    ],
)
def test_a_row_that_is_not_judged_says_why(board, name, verdict):
    assert board.loc[name, "verdict"] == verdict


def test_the_band_of_a_prediction_holds_it(board):
    rows = board[board["predicted_low"].notna()]
    assert len(rows) > 10
    assert (rows["predicted_low"] <= rows["predicted"] + 1e-9).mean() > 0.9
    assert (rows["predicted_high"] >= rows["predicted"] - 1e-9).mean() > 0.9


def test_the_same_arms_give_the_same_scoreboard(arms, board):
    again = scoreboard.score(arms).set_index("id", drop=False)
    assert again.equals(board)


def test_null_models_stand_beside_every_judged_row(board):
    judged = board[board["verdict"].isin([MET, MISSED])]
    assert judged["unchanged"].notna().all()
    assert set(judged["equations_verdict"]) == {MET, MISSED}
    assert judged.loc["T11.e_de", "unchanged"] == 46.9
    assert np.isnan(judged.loc["T11.e_de", "equations"])


def test_the_last_line_counts_what_is_met(board):
    counts = scoreboard.summary(board)
    held = board[(board["kind"] == "held out") & board["verdict"].isin([MET, MISSED])]
    met = int((held["verdict"] == MET).sum())
    line = scoreboard.last_line(counts)
    assert f"; met {met} of {len(held)} held-out targets (" in line
    assert line.startswith(f"{len(targets())} rows: ")
    assert counts["held_out_judged"] == len(held)
    assert counts["sign_right"] <= counts["sign_known"] <= len(held)


def test_held_out_rows_are_counted_without_therapy_too(board):
    counts = scoreboard.summary(board)
    held = board[(board["kind"] == "held out") & board["verdict"].isin([MET, MISSED])]
    trials = ("T11b.", "T62.", "T63.", "T05.hormone", "T37.estradiol", "T23.anakinra")
    treated = [name for name in held.index if name.startswith(trials)]
    assert set(held.index[held["therapy"] != ""]) == set(treated)
    free = held.drop(treated)
    assert counts["untreated_judged"] == len(free)
    assert counts["untreated_met"] == int((free["verdict"] == MET).sum())
    assert counts["untreated_mean_z"] == pytest.approx(free["z"].abs().mean())
    assert scoreboard.last_line(counts).endswith(f" of {len(free)} without therapy)")


def test_the_page_needs_no_network(board, tissue):
    table = board.reset_index(drop=True)
    figures = {"standing": drawing.standing(table, True)}
    counts, none = scoreboard.summary(table), pd.DataFrame()
    text = page.page(table, counts, page.Lived(tissue, none, none), figures, "A <title>", ["1 < 2"])
    assert set(re.findall(r'(?:src|href)="?(.{5})', text)) == {"data:"}
    assert "@import" not in text
    assert "url(" not in text
    assert "A &lt;title&gt;" in text
    assert text.count("data:image/png;base64,") == 1
    for name in targets():
        assert name in text


def test_the_page_tells_which_identities_hold(board, tissue):
    table = board.reset_index(drop=True)
    row = dict.fromkeys(books.COLUMNS, "I1") | dict.fromkeys(
        ("predicted", "observed", "residual", "residual_low", "residual_high"), 1.25
    )
    rows = pd.DataFrame([row | {"verdict": books.HOLDS}, row | {"verdict": books.FAILS}])
    lived = page.Lived(tissue, rows, pd.DataFrame())
    text = page.page(table, scoreboard.summary(table), lived, {}, "A", [])
    assert "1 of 2 within 10 %" in text
    assert text.count('met">holds') == text.count("does not hold") == 1


def test_the_page_tells_what_broke(board, tissue):
    table, none = board.reset_index(drop=True), pd.DataFrame()
    broken = pd.DataFrame(
        [
            ["menopause", "perforation", 0.4, 80.0, 300, 120, 25.0, 30, 4.0],
            ["menopause", "thinning", 0.1, 20.0, pd.NA, pd.NA, np.nan, pd.NA, np.nan],
        ],
        columns=list(breaks.COLUMNS),
    )
    lived = page.Lived(tissue, none, broken)
    text = page.page(table, scoreboard.summary(table), lived, {}, "A", [])
    assert "Bone again at lasting breaks (K05: none): in menopause of 120 perforations 25 %" in text
    assert "<td>thinning" in text


def test_figures_show_each_judged_row(arms, board):
    found = drawing.draw_all(board.reset_index(drop=True), arms, True)
    assert set(found) == {"standing", "menopause", "space"}
    judged = board[board["verdict"].isin([MET, MISSED]) & np.isfinite(board["z"])]
    labels = [tick.get_text() for tick in found["standing"].axes[0].get_yticklabels()]
    assert [label.split("  ")[-1] for label in labels] == [
        name for kind in ("fitted", "held out", "check")
        for name in judged.index[judged["kind"] == kind]
    ]  # fmt: skip


def test_the_full_version_runs_enough_bone():
    size = campaign.FULL
    # Iliac crest has 3.73 mm2 of surface per mm3 (P03), and 42 voxels of 20 um are 0.84 mm.
    surface = 3.73 * (size.edge * 0.02) ** 3 * size.seeds * len(size.architectures)
    assert surface >= campaign.LEAST_SURFACE
    assert (size.seeds, len(size.architectures)) >= (20, 3)


def test_a_plan_names_architectures_and_arms():
    found = campaign.plan(arms=["reference"], bones=["bones/L1"], set={"estrogen.steepness": 3.0})
    assert list(found) == ["sparse", "usual", "dense", "L1"]
    assert found["sparse"]["reference"].bone.bv_tv == 0.12
    assert found["L1"]["reference"].bone.source == "bones/L1"
    assert dict(found["usual"]["reference"].set) == {"estrogen.steepness": 3.0}


def test_a_life_is_lived_in_cubes_that_marrow_spaces_fit_into():
    found = campaign.plan(arms=["reference", "female-ageing"], bones=["bones/L1"])
    assert found["usual"]["reference"].bone.shape == (42, 42, 42)
    life = found["usual"]["female-ageing"].bone
    assert (life.shape, life.bv_tv) == ((70, 70, 70), 0.154)
    # Iliac crest: 0.78 +- 0.13 mm (P02)
    drawn = generate(life.shape, life.voxel, life.bv_tv, life.tb_th, seed=life.seed)
    assert 650.0 < separation(drawn >= 0.5, life.voxel, scale=0.5).mean < 910.0
    assert found["L1"]["female-ageing"].bone == found["L1"]["reference"].bone


def test_an_arm_that_tells_little_a_run_is_lived_under_more_seeds(monkeypatch, tmp_path):
    asked = []
    monkeypatch.setattr(campaign.ensemble, "run", lambda *_, **given: asked.append(given))
    arms = ["reference", "estrogen-withdrawal", "estrogen-withdrawal-anakinra"]
    campaign.run(tmp_path, {"usual": campaign.plan(arms=arms)["usual"]}, seeds=20)
    assert asked[0]["replicates"] == dict(zip(arms, (20, 80, 80), strict=True))


def test_an_arm_that_the_small_version_has_not_is_refused():
    with pytest.raises(InputError, match="no arm is called 'male-ageing' in the small version"):
        campaign.plan(small=True, arms=["male-ageing"])


def test_a_folder_without_ensembles_is_refused(tmp_path):
    with pytest.raises(InputError, match="holds no finished ensembles"):
        campaign.read(tmp_path)
