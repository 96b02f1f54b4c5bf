"""How fast a year of living bone is: days per second, share of each part, memory.

    python -m benchmarks                  # every size, a simulated year each
    python -m benchmarks --small          # seconds: for continuous integration

Each size runs in a process of its own, so that its peak memory is its own. Times are wall-clock
seconds on the machine that is printed; compare ratios, not machines.
"""

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
from time import perf_counter

SIZES = {
    "256 x 256 section, 10 um": {"shape": (1, 256, 256), "voxel": 10.0},
    "512 x 512 section, 10 um": {"shape": (1, 512, 512), "voxel": 10.0},
    "1 mm3, 20 um": {"shape": (50, 50, 50), "voxel": 20.0},
    "1 mm3, 10 um": {"shape": (100, 100, 100), "voxel": 10.0},
}
SMALL = {
    "128 x 128 section, 10 um": {"shape": (1, 128, 128), "voxel": 10.0},
    "0.2 mm3, 20 um": {"shape": (30, 30, 30), "voxel": 20.0},
}
WARM_UP = 200  # d, so that remodeling sites of every age are at work while the clock runs


def measure(bone: dict, days: int) -> dict:
    """Run `days` of menopause on one bone; return what it took."""
    from remodel_abm import Model, Scenario

    direction = (1.0, 0.0, 0.0) if bone["shape"][0] > 1 else (0.0, 1.0, 0.0)
    scenario = Scenario.load(
        "menopause", bone={**bone, "direction": direction}, settling=float(WARM_UP)
    )
    begun = perf_counter()
    model = Model(scenario)
    built = perf_counter() - begun
    for _ in range(WARM_UP):
        model.step()
    model.timing.clear()
    begun = perf_counter()
    for _ in range(days):
        model.step()
    seconds = perf_counter() - begun
    cells = sum(len(population) for population in model.cells.values())
    active = sum(len(model.cells[name]) for name in ("osteoclast", "preosteoblast", "osteoblast"))
    return {
        "seconds": seconds, "built": built, "days": days, "timing": dict(model.timing),
        "voxels": model.tissue.layers.voxels.size, "cells": cells, "active": active,
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "state": sum(array.nbytes for array in model.arrays().values()),
    }  # fmt: skip


def run_alone(bone: dict, days: int) -> dict:
    """Measure in a process of its own."""
    call = [sys.executable, "-W", "ignore", "-m", "benchmarks", "--one", json.dumps(bone)]
    answer = subprocess.run(
        [*call, "--days", str(days)], capture_output=True, text=True, check=True
    )
    return json.loads(answer.stdout.splitlines()[-1])


def report(found: dict[str, dict]) -> None:
    """Print the table of sizes, then the shares of the day."""
    import mesa
    import numba
    import numpy

    print(
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, ",
        end="",
    )
    print(f"numpy {numpy.__version__}, numba {numba.__version__}, mesa {mesa.__version__}\n")
    heads = (
        "work",
        "days/s",
        "10 years [s]",
        "build [s]",
        "peak [MB]",
        "B/voxel",
        "cells",
        "active",
    )
    print(f"{heads[0]:28s}" + "".join(f"{head:>13s}" for head in heads[1:]))
    for name, one in found.items():
        pace = one["days"] / one["seconds"]
        cells = (pace, 3652.5 / pace, one["built"], one["memory"] / 1e6)
        row = "".join(f"{cell:13.1f}" for cell in cells)
        tail = (one["state"] / one["voxels"], one["cells"], one["active"])
        print(f"{name:28s}{row}" + "".join(f"{cell:13.0f}" for cell in tail))
    print("\nshare of the day [%]")
    parts = sorted({part for one in found.values() for part in one["timing"]})
    parts.sort(
        key=lambda part: -max(one["timing"].get(part, 0) / one["seconds"] for one in found.values())
    )
    for part in parts:
        shares = [100 * one["timing"].get(part, 0.0) / one["seconds"] for one in found.values()]
        print(f"{part:36s}" + "".join(f"{share:8.1f}" for share in shares))


def main() -> None:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--small", action="store_true", help="two small sizes, sixty days each")
    parser.add_argument("--days", type=int, default=365, help="simulated days that are timed")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.one:
        print(json.dumps(measure(json.loads(chosen.one), chosen.days)))
        return
    sizes, days = (SMALL, 60) if chosen.small else (SIZES, chosen.days)
    report({name: run_alone(bone, days) for name, bone in sizes.items()})


if __name__ == "__main__":
    main()
