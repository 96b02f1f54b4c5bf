"""Files of scenarios: where they lie, how one extends another, how one is written.

Tables are read and merged here; what their values mean is checked in `scenario`.
"""

import json
import tomllib
from pathlib import Path
from typing import Any

from remodel_abm.declare import InputError, nearest

_FOLDERS = (
    Path(__file__).parent / "_scenarios",
    Path(__file__).parents[1] / "scenarios",
)
# What `--bone section` and `--bone volume` mean, beside what the scenario says.
PRESETS = {
    "section": {"shape": (1, 256, 256), "voxel": 10.0, "direction": (0.0, 1.0, 0.0)},
    "volume": {"shape": (75, 75, 75), "voxel": 20.0, "direction": (1.0, 0.0, 0.0)},
}
_TABLES = ("bone", "set", "record", "solver")
FLAT = {
    "record": {"snapshot_every": "d", "checkpoint_every": "d"},
    "solver": {"tolerance": "1", "refine": "1"},
}
_TEXTS = ("title", "about", "name", "extends")
_LISTS = {
    "signals": str, "cells": str, "measures": str, "off": str, "schedule": dict, "change": dict,
}  # fmt: skip


def bundled() -> dict[str, Path]:
    """Return the scenarios that come with the package, by name."""
    for folder in _FOLDERS:
        if folder.is_dir():
            return {path.stem: path for path in sorted(folder.glob("[!_]*.toml"))}
    return {}


def find(source: str | Path) -> Path:
    """Return the file of a scenario.

    Raises
    ------
    InputError
        If there is none.
    """
    path, known = Path(source), bundled()
    if path.is_file():
        return path
    # A folder may well be called as a scenario is: that of its runs, say.
    if str(source) in known:
        return known[str(source)]
    if path.suffix == ".toml" or path.exists():
        msg = f"{path} is not a scenario file{nearest(path.stem, known)}"
        raise InputError(msg)
    msg = f"no scenario is called {str(source)!r}{nearest(str(source), known)}; bundled: "
    raise InputError(msg + ", ".join(known))


def read(path: Path, keys: list[str], seen: tuple[Path, ...] = ()) -> dict[str, Any]:
    """Return the table of a file on top of what it extends."""
    if path.resolve() in seen:
        msg = f"{path} extends itself, through {seen[-1]}"
        raise InputError(msg)
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        msg = f"{path} cannot be read as TOML: {error}"
        raise InputError(msg) from error
    if not table:
        msg = f'{path} is empty; it might begin with: extends = "reference"'
        raise InputError(msg)
    parent = table.pop("extends", None)
    base: dict[str, Any] = {}
    if parent is not None:
        _check_kind("extends", parent, path)
        beside = path.parent / f"{parent.removesuffix('.toml')}.toml"
        base = read(
            beside if beside.is_file() else _bundled_file(parent),
            keys,
            (*seen, path.resolve()),
        )
    for key, value in table.items():
        merge_key(base, key, value, path, keys)
    base["name"] = table.get("name", path.stem)
    return base


def _bundled_file(name: str) -> Path:
    """Return a bundled file that may be extended, the list of usual parts among them."""
    for folder in _FOLDERS:
        if (folder / f"{name}.toml").is_file():
            return folder / f"{name}.toml"
    return find(name)


def merge_key(base: dict, key: str, value: Any, path, keys: list[str]) -> None:
    """Lay one key of a child over its parent: tables merge, a schedule entry replaces its part."""
    known = [*keys, *FLAT]
    if key not in known:
        msg = f"{path}: unknown key {key!r}{nearest(key, known)}"
        raise InputError(msg)
    _check_kind(key, value, path)
    if key == "bone" and isinstance(value, str):
        value = {"source": value}
    if key in _TABLES:
        if not isinstance(value, dict):
            msg = f"{path}: {key!r} must be a table, not {value!r}"
            raise InputError(msg)
        if key == "bone":
            value = {**PRESETS.get(value.get("source", ""), {}), **value}
        base[key] = {**base.get(key, {}), **value}
    elif key == "schedule":
        kept = []
        for old in base.get("schedule", []):
            kept += [new for new in value if new.get("part") == old.get("part")] or [old]
        base["schedule"] = kept + [new for new in value if new not in kept]
    elif key == "off":
        base[key] = sorted({*base.get(key, ()), *value})
    elif key == "change":
        base[key] = [*base.get(key, ()), *value]
    else:
        base[key] = value


def _check_kind(key: str, value: Any, path) -> None:
    """Refuse what is not a text or a list where one belongs."""
    if key in _TEXTS and not isinstance(value, str):
        msg = f"{path}: {key} = {value!r} is not a text in quotation marks"
        raise InputError(msg)
    if key in _LISTS:
        kind = _LISTS[key]
        if not isinstance(value, (list, tuple)) or not all(isinstance(v, kind) for v in value):
            allowed = "tables, as [[schedule]]" if kind is dict else 'names, such as ["a", "b"]'
            msg = f"{path}: {key} = {value!r} is not a list of {allowed}"
            raise InputError(msg)


def to_toml(table: dict[str, Any]) -> str:
    """Return a table as TOML text: plain keys, tables, then the schedule and its changes."""
    apart = ("bone", "set", "schedule", "change")
    plain = {key: value for key, value in table.items() if key not in apart}
    lines = [f"{key} = {_toml(value)}" for key, value in plain.items()]
    for name in ("bone", "set"):
        lines += ["", f"[{name}]"]
        lines += [f'"{key}" = {_toml(value)}' for key, value in table[name].items()]
    for name in ("schedule", "change"):
        for entry in table[name]:
            lines += ["", f"[[{name}]]", *(f"{key} = {_toml(v)}" for key, v in entry.items())]
    return "\n".join(lines) + "\n"


def _toml(value) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        # The escapes of JSON are TOML's too; TOML alone forbids a bare DEL.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, dict):
        return "{" + ", ".join(f'"{key}" = {_toml(item)}' for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    return repr(value)
