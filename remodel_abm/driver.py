"""The driver: lives a scenario to its end and leaves a run folder, whatever comes between.

What is on disk is always whole. A run that was stopped, killed or ran out of disk goes on from its
last checkpoint, and ends with the same bytes as one that was never stopped; ``timing.json``, which
is written last and marks a run as finished, is the one file that differs.
"""

import contextlib
import math
import shlex
import tomllib
from pathlib import Path
from time import perf_counter

import numpy as np
import pandas as pd

from remodel_abm import kernel
from remodel_abm.declare import InputError
from remodel_abm.measures.breakage import break_table, distinct
from remodel_abm.measures.front import track_table
from remodel_abm.measures.unit import site_table
from remodel_abm.model import Model
from remodel_abm.provenance import provenance, with_verdict
from remodel_abm.results import Results, Snapshot
from remodel_abm.results.checkpoint import PREVIOUS, load_checkpoint, save_checkpoint
from remodel_abm.results.files import (
    check_writable,
    clear_run,
    explained,
    is_run_folder,
    write_json,
)
from remodel_abm.results.snapshot import SnapshotWriter
from remodel_abm.scenario import Scenario, build
from remodel_abm.watch import Reporter, Stopped, Watcher, stop_signals

CHECKPOINT = "checkpoint.npz"
FINISHED = "timing.json"
BYTES_A_VOXEL = 200  # two checkpoints of 65 bytes a voxel, snapshots and figures


def run(
    scenario: Scenario | str | Path,
    folder: str | Path | None = None,
    years: float | None = None,
    seed: int | None = None,
    progress: bool | Watcher = False,
    figures: bool = True,
    overwrite: bool = False,
    **changes,
) -> Results:
    """Run a scenario.

    Parameters
    ----------
    scenario
        A scenario, the path of one, or the name of a bundled one such as ``menopause``.
    folder
        Where the run is kept; without one it stays in memory.
    years, seed, **changes
        Fields of the scenario to replace, such as ``bone="volume"`` or ``off=["M11"]``.
    progress
        True to show how far the run is, or a `Watcher`.
    figures
        Draw figures and the film into the folder at the end.
    overwrite
        Replace a run that the folder holds already.

    Returns
    -------
    Results
        Tables, snapshots, audit and provenance.

    Raises
    ------
    InputError
        If the scenario is not sound, or the folder cannot be written to.
    Stopped
        If Ctrl-C or SIGTERM arrived; the run can be resumed.

    Examples
    --------
    >>> results = run("menopause", "my-run", years=2)              # doctest: +SKIP
    """
    if not isinstance(scenario, Scenario):
        scenario = Scenario.load(scenario)
    given = {"years": years, "seed": seed, **changes}
    scenario = scenario.with_(**{key: value for key, value in given.items() if value is not None})
    if folder is not None:
        folder = _make_ready(Path(folder), scenario, overwrite)
    # The earlier run goes only when the model that is to replace it stands.
    one = _Run(scenario, folder, watcher_of(progress))
    if folder is not None:
        clear_run(folder)
    return one.live(figures)


def resume(folder: str | Path, progress: bool | Watcher = False, figures: bool = True) -> Results:
    """Go on with a run that was stopped, from its last checkpoint.

    Parameters
    ----------
    folder
        The run folder.
    progress, figures
        As for `run`.

    Raises
    ------
    InputError
        If the folder holds no run, or a finished one, or its checkpoints are damaged.
    Stopped
        As for `run`.
    """
    folder, watcher = Path(folder), watcher_of(progress)
    if not folder.is_dir() or not is_run_folder(folder):
        msg = f"{folder} holds no run to resume; start one with: remodel-abm run menopause"
        raise InputError(msg)
    if (folder / FINISHED).exists():
        msg = f"{folder} is finished; there is nothing left to resume"
        raise InputError(msg)
    written = folder / "scenario.toml"
    if not (folder / CHECKPOINT).exists() and not (folder / PREVIOUS).exists():
        if not written.exists():
            msg = f"{folder} was stopped before it began; run its scenario with --overwrite"
            raise InputError(msg)
        watcher.say(f"{folder} was stopped before its first checkpoint; starting over")
        return _Run(Scenario.load(written), folder, watcher).live(figures)
    meta, arrays = load_checkpoint(folder / CHECKPOINT)
    if "warning" in meta:
        watcher.say(meta["warning"])
    scenario = build(tomllib.loads(meta["scenario"]), folder / CHECKPOINT)
    if written.exists() and Scenario.load(written) != scenario:
        msg = (
            f"{written} was changed since the run began; run it into another folder, or delete it "
            "and resume: the run goes on, and writes it, as it was"
        )
        raise InputError(msg)
    return _Run(scenario, folder, watcher, (meta, arrays)).live(figures)


