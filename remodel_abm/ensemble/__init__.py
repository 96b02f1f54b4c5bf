"""Ensembles: many seeds and bones of several arms, paired, pooled and kept as one dataset (K13).

The same seed in two arms is the same bone and the same draws, so that arms differ by what differs
between their scenarios and by nothing else.

A folder of an ensemble holds

=====================  ============================================================================
``readings.parquet``   a row an arm, bone, seed, day and measure: value, unit
``runs.*``             a row a run: audit, tissue volume, mean bone surface, shape, origin of bone
``sites.*``            remodeling sites of all runs, as in a run, with arm, bone and seed
``breaks.*``           perforations and rods lost in all runs
``bands.*``            pooled mean with its interval, median and percentiles of runs, by period
``arms/``              the scenario of each arm
``runs/``              a folder a run, as `Results.load` reads it, without figures
``ensemble.json``      arms, bones, seeds, version: written last
``timing.json``        seconds by run; the one file that differs between equal ensembles
=====================  ============================================================================

where ``*`` is both Parquet and CSV.

Examples
--------
>>> from remodel_abm import ensemble                                           # doctest: +SKIP
>>> found = ensemble.run(["reference", "menopause"], replicates=4, folder="e") # doctest: +SKIP
>>> found.changes("bmd")["menopause"].mean(axis=1)                             # doctest: +SKIP
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

from remodel_abm.ensemble import engine, gather
from remodel_abm.ensemble.bands import bands
from remodel_abm.ensemble.dataset import Ensemble
from remodel_abm.ensemble.plan import arms_of, check_bones, plan, whole_above
from remodel_abm.ensemble.tally import Board, Tally

__all__ = ["Board", "Ensemble", "Tally", "run"]


def run(
    scenarios,
    folder: str | Path,
    replicates: int | Mapping[str, int] = 20,
    bones: Iterable[str] = (),
    workers: int = 2,
    scheduler: str | None = None,
    first_seed: int = 1,
    snapshot_every: float | Mapping[str, float | None] | None = None,
    progress: bool | Tally = False,
    banded: bool = True,
    **changes,
) -> Ensemble:
    """Run every arm in every bone under every seed; what is finished is not repeated.

    In a script, call it below ``if __name__ == "__main__":``, since processes read the script.

    Parameters
    ----------
    scenarios
        Names, files or `Scenario`, or a mapping from names of arms to these.
    folder
        Of the ensemble; one that was stopped goes on, one with fewer runs grows.
    replicates, first_seed
        Number of seeds, of all arms or by arm, and the first of them.
    bones
        See `plan`; without any, the bone that each scenario names.
    workers
        Processes on this machine; 0 runs in this one.
    scheduler
        Address of a Dask scheduler instead, whose workers see the same folder.
    snapshot_every
        Days between snapshots, of all arms or by arm; without it the first and the last day are
        kept. [d]
    progress
        True to show how far it is, or a `Tally`.
    banded
        False to write no bands: those of hundreds of arms take minutes and gigabytes.
    **changes
        Fields to replace in every arm, such as ``years=5`` or ``off=["M11"]``.

    Returns
    -------
    Ensemble
        Readings, sites and, if asked for, bands.

    Raises
    ------
    InputError
        If a scenario, bone or number is not sound, or the folder holds something else.
    Stopped
        If Ctrl-C arrived; the same call goes on.
    """
    whole_above(-1, "workers", workers)
    arms = arms_of(scenarios, **changes)
    numbers = replicates if isinstance(replicates, Mapping) else dict.fromkeys(arms, replicates)
    seeds = {
        arm: range(first_seed, first_seed + whole_above(0, "replicates", numbers.get(arm)))
        for arm in arms
    }
    folder = Path(folder)
    jobs = plan(arms, seeds, bones, folder, snapshot_every)
    check_bones(jobs)
    gather.make_ready(folder)
    tally = progress if isinstance(progress, Tally) else Board() if progress else Tally()
    engine.compute(jobs, workers, scheduler, tally)
    found = Ensemble(folder, gather.gather(folder, jobs))
    gather.seal(folder, found.plan, bands(found) if banded else None)
    return found
