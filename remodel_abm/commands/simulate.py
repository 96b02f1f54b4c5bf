"""`run` and `resume`: simulate, show how far it is, say what came of it."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from remodel_abm.commands import AUDIT_FAILED
from remodel_abm.declare import InputError
from remodel_abm.results import BASELINE_DAYS
from remodel_abm.results.files import is_run_folder

ROOT = Path("runs")
TOLD = ("bv_tv", "tb_th", "tb_sp", "bmd", "ctx", "p1np", "ac_f", "perforations", "rod_losses")
MARKERS = ("ctx", "p1np")  # a day of few osteoclasts tells little of them

NoFigures = Annotated[bool, typer.Option("--no-figures", help="Tables and snapshots only.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")]


def run(
    scenario: Annotated[
        str, typer.Argument(help="A TOML file, or a bundled name: see [bold]scenarios[/].")
    ],
    out: Annotated[
        Path | None,
        typer.Option(help="Folder of the run; without it, runs/SCENARIO-seedN or the next free."),
    ] = None,
    bone: Annotated[
        str | None,
        typer.Option(help="[bold]section[/], [bold]volume[/], an imported bone, or an image."),
    ] = None,
    years: Annotated[float | None, typer.Option(help="Length of the story, in years.")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of every draw.")] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="A parameter by full name; repeat."),
    ] = None,
    off: Annotated[
        list[str] | None,
        typer.Option(metavar="ID", help="A mechanism to switch off, such as M11; repeat."),
    ] = None,
    no_figures: NoFigures = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace the run that --out holds.")
    ] = False,
    quiet: Quiet = False,
):
    """Simulate a scenario; leave tables, figures and a film in a folder.

    Examples:

      remodel-abm run menopause

      remodel-abm run menopause --bone volume --years 5 --seed 7

      remodel-abm run surgical-menopause --off M11 --out runs/no-t-cells

      remodel-abm run reference --set "osteoclast.apoptosis_rate=0.09 1/d"

    Ctrl-C puts the run aside; [bold]resume[/] goes on with it.
    """
    from remodel_abm import driver
    from remodel_abm.scenario import Scenario

    given = {"bone": bone, "years": years, "seed": seed, "off": off, "set": pairs(set_)}
    changes = {key: value for key, value in given.items() if value not in (None, [], {})}
    chosen = Scenario.load(scenario, **changes)
    folder = out or free_folder(f"{chosen.name}-seed{chosen.seed}")
    if not quiet:
        print(f"{chosen.title or chosen.name}, seed {chosen.seed}, into {folder}", flush=True)
    results = driver.run(
        chosen, folder, progress=not quiet, figures=not no_figures, overwrite=overwrite
    )
    _conclude(results, quiet, no_figures)


def resume(
    folder: Annotated[Path, typer.Argument(help="The folder of a run that was stopped.")],
    no_figures: NoFigures = False,
    quiet: Quiet = False,
):
    """Go on with a run that was stopped or killed, from its last checkpoint.

    It ends with the same bytes as a run that was never stopped.

    Example:

      remodel-abm resume runs/menopause-seed1
    """
    from remodel_abm import driver

    results = driver.resume(folder, progress=not quiet, figures=not no_figures)
    _conclude(results, quiet, no_figures)


def free_folder(name: str) -> Path:
    """Return ``runs/name``, or the next of it with a number that is not taken."""
    folder, number = ROOT / name, 1
    while folder.exists() and (is_run_folder(folder) or any(folder.iterdir())):
        number += 1
        folder = ROOT / f"{name}-{number}"
    return folder


def pairs(texts: list[str] | None) -> dict[str, str]:
    """Return the parameters of ``--set name=value`` by name."""
    found = {}
    for given in texts or ():
        name, sign, value = given.partition("=")
        if not sign or not name.strip() or not value.strip():
            msg = f"--set {given!r} is not NAME=VALUE, such as osteoclast.apoptosis_rate=0.09"
            raise InputError(msg)
        found[name.strip()] = value.strip()
    return found


def _conclude(results, quiet: bool, no_figures: bool) -> None:
    """Say what came of a run; leave with 3 if it does not trust itself."""
    from remodel_abm.commands.tables import show
    from remodel_abm.provenance import failures

    failed = failures(results.audit)
    if not quiet:
        sides = {"measure": "left", "value": "right", "unit": "left", "change": "right"}
        show("At the end; markers over half a year", sides, _told(results))
        what = "Tables and snapshots" if no_figures else "Tables, snapshots and figures"
        print(f"{what} are in {results.folder}")
        again = shlex.quote(str(results.folder / "scenario.toml"))
        print(f"One run is an anecdote: remodel-abm ensemble {again} tells means and bands")
    if failed:
        for name in failed:
            check = results.audit[name]
            typer.echo(
                f"remodel-abm: the run failed its audit: {name}: {check['value']:.3g} where "
                f"{check['tolerance']:.3g} is tolerated; do not use its numbers",
                err=True,
            )
        raise typer.Exit(AUDIT_FAILED)


def _told(results) -> list[tuple]:
    """Return symbol, value, unit and change of what a user would ask for first."""
    rows = []
    for name in TOLD:
        course = results.course(name) if name in results.daily else ()
        if len(course):
            quantity = results.quantity(name)
            last = course.index[-1]
            since = max(0.0, last - BASELINE_DAYS) if name in MARKERS else last
            value, change = (one.loc[since:].mean() for one in (course, results.changes(name)))
            told = f"{change:+.1f} %" if change == change else ""
            rows.append((quantity.symbol, float(value), quantity.unit, told))
    return rows
