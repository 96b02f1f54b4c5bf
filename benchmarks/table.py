"""One table of all that was measured, and the figure of how cost grows."""

import os
import platform
from pathlib import Path

from benchmarks.work import YEARS

MARKS = "<!-- speed: begin -->", "<!-- speed: end -->"
DAYS = 365.25 * YEARS
PARTS = 12


def machine() -> str:
    """Return what the figures belong to."""
    import mesa
    import numba
    import numpy

    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        lines = cpuinfo.read_text(encoding="utf-8").splitlines()
        model = next((one.split(": ")[1] for one in lines if one.startswith("model name")), model)
    load = f"load {os.getloadavg()[0]:.1f} when it began, " if hasattr(os, "getloadavg") else ""
    return (
        f"{model}, {os.cpu_count()} cores, {load}Python {platform.python_version()}, "
        f"numpy {numpy.__version__}, numba {numba.__version__}, mesa {mesa.__version__}"
    )


HEADS = (
    ("work", 28), ("days timed", 11), ("seconds", 9), ("days/s", 8), (f"{YEARS} years s", 12),
    ("goal s", 8), ("ratio", 7), ("peak MB", 9), ("solve/traffic", 15), ("stepped/solve", 15),
    ("B/voxel", 9), ("B/cell", 8),
)  # fmt: skip


def rows(found: dict, goals: dict) -> list[tuple]:
    """Return the table, a row a work, as text."""
    table = []
    for name, one in found.items():
        pace, limits, print_ = one["days"] / one["seconds"], one["limits"], one["footprint"]
        decade, goal = DAYS / pace, goals[name]
        table.append((
            name, f"{one['days']}", f"{one['seconds']:.2f}", f"{pace:.1f}", f"{decade:.1f}",
            f"{goal:.0f}" if goal else "-", f"{decade / goal:.2f}" if goal else "-",
            f"{one['memory'] / 1e6:.0f}", f"{limits['solved'] / limits['traffic']:.1f}",
            f"{limits['stepped'] / limits['solved']:.1e}",
            f"{print_['tissue'] + print_['signals']:.0f}", f"{print_['cell']:.0f}",
        ))  # fmt: skip
    return table


def shares(found: dict) -> list[tuple]:
    """Return the share of the day that each part takes, the largest first. [%]"""
    parts = {part for one in found.values() for part in one["timing"]}

    def share(one, part):
        return 100 * one["timing"].get(part, 0.0) / one["seconds"]

    largest = sorted(parts, key=lambda part: -max(share(one, part) for one in found.values()))
    return [
        (part, *(f"{share(one, part):.1f}" for one in found.values())) for part in largest[:PARTS]
    ]


def lines(found: dict, goals: dict, beside: dict) -> list[str]:
    """Return the whole report as lines of text."""
    told = [machine(), "", "".join(f"{head:<{width}}" for head, width in HEADS)]
    for row in rows(found, goals):
        told.append("".join(f"{x:<{w}}" for x, (_, w) in zip(row, HEADS, strict=True)))
    told += ["", "share of the day, %".ljust(34) + "".join(f"{n[:24]:<26}" for n in found)]
    told += [row[0].ljust(34) + "".join(f"{x:<26}" for x in row[1:]) for row in shares(found)]
    cells, growth, pair = beside["cells"], beside["growth"], beside["processes"]
    one, two = pair["one"], pair["two"]
    doubling = 100 * (2 ** growth["exponent"] - 1)
    told += [
        "",
        f"T cells, {cells['cells']:,}: {cells['kernels'] / 1e6:.2f} million agent-days/s by "
        f"kernels, {cells['plain'] / 1e6:.3f} as plain Mesa agents: "
        f"{cells['kernels'] / cells['plain']:.0f} x",
        f"growth at a fixed number of sites: cost ~ volume^{growth['exponent']:.2f} outside the "
        f"signals (+{doubling:.0f} % a doubling), volume^{growth['signals_exponent']:.2f} in them",
        f"2 processes: {two['pace']:.0f} days/s, one: {one['pace']:.0f}: "
        f"{two['pace'] / one['pace']:.2f} x (goal 1.8); each day takes "
        f"{two['effort'] / one['effort']:.2f} x the processor time that it takes alone",
        "start-up with warm caches, to the first day of 256 x 256: "
        f"{beside['start']:.1f} s (goal 3)",
        "solve/traffic: a day's solves over the time memory needs for their sweeps (goal 3)",
        "stepped/solve: 144,000 implicit steps of 0.01 min, one timed and multiplied, over the "
        "day's solves (goal 1e4)",
    ]
    return told


