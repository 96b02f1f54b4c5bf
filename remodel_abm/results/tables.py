"""Tables on disk: Parquet with units in its schema, and CSV, byte for byte the same each time."""

import io
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from remodel_abm.declare import InputError
from remodel_abm.results.files import read_bytes, write_atomically

# Column: (Arrow type, unit, meaning). Names of times and depths after Dempster et al. 2013.
SITES = {
    "site": ("int64", "1", "number of the remodeling site"),
    "z": ("float64", "um", "where it opened"),
    "y": ("float64", "um", "where it opened"),
    "x": ("float64", "um", "where it opened"),
    "opened": ("float64", "d", "day the lining cells drew back"),
    "first_resorbed": ("float64", "d", "first day of resorption"),
    "last_resorbed": ("float64", "d", "last day of resorption"),
    "first_formed": ("float64", "d", "first day of osteoid"),
    "last_formed": ("float64", "d", "last day of osteoid"),
    "area": ("float64", "um2", "surface the site covered"),
    "resorbed": ("float64", "um3", "volume resorbed"),
    "formed": ("float64", "um3", "volume formed"),
    "floor": ("float64", "um2", "surface on which osteoid began"),
    "floor_depth": ("float64", "um3", "how deep it lay, summed over it"),
    "erosion_depth": ("float64", "um", "E.De, mean depth of the surface on which osteoid began"),
    "wall_thickness": ("float64", "um", "W.Th, thickness refilled"),
    "reversal_time": ("float64", "d", "from the first bite to the first osteoid, where both were"),
    "formation_time": ("float64", "d", "FP, from first to last osteoid"),
    "state": ("string", "", "active, completed, arrested or aborted"),
    "extent": ("float64", "um", "distance spread from where it opened"),
}
BREAKS = {
    "day": ("float64", "d", "day of the break"),
    "z": ("float64", "um", "where"),
    "y": ("float64", "um", "where"),
    "x": ("float64", "um", "where"),
    "kind": ("string", "", "perforation (of a plate), rod (cut) or island (held by nothing)"),
}
TRACKS = {
    "site": ("int64", "1", "number of the remodeling site"),
    "day": ("float64", "d", "day"),
    "z": ("float64", "um", "middle of the front that day"),
    "y": ("float64", "um", "middle of the front that day"),
    "x": ("float64", "um", "middle of the front that day"),
}
READINGS = {
    "day": ("float64", "d", "day; negative while the tissue settles in"),
    "measure": ("string", "", "name of the measure"),
    "symbol": ("string", "", "symbol as printed"),
    "unit": ("string", "", "unit of the value"),
    "value": ("float64", "see unit", "the reading"),
}


def empty(columns: dict) -> pd.DataFrame:
    """Return a table without rows that has these columns."""
    return arrow(pd.DataFrame(), columns).to_pandas()


def no_readings() -> pd.DataFrame:
    """Return a wide table without days or quantities."""
    return pd.DataFrame(index=pd.Index([], name="day", dtype=float))


def write_table(stem: Path, frame: pd.DataFrame, columns: dict, notes: dict | None = None) -> None:
    """Write ``<stem>.parquet`` and ``<stem>.csv``.

    Parameters
    ----------
    stem
        Path without ending.
    frame
        The rows; a column missing from it is left empty, one beyond `columns` is added.
    columns
        One of `SITES`, `BREAKS`, `TRACKS`, `READINGS`.
    notes
        More for the schema's metadata, JSON by key.
    """
    table = arrow(frame, columns)
    metadata = {key: json.dumps(value, sort_keys=True) for key, value in (notes or {}).items()}
    table = table.replace_schema_metadata(metadata)
    parquet, csv = stem.with_suffix(".parquet"), stem.with_suffix(".csv")
    write_atomically(parquet, lambda file: _to_parquet(table, file))
    text = table.to_pandas().to_csv(index=False, lineterminator="\n")
    write_atomically(csv, lambda file: file.write(text.encode()))


def _to_parquet(table: pa.Table, file) -> None:
    pq.write_table(table, file, compression="zstd", write_page_checksum=True)


def read_table(path: Path) -> tuple[pd.DataFrame, dict]:
    """Read a Parquet table and the notes in its schema.

    Raises
    ------
    InputError
        If the file is missing or damaged.
    """
    content = read_bytes(path)
    try:
        table = pq.read_table(io.BytesIO(content), page_checksum_verification=True)
        notes = {
            key.decode(): json.loads(value) for key, value in (table.schema.metadata or {}).items()
        }
        return table.replace_schema_metadata(None).to_pandas(), notes
    except (pa.ArrowException, OSError, ValueError, EOFError) as error:
        msg = f"{path} is damaged: it is not a whole Parquet table"
        raise InputError(msg) from error


def read_chosen(path: Path, filters: list[tuple], columns: list[str]) -> pd.DataFrame:
    """Read the rows of a Parquet table that pass `filters`, and of them some columns.

    Raises
    ------
    InputError
        If the file is missing or damaged.
    """
    try:
        table = pq.read_table(
            path, filters=filters, columns=columns, page_checksum_verification=True
        )
        return table.to_pandas()
    except FileNotFoundError as error:
        msg = f"{path} is missing"
        raise InputError(msg) from error
    except (pa.ArrowException, OSError, ValueError, EOFError) as error:
        msg = f"{path} is damaged: it is not a whole Parquet table"
        raise InputError(msg) from error


def arrow(frame: pd.DataFrame, columns: dict) -> pa.Table:
    """Return an Arrow table of the declared types, with unit and meaning on each column."""
    arrays, fields = [], []
    for name, (kind, unit, doc) in columns.items():
        data = frame[name] if name in frame else np.full(len(frame), None, object)
        array = pa.array(data, type=pa.type_for_alias(kind), from_pandas=True)
        arrays.append(array)
        fields.append(pa.field(name, array.type, metadata={"unit": unit, "doc": doc}))
    for name in frame.columns.difference(list(columns), sort=False):
        arrays.append(pa.array(frame[name], from_pandas=True))
        fields.append(pa.field(name, arrays[-1].type))
    return pa.Table.from_arrays(arrays, schema=pa.schema(fields))
