"""Two arms, pair by pair."""

import numpy as np
import pytest
from PIL import Image

from remodel_abm import InputError
from remodel_abm.ensemble.compare import Comparison, compare_runs, distinct_names


@pytest.fixture(scope="module")
def compared(small) -> Comparison:
    return small.compare("intact", "removed")


def test_differences_are_those_of_the_pairs(small, compared):
    course = small.course("n_attached")
    window = (course.index > 30) & (course.index <= 60)
    mean = course[window].mean()
    pairs = (mean["removed"] - mean["intact"]).to_numpy()
    row = compared.at(60).loc["n_attached"]
    assert row["mean"] == pytest.approx(pairs.mean())
    assert row["dz"] == pytest.approx(pairs.mean() / pairs.std(ddof=1))
    assert row["pairs"] == 4
    assert row["low"] <= row["mean"] <= row["high"]


def test_nothing_differs_before_the_arms_part(compared):
    before = compared.table[compared.table["day"] <= 0]
    assert len(before) > 100
    assert (before["mean"].abs() < 1e-12).all()
    after = compared.at(60).loc["e2"]
    assert after["mean"] < -100


def test_a_map_shows_where_bone_was_gained_or_lost(small, compared):
    assert set(compared.maps) == {"section-1", "section-2"}
    assert compared.day == 70
    one, two = (small.results(arm, "section-1", 1).snapshot(70).matrix() for arm in small.arms)
    other = (small.results(arm, "section-1", 2).snapshot(70).matrix() for arm in small.arms)
    expected = (two - one - np.subtract(*other)) / 2
    assert np.allclose(compared.maps["section-1"], expected, atol=1e-6)


def test_what_is_saved_can_be_looked_at(compared, tmp_path):
    folder = compared.save(tmp_path / "c")
    names = {path.name for path in folder.iterdir()}
    assert {"differences.parquet", "differences.csv", "maps.npz", "map.svg"} <= names
    for name in ("map", "bands_tissue", "differences_tissue", "differences_turnover"):
        with Image.open(folder / f"{name}.png") as image:
            assert np.asarray(image.convert("L")).std() > 5, name


def test_two_runs_are_compared_without_an_interval(small):
    places = [small.place(arm, "section-1", 1) for arm in small.arms]
    found = compare_runs(*places)
    assert (found.a, found.b) == ("intact", "removed")
    row = found.at(60).loc["n_oc"]
    assert row["pairs"] == 1
    assert np.isnan(row["low"])
    assert np.isnan(row["dz"])
    assert found.maps["section-1"].shape == (1, 40, 40)


def test_runs_that_do_not_pair_are_refused(small):
    one = small.place("intact", "section-1", 1)
    with pytest.raises(InputError, match=r"bones and seeds differ \(.*seed 1; .*seed 2\)"):
        compare_runs(one, small.place("removed", "section-1", 2))
    with pytest.raises(InputError, match="bones and seeds differ"):
        compare_runs(one, small.place("removed", "section-2", 1))
    with pytest.raises(InputError, match="no arm 'remved'"):
        small.compare("intact", "remved")
    with pytest.raises(InputError, match="compared with itself"):
        small.compare("intact", "intact")


def test_two_arms_pair_though_a_third_has_more_seeds(small, compared, monkeypatch):
    monkeypatch.setattr(small, "seeds", [1, 2, 3])
    found = small.compare("intact", "removed")
    assert np.array_equal(found.maps["section-2"], compared.maps["section-2"])


def test_bones_of_one_name_and_different_make_are_refused(small):
    runs = small.runs
    small.runs = runs.assign(voxel=runs["voxel"].where(runs["arm"] == "intact", 5.0))
    try:
        with pytest.raises(InputError, match=r"bone section-1 differs in its voxel: 10.0 and 5.0"):
            small.compare("intact", "removed")
    finally:
        small.runs = runs


def test_paths_are_named_by_what_tells_them_apart(tmp_path):
    assert distinct_names(tmp_path / "a/s/1", tmp_path / "b/s/1") == ("a", "b")
    assert distinct_names(tmp_path / "x", tmp_path / "y/z") == ("x", "y/z")
