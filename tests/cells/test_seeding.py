"""Founders and arrivals: as many as their density says, in their habitat, by the seed alone."""

import numpy as np
import pytest

from remodel_abm.cells import Cell, Column, Now, Population
from remodel_abm.cells.seeding import arrive, seed
from remodel_abm.declare import Param, values_type
from remodel_abm.ledger import parts
from remodel_abm.tissue import Tissue

VALUES = Tissue.Values(**{key: param.value for key, param in parts()["tissue"].params.items()})
Values = values_type("SeedingTestValues", ("density", "arrival_rate"))


def kind_in(where):
    class Settler(Cell):
        """A test cell that lives somewhere."""

        name = "settler"
        habitat = where
        columns = {"mood": Column("i1", "1", "unused")}
        density = Param(1.0, "1/mm3", 0.0, 1e9, "P05", "assumed", "test cell")

    return Settler


@pytest.fixture(scope="module")
def tissue():
    """A volume of 1 mm3: a slab 200 um thick in 20 um voxels."""
    bone = np.zeros((50, 50, 50))
    bone[:, 20:30] = 1.0
    return Tissue(bone, 20.0, VALUES)


def at(tick=0, seed_=1):
    return Now(np.uint64(seed_), tick, float(tick), 1.0)


def settle(where, tissue, density, now=None):
    return seed(kind_in(where), tissue, Values(density, 0.0), now or at())


def held(population, layer):
    rows = population.living
    return layer[rows["z"], rows["y"], rows["x"]]


def test_cells_of_bone_are_as_dense_as_declared_and_sit_in_bone(tissue):
    population = settle("bone", tissue, 20000.0)
    assert len(population) == round(20000 * 0.2)
    assert np.all(held(population, tissue.matrix) >= 0.5)


def test_cells_of_marrow_are_as_dense_as_declared_and_sit_in_marrow(tissue):
    population = settle("marrow", tissue, 1000.0)
    assert len(population) == round(1000 * 0.8)
    assert np.all(held(population, tissue.matrix) == 0)


def test_cells_of_the_surface_are_as_dense_as_declared_and_sit_on_it(tissue):
    population = settle("surface", tissue, 900.0)
    area = tissue.layers.face * tissue.layers.exposed.sum() * 1e-6
    assert len(population) == round(900 * area)
    assert np.all(held(population, tissue.layers.exposed) > 0)


def test_cells_without_habitat_come_later(tissue):
    assert len(settle("none", tissue, 1000.0)) == 0


def test_no_two_founders_share_a_voxel_or_a_name(tissue):
    rows = settle("bone", tissue, 20000.0).living
    assert len({tuple(place) for place in rows[["z", "y", "x"]].tolist()}) == len(rows)
    assert len(set(rows["id"].tolist())) == len(rows)


def test_founders_stand_in_the_order_of_their_places(tissue):
    rows = settle("bone", tissue, 20000.0).living
    places = np.ravel_multi_index((rows["z"], rows["y"], rows["x"]), tissue.shape)
    assert np.all(np.diff(places) > 0)
    assert np.all(np.diff(rows["id"].astype(object)) > 0)


def test_there_are_never_more_founders_than_rooms(tissue):
    population = settle("bone", tissue, 1e9)
    assert len(population) == int(tissue.layers.voxels["bone"].sum())


def test_a_density_of_nothing_gives_nobody(tissue):
    assert len(settle("marrow", tissue, 0.0)) == 0


def test_founders_are_spread_evenly(tissue):
    rows = settle("marrow", tissue, 20000.0).living
    for axis in ("z", "x"):
        counts = np.bincount(rows[axis], minlength=50)
        expected = len(rows) / 50
        assert ((counts - expected) ** 2 / expected).sum() < 85.4  # chi2, 49 df, p = 0.001


def test_the_seed_alone_places_founders(tissue):
    first, again, other = (settle("bone", tissue, 5000.0, at(seed_=s)).living for s in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first[["z", "y", "x"]], other[["z", "y", "x"]])


def arrived(tissue, rate, days, seed_=1):
    population = Population(kind_in("marrow"))
    per_day = []
    for tick in range(days):
        before = len(population)
        arrive(population, tissue, Values(0.0, rate), at(tick, seed_))
        per_day.append(len(population) - before)
    return population, np.array(per_day)


def test_arrivals_come_at_their_rate(tissue):
    _, per_day = arrived(tissue, 4.4, 2000)
    expected = 4.4 * 0.8
    assert per_day.mean() == pytest.approx(expected, rel=0.03)
    assert set(per_day.tolist()) <= {int(expected), int(expected) + 1}


def test_rare_arrivals_come_too(tissue):
    _, per_day = arrived(tissue, 0.0125, 4000)
    assert per_day.sum() == pytest.approx(40, abs=20)


def test_nobody_arrives_of_a_kind_without_arrivals(tissue):
    population, _ = arrived(tissue, 0.0, 10)
    assert len(population) == 0
    NoRate = values_type("SeedingNoArrivals", ("density",))
    arrive(population, tissue, NoRate(5.0), at())
    assert len(population) == 0


def test_newcomers_step_into_marrow_under_names_of_their_own(tissue):
    population, _ = arrived(tissue, 200.0, 20)
    assert len(population) > 3000
    assert np.all(held(population, tissue.matrix) == 0)
    assert np.all(population.living["site"] == -1)
    assert len(set(population.living["id"].tolist())) == len(population)


def test_newcomers_of_a_day_do_not_depend_on_who_is_there(tissue):
    alone = Population(kind_in("marrow"))
    crowded = settle("marrow", tissue, 500.0)
    others = set(crowded.living["id"].tolist())
    for population in (alone, crowded):
        arrive(population, tissue, Values(0.0, 50.0), at(3))
    new = [row for row in crowded.living.tolist() if row[0] not in others]
    assert new == alone.living.tolist()


def test_nobody_is_placed_where_there_is_no_marrow():
    solid = Tissue(np.ones((10, 10, 10)), 20.0, VALUES)
    population = Population(kind_in("marrow"))
    for tick in range(50):
        arrive(population, solid, Values(0.0, 1e5), at(tick))
    assert len(population) == 0


def test_a_section_counts_the_volume_of_its_depth():
    bone = np.zeros((1, 100, 100))
    bone[:, 40:60] = 1.0
    section = Tissue(bone, 10.0, VALUES)
    volume = 1.0 * 1.0 * section.depth * 1e-3  # mm3
    assert len(settle("bone", section, 20000.0)) == round(20000 * 0.2 * volume)
    assert len(settle("marrow", section, 2000.0)) == round(2000 * 0.8 * volume)
