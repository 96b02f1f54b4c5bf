"""An arm: one course of the story, with its model, its past, and the way back to any day."""

from dataclasses import replace

import numpy as np

from remodel_abm.dashboard.history import Pictures, States
from remodel_abm.dashboard.picture import picture
from remodel_abm.model import Model
from remodel_abm.scenario import Scenario

STATE_EVERY = 30  # ticks


class Arm:
    """A scenario being lived, and everything lived of it so far.

    Parameters
    ----------
    scenario : Scenario
    name : str
        As the page calls it.
    bone : tuple of (array, float), optional
        Starting matrix fraction and voxel edge, instead of what the scenario says.
    """

    def __init__(self, scenario: Scenario, name: str, bone=None):
        self.scenario, self.name = scenario, name
        self.model = Model(scenario, bone)
        self.bone = bone or (
            self.model.tissue.layers.voxels["bone"].copy(),
            self.model.tissue.voxel,
        )
        self.states, self.pictures = States(), Pictures()
        self.head = self.model.tick
        self.readings: dict[str, np.ndarray] = {}
        self.keep_state()

    @property
    def tick(self) -> int:
        """Number of the step that comes next."""
        return self.model.tick

    @property
    def day(self) -> float:
        """Day of the story."""
        return self.model.day

    def day_of(self, tick: int) -> float:
        """Return the day on which a step begins."""
        return tick * self.scenario.step - self.scenario.settling

    def keep_state(self) -> None:
        """Keep the present state to come back to, and what was read until now."""
        self.states.keep(self.tick, self.model.arrays())
        if self.tick >= self.head:
            self.readings = self.model.record.arrays()

    def live(self) -> None:
        """Live one step; what was lived before is lived again, bit for bit."""
        self.model.step()
        self.head = max(self.head, self.tick)
        if self.tick % STATE_EVERY == 0 and self.tick not in self.states.packed:
            self.keep_state()

    def leap(self, tick: int) -> None:
        """Go to the last kept state up to `tick`, if that is nearer than living on from here."""
        if self.tick == self.head and self.tick not in self.states.packed:
            self.keep_state()
        start = self.states.before(tick)
        if start > self.tick or tick < self.tick:
            self.model.restore(self.states.at(start))

    def recover(self) -> None:
        """Stand on the last kept state again, after a step went wrong."""
        self.head = self.states.before(self.head)
        # From 3.5 on a Mesa model whose step has raised never steps again.
        self.model.close()
        self.model = Model(self.scenario, self.bone)
        self.model.restore(self.states.at(self.head))
        self.readings = self.model.record.arrays()

    def look(self, plane: int, signal: str) -> tuple[dict, list[bytes]]:
        """Return the picture of today, and keep it if it is due."""
        head, buffers = picture(self.model, plane, signal)
        if self.pictures.wants(self.tick):
            self.pictures.keep(self.tick, head, buffers)
        return head, buffers

    def record(self):
        """Return all readings there are: (days, table, column by name)."""
        kept = self.model.record.arrays() if self.tick >= self.head else self.readings
        table = kept["readings"]
        columns = {str(name): column + 1 for column, name in enumerate(kept["names"])}
        return table[:, 0], table, columns

    def branch(self, change: dict, name: str) -> "Arm":
        """Return an arm that shares the past and goes on from today with a change."""
        arm = Arm(changed(self.scenario, self.tick, change), name, self.bone)
        if self.tick == 0:  # the first day is made anew, as another start would make it
            return arm
        arm.model.restore(self.model.arrays())
        arm.head = self.tick
        arm.states, arm.pictures = self.states.until(self.tick), self.pictures.until(self.tick)
        arm.keep_state()
        return arm

    def close(self) -> None:
        """Let go of the model."""
        self.model.close()


def changed(scenario: Scenario, tick: int, change: dict) -> Scenario:
    """Return the scenario with a change from a step on; on the first step it simply holds."""
    if not change:
        return scenario
    day = tick * scenario.step - scenario.settling
    with_change = scenario.with_(change=[{**change, "day": day}])
    if tick > 0 or change.get("brush"):
        return with_change
    first = next(one for one in with_change.change if one.day == day)
    given = {"set": scenario.set, "off": scenario.off, "schedule": scenario.schedule}
    later = tuple(one for one in with_change.change if one is not first)
    return replace(scenario, change=later, **first.after(given))
