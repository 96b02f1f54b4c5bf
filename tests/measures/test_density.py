"""Bone volume, mineral and density on drawn bone (K08)."""

import numpy as np
import pytest

from remodel_abm.cells import Now
from remodel_abm.ledger import parts
from remodel_abm.measures import Scene
from remodel_abm.measures.bone import BoneVolume, Density
from remodel_abm.tissue import Tissue
from remodel_abm.tissue import matrix as mx


def defaults(name):
    part = parts()[name]
    return part.Values(**{key: param.value for key, param in part.params.items()})


VALUES, WEIGHTS = defaults("tissue"), defaults("density")


def at(day):
    """Return the step that ends on `day`."""
    return Now(np.uint64(1), max(0, int(day) - 1), float(day) - 1.0, 1.0)


def drawn(share=0.25, voxel=10.0, depth=1):
    bone = np.zeros((depth, 20, 20))
    bone[:, : round(20 * share)] = 1.0
    return Tissue(bone, voxel, VALUES)


def fully_mineralised(tissue):
    tissue.layers.voxels["missing"] = 0.0
    return tissue


def read(tissue, day=0.0, measure=None):
    measure = measure or Density(WEIGHTS)
    names = [reading.name for reading in measure.readings]
    return dict(zip(names, measure(Scene(tissue, None, {}, {}, at(day))), strict=True))


@pytest.mark.parametrize("depth", [1, 6])
def test_the_share_of_bone_is_what_was_drawn(depth):
    found = read(drawn(0.25, depth=depth), measure=BoneVolume())
    assert (found["bv_tv"], found["ov_bv"]) == (25.0, 0.0)


def test_osteoid_is_part_of_bone_volume():
    tissue = drawn(0.25)
    mx.open_site(tissue.layers, 0, 5, 5, at(0))
    for x in range(20):
        mx.deposit(tissue.layers, 0, 5, x, 1.0, 0, at(0))
    found = read(tissue, measure=BoneVolume())
    assert found["bv_tv"] == pytest.approx(30.0)
    assert found["ov_bv"] == pytest.approx(100 / 6)


def test_tissue_without_bone_has_no_density_and_no_error():
    tissue = drawn(0.0)
    assert read(tissue, measure=BoneVolume()) == {"bv_tv": 0.0, "ov_bv": 0.0}
    assert all(np.isnan(value) for value in read(tissue).values())


def test_fully_mineralised_bone_has_the_full_density():
    found = read(fully_mineralised(drawn(0.25)))
    assert found["tmd"] == pytest.approx(VALUES.full_mineral_density)
    assert found["mineralization"] == pytest.approx(100.0)
    assert found["bmd"] == pytest.approx(0.25 * VALUES.full_mineral_density)


def test_the_degree_of_mineralisation_agrees_with_the_voxels():
    tissue = drawn(0.5)
    for day in (0.0, 400.0):
        found = read(tissue, day)
        share = tissue.mineral(day).sum() / tissue.layers.voxels["bone"].sum()
        assert found["mineralization"] == pytest.approx(100 * share)
        assert found["bmd"] == pytest.approx(found["tmd"] * 0.5)


def test_bone_that_is_left_alone_gains_mineral_and_a_year_of_age_a_year():
    tissue = drawn(0.5)
    now, later = read(tissue, 0.0), read(tissue, 365.25)
    assert later["bone_age"] - now["bone_age"] == pytest.approx(1.0)
    missing = [100 - found["mineralization"] for found in (now, later)]
    assert missing[1] / missing[0] == pytest.approx(np.exp(-365.25 / VALUES.secondary_time))


def test_the_first_reading_is_the_baseline():
    found = read(drawn())
    assert found["a_bmd"] == pytest.approx(WEIGHTS.young_mean)
    assert found["t_score"] == pytest.approx(0.0)


def test_areal_density_follows_trabecular_density_with_its_weight():
    measure = Density(WEIGHTS)
    read(fully_mineralised(drawn(0.5)), 0.0, measure)
    found = read(fully_mineralised(drawn(0.4)), 30.0, measure)  # 20 % less
    lost = WEIGHTS.trabecular_weight * 0.2
    assert found["a_bmd"] == pytest.approx(WEIGHTS.young_mean * (1 - lost))
    assert found["t_score"] == pytest.approx(-lost * WEIGHTS.young_mean / WEIGHTS.young_sd)


def test_ten_percent_of_areal_density_is_about_one_t_score():
    assert 0.1 * WEIGHTS.young_mean / WEIGHTS.young_sd == pytest.approx(0.95, abs=0.1)  # P81


def test_the_baseline_is_not_taken_while_the_tissue_settles():
    measure = Density(WEIGHTS)
    settling = read(fully_mineralised(drawn(0.6)), -400.0, measure)
    assert settling["t_score"] == pytest.approx(0.0)
    read(fully_mineralised(drawn(0.5)), 0.0, measure)
    assert read(fully_mineralised(drawn(0.4)), 30.0, measure)["a_bmd"] == pytest.approx(
        WEIGHTS.young_mean * (1 - 0.2 * WEIGHTS.trabecular_weight)
    )


def test_a_baseline_lasts():
    measure = Density(WEIGHTS)
    read(fully_mineralised(drawn(0.5)), 0.0, measure)
    for day in (30.0, 900.0):
        assert read(fully_mineralised(drawn(0.4)), day, measure)["t_score"] < 0
