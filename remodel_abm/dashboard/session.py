"""A session: one thread owns the arms; the page leaves wishes and is shown what came of them.

All arms share a clock. The thread lives on step by step towards a goal, takes wishes between two
steps, and shows a picture whenever the browser has drawn the one before, so a slow browser skips
pictures and never holds the models up. Nothing in here knows of Solara.
"""

import math
import os
import sys
import threading
import traceback
from collections import deque
from time import perf_counter

from remodel_abm.dashboard.arm import Arm
from remodel_abm.dashboard.events import EVENTS
from remodel_abm.dashboard.report import courses, status
from remodel_abm.dashboard.why import why
from remodel_abm.dashboard.wire import Wire
from remodel_abm.dashboard.wishes import Wishes
from remodel_abm.declare import InputError
from remodel_abm.scenario import Scenario

TOLD_EVERY = 0.25  # s between two reports of where the story stands
SOLID_EVERY = 1.0  # s between two pictures in 3-D, unless so many days have gone by before
SOLID_DAYS = 28.0  # d; each picture costs some frames of turning
CHARTED_EVERY = 0.5  # s between two updates of the curves
MODESTY = 5  # how much nicer the thread that lives is, so that a busy machine draws smoothly
IN_FLIGHT = 2  # pictures on their way, so that the next is there when one is drawn


