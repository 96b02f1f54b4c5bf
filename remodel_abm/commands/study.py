"""`ablation` and `discretisation`: what each mechanism does, and what the grid does."""

from pathlib import Path
from typing import Annotated

import typer

from remodel_abm.commands.ensemble import (
    Bones,
    Out,
    Quiet,
    Replicates,
    Scheduler,
    Set,
    Workers,
    Years,
    accuse,
    changes,
    listed,
)
from remodel_abm.commands.tables import show


def ablation(
    scenario: Annotated[
        str, typer.Argument(help="A TOML file or a bundled name, such as menopause.")
    ],
    replicates: Replicates = 20,
    mechanisms: Annotated[
        list[str] | None,
        typer.Option(metavar="ID", help="Mechanisms, apart by commas; without it, all."),
    ] = None,
    bones: Bones = None,
    out: Out = None,
    workers: Workers = 2,
    scheduler: Scheduler = None,
    years: Years = None,
    set_: Set = None,
    quiet: Quiet = False,
):
    """Switch each mechanism off in turn; say what that does to loss, sites and markers.

    Outcomes are means over the last year of the story, against the intact arm, pair by pair.

    Examples:

      remodel-abm ablation menopause --replicates 20 --years 4

      remodel-abm ablation menopause --mechanisms M01,M02,M11 --replicates 8
    """
    from remodel_abm.ensemble.ablation import ablate

    folder = out or Path("runs") / f"ablation-{Path(scenario).stem}"
    found = ablate(
        scenario, folder, replicates, listed(mechanisms), bones=listed(bones), workers=workers,
        scheduler=scheduler, progress=not quiet, **changes(years, set_, None),
    )  # fmt: skip
    found.save(folder)
    if not quiet:
        _tell(found.table)
        print(f"Table and figure are in {folder}")
    accuse(found.ensemble)


def _tell(table) -> None:
    """Print a row a mechanism, a column an outcome."""
    outcomes = table.drop_duplicates("outcome")
    columns = {"mechanism": "left", **dict.fromkeys(_heads(outcomes), "right")}
    rows = []
    for mechanism, mine in table.groupby("mechanism", sort=False):
        of = mine.set_index("outcome")
        intact = mechanism == "intact"
        told = [
            f"{of.loc[name, 'intact']:.3g}" if intact else _effect(of.loc[name])
            for name in outcomes["outcome"]
        ]
        rows.append((mechanism if intact else f"{mechanism} off", *told))
    note = "Changes against the intact arm; * where the 95 % interval leaves out nought."
    show("What each mechanism does", columns, rows, note)


def _heads(outcomes) -> list[str]:
    return [f"{row.symbol} ({row.unit.split()[0]})" for row in outcomes.itertuples()]


def _effect(row) -> str:
    if row["effect"] != row["effect"]:
        return ""
    sure = row["low"] > 0 or row["high"] < 0
    return f"{row['effect']:+.3g}{'*' if sure else ' '}"


def discretisation(
    scenario: Annotated[str, typer.Argument(help="A TOML file or a bundled name.")] = "menopause",
    replicates: Replicates = 8,
    kinds: Annotated[
        list[str] | None, typer.Option("--bone", help="section or volume; both without it.")
    ] = None,
    small: Annotated[bool, typer.Option("--small", help="Small bones: minutes, wide bands.")] = (
        False
    ),
    out: Out = None,
    workers: Workers = 2,
    scheduler: Scheduler = None,
    years: Years = None,
    set_: Set = None,
    quiet: Quiet = False,
):
    """Say what changes with voxels of 20, 10 and 5 um, half steps, finer and coarser fields.

    Examples:

      remodel-abm discretisation --small --years 1 --replicates 4

      remodel-abm discretisation menopause --bone section
    """
    from remodel_abm.ensemble.discretisation import study

    folder = out or Path("runs") / f"discretisation-{Path(scenario).stem}"
    found = study(
        scenario, folder, replicates, listed(kinds) or ("section", "volume"), small,
        workers=workers, scheduler=scheduler, progress=not quiet, **changes(years, set_, None),
    )  # fmt: skip
    found.save(folder)
    if not quiet:
        for bone, mine in found.table.groupby("bone", sort=False):
            rows = [_resolved(row) for row in mine.itertuples() if row.arm != "voxel-10"]
            show(f"{bone}, against voxels of 10 um, steps of a day",
                 {"measure": "left", "arm": "left", "mean": "right", "off by": "right",
                  "95 %": "left", "unit": "left", "share": "right"}, rows)  # fmt: skip
        print(f"Tables and figures are in {folder}")
    for one in found.ensembles.values():
        accuse(one)


def _resolved(row) -> tuple:
    name = f"{row.symbol}, change" if row.kind == "change" else row.symbol
    share = f"{row.off_share:+.0f} %" if row.off_share == row.off_share else ""
    return (name, row.arm, float(row.mean), f"{row.off:+.3g}",
            f"{row.off_low:+.3g} to {row.off_high:+.3g}", row.unit, share)  # fmt: skip
