"""The command line: ``remodel-abm``, or ``python -m remodel_abm``."""

from typing import Annotated

import typer

from remodel_abm import __version__
from remodel_abm.commands import (
    Group,
    calibrate,
    dashboard,
    describe,
    ensemble,
    export,
    histology,
    image,
    judge,
    machine,
    replay,
    sensitivity,
    simulate,
    study,
)  # fmt: skip

app = typer.Typer(
    cls=Group,
    name="remodel-abm",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:
    if asked:
        print(f"remodel-abm {__version__}")
        raise typer.Exit


@app.callback()
def about(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version."),
    ] = False,
):
    """Living trabecular bone, cell by cell: an agent-based simulation of remodeling.

    Begin with [bold]remodel-abm run menopause[/], or look round first:

      remodel-abm scenarios            what can be run

      remodel-abm parts                a day, step by step

      remodel-abm parameters           every number, with its source

      remodel-abm run --help           bones, seeds, switches

    A model for research and teaching: no medical advice.
    """


app.command("run")(simulate.run)
app.command("resume")(simulate.resume)
app.command("ensemble")(ensemble.ensemble)
app.command("compare")(ensemble.compare)
app.command("ablation")(study.ablation)
app.command("discretisation")(study.discretisation)
app.command("dashboard")(dashboard.dashboard)
app.command("scenarios")(describe.scenarios)
app.command("parts")(describe.parts)
app.command("parameters")(describe.parameters)
app.command("import-bone")(image.import_bone)
app.command("measure")(image.measure)
app.command("replay")(replay.replay)
app.command("export")(export.export)
app.command("histology")(histology.histology)
app.command("scoreboard")(judge.scoreboard)
app.command("calibrate")(calibrate.calibrate)
app.command("sensitivity")(sensitivity.sensitivity)
app.command("doctor")(machine.doctor)


def main() -> None:
    """Run the command line."""
    app(prog_name="remodel-abm")


if __name__ == "__main__":
    main()
