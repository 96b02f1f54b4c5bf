"""The dataset of an ensemble: what all runs read, in tidy tables that are the same every time.

Tables are written from the folders of finished runs in the order of the plan, so a stopped and
resumed ensemble leaves the same bytes as one that was never stopped. How long a run took differs
each time and stands apart, in ``timing.json``.
"""

import contextlib
import json
import math
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq

from remodel_abm.declare import InputError
from remodel_abm.ensemble.bands import BANDS
from remodel_abm.ensemble.plan import UNLIKE, Job, label_of
from remodel_abm.ledger import parameters
from remodel_abm.provenance import failures
from remodel_abm.results import Results, tables
from remodel_abm.results.files import (
    explained,
    write_atomically,
    write_json,
    write_text,
)
from remodel_abm.results.record import tidy
from remodel_abm.scenario import Scenario, build

MARK = "ensemble.json"
KEYS = ("arm", "bone", "seed")
KEY_COLUMNS = {
    "arm": ("string", "", "name of the arm"),
    "bone": ("string", "", "name of the bone"),
    "seed": ("int64", "1", "seed of the draws; the same seed in two arms is a pair"),
}
READINGS = {
    **KEY_COLUMNS,
    "day": ("float64", "d", "day; negative while the tissue settles in"),
    "measure": ("string", "", "name of the measure"),
    "value": ("float64", "see unit", "the reading"),
    "unit": ("string", "", "unit of the value"),
}
RUNS = {
    **KEY_COLUMNS,
    "audit": ("string", "", "passed, or the checks that failed"),
    "tissue_volume": ("float64", "mm3", "TV"),
    "bone_surface": ("float64", "mm2", "BS, mean over the run"),
    "voxel": ("float64", "um", "edge of a voxel"),
    "nz": ("int64", "1", "voxels along z; 1 in a section"),
    "ny": ("int64", "1", "voxels along y"),
    "nx": ("int64", "1", "voxels along x"),
    "origin": ("string", "", "what the bone was made or read from"),
    "folder": ("string", "", "of the run, within that of the ensemble"),
}


def make_ready(folder: Path) -> None:
    """Make the folder of an ensemble, writable, and holding nothing but one.

    Raises
    ------
    InputError
        If it is a file, cannot be written to, or holds something else.
    """
    if folder.exists() and not folder.is_dir():
        msg = f"cannot write an ensemble to {folder}: it is a file; name a folder"
        raise InputError(msg)
    with explained(folder, "write an ensemble to"):
        folder.mkdir(parents=True, exist_ok=True)
        others = sorted(item.name for item in folder.iterdir() if not item.name.startswith("."))
    if others and "runs" not in others:
        msg = f"cannot write an ensemble to {folder}: it holds {others[0]!r} and no ensemble"
        raise InputError(msg + "; name an empty or a new folder")
    with explained(folder / "runs", "write an ensemble to"):
        (folder / "runs").mkdir(exist_ok=True)


def gather(folder: Path, jobs: list[Job]) -> dict:
    """Write the tables of an ensemble from its finished runs, and return the plan.

    Parameters
    ----------
    folder
        Of the ensemble.
    jobs
        The plan, every run of it finished.

    Raises
    ------
    InputError
        If sections stand beside volumes, or a run is damaged.
    """
    found = {job.key: Results.load(job.folder) for job in jobs}
    places = {job.key: job.folder.relative_to(folder).as_posix() for job in jobs}
    runs = pd.DataFrame([about(key, one) | {"folder": places[key]} for key, one in found.items()])
    _check_alike(runs)
    (folder / MARK).unlink(missing_ok=True)
    (folder / "arms").mkdir(exist_ok=True)
    for arm, scenario in {job.arm: job.scenario for job in jobs}.items():
        write_text(folder / "arms" / f"{arm}.toml", scenario.to_toml())
    write_atomically(folder / "readings.parquet", lambda file: _write_readings(file, found))
    sites = stacked([keyed(one.sites, key) for key, one in found.items()])
    tables.write_table(folder / "sites", sites, KEY_COLUMNS | tables.SITES)
    breaks = stacked([keyed(one.breaks, key) for key, one in found.items()])
    tables.write_table(folder / "breaks", breaks, KEY_COLUMNS | tables.BREAKS)
    tables.write_table(folder / "runs", runs, RUNS)
    seconds = {places[key]: one.timing.get("total") for key, one in found.items()}
    write_json(folder / "timing.json", seconds)
    return {
        "arms": list(dict.fromkeys(job.arm for job in jobs)),
        "bones": list(dict.fromkeys(job.bone for job in jobs)),
        "seeds": list(dict.fromkeys(job.seed for job in jobs)),
        "version": found[jobs[0].key].provenance.get("version"),
    }


