"""The works: what is timed, each in a process of its own so that its peak memory is its own."""

import json
import resource
import statistics
import subprocess
import sys
from time import perf_counter, process_time

YEARS = 10
# Simulated days before the clock runs, so that remodeling sites of every age are at work.
WARM_UP, WARM_UP_SMALL = 120, 20
DECADE = 3653  # d: two years before menopause, eight after it with twice as many osteoblasts
# Name: shape, voxel [um], days that are timed, goal for ten years [s].
WORKS = {
    "256 x 256 section, 10 um": ((1, 256, 256), 10.0, 365, 5.0),
    "512 x 512 section, 10 um": ((1, 512, 512), 10.0, 365, 20.0),
    "1 mm3, 20 um": ((50, 50, 50), 20.0, 365, None),
    "1 mm3, 10 um": ((100, 100, 100), 10.0, 180, 60.0),
    "27 mm3, 20 um": ((150, 150, 150), 20.0, 60, 300.0),
    "27 mm3, 20 um, decade": ((150, 150, 150), 20.0, DECADE, 300.0),
}
SMALL = {
    "96 x 96 section, 10 um": ((1, 96, 96), 10.0, 40, None),
    "0.1 mm3, 20 um": ((24, 24, 24), 20.0, 40, None),
}


def scenario_of(shape, voxel, warm=WARM_UP):
    """Return the menopause of a generated bone, settling in while it warms up for `warm` days."""
    from remodel_abm import Scenario

    along = (0.0, 1.0, 0.0) if shape[0] == 1 else (1.0, 0.0, 0.0)
    bone = {"shape": tuple(shape), "voxel": voxel, "direction": along}
    if shape[0] > 1:
        bone["source"] = "volume"
    given = {"schedule": [{"part": "ovary", "final_period": "2 yr"}, {"part": "ageing"}]}
    return Scenario.load("menopause", bone=bone, settling=float(warm), **given)


def live(model, days: int) -> float:
    """Live some days, until all of them are read; return the seconds they took."""
    begun = perf_counter()
    for _ in range(days):
        model.step()
    model.record.latest("bv_tv")  # waits for what is read aside
    return perf_counter() - begun


def measure(shape, voxel, days: int, warm: int = WARM_UP) -> dict:
    """Live `days` of one work and return what they took.

    Snapshots, checkpoints and figures are not part of the time. The yearly measures fall due once
    in a year; a shorter piece counts the share of them that it deserves.
    """
    from benchmarks.limits import signal_day
    from remodel_abm import Model

    begun = perf_counter()
    model = Model(scenario_of(shape, voxel, warm))
    built = perf_counter() - begun
    # Those of a year or more fall due once at most, and the first time loads what they need.
    yearly = [one for one in model.measures if one.interval >= days]
    model.measures = [one for one in model.measures if one.interval < days]
    live(model, warm)
    model.timing.clear()
    seconds = live(model, days)
    timing = dict(model.timing)
    rare = seldom(model, yearly, days)
    timing["measures"] += rare
    cells = {name: len(population) for name, population in model.cells.items()}
    return {
        "days": days, "seconds": seconds + rare, "built": built, "timing": timing,
        "voxels": model.tissue.layers.voxels.size, "cells": sum(cells.values()),
        "sites": int(model.tissue.layers.counts[1]), "limits": signal_day(model),
        "memory": 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
        "footprint": footprint(model),
    }  # fmt: skip


def seldom(model, measures, days: int) -> float:
    """Return the seconds that measures taken once at most in `days` deserve. [s]"""
    from remodel_abm.measures import Scene

    scene = Scene(model.tissue, model.signals, model.cells, model.schedule.levels, model.now)
    total = 0.0
    for one in measures:
        one(scene)  # the first time may compile
        begun = perf_counter()
        one(scene)
        total += (perf_counter() - begun) * days / one.interval
    return total


