"""`ensemble` and `compare`: many runs as one, and what tells two arms apart."""

from pathlib import Path
from typing import Annotated

import typer

from remodel_abm.commands import AUDIT_FAILED
from remodel_abm.commands.simulate import TOLD, pairs
from remodel_abm.commands.tables import show
from remodel_abm.declare import InputError

ENOUGH = 100.0  # mm2 of bone surface an arm, below which an arm is noise (K13)

Scenarios = Annotated[
    list[str], typer.Argument(help="TOML files or bundled names, an arm each.", show_default=False)
]
Replicates = Annotated[
    int,
    typer.Option(
        "--replicates", "-n", min=1, max=10_000, help="Seeds an arm and bone, each a run."
    ),
]
Bones = Annotated[
    list[str] | None,
    typer.Option(
        help="Bones, apart by commas or repeated: [bold]section[/], [bold]volume:2[/] (by its "
        "seed), an imported bone. Without it, what the scenario says."
    ),
]
Out = Annotated[Path | None, typer.Option(help="Folder; without it, one below runs/.")]
Workers = Annotated[int, typer.Option(help="Processes on this machine; 0 takes this one.")]
Scheduler = Annotated[
    str | None, typer.Option(help="A Dask scheduler's address, such as tcp://node1:8786.")
]
Years = Annotated[float | None, typer.Option(help="Length of the story, in years.")]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="A parameter, in every arm; repeat."),
]
Off = Annotated[
    list[str] | None, typer.Option(metavar="ID", help="A mechanism off in every arm; repeat.")
]
FirstSeed = Annotated[int, typer.Option(help="The first seed.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")]


def ensemble(
    scenarios: Scenarios,
    replicates: Replicates = 20,
    bones: Bones = None,
    out: Out = None,
    workers: Workers = 2,
    scheduler: Scheduler = None,
    years: Years = None,
    set_: Set = None,
    off: Off = None,
    first_seed: FirstSeed = 1,
    snapshot_every: Annotated[
        float | None,
        typer.Option(
            min=1.0, max=1e6, help="Days between snapshots; without it, the first and last day."
        ),
    ] = None,
    no_figures: Annotated[bool, typer.Option("--no-figures", help="Tables only.")] = False,
    quiet: Quiet = False,
):
    """Run seeds x bones x arms over the cores; leave one dataset with bands.

    Examples:

      remodel-abm ensemble reference menopause --replicates 20

      remodel-abm ensemble menopause --bones volume:1,volume:2,bones/L1 --years 5

    The same command goes on after Ctrl-C or a crash: finished runs are not repeated.
    """
    from remodel_abm import ensemble as room

    folder = out or Path("runs") / f"ensemble-{'-'.join(Path(name).stem for name in scenarios)}"
    found = room.run(
        scenarios, folder, replicates, listed(bones), workers, scheduler, first_seed,
        snapshot_every, progress=not quiet, **changes(years, set_, off),
    )  # fmt: skip
    if not no_figures:
        found.draw()
    if not quiet:
        conclude(found)
    accuse(found)


def compare(
    what: Annotated[
        list[str],
        typer.Argument(
            metavar="A B", show_default=False,
            help="Two run folders; or the folder of an ensemble and two of its arms.",
        ),
    ],
    out: Annotated[
        Path | None, typer.Option(help="Folder; without it, compare-A-B beside the second.")
    ] = None,
    day: Annotated[
        float | None, typer.Option(help="Day that is printed; without it, the last.")
    ] = None,
    quiet: Quiet = False,
):  # fmt: skip
    """Say what tells two arms apart, pair by pair: same bone, same draws.

    Examples:

      remodel-abm compare runs/menopause-seed1 runs/hormone-therapy-seed1

      remodel-abm compare runs/ensemble-reference-menopause reference menopause

    Leaves differences with intervals and effect sizes, maps and figures.
    """
    from remodel_abm.ensemble import Ensemble
    from remodel_abm.ensemble.compare import compare_runs

    if len(what) not in (2, 3):
        msg = f"compare takes two runs, or an ensemble and two of its arms, not {len(what)} names"
        raise InputError(msg)
    if len(what) == 3:
        beside, names = Path(what[0]), what[1:]
        found = Ensemble.load(beside).compare(*names)
    else:
        beside, names = Path(what[1]).parent, [Path(name).name for name in what]
        found = compare_runs(*what)
    first, last = found.table["day"].min(), found.table["day"].max()
    if day is not None and not first <= day <= last:
        msg = f"--day {day:g} is not between day {first:g} and day {last:g}, which were read"
        raise InputError(msg)
    folder = found.save(out or beside / f"compare-{names[0]}-{names[1]}")
    if not quiet:
        _tell(found, last if day is None else day)
        print(f"Tables, maps and figures are in {folder}")


