"""T cells written as Mesa teaches it, an object a cell and a `step` each: the baseline of kernels.

The rule is that of `remodel_abm.cells.t_cell`: patrol the marrow; activate, calm down, divide
while active, leave. A test holds both to the same decisions. Where luck comes from is the model's
to say: `random` as in any Mesa model when timed, the keyed draws of the kernels when compared.
"""

import math
from time import perf_counter

import mesa
import numpy as np

from remodel_abm.cells import Now, Population, found, pass_on
from remodel_abm.cells.place import TRIES
from remodel_abm.cells.t_cell import TCell
from remodel_abm.rng import combine, decision
from remodel_abm.scenario import Scenario, values_of
from remodel_abm.tissue import Tissue

CELLS = 10_000
DAYS = 30
EDGE = 128  # voxels of the section that they live in


class PlainTCell(mesa.Agent):
    """A T cell as a plain object."""

    def __init__(self, model, place, active=False, identity=0):
        super().__init__(model)
        self.place, self.active, self.identity = place, active, identity

    def step(self):
        """Live a day."""
        self.patrol()
        self.decide()

    def patrol(self):
        """Be somewhere else in the marrow."""
        nz, ny, nx = self.model.shape
        for look in range(TRIES):
            z = self.model.luck(self, "patrol", look) * nz
            y = (z - int(z)) * ny
            x = (y - int(y)) * nx
            if self.model.marrow[int(z)][int(y)][int(x)]:
                self.place = int(z), int(y), int(x)
                return

    def decide(self):
        """Leave, activate, calm down or divide."""
        model = self.model
        if model.luck(self, "die") < model.dies:
            self.remove()
        elif not self.active:
            if model.luck(self, "activate") < model.activates:
                self.active = True
        elif model.luck(self, "calm") < model.calms:
            self.active = False
        elif model.luck(self, "divide") < model.divides:
            PlainTCell(model, self.place, identity=model.daughter_of(self))


class PlainTissue(mesa.Model):
    """Marrow with T cells, one object each.

    Parameters
    ----------
    marrow
        (nz, ny, nx) bool: where cells can be.
    p
        Values of `TCell`.
    keyed
        Draw as kernels do, so that decisions can be compared; otherwise by `random`.
    """

    def __init__(self, marrow, p, keyed=False):
        super().__init__(rng=1)
        self.shape, self.marrow, self.tick = marrow.shape, marrow.tolist(), 0
        rates = p.death_rate, p.activation_rate, p.calming_rate, p.division_rate
        self.dies, self.activates, self.calms, self.divides = (1 - math.exp(-r) for r in rates)
        self.luck = self._keyed if keyed else self._by_chance

    def _by_chance(self, cell, what, looks=0):
        return self.random.random()

    def _keyed(self, cell, what, looks=0):
        from remodel_abm.rng import uniform

        identity = np.uint64(cell.identity)
        for look in range(looks):
            identity = np.uint64(combine(identity, look))
        return uniform(np.uint64(1), decision(f"t_cell.{what}"), identity, self.tick)

    def daughter_of(self, cell):
        """Return the identity that a daughter born today has."""
        first = np.uint64(combine(np.uint64(cell.identity), np.uint64(self.tick + (1 << 40))))
        return combine(first, np.uint64(0))

    def step(self):
        """Live a day."""
        self.agents.do("step")
        self.tick += 1


def tissue_of(edge: int = EDGE) -> Tissue:
    """Return a section of drawn trabeculae, a sixth of it bone."""
    y, x = np.indices((edge, edge))
    bone = ((y % 12 < 1) | (x % 12 < 1)).astype(float)[None]
    return Tissue(bone, 10.0, values_of(Scenario())["tissue"])


def population(tissue, number: int, p) -> Population:
    """Return T cells in the marrow, a tenth of them active, with the values `p`."""
    draw = np.random.default_rng(1)
    rooms = np.argwhere(tissue.matrix <= 0.0)
    places = rooms[draw.integers(0, len(rooms), number)]
    one = found(TCell, places, np.arange(1, number + 1, dtype="u8"), 0.0)
    one.rows["active"] = draw.random(number) < 0.1
    one.values = p
    return one


def by_kernels(one: Population, tissue, days: int) -> float:
    """Live some days by kernels; return the seconds."""
    begun = perf_counter()
    for tick in range(days):
        now = Now(np.uint64(1), tick, float(tick), 1.0)
        one.act(tissue.layers, None, now)
        one.turn_over(tissue.layers, None, now)
        pass_on({"t_cell": one}, now)
    return perf_counter() - begun


def as_objects(one: Population, tissue, keyed=False) -> PlainTissue:
    """Return the cells of a population as plain objects."""
    model = PlainTissue(tissue.matrix <= 0.0, one.values, keyed)
    for row in one.living:
        PlainTCell(model, (row["z"], row["y"], row["x"]), bool(row["active"]), int(row["id"]))
    return model


def compare(number: int = CELLS, days: int = DAYS) -> dict:
    """Return agent-days a second by kernels and by plain objects."""
    tissue, p = tissue_of(), values_of(Scenario())["t_cell"]
    by_kernels(population(tissue, number, p), tissue, days)  # compiles, or loads what is compiled
    one = population(tissue, number, p)
    plain = as_objects(one, tissue)
    quick = number * days / by_kernels(one, tissue, days)
    begun = perf_counter()
    rounds = max(1, days // 6)
    for _ in range(rounds):
        plain.step()
    slow = number * rounds / (perf_counter() - begun)
    return {"cells": number, "kernels": quick, "plain": slow}
