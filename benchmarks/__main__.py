"""How fast living bone is: one table, with the limits and baselines measured beside it.

    python -m benchmarks                              # every work
    python -m benchmarks --small                      # a minute: for continuous integration
    python -m benchmarks --figure .pictures/cost.png --page README.md  # and show it there

Times are wall-clock seconds of this machine; compare ratios, not machines. Each work runs in a
process of its own, as many days as the table names, extrapolated to ten years; the decade is
lived whole.
"""

import argparse
import json
from pathlib import Path

from benchmarks import growth, plain, table, work
from benchmarks.work import SMALL, WORKS, alone

TASKS = {
    "measure": work.measure, "lived": work.lived, "grow": growth.grow, "compare": plain.compare,
}  # fmt: skip
LIVED = 2000  # d, a second or so


def survey(works: dict, small: bool) -> tuple[dict, dict]:
    """Return what was found of each work, and of what is measured beside them."""

    def call(task, **given):
        # A process of its own, or here where seconds count more than whose memory peaked.
        return TASKS[task](**given) if small else alone(task, given)

    warm = work.WARM_UP_SMALL if small else work.WARM_UP
    # What compiles goes first, so that no clock of a work counts it.
    boxes, days = (growth.SMALL, 20) if small else (growth.BOXES, growth.DAYS)
    beside = {
        "growth": call("grow", boxes=boxes, days=days, warm=warm),
        "cells": call("compare", number=1000 if small else plain.CELLS),
    }
    days, shape = (20, (1, 64, 64)) if small else (LIVED, (1, 128, 128))
    beside["processes"] = work.crowding(days, shape, rounds=1 if small else 3)
    beside["start"] = work.starting(rounds=1 if small else 5)
    found = {}
    for name, (shape, voxel, days, _) in works.items():
        found[name] = call("measure", shape=shape, voxel=voxel, days=days, warm=warm)
    return found, beside


def main() -> None:
    """Read the arguments, measure, and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--small", action="store_true", help="two tiny works, forty days each")
    parser.add_argument("--only", help="works whose name holds this")
    parser.add_argument("--figure", type=Path, help="draw how cost grows into this PNG")
    parser.add_argument("--page", type=Path, help="put the table between the marks of this page")
    parser.add_argument("--part", choices=sorted(TASKS), help=argparse.SUPPRESS)
    parser.add_argument("--given", default="{}", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.part:
        print(json.dumps(TASKS[chosen.part](**json.loads(chosen.given))))
        return
    works = SMALL if chosen.small else WORKS
    works = {name: one for name, one in works.items() if (chosen.only or "") in name}
    goals = {name: goal for name, (*_, goal) in works.items()}
    found, beside = survey(works, chosen.small)
    print("\n".join(table.lines(found, goals, beside)))
    if chosen.figure:
        table.draw(found, goals, beside["growth"], chosen.figure)
        print(f"figure in {chosen.figure}")
    if chosen.page:
        table.show(table.page(found, goals, beside), chosen.page)


if __name__ == "__main__":
    main()
