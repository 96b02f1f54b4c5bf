"""What each mechanism does, and what the grid does."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from remodel_abm import InputError
from remodel_abm.ensemble.ablation import EFFECTS, Ablation, effects
from remodel_abm.ensemble.discretisation import TABLE, Discretisation, arms_on, changes, coarsened
from remodel_abm.results import Quantity
from remodel_abm.tissue.specimen import load_bone

ARMS = ("intact", "without-M01", "without-M02")
RUNS = pd.MultiIndex.from_product([ARMS, ["bone"], [1, 2, 3, 4]], names=["arm", "bone", "seed"])
WINDOW = (365.0, 730.0)


@pytest.fixture
def drawn():
    """Return an ensemble whose arms end at 90, 95 and 90 % of their baseline."""
    days = np.arange(-180.0, 731.0, 30.0)
    ends = {"intact": 0.9, "without-M01": 0.95, "without-M02": 0.9}
    noise = {seed: 0.01 * (seed - 2.5) for seed in (1, 2, 3, 4)}
    own = {("without-M01", 4): 0.004}
    course = pd.DataFrame(index=days, columns=RUNS, dtype=float)
    for arm, bone, seed in RUNS:
        end = ends[arm] + noise[seed] + own.get((arm, seed), 0.0)
        course[arm, bone, seed] = np.where(days > 0, 100.0 * end, 100.0)
    area, rows = 1000.0, []
    for arm, bone, seed in RUNS:
        depth = {"intact": 50.0, "without-M01": 40.0, "without-M02": 50.0}[arm] + seed
        rows.append({"arm": arm, "bone": bone, "seed": seed, "area": area, "state": "completed",
                     "resorbed": area * depth, "formed": area * 45.0, "floor": area / 2,
                     "floor_depth": area / 2 * depth, "last_resorbed": 400.0,
                     "last_formed": 500.0})  # fmt: skip
    return SimpleNamespace(
        arms=list(ARMS), bones=["bone"], volumes=pd.Series(1.0, index=RUNS),
        course=lambda _: course, sites=pd.DataFrame(rows),
    )  # fmt: skip


def test_an_effect_is_the_paired_difference_to_the_intact_arm(drawn):
    table = effects(drawn, WINDOW).set_index(["mechanism", "outcome"])
    row = table.loc[("M01", "bmd")]
    assert row["intact"] == pytest.approx(-10.0)
    assert row["effect"] == pytest.approx(5.1)
    assert row["low"] == pytest.approx(5.0)
    assert row["dz"] == pytest.approx(5.1 / 0.2)
    assert table.loc[("M01", "e_de"), "effect"] == pytest.approx(-10.0)
    assert table.loc[("M01", "balance"), "effect"] == pytest.approx(10.0)
    assert table.loc[("M01", "balance"), "intact"] == pytest.approx(45.0 - 52.5)


def test_a_mechanism_that_does_nothing_has_no_effect(drawn):
    table = effects(drawn, WINDOW).set_index(["mechanism", "outcome"])
    row = table.loc[("M02", "bmd")]
    assert (row["effect"], row["low"], row["high"]) == (0.0, 0.0, 0.0)
    assert np.isnan(row["dz"])


def test_a_window_without_readings_is_refused(drawn):
    with pytest.raises(InputError, match="no bmd was read between day 5000 and 6000"):
        effects(drawn, (5000.0, 6000.0))


def test_the_tornado_puts_the_strongest_first(drawn, tmp_path):
    from remodel_abm.figures import tornado

    table = effects(drawn, WINDOW).assign(title="what it is")
    assert tornado._order(table[table["mechanism"] != "intact"]) == ["M01", "M02"]
    Ablation(table[list(EFFECTS)], drawn).save(tmp_path)
    with Image.open(tmp_path / "ablation.png") as image:
        assert np.asarray(image.convert("RGB")).std() > 10
    assert pd.read_parquet(tmp_path / "ablation.parquet")["dz"].notna().any()


def test_coarsening_keeps_the_amount_of_bone():
    fine = np.random.default_rng(1).random((8, 12, 16))
    coarse = coarsened(fine, 4)
    assert coarse.shape == (2, 3, 4)
    assert coarse.mean() == pytest.approx(fine.mean())
    assert coarse[0, 0, 0] == pytest.approx(fine[:4, :4, :4].mean())
    assert coarsened(fine[:1], 4).shape == (1, 3, 4)


def test_all_voxels_begin_with_one_bone(arms, tmp_path):
    made = arms_on(arms["intact"], "section", 400.0, tmp_path)
    assert next(iter(made)) == "voxel-10"
    assert made["step-0.5"].step == 0.5
    assert made["field-fine"].refine == 2.0
    bones = {name: load_bone(one.bone.source) for name, one in made.items()}
    assert bones["voxel-5"].fraction.shape == (1, 80, 80)
    assert bones["voxel-20"].fraction.shape == (1, 20, 20)
    shares = [bone.fraction.mean() for bone in bones.values()]
    assert np.ptp(shares) < 1e-3
    assert bones["step-0.5"].voxel == 10.0


def test_what_is_off_is_told_with_its_interval(tmp_path):
    runs = pd.MultiIndex.from_product([["voxel-10", "voxel-5"], ["section-1"], range(1, 9)])
    days = np.arange(1.0, 366.0)
    course = pd.DataFrame(index=days, columns=runs, dtype=float)
    for arm, bone, seed in runs:
        course[arm, bone, seed] = (20.0 if arm == "voxel-10" else 25.0) + 0.1 * seed
    quantity = Quantity("n_oc", "N.Oc", "1")
    ensemble = SimpleNamespace(
        arms=["voxel-10", "voxel-5"], quantities=[quantity], quantity=lambda _: quantity,
        course=lambda _: course, weights=lambda *_: pd.Series(1.0, index=runs),
        scenarios={"voxel-10": SimpleNamespace(years=365 / 365.25)},
    )  # fmt: skip
    table = changes(ensemble).set_index("arm")
    assert table.loc["voxel-5", "off"] == pytest.approx(5.0)
    assert table.loc["voxel-5", "off_low"] < 5.0 < table.loc["voxel-5", "off_high"]
    assert table.loc["voxel-5", "off_share"] == pytest.approx(100 * 5 / 20.45)
    assert table.loc["voxel-10", "off_high"] == 0.0
    full = table.reset_index().assign(bone="section")[list(TABLE)]
    Discretisation(full, {}).save(tmp_path)
    with Image.open(tmp_path / "discretisation-section.png") as image:
        assert np.asarray(image.convert("L")).std() > 5