def _tell(found, day: float) -> None:
    """Print the differences of the usual quantities."""
    rows = []
    for kind in ("value", "change"):
        table = found.at(day, kind)
        for name in [name for name in TOLD if name in table.index]:
            row = table.loc[name]
            ends = f"{row['low']:+.3g} to {row['high']:+.3g}" if row["pairs"] > 1 else ""
            effect = f"{row['dz']:+.2f}" if row["dz"] == row["dz"] else ""
            unit = "pp of change" if kind == "change" else row["unit"]
            rows.append((row["symbol"], f"{row['day']:.0f}", f"{row['mean']:+.3g}", ends, unit,
                         effect, int(row["pairs"])))  # fmt: skip
    show(f"{found.b} less {found.a}", {"measure": "left", "day": "right", "difference": "right",
         "95 %": "left", "unit": "left", "dz": "right", "pairs": "right"}, rows)  # fmt: skip


def changes(years: float | None, set_: list[str] | None, off: list[str] | None) -> dict:
    """Return the fields of a scenario that options replace."""
    given = {"years": years, "off": off, "set": pairs(set_)}
    return {key: value for key, value in given.items() if value not in (None, [], {})}


def listed(texts: list[str] | None) -> list[str]:
    """Return what was given apart by commas, or by repeating an option."""
    return [part.strip() for text in texts or () for part in text.split(",") if part.strip()]


def conclude(found) -> None:
    """Print where each arm ended, pooled, with its interval."""
    for arm in found.arms:
        rows = [_row(table) for _, table in _last(found.bands, arm)]
        show(f"{arm}, at the end", {"measure": "left", "pooled": "right", "95 %": "left",
             "unit": "left", "change": "right", "95 %, change": "left"}, rows)  # fmt: skip
    surface = found.runs.groupby("arm")["bone_surface"].sum().min()
    enough = "" if surface >= ENOUGH else f", of {ENOUGH:g} that it takes to tell more than noise"
    print(f"Bone surface an arm: {surface:.3g} mm2{enough}")
    print(f"Tables of {len(found.runs)} runs are in {found.folder}")


def _last(bands, arm: str):
    chosen = bands[(bands["arm"] == arm) & (bands["bone"] == "all")]
    for name in TOLD:
        table = chosen[chosen["measure"] == name]
        if len(table):
            yield name, table[table["day"] == table["day"].max()].set_index("kind")


def _row(table) -> tuple:
    def ends(kind):
        return "{:.3g} to {:.3g}".format(*table.loc[kind, ["low", "high"]])

    told = (
        [f"{table.loc['change', 'mean']:+.1f} %", ends("change")]
        if "change" in table.index
        else ["", ""]
    )
    value = table.loc["value"]
    return (value["symbol"], float(value["mean"]), ends("value"), value["unit"], *told)


def accuse(found) -> None:
    """Say which runs do not trust themselves, and leave with 3 if there are any."""
    failed = found.runs[found.runs["audit"] != "passed"]
    for run in failed.itertuples():
        typer.echo(
            f"remodel-abm: {run.folder} failed its audit: {run.audit}; do not use its numbers",
            err=True,
        )
    if len(failed):
        raise typer.Exit(AUDIT_FAILED)
