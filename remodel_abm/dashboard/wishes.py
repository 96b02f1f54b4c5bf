"""What can be wished of a session; its thread calls these between two steps of the models."""

import math

from remodel_abm import kernel
from remodel_abm.dashboard.arm import Arm
from remodel_abm.dashboard.events import EVENTS
from remodel_abm.dashboard.missions import missions
from remodel_abm.dashboard.report import status
from remodel_abm.declare import InputError
from remodel_abm.scenario import Scenario

MOST_ARMS = 4
NAMES = "ABCD"


class Wishes:
    """The wishes of `Session`, each a method ``wish_...`` whose arguments the page gives."""

    def wish_play(self, on: bool = True):
        """Live on, or pause."""
        self.event = ""
        if on and self.arms:
            self.playing, self.goal = True, self.last
        else:
            self.playing, self.goal = False, max((arm.tick for arm in self.arms), default=0)

    def wish_step(self, days: float = 1.0):
        """Live some days and stop."""
        ticks = round(days / self.arms[0].scenario.step)
        self.event = ""
        self.playing, self.goal = True, min(self.tick + ticks, self.last)

    def wish_until(self, event: str):
        """Live until something happens."""
        if event not in EVENTS:
            msg = f"no event is called {event!r}; known: {', '.join(EVENTS)}"
            raise InputError(msg)
        self.wish_play()
        EVENTS[event].begin(self)
        self.event = event

    def wish_speed(self, days_per_second: float | None = None):
        """Set how many days a second are lived at most."""
        self.speed = max(0.5, days_per_second) if days_per_second else math.inf

    def wish_seek(self, day: float, final: bool = True):
        """Go to a day that was lived; at once to a picture near it, then to the day itself."""
        first = self.arms[0]
        tick = round((day + first.scenario.settling) / first.scenario.step)
        tick = min(max(tick, 0), min(arm.head for arm in self.arms))
        self.playing, self.event = False, ""
        near = [arm.pictures.near(tick) for arm in self.arms]
        if all(near) and self._free:
            self._send(near, exact=False)
        self.goal = tick if final else max(arm.tick for arm in self.arms)
        for arm in self.arms:
            if final:
                arm.leap(tick)
        self._dirty = final
        if not self.moving:
            self._arrive()

    def wish_branch(self, change: dict | None = None, arm: int = 0):
        """Split an arm on the present day, with a change from here on in the new one."""
        self._settle()
        if len(self.arms) >= MOST_ARMS:
            msg = f"{MOST_ARMS} arms are as many as fit side by side; close one first"
            raise InputError(msg)
        name = next(name for name in NAMES if name not in {one.name for one in self.arms})
        self.arms.append(self.arms[arm].branch(change or {}, name))
        self._renew()

    def wish_change(self, change: dict, arm: int = 0):
        """Change an arm from the present day on; what it had lived beyond is let go."""
        self._settle()
        old = self.arms[arm]
        self.arms[arm] = old.branch(change, old.name)
        old.close()
        self._renew()

    def wish_brush(self, strokes: list, arm: int = 0):
        """Put in or take out by hand in an arm, and live the day on which it shows."""
        self.wish_change({"brush": strokes}, arm)
        self.wish_step()

    def wish_drop(self, arm: int):
        """Close an arm; the last one stays."""
        if len(self.arms) > 1:
            self.arms.pop(arm).close()
            self.goal = max(one.tick for one in self.arms)
            self._renew()

    def wish_twins(self, scenario: str):
        """Start over with two arms on the same bone and draws: this scenario and another."""
        first = self.arms[0].scenario
        same = {"bone": vars(first.bone), "seed": first.seed,
                "settling": first.settling, "years": first.years, "age": first.age}  # fmt: skip
        second = Scenario.load(scenario, **same)
        bone = self.arms[0].bone
        self.wish_reset(first, bone)
        self.arms.append(Arm(second, NAMES[1], bone))
        self._renew()

    def wish_lesson(self, mission: str, step: int):
        """Start over with the arms of a mission's step, on the bone and seed that are set up."""
        first = self.arms[0].scenario
        asked = missions()[mission].steps[step]
        same = {"bone": vars(first.bone), "seed": first.seed, "settling": first.settling}
        scenarios = [arm.load(years=asked.years, **same) for arm in asked.arms]
        bone = self.arms[0].bone
        self.wish_reset(scenarios[0], bone)
        names = zip(NAMES[1:], scenarios[1:], strict=False)
        self.arms += [Arm(scenario, name, bone) for name, scenario in names]
        self._renew()

    def wish_reset(self, scenario=None, bone=None, **changes):
        """Start over: with the scenario of the first arm, or another, by name or whole."""
        if isinstance(bone, dict):
            changes["bone"], bone = bone, None
        self.busy = "Growing the bone and seeding its cells"
        if not kernel.is_warm():
            self.busy = "Compiling, once after each installation: about a minute"
        self.show_to("status", status(self), [])
        if isinstance(scenario, str):  # another story of the bone that is there
            same = {"bone": vars(self.arms[0].scenario.bone)} if self.arms else {}
            chosen = Scenario.load(scenario, **(same | changes))
        else:
            chosen = (scenario or self.arms[0].scenario).with_(**changes)
            bone = bone or (None if changes or scenario else self.arms[0].bone)
        arm = Arm(chosen, NAMES[0], bone)
        for old in self.arms:
            old.close()
        self.arms[:] = [arm]
        self.playing, self.busy, self.event, self.goal = False, "", "", 0
        self.plane = arm.model.tissue.shape[0] // 2
        self.asked = None
        self.in_3d = self.in_3d and arm.model.tissue.shape[0] > 1
        self._renew()

    def wish_look(self, signal=None, plane=None, charts=None, solid=None):
        """Choose the signal, the plane across z, the curves, and whether volumes are in 3-D."""
        if solid is not None:
            deep = self.arms and self.arms[0].model.tissue.shape[0] > 1
            self.in_3d, self._solid_dirty = bool(solid and deep and self.solid), True
        self.signal = self.signal if signal is None else signal
        if plane is not None:
            self.plane = min(max(int(plane), 0), self.arms[0].model.tissue.shape[0] - 1)
        if charts is not None:
            self.charted, self._chart_dirty = tuple(charts), True
        self._dirty = True

    def wish_ask(self, y: int, x: int, z: int | None = None, arm: int = 0, kinds=None):
        """Ask why a voxel, and who lives there of the kinds that are drawn, are as they are.

        Without `z` it is a voxel of the plane that is shown; with it, that plane is shown.
        """
        if z is not None:
            self.wish_look(plane=z)
        self.asked = {"y": int(y), "x": int(x), "arm": int(arm), "kinds": kinds}
        self._tell_why()

    def wish_call(self, work):
        """Let other code of the page look at the arms on this thread: ``work(session)``."""
        work(self)
