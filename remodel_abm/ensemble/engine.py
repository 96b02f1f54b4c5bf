"""The engine: runs on the cores of this machine, or on those of a Dask cluster.

Each run is lived by `driver` in its own folder, so what was interrupted goes on from its last
checkpoint. A cluster must see the ensemble's folder under the same path and have the same
version installed.
"""

import contextlib
import logging
import signal
from pathlib import Path
from time import perf_counter

from remodel_abm import driver, kernel
from remodel_abm.declare import InputError
from remodel_abm.ensemble.plan import Job
from remodel_abm.ensemble.tally import TOPIC, Tally
from remodel_abm.results.checkpoint import DamagedCheckpoint
from remodel_abm.results.files import clear_run, is_run_folder, read_bytes
from remodel_abm.scenario import Scenario
from remodel_abm.watch import Stopped, Watcher

WARMING = 31  # steps after which all that compiles in a day has been compiled
TOLD_EVERY = 0.5  # s
NOT_KEPT = ("checkpoint*.npz", "*.csv", "tracks.*")


def compute(jobs: list[Job], workers: int, scheduler: str | None, tally: Tally) -> None:
    """Live every run that is not finished.

    Parameters
    ----------
    jobs
        The plan.
    workers
        Processes on this machine; 0 lives the runs in this process, one by one.
    scheduler
        Address of a Dask scheduler, such as ``tcp://node1:8786``, instead of this machine.
    tally
        Who is told how far it is.

    Raises
    ------
    InputError
        If a folder holds a run of another scenario, or the scheduler does not answer.
    Stopped
        If Ctrl-C arrived; the same call goes on.
    """
    left = [job for job in jobs if not is_finished(job)]
    tally.begin(jobs, left)
    try:
        if left and workers == 0 and scheduler is None:
            _here(left, tally)
        elif left:
            _on_dask(left, workers, scheduler, tally)
    except KeyboardInterrupt as error:
        msg = f"stopped after {tally.done} of {len(jobs)} runs; the same command goes on"
        raise Stopped(msg) from error
    finally:
        tally.end()


def is_finished(job: Job) -> bool:
    """Tell whether the run of a job is over.

    Raises
    ------
    InputError
        If its folder holds a run of another scenario.
    """
    text = job.folder / "scenario.toml"
    if text.exists() and read_bytes(text).decode() != job.scenario.to_toml():
        msg = f"{job.folder} holds a run of another scenario; name another folder for the ensemble"
        raise InputError(msg)
    return (job.folder / driver.FINISHED).exists()


def _here(jobs: list[Job], tally: Tally) -> None:
    for job in jobs:
        tally.finished(live(job, lambda event: tally.heard((0.0, event))))


def _on_dask(jobs: list[Job], workers: int, scheduler: str | None, tally: Tally) -> None:
    from distributed import as_completed

    with _client(workers, scheduler) as client:
        client.subscribe_topic(TOPIC, tally.heard)
        # One process compiles; the others find its kernels on disk.
        client.submit(warm, jobs[0].scenario, pure=False).result()
        futures = [client.submit(_live_and_tell, job, pure=False) for job in jobs]
        for future in as_completed(futures):
            tally.finished(future.result())


@contextlib.contextmanager
def _client(workers: int, scheduler: str | None):
    """Open a client of the scheduler at an address, or of processes on this machine."""
    import dask
    from distributed import Client, LocalCluster

    with contextlib.ExitStack() as stack:
        own = scheduler is None
        if own:
            if workers > 1:
                # Every core has a run of its own: none spreads its signals over more. Said before
                # a process starts, since numba reads it once, and a script may import numba first.
                alone = {"distributed.nanny.pre-spawn-environ.NUMBA_NUM_THREADS": 1}
                stack.enter_context(dask.config.set(alone))
            scheduler = stack.enter_context(
                LocalCluster(
                    n_workers=workers,
                    threads_per_worker=1,
                    dashboard_address=":0",
                    # What goes wrong in a run arrives with its future. On a busy machine workers
                    # print a traceback of a heartbeat to a scheduler that has just been closed.
                    silence_logs=logging.CRITICAL,
                )
            )
        try:
            client = Client(scheduler)
        except (OSError, ValueError) as error:
            msg = f"no Dask scheduler answers at {scheduler!r}: {error}"
            raise InputError(msg) from error
        stack.enter_context(client)
        if own:
            client.run(_leave_control_c_to_us)
        yield client


def _leave_control_c_to_us() -> None:
    """Ignore Ctrl-C in a worker: a terminal sends it to all, and one traceback each is no help."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def warm(scenario: Scenario) -> None:
    """Compile what a day of this scenario needs, on a bone that costs nothing."""
    from remodel_abm.model import Model

    if kernel.is_warm():
        return
    small = {"source": "section", "shape": (1, 32, 32), "voxel": 10.0}
    model = Model(scenario.with_(bone=small, settling=0))
    for _ in range(WARMING):
        model.step()
    model.close()


def _live_and_tell(job: Job) -> dict:
    from distributed import get_worker

    worker = get_worker()
    return live(job, lambda event: worker.log_event(TOPIC, event))


def live(job: Job, tell=lambda event: None) -> dict:
    """Live one run to its end, or the rest of it, and keep what tables and maps need.

    Returns
    -------
    dict
        key: arm, bone, seed.
    """
    watcher = _Teller(job, tell)
    begun = (job.folder / "scenario.toml").exists() and is_run_folder(job.folder)
    if begun and not is_finished(job):
        with contextlib.suppress(DamagedCheckpoint):  # from the start then
            driver.resume(job.folder, watcher, figures=False)
    if not is_finished(job):
        clear_run(job.folder)
        driver.run(job.scenario, job.folder, progress=watcher, figures=False)
    thin(job.folder)
    return {"key": job.key}


def thin(folder: Path) -> None:
    """Remove from a finished run what the ensemble does not need."""
    for pattern in NOT_KEPT:
        for path in folder.glob(pattern):
            path.unlink()


class _Teller(Watcher):
    """Tells how far one run is."""

    def __init__(self, job: Job, tell):
        self.job, self.tell, self.told = job, tell, 0.0

    def begin(self, model) -> None:
        self._tell(model)

    def lived(self, model) -> None:
        if perf_counter() - self.told > TOLD_EVERY or model.is_over:
            self._tell(model)

    def _tell(self, model) -> None:
        self.told = perf_counter()
        self.tell({"key": list(self.job.key), "tick": model.tick})