def watcher_of(progress: bool | Watcher) -> Watcher:
    """Return who is told of the progress."""
    if isinstance(progress, Watcher):
        return progress
    return Reporter() if progress else Watcher()


def _make_ready(folder: Path, scenario: Scenario, overwrite: bool) -> Path:
    """Return the folder, writable, and without an earlier run unless that may go."""
    needed = BYTES_A_VOXEL * math.prod(scenario.bone.shape) if scenario.bone.is_generated else 0
    check_writable(folder, needed)
    if is_run_folder(folder) and not overwrite:
        go_on = "" if (folder / FINISHED).exists() else "; go on with it (remodel-abm resume)"
        msg = f"{folder} holds a run already{go_on}; name another folder, or allow overwriting"
        raise InputError(msg)
    return folder


class _Run:
    """One run, from its first day or from a checkpoint, to its results."""

    def __init__(self, scenario, folder, watcher, saved=None):
        self.scenario, self.folder, self.watcher = scenario, folder, watcher
        self.begun = perf_counter()
        if not kernel.COMPILED:
            watcher.say("kernels run as plain Python (NUMBA_DISABLE_JIT is set): expect hours")
        elif not kernel.is_warm():
            watcher.say("compiling kernels, once after each installation, about a minute")
        self.model = _revived(scenario, folder, *saved) if saved else Model(scenario)
        self.first_tick = self.model.tick
        bone = saved[0]["bone"] if saved else None
        self.results = Results(
            scenario_text=scenario.to_toml(), provenance=provenance(scenario, bone)
        )

    def live(self, figures: bool) -> Results:
        """Live to the end of the story and return what was found."""
        if self.folder is not None:
            self.results.begin(self.folder)
        with contextlib.ExitStack() as stack:
            asked = stack.enter_context(stop_signals())
            self.writer = None
            if self.folder is not None:
                edge = self.model.tissue.voxel
                self.writer = stack.enter_context(SnapshotWriter(self.folder, edge))
            stack.callback(self.watcher.end)
            self.watcher.begin(self.model)
            if not self.model.tick:
                self._look()
            while not self.model.is_over:
                self.model.step()
                self._look()
                self.watcher.lived(self.model)
                if asked and not self.model.is_over:
                    self._stop()
            self._check_point()
        return self._finish(figures)

    def _look(self) -> None:
        """Take a snapshot or a checkpoint if one is due."""
        model, scenario = self.model, self.scenario
        if due(model.day, scenario.step, scenario.snapshot_every) or model.is_over:
            self._snap()
        lived = model.tick * scenario.step
        if model.tick and due(lived, scenario.step, scenario.checkpoint_every):
            self._check_point()

    def _snap(self) -> None:
        model = self.model
        tissue = model.tissue.layers
        layers = {name: tissue.voxels[name] for name in ("bone", "osteoid")}
        layers |= {"state": tissue.state, "mineral": model.tissue.mineral(model.day)}
        cells = {name: population.living for name, population in model.cells.items()}
        if self.writer is not None:
            self.writer.put(model.day, layers, cells)
            return
        snapshot = Snapshot.of(model.day, layers, cells, model.tissue.voxel)
        self.results.kept[snapshot.day] = snapshot

    def _check_point(self) -> None:
        if self.folder is None:
            return
        # A checkpoint vouches for every snapshot before it.
        self.writer.flush()
        meta = {
            "scenario": self.results.scenario_text,
            "version": self.results.provenance["version"],
            "bone": self.results.provenance["bone"],
            "voxel": self.model.tissue.voxel,
            "day": self.model.day,
        }
        save_checkpoint(self.folder / CHECKPOINT, meta, _state(self.model))

    def _stop(self) -> None:
        """Put the run aside and say how to go on."""
        self._check_point()
        msg = f"stopped on day {self.model.day:g} of {self.scenario.years * 365.25:.0f}"
        if self.folder is not None:
            msg += f"; go on with: remodel-abm resume {shlex.quote(str(self.folder))}"
        raise Stopped(msg)

    def _finish(self, figures: bool) -> Results:
        """Gather what was found, write it, draw it, and mark the run as finished."""
        model, found = self.model, self.results
        found.audit = model.audit.report(model)
        found.provenance = with_verdict(found.provenance, found.audit)
        found.quantities, found.daily = model.record.quantities, model.record.wide()
        found.sites, found.breaks = site_table(model.tissue, model.day), breaks(model.tissue)
        found.tracks = track_table(model.measures)
        model.close()
        drawn = 0.0
        if self.folder is not None:
            found.save()
            if figures:
                self.watcher.say("drawing figures and the film")
                drawn = perf_counter()
                _draw(found)
                drawn = perf_counter() - drawn
            with explained(self.folder):
                (self.folder / PREVIOUS).unlink(missing_ok=True)
        found.timing = self._timing(drawn)
        if self.folder is not None:
            write_json(self.folder / FINISHED, found.timing)
        return found

    def _timing(self, drawn: float) -> dict:
        """Return where the wall-clock time of this process went. [s]"""
        days = (self.model.tick - self.first_tick) * self.scenario.step
        lived = sum(self.model.timing.values())
        return {
            "compiled": kernel.COMPILED,
            "days": days,
            "days_per_second": days / lived if lived > 0 else None,
            "figures": drawn,
            "parts": dict(self.model.timing),
            "total": perf_counter() - self.begun,
        }


