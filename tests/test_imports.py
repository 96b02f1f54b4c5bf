"""Data goes one way, and so do imports: a file may import its own room and what stands below it."""

import ast
from functools import cache
from pathlib import Path

import pytest

import remodel_abm

PACKAGE = Path(remodel_abm.__file__).parent
FILES = sorted(PACKAGE.rglob("*.py"))

# From the bottom up; a name is a top-level file or a room.
LEVELS = (
    ("aside", "kernel", "declare", "rng", "units"),
    ("schedule", "tissue", "signals", "results"),
    ("cells",),
    ("measures",),
    (
        "ledger",
        "scenario_file",
        "scenario_check",
        "scenario_change",
        "scenario",
        "audit",
        "ranges",
        "ranking",
    ),
    ("model",),
    ("provenance", "figures"),
    ("replay", "histology"),
    ("watch", "driver", "run"),
    ("ensemble",),
    ("judgement",),
    ("calibration", "sensitivity"),
    ("dashboard", "commands", "doctor", "__main__"),
)
LEVEL = {name: level for level, names in enumerate(LEVELS) for name in names}
# Upward imports that are known and to be undone; the list may only shrink.
DEBTS: set[tuple[str, str]] = set()
# What a reader's side may not reach past: figures look at results, and at nothing that lives.
SEEN = {"figures", "results", "kernel", "declare", "rng", "units"}
ONLY = {"figures": SEEN, "replay": SEEN | {"replay"}, "histology": SEEN | {"histology"}}


def room_of(path: Path) -> str:
    """Return the room of a file, or its own name if it stands at the top."""
    first = path.relative_to(PACKAGE).parts[0]
    return first.removesuffix(".py")


def level_of(name: str) -> int:
    """Return how high a room stands; the parts of a split dashboard stand with it."""
    return LEVEL["dashboard"] if name.startswith("dashboard") else LEVEL[name]


@cache
def imports(path: Path) -> list[tuple[int, str]]:
    """Return (line, full name) of every import of a file, those inside functions too."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno} imports by dots; write the full name"
            found += [(node.lineno, f"{node.module}.{alias.name}") for alias in node.names]
    return found


def ours(path: Path) -> list[tuple[int, str]]:
    """Return (line, room) of every import of our own code."""
    found = []
    for line, name in imports(path):
        package, _, rest = name.partition(".")
        first = rest.partition(".")[0]
        known = (PACKAGE / first).is_dir() or (PACKAGE / f"{first}.py").exists()
        if package == "remodel_abm" and first and known:
            found.append((line, first))
    return found


def label(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


@pytest.mark.parametrize("path", FILES, ids=label)
def test_a_file_has_a_level(path):
    room = room_of(path)
    assert room in ("__init__", *LEVEL) or room.startswith("dashboard"), f"give {room} a level"


@pytest.mark.parametrize("path", FILES, ids=label)
def test_imports_point_down(path):
    room = room_of(path)
    if room == "__init__":
        return
    upward = [
        f"line {line} imports {other}"
        for line, other in ours(path)
        if other != room and level_of(other) > level_of(room)
        if (label(path), other) not in DEBTS
    ]
    assert not upward


@pytest.mark.parametrize(("file", "room"), sorted(DEBTS))
def test_a_known_upward_import_is_still_there(file, room):
    assert room in {other for _, other in ours(PACKAGE / file)}, "drop it from DEBTS"


@pytest.mark.parametrize("path", FILES, ids=label)
def test_rooms_of_one_level_do_not_know_each_other(path):
    room = room_of(path)
    # The files of a level may, as long as they go round in no circle; see the next test.
    if room == "__init__" or not (PACKAGE / room).is_dir() or level_of(room) == len(LEVELS) - 1:
        return
    level = [name for name in LEVELS[level_of(room)] if name != room]
    assert not [f"line {line} imports {other}" for line, other in ours(path) if other in level]


def test_no_two_files_import_each_other():
    edges = {(room_of(path), other) for path in FILES for _, other in ours(path)}
    edges = {edge for edge in edges if edge[0] not in (edge[1], "__init__")}
    edges -= {(file.removesuffix(".py"), room) for file, room in DEBTS}
    assert not {(one, other) for one, other in edges if (other, one) in edges}


@pytest.mark.parametrize("path", FILES, ids=label)
def test_a_room_that_only_looks_imports_only_what_it_looks_at(path):
    allowed = ONLY.get(room_of(path))
    if allowed:
        assert not [
            f"line {line} imports {other}" for line, other in ours(path) if other not in allowed
        ]


@pytest.mark.parametrize("path", FILES, ids=label)
def test_mesa_is_known_to_the_model_and_the_cells_only(path):
    uses = any(name.split(".")[0] == "mesa" for _, name in imports(path))
    assert not uses or room_of(path) in ("model", "cells") or room_of(path).startswith("dashboard")


@pytest.mark.parametrize("path", FILES, ids=label)
def test_solara_is_known_to_the_dashboard_only(path):
    uses = any(name.split(".")[0] == "solara" for _, name in imports(path))
    assert not uses or room_of(path).startswith("dashboard")


@pytest.mark.parametrize("path", FILES, ids=label)
def test_nothing_is_used_that_mesa_4_removes(path):
    gone = ("mesa.space", "mesa.batchrunner", "mesa.batch_run", "mesa.experimental")
    assert not [name for _, name in imports(path) if name.startswith(gone)]
