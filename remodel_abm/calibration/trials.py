"""Trials of the agents themselves: what a study runs when it is not given something faster."""

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from remodel_abm.calibration.stages import Stage
from remodel_abm.judgement import campaign
from remodel_abm.judgement.arms import Arm, arms_from, names
from remodel_abm.judgement.campaign import Size

# Two architectures, since how often sites open depends on how much surface marrow serves.
USUAL = Size(36, {"sparse": 0.12, "usual": 0.154}, 4, "2 yr")
SMALL = Size(24, {"usual": 0.154}, 1, "0.5 yr")


def simulator(
    stage: Stage,
    folder: Path,
    size: Size,
    small: bool = False,
    workers: int = 2,
    frozen: Mapping[str, float] | None = None,
) -> Callable[[dict[str, float], int], dict[str, Arm]]:
    """Return a function that runs the arms of a stage with given values.

    Every trial lives the same bones under the same seeds. What it ran is kept below `folder`
    until it has been judged, so a stopped trial goes on.

    Parameters
    ----------
    frozen
        Values of earlier stages, by full name.
    """
    place = Path(folder) / "running"

    def simulate(values: dict[str, float], number: int) -> dict[str, Arm]:
        mine = place / f"trial-{number:04d}"
        scenarios = campaign.plan(
            small, arms_of(stage, small), size=size, set=dict(frozen or {}) | values
        )
        arms = arms_from(campaign.run(mine, scenarios, size.seeds, workers), small)
        shutil.rmtree(mine, ignore_errors=True)
        return arms

    return simulate


def arms_of(stage: Stage, small: bool) -> list[str]:
    """Return the arms of a stage that its version has."""
    known = names(small)
    return [name for name in stage.arms if name in known]
