"""Founders and arrivals: the cells a tissue starts with, and those that come with the blood."""

import math
from functools import cache

import numpy as np

from remodel_abm.cells import Cell, Population, found
from remodel_abm.cells.passage import TRAVELLER
from remodel_abm.cells.place import HALF_FULL, find_marrow
from remodel_abm.kernel import Direct, kernel
from remodel_abm.rng import combine, decision, uniform

_COUNT, _PLACE = decision("seeding.count"), decision("seeding.place")


def seed(kind: type[Cell], tissue, values, now) -> Population:
    """Return the founders of a kind, spread over its habitat at its density."""
    habitat = kind.habitat
    if habitat == "none":
        return Population(kind)
    if habitat == "surface":
        rooms = np.argwhere(tissue.layers.exposed > 0)
        amount = values.density * 1e-6 * tissue.layers.face * float(tissue.layers.exposed.sum())
    elif habitat == "bone":
        rooms = np.argwhere(tissue.layers.voxels["bone"] >= HALF_FULL)
        amount = (
            values.density * 1e-9 * tissue.layers.volume * float(tissue.layers.voxels["bone"].sum())
        )
    else:
        rooms = np.argwhere(tissue.matrix <= 0.0)
        amount = values.density * 1e-9 * tissue.layers.volume * len(rooms)
    number = min(round(amount), len(rooms))
    generator = np.random.default_rng([int(now.seed), int(decision(kind.name))])
    places = rooms[np.sort(generator.choice(len(rooms), number, replace=False))]
    ids = [combine(decision(kind.name), np.uint64(k)) for k in range(number)]
    # Rows stand by identity, so in the order of places: neighbours find each other in cache.
    ids = np.sort(np.array(ids, dtype="u8"))
    return found(kind, places.reshape(-1, 3), ids, now.day)


def arrive(population: Population, tissue, values, now) -> None:
    """Let the day's newcomers of a kind step out of the blood into the marrow."""
    rate = getattr(values, "arrival_rate", 0.0)
    if rate <= 0.0:
        return
    expected = rate * tissue.marrow_volume * 1e-9 * now.dt
    kind = _number(population.kind.name)
    number = math.floor(expected + _drawn(now.seed, _COUNT, kind, now.tick))
    if number:
        newcomers = np.zeros(number, TRAVELLER)
        _placed(newcomers, tissue.layers, kind, now)
        population.take_in(newcomers, newcomers["id"].argsort(kind="stable"), now.day)


@kernel
def _place(newcomers, tissue, kind, now):
    """Name newcomers and find each a place in the marrow; where there is none, they stay out."""
    for k in range(len(newcomers)):
        one = newcomers[k]
        one["id"] = combine(combine(kind, now.tick + (1 << 41)), k)
        z, y, x = find_marrow(tissue, now.seed, _PLACE, one["id"], now.tick)
        one["z"], one["y"], one["x"], one["site"] = z, y, x, -1
        one["heir"] = 0 if z >= 0 else -1


_drawn, _placed = Direct(uniform), Direct(_place)
_number = cache(decision)
