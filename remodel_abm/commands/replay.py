"""`replay`: a run as one HTML file that plays anywhere."""

from pathlib import Path
from typing import Annotated

import typer


def replay(
    folder: Annotated[Path, typer.Argument(metavar="RUN_FOLDER", help="A finished run.")],
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The file; usually RUN_FOLDER/replay.html.")
    ] = None,
):
    """Write a run as one HTML file: the bone day by day, every course, no server, no network.

    It can be mailed to a class and opened by a double click.

    Example:

      remodel-abm replay runs/menopause-seed1
    """
    from remodel_abm.replay import write
    from remodel_abm.results import Results

    path = write(Results.load(folder), out or folder / "replay.html")
    print(f"wrote {path} ({path.stat().st_size / 1e6:.1f} MB)")
