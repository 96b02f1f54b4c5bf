"""Why: what is at a place, what its cell senses, and what that cell may do next, with sources."""

import math

import numpy as np

from remodel_abm import ledger
from remodel_abm.dashboard.fates import FATES
from remodel_abm.dashboard.picture import KINDS, LOST_LACUNA
from remodel_abm.dashboard.trait import trait
from remodel_abm.signals.field import sense
from remodel_abm.signals.rankl import occupancy
from remodel_abm.tissue.matrix import inside

STATES = ("quiescent", "opened: bare, waiting to be eroded", "eroded", "forming")
NEAR = 2.5  # voxels from a click within which a cell is meant
# Levels at which mechanisms are told apart: far from the reference, where each of them shows.
_PROBE = {"estradiol": 30.0, "testosterone": 0.5}


def why(model, place: tuple[int, int, int], kinds=None) -> dict:
    """Return what the page tells of a voxel (z, y, x), and of a cell there of one of the `kinds`.

    Returns
    -------
    dict
        ``ground`` and ``senses``: rows of (name, value, unit); ``cell``: None, or its kind, age
        and ``fates``, each with hazard [1/d], chance a day, what acts on it, and its source.
    """
    layers = model.tissue.layers
    if not inside(layers, *place):
        return {"place": place, "ground": [], "senses": [], "cell": None}
    found = _nearest(model, place, KINDS if kinds is None else kinds)
    here = place if found is None else tuple(int(found[1][axis]) for axis in "zyx")
    return {
        "place": place,
        "day": model.day,
        "ground": _ground(model, place),
        "senses": _senses(model, here),
        "cell": None if found is None else _cell(model, *found),
    }


def _ground(model, place) -> list[tuple]:
    layers, day = model.tissue.layers, model.day
    voxel = layers.voxels[place]
    matrix = float(voxel["bone"] + voxel["osteoid"])
    rows = [("bone matrix", 100.0 * matrix, "%")]
    if voxel["osteoid"] > 0:
        rows.append(("of it osteoid", 100.0 * float(voxel["osteoid"]) / matrix, "%"))
    if voxel["bone"] > 0:
        bone = float(voxel["bone"])
        mineral = 100.0 * float(model.tissue.mineral(day)[place]) / bone
        rows.append(("mineral, of full", mineral, "%"))
        rows.append(("age of the bone", (day - float(voxel["born"]) / bone) / 365.25, "yr"))
    if layers.exposed[place]:
        rows.append(("surface", STATES[layers.state[place]], ""))
    if layers.site[place] >= 0 and matrix > 0:
        site = layers.sites[layers.site[place]]
        rows.append(("remodeling site opened", day - float(site["opened"]), "d ago"))
        if site["area"] > 0:
            rows.append(("eroded there so far", float(site["resorbed"] / site["area"]), "um"))
            rows.append(("refilled so far", float(site["formed"] / site["area"]), "um"))
    return rows


def _senses(model, place) -> list[tuple]:
    fields, layers = model.signals.fields, model.tissue.layers
    rows = [
        (name, float(sense(fields, getattr(fields, name), *place)), "pmol/L")
        for name in model.signals.parts
    ]
    if {"rankl", "opg"} <= model.signals.parts.keys():
        occupied = occupancy(fields, layers, *place, 0.0)
        rows.insert(0, ("RANK occupied, by soluble RANKL", 100.0 * float(occupied), "%"))
    strain, factor = layers.strain, layers.strain_factor
    at = tuple(min(n // factor, size - 1) for n, size in zip(place, strain.shape, strict=True))
    return [*rows, ("strain, of habitual", 100.0 * float(strain[at]), "%")]


def _nearest(model, place, kinds):
    """Return the kind and row of the cell nearest to a place in its plane, if one is near."""
    best, found = NEAR, None
    for name in KINDS:
        if name not in model.cells or name not in kinds:
            continue
        rows = model.cells[name].living
        rows = rows[rows["z"] == place[0]]
        if name == "osteocyte":
            rows = rows[rows["stage"] < LOST_LACUNA]
        if not len(rows):
            continue
        away = np.hypot(rows["y"] - place[1], rows["x"] - place[2])
        if away.min() < best:
            best, found = float(away.min()), (name, rows[away.argmin()])
    return found


def _cell(model, name: str, row) -> dict:
    kind, today = model.cells[name].kind, model.schedule.today(model.day)[name]
    doc = (kind.__doc__ or "").strip().split("\n")[0]
    actions = mechanisms_by_name(model)
    fates = [
        _fate(model, f"{name}.{key}", hazard, told, actions)
        for key, hazard, told in FATES[name](model, row, today)
    ]
    own = [
        trait(column.doc, row[key], column.unit)
        for key, column in kind.columns.items()
        if key != "seated"
    ]
    return {
        "kind": name,
        "about": doc,
        "id": format(int(row["id"]), "016x"),
        "age": model.day - float(row["born"]),
        "traits": own,
        "fates": fates,
    }


def _fate(model, name: str, hazard: float, told: str, actions: dict) -> dict:
    param = ledger.parameters()[name]
    factor = model.schedule.factors.get(name, 1.0)
    return {
        "name": name,
        "told": told,
        "hazard": float(hazard),
        "chance": 1.0 - math.exp(-max(0.0, float(hazard)) * model.scenario.step),
        "factor": float(factor),
        "mechanisms": actions.get(name, []),
        "source": param.source,
        "evidence": param.evidence,
        "doc": param.doc,
    }


def mechanisms_by_name(model) -> dict[str, list[dict]]:
    """Return the mechanisms that act on each named value, found by switching each off."""
    found: dict[str, list[dict]] = {}
    off = set(model.chapter.off)

    def note(name, one):
        entry = {"id": one.id, "title": one.title, "source": one.source, "off": one.id in off}
        found.setdefault(name, []).append(entry)

    for influence in model.schedule.influences:
        usual = type(influence).params
        for one in influence.mechanisms:
            on = influence.p._replace(**{key: usual[key].value for key in one.neutral})
            with_it, without = (
                type(influence)(values, influence.given, influence.life).effect(0.0, dict(_PROBE))
                for values in (on, influence.p._replace(**one.neutral))
            )
            for name, factor in with_it.items():
                if abs(factor - without[name]) > 1e-9:
                    note(name, one)
    for switch in ledger.mechanisms().values():
        for name in switch.neutral_by_name:
            if name.split(".")[0] in model.cells:
                note(name, switch)
    return found
