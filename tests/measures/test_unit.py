"""Remodeling sites on drawn logs: the table of sites, and averages over those that closed."""

import numpy as np
import pytest

from remodel_abm.cells import Now
from remodel_abm.ledger import parts
from remodel_abm.measures import Scene
from remodel_abm.measures.unit import QUIET, RemodelingUnits, site_table
from remodel_abm.tissue import Tissue
from remodel_abm.tissue import matrix as mx

VALUES = Tissue.Values(**{key: param.value for key, param in parts()["tissue"].params.items()})
AREA = 20000.0  # um2
SITE = {
    "z": 0, "y": 4, "x": 7, "opened": 10.0, "first_resorbed": 20.0, "last_resorbed": 60.0,
    "first_formed": 70.0, "last_formed": 200.0, "area": AREA, "resorbed": 48.0 * AREA,
    "clast_resorbed": 18.0 * AREA, "formed": 46.0 * AREA, "reversal_sum": 430.0, "reversal_n": 10.0,
    "osteoid_days": 140.0 * AREA, "extent": 150.0, "floor": AREA / 2,
    "floor_depth": 50.0 * AREA / 2,
}  # fmt: skip
ARRESTED = SITE | {
    "first_formed": np.nan, "last_formed": np.nan, "formed": 0.0, "resorbed": 24.0 * AREA,
    "reversal_sum": 0.0, "reversal_n": 0.0, "osteoid_days": 0.0, "floor": 0.0, "floor_depth": 0.0,
}  # fmt: skip
ABORTED = ARRESTED | {
    "first_resorbed": np.nan, "last_resorbed": np.nan, "area": 0.0, "resorbed": 0.0,
    "clast_resorbed": 0.0,
}  # fmt: skip


def at(day):
    """Return the step that ends on `day`."""
    return Now(np.uint64(1), int(day) - 1, float(day) - 1.0, 1.0)


def drawn(*sites, shape=(1, 50, 100)):
    bone = np.zeros(shape)
    bone[:, 4:] = 1.0
    tissue = Tissue(bone, 10.0, VALUES)
    for number, site in enumerate(sites):
        for name, value in site.items():
            tissue.layers.sites[number][name] = value
    tissue.layers.counts[mx.SITES] = len(sites)
    return tissue


def read(tissue, day, measure=None):
    measure = measure or RemodelingUnits()
    names = [reading.name for reading in measure.readings]
    return dict(zip(names, measure(Scene(tissue, None, {}, {}, at(day))), strict=True))


def test_a_row_gives_depth_wall_and_times_of_a_site():
    row = site_table(drawn(SITE), 250.0).iloc[0]
    assert row["erosion_depth"] == pytest.approx(50.0), "of the floor, not volume over area"
    assert row["clast_depth"] == pytest.approx(50.0 * 18 / 48)
    assert row["wall_thickness"] == pytest.approx(50.0 + 46 - 48)
    assert (row["reversal_time"], row["formation_time"]) == pytest.approx((43.0, 140.0))
    assert (row["y"], row["x"], row["extent"]) == (45.0, 75.0, 150.0)
    assert row["z"] == VALUES.section_depth / 2


def test_remodeling_space_is_what_sites_at_work_will_get_back():
    young = SITE | {"last_formed": 240.0, "formed": 30.0 * AREA}
    bone = 46 * 100 * 100.0 * VALUES.section_depth  # um3
    assert read(drawn(young), 250.0)["remodeling_space"] == pytest.approx(100 * 18.0 * AREA / bone)
    assert read(drawn(young), 400.0)["remodeling_space"] == 0.0
    # Half of what was resorbed at sites that closed was refilled.
    closed = SITE | {"last_formed": 180.0, "formed": 24.0 * AREA}
    half = read(drawn(closed, young | {"formed": 20.0 * AREA}), 250.0)
    assert half["remodeling_space"] == pytest.approx(100 * 4.0 * AREA / bone)


def test_sites_are_numbered_as_they_opened():
    table = site_table(drawn(SITE, ARRESTED, ABORTED), 300.0)
    assert table["site"].tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("site", "day", "state"),
    [
        (SITE, 200.0 + QUIET, "active"),
        (SITE, 201.0 + QUIET, "completed"),
        (ARRESTED, 60.0 + QUIET, "active"),
        (ARRESTED, 61.0 + QUIET, "arrested"),
        (ABORTED, 11.0 + QUIET, "aborted"),
    ],
)
def test_a_site_closes_after_two_quiet_months(site, day, state):
    assert site_table(drawn(site), day).iloc[0]["state"] == state


def test_a_trace_of_osteoid_is_no_refilled_site():
    poor = SITE | {"formed": 0.1 * SITE["resorbed"]}
    assert site_table(drawn(poor), 400.0).iloc[0]["state"] == "arrested"


