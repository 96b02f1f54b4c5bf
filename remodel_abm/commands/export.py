"""`export`: a run's snapshots for ParaView."""

from pathlib import Path
from typing import Annotated

import typer


def export(
    folder: Annotated[Path, typer.Argument(metavar="RUN_FOLDER", help="A finished run.")],
    out: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Usually RUN_FOLDER/paraview.")
    ] = None,
):
    """Write a run's snapshots as VTK image data, with the cells as points, for ParaView.

    Open bone.pvd there: its time is in days.

    Example:

      remodel-abm export runs/menopause-seed1
    """
    from remodel_abm.results import Results
    from remodel_abm.results.export import to_paraview

    print(f"wrote {to_paraview(Results.load(folder), out or folder / 'paraview')}")
