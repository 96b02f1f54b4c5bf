"""`scoreboard`: what the model says beside what was measured, row by row."""

from pathlib import Path
from typing import Annotated

import typer

from remodel_abm.commands.simulate import pairs
from remodel_abm.commands.tables import show
from remodel_abm.declare import InputError

Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="A parameter, in every arm; repeat."),
]
Workers = Annotated[int, typer.Option(help="Processes on this machine; 0 takes this one.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print the last line only.")]


def scoreboard(
    small: Annotated[
        bool, typer.Option("--small", help="Small volumes, few seeds: minutes, for a first look.")
    ] = False,
    source: Annotated[
        Path | None,
        typer.Option("--from", metavar="FOLDER", help="Read ensembles instead of running them."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Where it goes; below runs/ without it.")
    ] = None,
    bones: Annotated[
        list[str] | None, typer.Option(metavar="FOLDER", help="An imported bone too; repeat.")
    ] = None,
    arms: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="This arm only; repeat.")
    ] = None,
    long: Annotated[bool, typer.Option("--long", help="The arms that live 70 years too.")] = False,
    seeds: Annotated[
        int | None,
        typer.Option(min=1, help="Seeds a bone, four times as many in brief arms; 20, small 4."),
    ] = None,
    workers: Workers = 2,
    set_: Set = None,
    quiet: Quiet = False,
):
    """Judge the model by every target: fitted, held out, met or not, beside two null models.

    Runs what is not there yet, and goes on after a stop. Leaves scoreboard.html, .csv and
    .parquet, whether its books balance (identities.csv), what broke (breaks.csv), and figures.

    Examples:

      remodel-abm scoreboard --small

      remodel-abm scoreboard --bones bones/L1 --bones bones/L2

      remodel-abm scoreboard --from runs/scoreboard
    """
    from remodel_abm.judgement import campaign, report

    if source is not None and (set_ or bones or seeds or arms or long):
        msg = "--from reads what was run; it cannot go with --set, --bones, --seeds, --arms, --long"
        raise InputError(msg)
    folder = out or source or Path("runs") / ("scoreboard-small" if small else "scoreboard")
    if source is None:
        scenarios = campaign.plan(small, arms or (), bones or (), long, set=pairs(set_))
        number = seeds or (campaign.SMALL if small else campaign.FULL).seeds
        found = campaign.run(folder, scenarios, number, workers, progress=not quiet)
    else:
        small = small or report.was_small(source)
        found = campaign.read(source)
    board = report.judge(found, folder, small)
    if not quiet:
        _tell(board, folder)
    print(board.last_line)


def _tell(board, folder: Path) -> None:
    judged = board.table[board.table["verdict"].isin(["met", "not met"])]
    rows = [
        (row.id, row.kind, row.quantity, row.predicted, row.measured, row.unit, row.z, row.verdict,
         row.equations_verdict)
        for row in judged.itertuples()
    ]  # fmt: skip
    numbers = dict.fromkeys(("predicted", "measured", "z"), "right")
    heads = ("row", "kind", "quantity", "predicted", "measured", "unit", "z", "verdict",
             "two equations")  # fmt: skip
    note = f"All rows, figures and what they rest on are in {folder / 'scoreboard.html'}"
    show("Scoreboard", {name: numbers.get(name, "left") for name in heads}, rows, note)
    for warning in board.warnings:
        print(f"Note: {warning}")
    for sentence in filter(None, (board.books, board.breaks)):
        print(sentence)
