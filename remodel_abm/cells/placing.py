"""Cells put in or taken out by hand, for experiments."""

import numpy as np

from remodel_abm.cells.population import Population
from remodel_abm.rng import combine, decision

ROAMING = ("t_cell", "osteoclast_precursor", "mesenchymal_stem_cell")  # live anywhere in marrow
_BY_HAND = decision("placing.by_hand")


def put(population: Population, places: np.ndarray, now) -> None:
    """Put a cell into each place, (n, 3) as z, y, x; who it is follows from when and where."""
    rows = np.zeros(len(places), population.dtype)
    rows["z"], rows["y"], rows["x"] = places.T
    rows["site"] = -1
    # A kernel gives a plain int back, and takes none beyond 63 bits.
    hand = np.uint64(combine(now.seed, _BY_HAND))
    first = np.uint64(combine(hand, np.uint64(now.tick + (1 << 40))))
    rows["id"] = [
        combine(first, np.uint64((z << 42) | (y << 21) | x)) for z, y, x in places.tolist()
    ]
    population.admit(rows, now.day)


def remove(model, where: np.ndarray) -> None:
    """Take out every cell of a model that sits in these voxels."""
    for agents in list(model.agents_by_type.values()):
        for cell in list(agents):
            if where[cell.pos]:
                cell.remove()