def due(day: float, step: float, every: float) -> bool:
    """Tell whether `day` is the first at or after a multiple of `every`, from 0 on. [d]"""
    if day < -1e-9:
        return False
    return math.floor(day / every + 1e-9) != math.floor((day - step) / every + 1e-9)


def breaks(tissue) -> pd.DataFrame:
    """Return distinct breaks; those of settling in do not hide those of the story."""
    table = break_table(tissue)
    before = table["day"] < 0.0
    return pd.concat([distinct(table[before]), distinct(table[~before])], ignore_index=True)


def _draw(results: Results) -> None:
    from remodel_abm.figures import draw_all  # a second of imports that tables do not need

    draw_all(results, results.folder / "figures")


def _revived(scenario, folder, meta, arrays) -> Model:
    """Return a model in the state of a checkpoint; its bone needs no reading or making again."""
    try:
        # Whatever is built round it is replaced by what was kept.
        bone = np.minimum(arrays["tissue/voxels"]["bone"], 1.0)
        model = Model(scenario, bone=(bone, meta["voxel"]))
        model.restore(arrays)
    except (KeyError, ValueError, IndexError) as error:
        msg = (
            f"{folder / CHECKPOINT} was written by version {meta.get('version')} and does not fit "
            f"this one; continue it with the version that wrote it ({error})"
        )
        raise InputError(msg) from error
    return model


def _state(model: Model) -> dict[str, np.ndarray]:
    """Return the arrays of a model with zeros between their fields, where chance would stand."""
    return {name: _clean(array) for name, array in model.arrays().items()}


def _clean(array: np.ndarray) -> np.ndarray:
    if array.dtype.names is None:
        return array
    clean = np.zeros(array.shape, array.dtype)
    for name in array.dtype.names:
        clean[name] = array[name]
    return clean