def footprint(model) -> dict[str, float]:
    """Return the bytes that a voxel and a cell take."""
    tissue, signals = model.tissue, model.signals
    voxels = tissue.layers.voxels.size
    flat = ("values", "source", "released", "outlet", "ways")
    kept = sum(array.nbytes for array in tissue.arrays().values()) + tissue.layers.fill.nbytes
    fields = sum(getattr(signals, name).nbytes for name in flat)
    fields += sum(array.nbytes for array in signals._open.values())
    fields += sum(one._room.nbytes for one in signals._spaces.values())
    fields += sum(one.nbytes for one in signals._outlets.values())
    solvers = signals._solvers.values()
    tables = sum(one.table.nbytes + one.lanes.nbytes + one.sums.nbytes for one in solvers)
    rows = {name: one.dtype.itemsize for name, one in model.cells.items()}
    number = {name: len(one) for name, one in model.cells.items()}
    cells = sum(rows[name] * number[name] for name in rows) / max(1, sum(number.values()))
    return {"tissue": kept / voxels, "signals": (fields + tables) / voxels, "cell": cells}


def command(task: str, given: dict) -> list[str]:
    """Return the command that does one task of the benchmark in a process of its own."""
    start = [sys.executable, "-W", "ignore", "-m", "benchmarks"]
    return [*start, "--part", task, "--given", json.dumps(given)]


def alone(task: str, given: dict) -> dict:
    """Do one task in a process of its own and return what it found."""
    answer = subprocess.run(command(task, given), capture_output=True, text=True, check=False)
    if answer.returncode:
        msg = f"{task} {given} failed:\n{answer.stderr}"
        raise RuntimeError(msg)
    return json.loads(answer.stdout.splitlines()[-1])


def side_by_side(days: int, processes: int, shape=(1, 128, 128)) -> dict:
    """Let so many processes live the same work at once.

    Returns
    -------
    dict
        `pace`, model days a second of all of them; `effort`, processor seconds a model day, which
        says what they take from each other even where other programs run beside them.
    """
    call = command("lived", {"shape": shape, "days": days})
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    running = [subprocess.Popen(call, **pipes) for _ in range(processes)]
    for one in running:  # wait until each is warm, then let all go at once
        one.stdout.readline()
    for one in running:
        one.stdin.write("go\n")
        one.stdin.flush()
    found = [json.loads(one.communicate()[0]) for one in running]
    pace = processes * days / statistics.fmean(one["seconds"] for one in found)
    return {"pace": pace, "effort": statistics.fmean(one["effort"] for one in found) / days}


def crowding(days: int, shape, rounds: int = 3) -> dict:
    """Return what `side_by_side` finds for one process and for two: medians, taken in turns."""
    found = [(side_by_side(days, 1, shape), side_by_side(days, 2, shape)) for _ in range(rounds)]
    return {
        name: {key: statistics.median(one[key] for one in side) for key in side[0]}
        for name, side in zip(("one", "two"), zip(*found, strict=True), strict=True)
    }


FIRST_DAY = (
    "from remodel_abm import Model, Scenario\n"
    "model = Model(Scenario.load('menopause'))\n"
    "model.step()\n"
    "model.record.latest('bv_tv')\n"
)


def starting(rounds: int = 5) -> float:
    """Return what a fresh process takes to the first day of a section: the median. [s]

    Caches are warm: one process more goes first and is not timed.
    """
    took = []
    for _ in range(1 + rounds):
        begun = perf_counter()
        subprocess.run([sys.executable, "-W", "ignore", "-c", FIRST_DAY], check=True)
        took.append(perf_counter() - begun)
    return statistics.median(took[1:])


def lived(shape, days: int) -> dict:
    """Warm up, say so, wait for a word, and live: one process of `side_by_side`."""
    from remodel_abm import Model

    model = Model(scenario_of(shape, 10.0, WARM_UP_SMALL))
    live(model, WARM_UP_SMALL)
    print("warm", flush=True)
    sys.stdin.readline()
    begun = process_time()
    return {"seconds": live(model, days), "effort": process_time() - begun}
