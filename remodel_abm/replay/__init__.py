"""A run as one HTML file that plays without a server or a network, for a class or a colleague.

Like the figures it looks at `Results` and at nothing that lives. Equal results give equal bytes.
"""

import html
import json
from importlib.resources import files
from pathlib import Path

from matplotlib.colors import to_hex

from remodel_abm.declare import InputError
from remodel_abm.figures import bone, palette
from remodel_abm.replay.charts import charts
from remodel_abm.replay.film import GROUP, film
from remodel_abm.results import Results
from remodel_abm.results.files import write_atomically

__all__ = ["page", "write"]

LARGEST = 10_000_000  # bytes, so that it can be mailed
SCRIPTS = (
    "shaders.js", "blocks.js", "raymarch.js", "turn.js", "film.js", "picture.js", "chart.js",
    "player.js",
)  # fmt: skip


def write(results: Results, path: Path | str) -> Path:
    """Write a run as one HTML file: every snapshot, every course, nothing fetched.

    Parameters
    ----------
    results
        What a run left; it needs snapshots.
    path
        The file; its folder must exist.

    Raises
    ------
    InputError
        If there are no snapshots, or the file cannot be written.
    """
    content = page(results).encode()
    write_atomically(path, lambda file: file.write(content))
    return Path(path)


def page(results: Results) -> str:
    """Return the file's text; with fewer snapshots if all of them would be more than 10 MB."""
    days = results.snapshots()
    if not days:
        msg = f"{results.folder or 'this run'} holds no snapshots, so there is nothing to replay"
        raise InputError(msg)
    every = 1
    while True:
        chosen = sorted({*days[::every], days[-1]})
        text = _page(results, chosen, every)
        if len(text) <= LARGEST or len(chosen) <= 2:
            return text
        every += max(1, int(every * (len(text) / LARGEST - 1)))


def _page(results: Results, days: list[int], every: int) -> str:
    snapshots = [results.snapshot(day) for day in days]
    kinds = sorted({kind for one in snapshots for kind in one.cells}, key=_layering)
    shades = bone.shade_range([snapshots[0], snapshots[-1]])
    lowest = min(shades[0], 0.95)
    about = _about(results, snapshots, every) | {
        "kinds": [_kind(kind, number, snapshots) for number, kind in enumerate(kinds)],
        "colours": _colours(), "shades": shades, "lowest": lowest, "group": GROUP,
        "charts": charts(results, snapshots[0].flat),
        "breaks": _breaks(results, snapshots[0].voxel),
    }  # fmt: skip
    room = files(__name__)
    text = (room / "page.html").read_text(encoding="utf-8")
    scripts = "\n".join((room / name).read_text(encoding="utf-8") for name in SCRIPTS)
    groups = film(snapshots, kinds, lowest)
    parts = {
        "title": html.escape(about["title"]),
        "style": (room / "page.css").read_text(encoding="utf-8"),
        "run": json.dumps(about, ensure_ascii=False, sort_keys=True).replace("<", "\\u003c"),
        "film": "\n".join(
            f'<script type="text/plain" class="film">{one}</script>' for one in groups
        ),
        "script": scripts,
    }
    for name, part in parts.items():
        text = text.replace(f"<!--{name}-->", part, 1)
    return text


def _layering(kind: str) -> tuple[int, str]:
    """Order classes so that of two cells in a voxel the rarer is kept."""
    labels = [label for label, *_ in palette.CELLS.values()]
    label = palette.look(kind)[0]
    return (-labels.index(label) if label in labels else 0, kind)


def _kind(kind: str, number: int, snapshots) -> dict:
    label, colour, marker, size = palette.look(kind, number)
    counts = [len(one.cells.get(kind, ())) for one in snapshots]
    return {"label": label, "colour": colour, "marker": marker, "size": size, "counts": counts}


def _colours() -> dict:
    """Return the colours of the figures by what they mean."""
    named = {
        "marrow": palette.MARROW, "young": palette.YOUNG_BONE, "old": palette.OLD_BONE,
        "osteoid": palette.OSTEOID, "kept": palette.KEPT, "lost": palette.RESORBED,
        "gained": palette.FORMED, "eroded": palette.RESORBED,
        "reliefYoung": palette.RELIEF_YOUNG, "reliefOld": palette.RELIEF_OLD,
    }  # fmt: skip
    states = [[label, colour] for label, colour in palette.STATES.values()]
    return {name: to_hex(colour) for name, colour in named.items()} | {"states": states}


def _breaks(results: Results, voxel: float) -> list[list]:
    """Return day, place [voxel] and kind of each perforation and rod lost."""
    columns = results.breaks[["day", "z", "y", "x", "kind"]].sort_values(["day", "z", "y", "x"])
    return [
        [float(day), *(round(float(place) / voxel, 1) for place in (z, y, x)), kind]
        for day, z, y, x, kind in columns.itertuples(index=False)
    ]


def _about(results: Results, snapshots, every: int) -> dict:
    """Return what a reader must know of a run."""
    scenario, made = results.scenario, results.provenance
    first = snapshots[0]
    left_out = f", one in {every} of the run's" if every > 1 else ""
    side = " x ".join(f"{n * first.voxel / 1000:.2f}" for n in first.shape[first.flat :])
    facts = [
        ("Seed", made.get("seed", scenario.get("seed", "unknown"))),
        ("Bone", f"{'section' if first.flat else 'volume'} of {side} mm, voxels of "
                 f"{first.voxel:g} µm"),
        ("Switched off", ", ".join(scenario.get("off", ())) or "nothing"),
        ("Snapshots", f"{len(snapshots)}{left_out}"),
        ("Version", f"remodel_abm {made.get('version', 'unknown')}"),
        ("Audit of itself", verdict(results.audit)),
    ]  # fmt: skip
    return {
        "title": scenario.get("title") or made.get("scenario") or "A run",
        "about": scenario.get("about", ""),
        "facts": [[name, str(value)] for name, value in facts],
        "failed": "FAILED" in verdict(results.audit),
        "shape": list(first.shape), "voxel": first.voxel,
        "days": [one.day for one in snapshots],
        "when": [palette.when(one.day, scenario) for one in snapshots],
    }  # fmt: skip


def verdict(audit: dict) -> str:
    """Return in one line whether a run trusts itself."""
    if not audit:
        return "none was made"
    failed = [name for name, check in audit.items() if not check.get("passed", False)]
    return f"FAILED: {', '.join(failed)}; do not use its numbers" if failed else "passed"