def test_an_untouched_tissue_has_an_empty_table_and_reads_nothing():
    assert len(site_table(drawn(), 100.0)) == 0
    found = read(drawn(), 100.0)
    assert found["n_sites"] == found["originations"] == 0
    assert np.isnan(found["e_de"]) and np.isnan(found["arrested"])


def test_averages_are_over_refilled_sites_by_their_floor_and_area():
    large = SITE | {"area": 3 * AREA, "resorbed": 3 * AREA * 60.0, "formed": 3 * AREA * 50.0}
    large |= {"clast_resorbed": 3 * AREA * 20.0, "osteoid_days": 3 * AREA * 140.0}
    large |= {"floor": 3 * AREA / 2, "floor_depth": 3 * AREA / 2 * 62.0}
    found = read(drawn(SITE, large), 300.0)
    depth = (50 + 3 * 62) / 4
    assert found["e_de"] == pytest.approx(depth)
    assert found["oc_de"] == pytest.approx(depth * (18 + 3 * 20) / (48 + 3 * 60))
    assert found["balance"] == pytest.approx((-2 - 3 * 10) / 4)
    assert found["w_th"] == pytest.approx(depth + found["balance"])
    assert (found["rs_p"], found["fp"]) == pytest.approx((43.0, 140.0))
    assert found["bmu_area"] == pytest.approx(2 * AREA)


def test_averages_are_those_of_the_table_of_sites():
    deep = SITE | {"area": 2 * AREA, "resorbed": 2 * AREA * 55.5, "reversal_sum": 333.3}
    tissue = drawn(SITE, deep, ARRESTED, ABORTED, SITE | {"last_formed": 290.0})
    table, found = site_table(tissue, 300.0), read(tissue, 300.0)
    closed = table[table["state"].isin(["completed", "arrested"])]
    refilled = table[table["state"] == "completed"]
    depth = refilled["floor_depth"].sum() / refilled["floor"].sum()
    lost = (refilled["resorbed"] - refilled["formed"]).sum() / refilled["area"].sum()
    by_clasts = refilled["clast_resorbed"].sum() / refilled["resorbed"].sum()
    expected = {"e_de": depth, "oc_de": depth * by_clasts, "w_th": depth - lost, "balance": -lost}
    assert {name: found[name] for name in expected} == pytest.approx(expected, rel=1e-12)
    assert found["rs_p"] == pytest.approx(refilled["reversal_time"].mean(), rel=1e-12)
    assert found["bmu_extent"] == closed["extent"].mean()
    assert found["n_sites"] == (table["state"] == "active").sum()
    assert found["arrested"] == 100 * (closed["state"] == "arrested").mean()


def test_arrested_sites_show_no_depth_and_are_counted_beside():
    found = read(drawn(SITE, ARRESTED), 300.0)
    assert found["arrested"] == pytest.approx(50.0)
    assert found["e_de"] == pytest.approx(50.0)
    assert found["w_th"] == pytest.approx(48.0)
    assert found["rs_p"] == 43.0, "times are those of refilled sites"
    assert np.isnan(site_table(drawn(ARRESTED), 300.0).iloc[0]["erosion_depth"])


def test_sites_at_work_and_aborted_ones_are_not_averaged():
    working = SITE | {"last_formed": 290.0, "resorbed": 1e9}
    found = read(drawn(SITE, working, ABORTED), 300.0)
    assert found["n_sites"] == 1
    assert found["e_de"] == pytest.approx(50.0)


def test_sites_of_long_ago_are_not_averaged():
    found = read(drawn(SITE), 200.0 + 366.0 + QUIET)
    assert np.isnan(found["e_de"])


def test_originations_are_those_of_the_last_year_per_volume():
    old = SITE | {"first_resorbed": -100.0}
    tissue = drawn(SITE, old, ABORTED)
    volume = tissue.total_volume * 1e-9
    assert read(tissue, 300.0)["originations"] == pytest.approx(1 / volume)


def test_activation_frequency_is_the_surface_newly_eroded_a_year():
    tissue, measure = drawn(SITE), RemodelingUnits()
    assert np.isnan(read(tissue, 300.0, measure)["ac_f"])
    surface = tissue.layers.exposed.sum() * tissue.layers.face
    tissue.layers.sites["area"][0] += 0.01 * surface
    found = read(tissue, 330.0, measure)["ac_f"]
    assert found == pytest.approx(0.01 / 30 * 365.25)


def test_activation_frequency_forgets_after_a_year():
    tissue, measure = drawn(SITE), RemodelingUnits()
    surface = tissue.layers.exposed.sum() * tissue.layers.face
    read(tissue, 0.0, measure)
    tissue.layers.sites["area"][0] += 0.5 * surface
    for day in range(30, 800, 30):
        found = read(tissue, day, measure)["ac_f"]
        assert (found > 0) == (day <= 365)
