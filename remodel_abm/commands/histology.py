"""`histology`: a biopsy of a run, stained, labelled and counted."""

from pathlib import Path
from typing import Annotated

import typer

from remodel_abm.declare import InputError

AXES = ("z", "y", "x")


def histology(
    folder: Annotated[Path, typer.Argument(metavar="RUN_FOLDER", help="A finished run.")],
    day: Annotated[
        int | None, typer.Option(help="Day of a snapshot; the last one if not given.")
    ] = None,
    cut: Annotated[str, typer.Option(metavar="z|y|x", help="Axis a volume is cut across.")] = "y",
    at: Annotated[float, typer.Option(min=0.0, max=1.0, help="Where, as a share of it.")] = 0.5,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="PNG or SVG; usually RUN_FOLDER/figures/histology-dayN.png."
        ),
    ] = None,
):
    """Draw a biopsy: the section stained after Goldner and under fluorescence, and count it.

    What a technician counts with a grid stands beside what the model knows.

    Examples:

      remodel-abm histology runs/menopause-seed1

      remodel-abm histology runs/volume --day 360 --cut y --at 0.3
    """
    from remodel_abm.commands.tables import show
    from remodel_abm.histology import Biopsy, write
    from remodel_abm.results import Results
    from remodel_abm.results.files import explained

    if cut not in AXES:
        msg = f"--cut {cut!r} is no axis; allowed are z, y and x"
        raise InputError(msg)
    biopsy = Biopsy(Results.load(folder), day, AXES.index(cut), at)
    path = out or folder / "figures" / f"histology-day{biopsy.slide.day}.png"
    with explained(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
    paths = write(biopsy, path)
    columns = {"measure": "left", "unit": "left", "technician": "right", "± SE": "right",
               "counted": "right", "whole section": "right", "model": "right"}  # fmt: skip
    rows = [
        [None if cell != cell else cell for cell in row[:-1]]
        for row in biopsy.table().itertuples(index=False)
    ]
    show(
        f"Biopsy on day {biopsy.slide.day}", columns, rows, f"wrote {paths[0]} and {paths[1].name}"
    )
