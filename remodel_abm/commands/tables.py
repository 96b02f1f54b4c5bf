"""Tables for people and for programs: drawn on a terminal, or written as CSV."""

import csv
import io
import sys
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table

from remodel_abm.results.files import write_text

NARROWEST = 120  # characters a table may take where no terminal sets a width


def console() -> Console:
    """Return standard output; wide enough for a table when it is a file or a pipe."""
    found = Console(highlight=False)
    return found if found.is_terminal else Console(highlight=False, width=max(NARROWEST, 200))


def show(title: str, columns: dict[str, str], rows, note: str = "") -> None:
    """Print a table.

    Parameters
    ----------
    title
        Above it.
    columns
        Header and how the column stands: ``left``, ``right`` or ``wrap``.
    rows
        A sequence of cells each.
    note
        Below it.
    """
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for name, way in columns.items():
        table.add_column(
            name,
            justify="right" if way == "right" else "left",
            no_wrap=way != "wrap",
            overflow="fold",
        )
    for row in rows:
        table.add_row(*(text(cell).replace("[", "\\[") for cell in row))
    console().print(table)
    if note:
        print(note)


def write_csv(path: str | Path, header, rows) -> None:
    """Write a table as CSV, to standard output if the path is ``-``.

    Raises
    ------
    InputError
        If the file cannot be written.
    """
    content = io.StringIO()
    writer = csv.writer(content, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(["" if cell is None else cell for cell in row] for row in rows)
    if str(path) == "-":
        sys.stdout.write(content.getvalue())
        return
    write_text(path, content.getvalue())
    print(f"wrote {path}")


def text(cell) -> str:
    """Return a cell as it is printed: numbers to four figures."""
    if cell is None:
        return ""
    return f"{cell:.4g}" if isinstance(cell, float) else str(cell)
