"""T cells in mesa-frames, a data frame for all of them: the rule of `plain.py` once more.

mesa-frames 0.1 asks for NumPy 1, which Mesa's own extras and this project are past: run it where it
is installed, beside nothing of ours::

    pip install mesa-frames && python benchmarks/frames.py

It prints agent-days a second, at the rates, in the marrow and with the numbers that `plain.py` has.
"""

from time import perf_counter

import numpy as np
import polars as pl
from mesa_frames import AgentSetPolars, ModelDF

CELLS, DAYS, EDGE, TRIES = 10_000, 30, 128, 32
DEATH, ACTIVATION, CALMING, DIVISION = 0.02, 0.0125, 0.25, 0.02  # 1/d, as in `t_cell`


class FrameTCells(AgentSetPolars):
    """All T cells, a row each."""

    def __init__(self, model, places, active):
        super().__init__(model)
        self.next = 0
        self.chances = 1.0 - np.exp(-np.array([DEATH, ACTIVATION, CALMING, DIVISION]))
        self.let_in(places, active)

    def let_in(self, places, active):
        """Add cells at flat places of the marrow."""
        names = np.arange(self.next, self.next + len(places))
        self.next += len(places)
        self += pl.DataFrame({"unique_id": names, "place": places, "active": active})

    def step(self):
        """Live a day: patrol, then leave, activate, calm down or divide."""
        self["place"] = self.patrolled()
        draw, active = self.model.draw.random((4, len(self))), self["active"].to_numpy()
        dies, activates, calms, divides = draw < self.chances[:, None]
        stays_active = np.where(active, ~calms, activates) & ~dies
        born = active & ~dies & ~calms & divides
        newcomers = self["place"].to_numpy()[born]
        self["active"] = stays_active
        self.remove(self["unique_id"].to_numpy()[dies].tolist())
        self.let_in(newcomers, np.zeros(len(newcomers), bool))

    def patrolled(self):
        """Return a place in the marrow for each, after at most so many looks."""
        places = self["place"].to_numpy().copy()
        looking = np.arange(len(places))
        for _ in range(TRIES):
            if not len(looking):
                break
            seen = self.model.draw.integers(0, len(self.model.marrow), len(looking))
            free = self.model.marrow[seen]
            places[looking[free]] = seen[free]
            looking = looking[~free]
        return places


class FrameTissue(ModelDF):
    """Marrow with T cells in a frame."""

    def __init__(self):
        super().__init__()
        y, x = np.indices((EDGE, EDGE))
        self.marrow = ~((y % 12 < 1) | (x % 12 < 1)).ravel()
        self.draw = np.random.default_rng(1)
        rooms = np.flatnonzero(self.marrow)
        places = rooms[self.draw.integers(0, len(rooms), CELLS)]
        self.agents += FrameTCells(self, places, self.draw.random(CELLS) < 0.1)

    def step(self):
        """Live a day."""
        self.agents.do("step")


if __name__ == "__main__":
    tissue = FrameTissue()
    tissue.step()  # loads what is loaded once
    speeds = []
    for _ in range(DAYS):
        cells, begun = len(tissue.agents), perf_counter()
        tissue.step()
        speeds.append(cells / (perf_counter() - begun))
    print(f"{np.median(speeds) / 1e6:.3f} million agent-days/s in mesa-frames")
