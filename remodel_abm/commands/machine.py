"""`doctor`: what this installation can do, and what is missing."""

from typing import Annotated

import typer

from remodel_abm.commands import BAD_INPUT
from remodel_abm.commands.tables import show


def doctor(
    tidy: Annotated[
        bool, typer.Option("--tidy", help="Delete compiled kernels of earlier versions.")
    ] = False,
):
    """Show versions, cores, memory, compiled kernels, and what is missing.

    Example:

      remodel-abm doctor
    """
    from remodel_abm import kernel
    from remodel_abm.doctor import examine

    if tidy:
        kernel.drop_old_caches()
    found = examine()
    rows = [("ok" if one.well else "!!", one.what, one.found, one.remedy) for one in found]
    show(
        "This installation",
        {"": "left", "what": "left", "found": "wrap", "to do": "wrap"},
        rows,
    )
    if not all(one.well for one in found):
        raise typer.Exit(BAD_INPUT)
