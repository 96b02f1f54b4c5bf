"""`sensitivity`: which parameters move loss of bone, turnover and architecture."""

from pathlib import Path
from typing import Annotated

import typer

from remodel_abm.commands.judge import Quiet, Workers
from remodel_abm.commands.tables import show
from remodel_abm.declare import InputError, nearest

SHOWN = 12


def sensitivity(
    trajectories: Annotated[
        int, typer.Option(min=2, help="Of the screening; each takes a run more than parameters.")
    ] = 10,
    lead: Annotated[
        int, typer.Option(min=0, help="Leading parameters whose variance is shared out; 0: none.")
    ] = 6,
    samples: Annotated[
        int, typer.Option(min=2, help="Of that, a power of 2; takes samples x (lead + 2) runs.")
    ] = 64,
    part: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Parameters of this part only; repeat.")
    ] = None,
    edge: Annotated[int, typer.Option(min=12, help="Of the cube of bone, voxels of 20 um.")] = 30,
    years: Annotated[float, typer.Option(min=1.5, help="Length of the story.")] = 2.5,
    settling: Annotated[float, typer.Option(min=30.0, help="Days before the story.")] = 365.0,
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Of the design.")] = 1,
    out: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Of the study; below runs/ without it.")
    ] = None,
    store: Annotated[
        bool, typer.Option("--store", help="Keep the ranking in the package, for the ledger.")
    ] = False,
    workers: Workers = 2,
    quiet: Quiet = False,
):
    """Screen the parameters after Morris, then share out variance among the leading, after Sobol.

    Runs surgical menopause on one bone under one seed. The same command goes on after a stop.

    Examples:

      remodel-abm sensitivity --part osteoclast --part estrogen --trajectories 4 --lead 0

      remodel-abm sensitivity --store
    """
    from remodel_abm import ranking as shelf
    from remodel_abm import sensitivity as room
    from remodel_abm.results.tables import write_table

    names = _names(part, room)
    folder = out or Path("runs") / "sensitivity"

    def runs(what: str, chosen):
        return room.evaluator(folder / what, chosen, edge, years, settling, workers, not quiet)

    number = trajectories * (len(names) + 1)
    if not quiet:
        print(f"Screening {len(names)} parameters: {number} runs", flush=True)
    ranking = room.morris(names, runs("morris", names), trajectories, seed)
    write_table(folder / "morris", ranking, {})
    about = (
        f"Morris, {trajectories} trajectories, {number} runs of surgical menopause: one cube of "
        f"{edge * 0.02:.2g} mm, {settling:g} d and {years:g} yr, seed {seed}"
    )
    if store:
        shelf.store(ranking, about)
    if not quiet:
        for output in room.OUTPUTS:
            _tell(ranking[ranking["output"] == output.name], output)
        print(about)
    if lead:
        first = room.leading(ranking, lead)
        shares = room.sobol(first, runs("sobol", first), samples, seed)
        write_table(folder / "sobol", shares, {})
        if not quiet:
            _tell_shares(shares, samples * (len(first) + 2))
    print(f"Tables are in {folder}")


def _names(parts: list[str] | None, room) -> list[str]:
    free = room.free_parameters()
    known = dict.fromkeys(name.partition(".")[0] for name in free)
    for name in parts or ():
        if name not in known:
            msg = f"no part with parameters that such runs feel is called {name!r}"
            raise InputError(msg + nearest(name, known))
    return [name for name in free if not parts or name.partition(".")[0] in parts]


def _tell(table, output) -> None:
    rows = [(row.rank, row.parameter, row.mu_star, row.sigma) for row in table.itertuples()]
    ways = {"rank": "right", "parameter": "left", "mu*": "right", "sigma": "right"}
    show(f"{output.name}: {output.doc} ({output.unit})", ways, rows[:SHOWN])


def _tell_shares(table, number: int) -> None:
    rows = [
        (row.output, row.parameter, float(row.first), float(row.first_half), float(row.total),
         float(row.total_half))
        for row in table.itertuples()
    ]  # fmt: skip
    numbers = ("first", "+/-", "total", "+/- ")
    ways = {"output": "left", "parameter": "left"} | dict.fromkeys(numbers, "right")
    show(f"Shares of variance after Sobol, {number} runs", ways, rows)