class Session(Wishes):
    """The experiments of one browser tab.

    Parameters
    ----------
    scenario : Scenario
        What the first arm lives.
    show : callable
        ``show(kind, content, buffers)``, called on the session's thread.
    bone : tuple of (array, float), optional
        Starting matrix fraction and voxel edge.
    """

    warm = False  # whether a step was lived in this process

    def __init__(self, scenario: Scenario, show, bone=None):
        self.show_to = show
        self.arms: list[Arm] = []
        self.goal = self.plane = 0
        self.playing, self.busy, self.event = False, "", ""
        self.speed = math.inf  # d/s
        self.signal, self.charted = "", ("bv_tv",)
        self.asked: dict | None = None
        self.solid = None  # shows arms in 3-D and says whether it did
        self.in_3d, self._solid_at, self._solid_day = False, 0.0, 0.0
        self._wishes: deque = deque()
        self._wake = threading.Condition()
        self._closed = False
        self._free = IN_FLIGHT - 1  # pictures that the browser can take; its first word adds one
        self.wire = Wire()
        self._dirty = self._told_dirty = self._chart_dirty = self._solid_dirty = True
        self._told_at = self._charted_at = self._stepped_at = self._event_from = 0.0
        self.tell("reset", scenario=scenario, bone=bone)
        self.thread = threading.Thread(target=self._run, name="bone", daemon=True)
        self.thread.start()

    # What the page calls: each leaves a wish and returns at once.

    def tell(self, wish: str, **given) -> None:
        """Leave a wish; see `Wishes` for what can be wished."""
        with self._wake:
            self._wishes.append((wish, given))
            self._wake.notify()

    def seen(self, whole: bool = False) -> None:
        """Note that the browser is free for one more picture, which must be `whole` or not."""
        with self._wake:
            self._free = min(self._free + 1, IN_FLIGHT)
            if whole:
                self.wire.forget()
                self._dirty = True
            self._wake.notify()

    def close(self) -> None:
        """End the thread and let go of the models."""
        with self._wake:
            self._closed = True
            self._wake.notify()

    # The thread.

    @property
    def tick(self) -> int:
        """Step that the arm furthest behind has come to."""
        return min((arm.tick for arm in self.arms), default=0)

    @property
    def moving(self) -> bool:
        """Tell whether an arm is on its way to the goal."""
        return any(arm.tick != self.goal for arm in self.arms)

    @property
    def last(self) -> int:
        """Last step of the story."""
        return min((arm.scenario.ticks for arm in self.arms), default=0)

    def _run(self):
        _step_back()
        while not self._closed:
            self._guarded(self._turn)
        for arm in self.arms:
            arm.close()
        self.arms.clear()

    def _guarded(self, work, *arguments):
        """Do something; whatever goes wrong ends in a sentence on the page, not in the thread."""
        try:
            work(*arguments)
        except InputError as error:
            self._complain(str(error).removeprefix("given: "))
        except Exception as error:
            self._mend(error)

    def _turn(self):
        """Wait until there is something to do, and do a little of it."""
        with self._wake:
            self._wake.wait_for(self._has_work, timeout=self._patience())
            wishes = list(self._wishes)
            self._wishes.clear()
        if self._closed:
            return
        for wish, given in wishes:
            self._guarded(self._grant, wish, given)
        if self.moving and self._is_time():
            self._approach()
        self._show()

    def _has_work(self) -> bool:
        drawable = self._dirty and self._free
        due = self.moving and self._is_time()
        return bool(self._closed or self._wishes or drawable or due)

    def _is_time(self) -> bool:
        return not self.playing or perf_counter() >= self._stepped_at + 1.0 / self.speed

    def _patience(self) -> float | None:
        """Return how long to wait at most. [s]"""
        late = self._told_dirty or self._chart_dirty or (self.in_3d and self._solid_dirty)
        waits = [0.1] if late else []
        if self.moving and self.playing and math.isfinite(self.speed):
            waits.append(max(0.0, self._stepped_at + 1.0 / self.speed - perf_counter()))
        return min(waits, default=None)

    def _grant(self, wish: str, given: dict) -> None:
        method = getattr(self, f"wish_{wish}", None)
        if method is None:
            msg = f"the page asked for {wish!r}, which a session cannot do"
            raise InputError(msg)
        try:
            method(**given)
        except TypeError as error:
            msg = f"the page asked for {wish!r} wrongly: {error}"
            raise InputError(msg) from error
        self._told_dirty, self._told_at = True, 0.0  # who asked is answered at once

    def _approach(self):
        """Let every arm that is furthest behind live one step."""
        self._stepped_at = perf_counter()
        self._warn_of_first_step()
        behind = self.tick
        for arm in self.arms:
            if arm.tick == behind and behind < self.goal:
                arm.live()
            if self._wishes:
                break
        self._dirty = self._told_dirty = self._chart_dirty = self._solid_dirty = True
        if not self.moving:
            self._arrive()
        elif self.event and self._in_step() and EVENTS[self.event].has_come(self):
            self.say(EVENTS[self.event].told(self))
            self.goal = max(arm.tick for arm in self.arms)
            self._arrive()

    def _warn_of_first_step(self):
        """Say why nothing moves yet: the kernels of a process are loaded, or compiled, by use."""
        if not Session.warm:
            waited = "Waking the cells; the very first time takes a minute or two, then never again"
            self.show_to("status", status(self) | {"busy": waited}, [])
            Session.warm = True

    def _in_step(self) -> bool:
        return len({arm.tick for arm in self.arms}) == 1

    def _arrive(self):
        if self.playing and self.goal >= self.last:
            self.say("The story is at its end. Go back and branch, or make it longer in Set up.")
        self.playing, self.busy, self.event = False, "", ""
        self._told_dirty, self._told_at = True, 0.0
        self._tell_why()

    def _mend(self, error: Exception) -> None:
        """Say what went wrong, and stand on the last sound state."""
        traceback.print_exception(error)
        self.playing, self.busy, self.event = False, "", ""
        for arm in list(self.arms):
            try:
                arm.recover()
            except Exception:
                self.arms.remove(arm)
        self.goal = min((arm.tick for arm in self.arms), default=0)
        for arm in self.arms:
            arm.leap(self.goal)
        self._dirty = self._told_dirty = self._chart_dirty = self._solid_dirty = True
        self._complain(
            f"The model stopped: {type(error).__name__}: {error}. The arms stand on their last "
            "kept day; play on, branch, or reset."
        )

    # What it shows.

    def say(self, text: str) -> None:
        """Show a sentence."""
        self.show_to("say", {"text": text, "level": "note"}, [])

    def _complain(self, text: str) -> None:
        self._told_dirty = True
        self.show_to("say", {"text": text, "level": "error"}, [])

    def _show(self):
        now = perf_counter()
        catching_up = self.moving and not self.playing
        if self._dirty and self._free and self.arms and not catching_up:
            self._draw()
        if self.in_3d and self._solid_dirty and self._solid_due(now) and self.solid(self.arms):
            self._solid_dirty, self._solid_at, self._solid_day = False, now, self.arms[0].day
        if self._told_dirty and now - self._told_at > TOLD_EVERY:
            self._told_at, self._told_dirty = now, False
            self.show_to("status", status(self), [])
        if self._chart_dirty and now - self._charted_at > CHARTED_EVERY:
            self._charted_at, self._chart_dirty = now, False
            self.show_to("courses", *courses(self.arms, self.charted))

    def _solid_due(self, now) -> bool:
        days = abs(self.arms[0].day - self._solid_day) if self.arms else 0.0
        return now - self._solid_at > SOLID_EVERY or days >= SOLID_DAYS

    def _draw(self):
        self._dirty = False
        looks = [arm.look(self.plane, self.signal) for arm in self.arms]
        self._send(looks, exact=True)

    def _send(self, looks, exact):
        heads = [head | {"name": arm.name} for arm, (head, _) in zip(self.arms, looks, strict=True)]
        with self._wake:
            self._free -= 1
            since, grounds = self.wire.changes([bodies[0] for _, bodies in looks])
        pairs = zip(grounds, looks, strict=True)
        buffers = [body for ground, (_, bodies) in pairs for body in (ground, *bodies[1:])]
        content = {"arms": heads, "exact": exact, "since": since, "frame": self.wire.frame,
                   "age": self.arms[0].scenario.age, "voxel": self.arms[0].bone[1]}  # fmt: skip
        self.show_to("picture", content, buffers)

    def _tell_why(self):
        if self.asked is not None and self.arms:
            arm = self.arms[min(self.asked["arm"], len(self.arms) - 1)]
            place = self.plane, self.asked["y"], self.asked["x"]
            self.show_to("why", why(arm.model, place, self.asked["kinds"]) | {"arm": arm.name}, [])

    def _settle(self):
        """Stop on the day of the arm that is furthest, all arms on it."""
        self.playing, self.event = False, ""
        self.goal = max(arm.tick for arm in self.arms)
        while self.moving:
            self._approach()

    def _renew(self):
        self._dirty = self._told_dirty = self._chart_dirty = self._solid_dirty = True
        self._told_at = self._charted_at = 0.0


def _step_back():
    """Let the browser draw first where processors are few."""
    if sys.platform == "linux":  # elsewhere a thread has no priority of its own
        os.nice(MODESTY)
