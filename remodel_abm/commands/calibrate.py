"""`calibrate`: fit what a stage leaves free to the rows that it may see, and keep the record."""

import tomllib
from pathlib import Path
from typing import Annotated

import typer

from remodel_abm.commands.judge import Quiet, Workers
from remodel_abm.commands.tables import show
from remodel_abm.declare import InputError


def calibrate(
    stage: Annotated[
        int, typer.Argument(help="0 homeostasis, 1 menopause, 2 share of the cytokines.")
    ],
    trials: Annotated[int, typer.Option(min=1, help="Trials in all, those there among them.")] = 60,
    out: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Of the study; below runs/ without it.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Of the sampler.")] = 1,
    seeds: Annotated[
        int | None, typer.Option(min=1, help="Seeds of a trial, the same in each.")
    ] = None,
    edge: Annotated[
        int | None, typer.Option(min=12, help="Edge of the cube of bone, in voxels of 20 um.")
    ] = None,
    frozen: Annotated[
        list[Path] | None,
        typer.Option(metavar="TOML", help="Values of an earlier stage, as its study left; repeat."),
    ] = None,
    small: Annotated[
        bool, typer.Option("--small", help="Small volumes and short arms, to see that it works.")
    ] = False,
    workers: Workers = 2,
    quiet: Quiet = False,
):
    """Fit the free parameters of a stage to its CAL rows, on common bones, seeds and draws.

    Leaves the record of trials, best values as a [set] block to copy into the declarations, and
    what the record can tell apart. The same command goes on after a stop.

    Examples:

      remodel-abm calibrate 0 --trials 80

      remodel-abm calibrate 1 --frozen runs/calibrate-0/values.toml
    """
    from dataclasses import replace

    from remodel_abm.calibration import stages, study
    from remodel_abm.calibration.trials import SMALL, USUAL, arms_of, simulator

    chosen = stages.stage(stage)
    size = SMALL if small else USUAL
    size = size._replace(seeds=seeds or size.seeds, edge=edge or size.edge)
    kept = _frozen(frozen or [], chosen)
    folder = out or Path("runs") / f"calibrate-{stage}"
    usable = replace(chosen, arms=tuple(arms_of(chosen, small)))
    if not usable.arms:
        msg = f"stage {stage} has no arm in the small version; leave --small away"
        raise InputError(msg)
    simulate = simulator(usable, folder, size, small, workers, kept)
    about = {"size": size._asdict(), "small": small, "frozen": kept}
    found = study.Study(usable, simulate, folder, seed, about)
    if not quiet:
        print(f"Stage {stage}, {chosen.title}: {len(found.trials)} of {trials} trials are there")
    found.run(trials, None if quiet else _tell)
    print(found.block(), end="")
    _tell_apart(found, quiet)


def _tell(number: int, misfit: float) -> None:
    print(f"trial {number}: misfit {misfit:.3f}", flush=True)


def _frozen(files: list[Path], stage) -> dict[str, float]:
    """Return the values of earlier stages, checked as a scenario checks them."""
    from remodel_abm.scenario import Scenario

    kept: dict[str, float] = {}
    for path in files:
        try:
            table = tomllib.loads(path.read_text(encoding="utf-8")).get("set", {})
        except (OSError, ValueError) as error:
            msg = f"{path} cannot be read as TOML: {error}"
            raise InputError(msg) from error
        kept |= dict(Scenario.load("reference", set=table).set)
    for name in stage.free:
        if name in kept:
            msg = f"{name} is free in stage {stage.number}, so it cannot be frozen"
            raise InputError(msg)
    return kept


def _tell_apart(study, quiet: bool) -> None:
    """Write and print what the record tells apart, if it is long enough."""
    from remodel_abm.calibration.identify import identify
    from remodel_abm.calibration.picture import save

    try:
        found = identify(study)
    except InputError as error:
        print(f"Note: {error}")
        return
    save(found, study)
    if quiet:
        return
    rows = [
        (row.parameter, row.best, row.mean, row.spread, f"{100 * row.share_of_range:.0f} %",
         "yes" if row.identified else "no")
        for row in found.table.itertuples()
    ]  # fmt: skip
    ways = {"parameter": "left", "best": "right", "mean": "right", "spread": "right",
            "of its range": "right", "identified": "left"}  # fmt: skip
    told = [" with ".join(group) if len(group) > 1 else f"{group[0]} alone"
            for group in found.groups]  # fmt: skip
    note = "Not told apart: " + ("; ".join(told) or "none")
    show("What the record tells", ways, rows, note)