def page(found: dict, goals: dict, beside: dict) -> list[str]:
    """Return what the README shows, as lines of Markdown."""
    told = [
        "| work | days/s | ten years (s) | goal (s) | in signals | solve / traffic | memory |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, one in found.items():
        seconds, goal = DAYS * one["seconds"] / one["days"], goals[name]
        wanted, signals = f"{goal:.0f}" if goal else "-", one["timing"]["signals"] / one["seconds"]
        solve = one["limits"]["solved"] / one["limits"]["traffic"]
        told.append(
            f"| {name} | {one['days'] / one['seconds']:.0f} | {seconds:.0f} | "
            f"{wanted} | {100 * signals:.0f} % | "
            f"{solve:.1f} | {one['memory'] / 1e6:.0f} MB |"
        )
    one, two = beside["processes"]["one"], beside["processes"]["two"]
    cells, doubling = beside["cells"], 100 * (2 ** beside["growth"]["exponent"] - 1)
    return [
        *told,
        "",
        f"{machine()}. {cells['kernels'] / 1e6:.1f} million cell-days a second, "
        f"{cells['kernels'] / cells['plain']:.0f} times plain Mesa agents; twice the volume with "
        f"as many sites changes the cost outside the signals by {doubling:+.0f} %; two processes "
        f"live {two['pace'] / one['pace']:.2f} times the days of one; with warm caches a fresh "
        f"process comes to the first day of a section after {beside['start']:.1f} s (goal 3).",
    ]


def show(lines: list[str], path: Path) -> None:
    """Put these lines between the marks of a Markdown file."""
    before, _, rest = path.read_text(encoding="utf-8").partition(MARKS[0])
    _, mark, after = rest.partition(MARKS[1])
    if not mark:
        msg = f"{path} holds no {MARKS[0]} and {MARKS[1]}"
        raise ValueError(msg)
    told = "\n".join([MARKS[0], *lines, MARKS[1]])
    path.write_text(before + told + after, encoding="utf-8")


def draw(found: dict, goals: dict, growth: dict, path: Path) -> None:
    """Draw how the cost of a day grows with the tissue."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(6.4, 4.0), layout="constrained")
    for flat, marker, told in ((True, "o", "sections, 10 um"), (False, "s", "volumes")):
        works = {n: one for n, one in found.items() if ("section" in n) == flat}
        voxels = [one["voxels"] for one in works.values()]
        cost = [1e3 * one["seconds"] / one["days"] for one in works.values()]
        axes.plot(voxels, cost, marker, color="#1f5a8a" if flat else "#b5482a", label=told)
        for name, x, y in zip(works, voxels, cost, strict=True):
            axes.annotate(name.split(" section")[0], (x, y), (-7, 5), textcoords="offset points",
                          ha="right", fontsize=8, color="#444444")  # fmt: skip
    for name, one in found.items():
        if goals[name]:
            axes.plot(one["voxels"], 1e3 * goals[name] / DAYS, "_", color="black", ms=14)
    axes.plot([], [], "_", color="black", ms=14, label="goal")
    axes.plot(growth["voxels"], growth["rest"], ".-", color="#888888", lw=1,
              label="sections, as many sites in all,\nwithout signals")  # fmt: skip
    axes.set(xscale="log", yscale="log", xlabel="voxels", ylabel="ms a simulated day")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize=8)
    figure.savefig(path, dpi=160)
    plt.close(figure)