def seal(folder: Path, plan: dict, bands: pd.DataFrame | None) -> None:
    """Write the bands, if there are any, and the mark that says the tables are complete."""
    if bands is not None:
        tables.write_table(folder / "bands", bands, BANDS)
    else:
        for stale in folder.glob("bands.*"):
            stale.unlink()
    write_json(folder / MARK, plan)


def _check_alike(runs: pd.DataFrame) -> None:
    """Refuse sections beside volumes: their readings differ in name, unit and meaning (K14)."""
    if (runs["nz"] == 1).nunique() > 1:
        raise InputError(UNLIKE)


def keyed(table: pd.DataFrame, key: tuple) -> pd.DataFrame:
    """Return a table of a run with the run's keys in front."""
    table = table.copy()
    for place, (name, value) in enumerate(zip(KEYS, key, strict=True)):
        table.insert(place, name, value)
    return table


def stacked(found: list[pd.DataFrame]) -> pd.DataFrame:
    """Return tables below each other; those without rows say nothing about types."""
    filled = [table for table in found if len(table)]
    return pd.concat(filled, ignore_index=True) if filled else found[0]


def _write_readings(file, runs: dict[tuple, Results]) -> None:
    """Write the readings of every run, a row group each."""
    quantities = {q.name: q._asdict() for found in runs.values() for q in found.quantities}
    notes = {"quantities": json.dumps(list(quantities.values()), sort_keys=True)}
    with contextlib.ExitStack() as stack:
        writer = None
        for key, found in runs.items():
            table = tables.arrow(keyed(tidy_of(found), key)[list(READINGS)], READINGS)
            if writer is None:
                writer = pq.ParquetWriter(
                    file, table.schema, compression="zstd", write_page_checksum=True
                )
                stack.enter_context(writer)
            writer.write_table(table)
        writer.add_key_value_metadata(notes)


def about(key: tuple, results: Results) -> dict:
    """Return the row of a run in the table of runs, without its folder."""
    scenario = build(results.scenario, results.folder)
    days, made = results.snapshots(), results.provenance.get("bone")
    if not days or not isinstance(made, dict):
        what = "provenance.json says nothing of its bone" if days else "it holds no snapshot"
        msg = f"{results.folder} is damaged: {what}"
        raise InputError(msg)
    first = results.snapshot(days[0])
    deep = _section_depth(scenario) if first.flat else first.voxel
    volume = math.prod(first.shape) * first.voxel**2 * deep * 1e-9
    density = results.daily["bs_tv"].mean() if "bs_tv" in results.daily else math.nan
    return {
        **dict(zip(KEYS, key, strict=True)),
        "audit": "; ".join(failures(results.audit)) or "passed",
        "tissue_volume": volume,
        "bone_surface": density * volume,
        "voxel": first.voxel,
        **dict(zip(("nz", "ny", "nx"), first.shape, strict=True)),
        "origin": json.dumps(made | _form(scenario), sort_keys=True),
    }


def tidy_of(results: Results) -> pd.DataFrame:
    """Return the readings of a run as a row a measure and day."""
    daily = tidy(results.daily, results.quantities)
    return daily.sort_values(["measure", "day"], ignore_index=True)


def bone_and_seed(results: Results) -> tuple[str, int]:
    """Return the label of a run's bone, and its seed."""
    scenario = build(results.scenario, results.folder)
    return label_of(scenario), scenario.seed


def _form(scenario: Scenario) -> dict:
    """Return what, beside its seed, determines a generated bone."""
    bone = scenario.bone
    if not bone.is_generated:
        return {"threshold": bone.threshold, "crop": bone.crop}
    return {name: getattr(bone, name) for name in ("bv_tv", "tb_th", "anisotropy", "direction")}


def _section_depth(scenario: Scenario) -> float:
    """Return the thickness that a section stands for. [um]"""
    name = "tissue.section_depth"
    return dict(scenario.set).get(name, parameters()[name].usual(section=True))
