"""Where osteoclasts and osteoblasts work: while there is work, for the site they are at."""

from dataclasses import replace

import numpy as np
import pytest

from remodel_abm.cells import placing
from remodel_abm.cells.mesenchymal_stem_cell import BONE, FAT
from remodel_abm.model import Model
from remodel_abm.scenario import Scenario
from remodel_abm.tissue.fill import refill_all
from remodel_abm.tissue.matrix import CALLS

TOP = 19  # row of the slab that looks at marrow
RESTING, OPENED, ERODED = 0, 1, 2


@pytest.fixture
def slab():
    """Return a model of a flat slab without any cells, 10 um voxels."""
    bone = np.zeros((1, 40, 40))
    bone[:, : TOP + 1] = 1.0
    scenario = Scenario.load("reference", bone={"shape": bone.shape}, off=["M21"])
    model = Model(replace(scenario, measures=("hormones",)), bone=(bone, 10.0))
    for population in model.cells.values():
        population.replace(population.rows[:0])
    return model


def mark(model, columns, state, site=0):
    layers = model.tissue.layers
    layers.state[0, TOP, columns], layers.site[0, TOP, columns] = state, site


def put(model, kind, x, y=TOP, **columns):
    population = model.cells[kind]
    placing.put(population, np.array([[0, y, x]]), model.now)
    population.rows["id"] = 2  # it has its turn on the first day
    for name, value in columns.items():
        population.rows[name] = value
    return population


def work(model, population):
    model.tissue.ensure_room()
    refill_all(model.tissue.layers)
    population.values = model.values[population.kind.name]
    population.act(model.tissue.layers, model.signals.fields, model.now)
    return population.living[0]


def test_an_osteoclast_with_nothing_to_attack_goes_to_the_nearest_bare_surface(slab):
    mark(slab, slice(14, 18), OPENED, site=7)
    row = work(slab, put(slab, "osteoclast", 10, nuclei=5))
    assert (row["y"], row["x"]) == (TOP, 14)
    assert row["site"] == 7


def test_an_osteoclast_out_of_reach_of_bare_surface_stays(slab):
    mark(slab, slice(30, 34), OPENED)
    assert work(slab, put(slab, "osteoclast", 10, nuclei=5))["x"] == 10


def test_an_osteoclast_at_work_stays_where_it_is(slab):
    mark(slab, slice(8, 13), OPENED)
    assert work(slab, put(slab, "osteoclast", 10, nuclei=5))["x"] == 10


def test_an_osteoclast_goes_on_where_most_of_the_lacuna_stands_out(slab):
    mark(slab, slice(8, 13), ERODED)
    layers = slab.tissue.layers
    for y, x in ((TOP, 10), (TOP, 11), (TOP - 1, 10)):
        layers.voxels["bone"][0, y, x] = layers.exposed[0, y, x] = 0
    for y, x in ((TOP - 2, 10), (TOP - 1, 11)):
        layers.exposed[0, y, x], layers.state[0, y, x] = 1, ERODED
    row = work(slab, put(slab, "osteoclast", 10, nuclei=5))
    assert row["y"] == TOP


def test_an_osteoblast_keeps_the_account_of_the_lacuna_it_fills(slab):
    mark(slab, slice(8, 11), ERODED, site=3)
    mark(slab, slice(11, 14), ERODED, site=5)
    voxels = slab.tissue.layers.voxels
    voxels["bone"][0, TOP, 11] = 0.2
    row = work(slab, put(slab, "osteoblast", 10, site=3))
    assert row["x"] == 11
    assert row["site"] == 5


@pytest.mark.parametrize(
    ("rate", "held", "goes"), [(0.0, 0.6, False), (1e9, 0.6, True), (0.0, 1.0, True)]
)
def test_an_osteoblast_stays_until_it_looks_round_or_its_place_is_full(slab, rate, held, goes):
    mark(slab, slice(8, 14), ERODED)
    voxels = slab.tissue.layers.voxels
    voxels["bone"][0, TOP, 10], voxels["bone"][0, TOP, 11] = held, 0.2
    slab.values["osteoblast"] = slab.values["osteoblast"]._replace(seeking_rate=rate)
    osteoblasts = put(slab, "osteoblast", 10, seated=1)
    slab.tissue.layers.crew[0, TOP, 10] = 1
    assert work(slab, osteoblasts)["x"] == (11 if goes else 10)
    assert slab.tissue.layers.crew.sum() == 1


@pytest.mark.parametrize("rate", [0.0, 1e9])
def test_a_reversal_cell_keeps_its_seat_until_it_looks_for_an_emptier_one(slab, rate):
    mark(slab, slice(8, 14), ERODED)
    slab.values["preosteoblast"] = slab.values["preosteoblast"]._replace(shifting_rate=rate)
    crew = slab.tissue.layers.crew
    crew[0, TOP, 8:14] = 3
    crew[0, TOP, 11] = 0
    moved = work(slab, put(slab, "preosteoblast", 10, seated=1))["x"] != 10
    assert moved == (rate > 0.0)
    assert crew.sum() == 15


@pytest.mark.parametrize(
    ("rate", "state", "called"), [(0.0, ERODED, 9), (1e9, ERODED, 12), (0.0, RESTING, 12)]
)
def test_a_canopy_cell_calls_for_its_place_until_it_looks_anew_or_that_closes(
    slab, rate, state, called
):
    mark(slab, slice(8, 14), ERODED)
    mark(slab, 9, state)
    layers = slab.tissue.layers
    layers.crew[0, TOP, 8:12] = 2
    slab.values["lining_cell"] = slab.values["lining_cell"]._replace(
        survey_rate=rate, arrest_rate=0.0, patch_radius=30.0
    )
    work(slab, put(slab, "lining_cell", 10, retracted=1, watched=TOP * 40 + 9))
    assert layers.counts[CALLS] == 1
    assert layers.calls["x"][0] == called


@pytest.mark.parametrize(("crew", "spreads"), [(0, False), (9, True)])
def test_osteoid_spreads_to_eroded_surface_only_where_a_crew_stands_ready(slab, crew, spreads):
    mark(slab, slice(8, 13), ERODED)
    voxels = slab.tissue.layers.voxels
    voxels["bone"][0, TOP, 8:13] = 0.5
    slab.tissue.layers.ready[0, TOP, 8:13] = crew
    values = slab.values["osteoblast"]
    slab.values["osteoblast"] = values._replace(spreading_density=1500.0)
    work(slab, put(slab, "osteoblast", 10))
    assert (voxels["osteoid"].sum() > 0.0) == spreads


def test_a_stem_cell_bound_for_fat_hears_no_site(slab):
    mark(slab, slice(8, 13), ERODED)
    layers = slab.tissue.layers
    layers.calls["x"][0], layers.calls["y"][0], layers.calls["tgf"][0] = 10, TOP, 1e6
    layers.counts[CALLS] = 1
    values = slab.values["mesenchymal_stem_cell"]
    slab.values["mesenchymal_stem_cell"] = values._replace(homing_rate=100.0)
    stem_cells = slab.cells["mesenchymal_stem_cell"]
    for lineage, fate in ((BONE, 2), (FAT, 0)):
        stem_cells.replace(stem_cells.rows[:0])
        put(slab, "mesenchymal_stem_cell", 20, y=30, lineage=lineage)
        assert work(slab, stem_cells)["fate"] == fate
