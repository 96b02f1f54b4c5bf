import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from drawn_results import SCENARIO, record, results

from remodel_abm.declare import InputError
from remodel_abm.results import Quantity, Record, Results
from remodel_abm.results.tables import read_table

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    run = results((1, 32, 32), years=2)
    run.timing = {"signals": 1.5}
    return run, run.save(tmp_path_factory.mktemp("run"))


def test_what_is_saved_comes_back(saved):
    run, folder = saved
    found = Results.load(folder)
    pd.testing.assert_frame_equal(found.daily, run.daily)
    for table in ("sites", "breaks", "tracks"):
        pd.testing.assert_frame_equal(getattr(found, table), getattr(run, table), check_dtype=False)
    assert found.quantities == run.quantities
    assert (
        found.scenario
        == run.scenario
        == {"title": "Drawn by hand", "age": 50, "years": 10, "seed": 7}
    )
    assert (found.provenance, found.audit, found.timing) == (run.provenance, run.audit, run.timing)
    assert found.snapshots() == run.snapshots() == [-180, 0, 1825, 3650]
    for day in run.snapshots():
        assert np.array_equal(found.snapshot(day).layers["bone"], run.snapshot(day).layers["bone"])


def test_a_loaded_run_saved_again_is_the_same_bytes(saved, tmp_path):
    _, folder = saved
    Results.load(folder).save(tmp_path)
    assert contents(tmp_path) == contents(folder)


def test_another_process_writes_the_same_bytes(saved, tmp_path):
    _, folder = saved
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from drawn_results import results\n"
        "results((1, 32, 32), years=2).save(sys.argv[2])\n"
    )
    subprocess.run([sys.executable, "-c", code, str(HERE), str(tmp_path)], check=True)
    assert contents(tmp_path) == contents(folder)


def contents(folder):
    """Return every file by name, but for the time it took."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "timing.json"
    }


def test_units_stand_in_the_schema_and_in_every_row(saved):
    _, folder = saved
    sites = pq.read_schema(folder / "sites.parquet")
    assert sites.field("erosion_depth").metadata[b"unit"] == b"um"
    assert b"Bouxsein2010" in pq.read_schema(folder / "daily.parquet").metadata[b"quantities"]
    rows = pd.read_csv(folder / "daily.csv")
    assert list(rows) == ["day", "measure", "symbol", "unit", "value"]
    assert rows.query("measure == 'tb_th'")[["symbol", "unit"]].iloc[0].tolist() == ["Tb.Th", "um"]


def test_the_csv_holds_every_digit(saved):
    run, folder = saved
    rows = pd.read_csv(folder / "daily.csv", dtype=str)
    found = [float(text) for text in rows[rows["measure"] == "bv_tv"]["value"]]
    assert np.array_equal(found, run.daily["bv_tv"].to_numpy())


def test_change_is_against_the_last_180_settling_days():
    kept = Record([Quantity("bv_tv", "BV/TV", "%"), Quantity("tb_th", "Tb.Th", "um")])
    for day in range(-400, 11):
        value = 99.0 if day < -180 else 20.0 if day < 0 else 20.0 - day
        kept.add(day, {"bv_tv": value} | ({"tb_th": 5.0} if day == 2 else {}))
    run = Results(quantities=kept.quantities, daily=kept.wide())
    assert run.change("bv_tv", 10) == pytest.approx(-50.0)
    assert run.change("bv_tv", 7.5) == pytest.approx(-35.0)
    assert run.change("tb_th", 8) == 0.0
    with pytest.raises(InputError, match="no reading up to day 1"):
        run.change("tb_th", 1)
    with pytest.raises(InputError, match=r"no 'bvtv'; did you mean 'bv_tv'"):
        run.change("bvtv", 1)


def test_a_run_without_sites_or_breaks_can_be_kept(tmp_path):
    kept = record(1)
    run = Results(quantities=kept.quantities, daily=kept.wide(), scenario_text=SCENARIO)
    found = Results.load(run.save(tmp_path))
    assert len(found.sites) == len(found.breaks) == 0
    assert "erosion_depth" in found.sites
    assert found.sites["opened"].dtype == float
    assert found.snapshots() == []


def test_a_folder_begun_but_not_finished_says_so(tmp_path):
    with pytest.raises(InputError, match="is not a folder of results"):
        Results.load(tmp_path / "none")
    with pytest.raises(InputError, match=r"daily.parquet is missing"):
        Results.load(tmp_path)
    Results(scenario_text=SCENARIO).begin(tmp_path)
    with pytest.raises(InputError, match="its run has not finished"):
        Results.load(tmp_path)


@pytest.mark.parametrize(
    "name", ["daily.parquet", "sites.parquet", "provenance.json", "audit.json", "scenario.toml"]
)
def test_a_damaged_file_is_named(tmp_path, name):
    folder = results((1, 24, 24), days=(0,), years=1).save(tmp_path)
    path = folder / name
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(InputError, match=f"{name} is damaged"):
        Results.load(folder)
    path.unlink()
    with pytest.raises(InputError, match=f"{name} is missing"):
        Results.load(folder)


def test_a_table_with_one_bit_turned_is_refused_or_reads_as_written(saved, tmp_path):
    path, (_, folder) = tmp_path / "daily.parquet", saved
    whole = (folder / "daily.parquet").read_bytes()
    expected, refused = read_table(folder / "daily.parquet")[0], 0
    for at in range(0, len(whole), max(1, len(whole) // 200)):
        turned = bytearray(whole)
        turned[at] ^= 1 << (at % 8)
        path.write_bytes(turned)
        try:
            found, _ = read_table(path)
        except InputError:
            refused += 1
        else:
            pd.testing.assert_frame_equal(found, expected)
    assert refused > 100


def test_a_day_without_snapshot_names_the_nearest(saved):
    with pytest.raises(InputError, match="no snapshot of day 100; the nearest is day 0"):
        saved[0].snapshot(100)


def test_results_without_folder_ask_for_one():
    with pytest.raises(InputError, match="name one"):
        Results().save()
