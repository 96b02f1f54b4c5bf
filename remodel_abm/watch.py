"""Who watches a run: a bar on a terminal, a line every tenth of the way elsewhere; who stops it."""

import contextlib
import signal
import threading
from time import perf_counter

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

REDRAWN = 0.2  # s between looks at the clock that redraw the bar
YEAR = 365.25


class Stopped(KeyboardInterrupt):
    """A run was asked to stop; the message says on which day, and how to go on."""


class Watcher:
    """What a run tells as it goes; this one keeps it to itself."""

    def say(self, text: str) -> None:
        """Take a sentence worth reading."""

    def begin(self, model) -> None:
        """Take the model before its first step."""

    def lived(self, model) -> None:
        """Take the model after a step."""

    def end(self) -> None:
        """Be told that no more steps come."""


class Reporter(Watcher):
    """Tells simulated date, model days a second and the time left.

    Parameters
    ----------
    console : rich.console.Console, optional
        Where to; standard output without.
    """

    def __init__(self, console: Console | None = None):
        self.console = console or Console(highlight=False, soft_wrap=True)
        self.bar = None

    def say(self, text: str) -> None:
        """Print a sentence; the bar stays below it."""
        self.console.print(text, markup=False)

    def begin(self, model) -> None:
        """Start the clock and, on a terminal, the bar."""
        self.first, self.begun, self.drawn, self.tenth = model.tick, perf_counter(), 0.0, 0
        self.total = max(1, model.scenario.ticks)
        if not self.console.is_terminal:
            return
        self.bar = Progress(
            TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(),
            TextColumn("{task.fields[speed]}"), TimeRemainingColumn(compact=True),
            TextColumn("left"), console=self.console,
        )  # fmt: skip
        self.task = self.bar.add_task(date(model), total=self.total, completed=model.tick, speed="")
        self.bar.start()

    def lived(self, model) -> None:
        """Move on by one step."""
        if self.bar is None:
            self._print_tenth(model)
        elif perf_counter() - self.drawn > REDRAWN or model.is_over:
            self.drawn = perf_counter()
            self.bar.update(
                self.task, completed=model.tick, description=date(model), speed=self._speed(model)
            )

    def end(self) -> None:
        """Leave the bar as it stands."""
        if self.bar is not None:
            self.bar.stop()
            self.bar = None

    def _print_tenth(self, model) -> None:
        tenth = 10 * model.tick // self.total
        if tenth <= self.tenth:
            return
        self.tenth = tenth
        spent, lived = perf_counter() - self.begun, model.tick - self.first
        left = spent * (self.total - model.tick) / max(1, lived)
        self.say(
            f"{100 * model.tick // self.total:3d} %  {date(model)}  {self._speed(model)}  "
            f"{clock(left)} left"
        )

    def _speed(self, model) -> str:
        spent = perf_counter() - self.begun
        days = (model.tick - self.first) * model.scenario.step
        return f"{days / spent:.0f} days/s" if spent > 0 else ""


def date(model) -> str:
    """Return the simulated date: the day of settling in, or year, day and age."""
    day = model.day
    if day < 0:
        return f"settling in, day {day:.0f}"
    year = int(day // YEAR)
    return f"year {year}, day {day - year * YEAR:.0f}, age {model.scenario.age + day / YEAR:.1f}"


def clock(seconds: float) -> str:
    """Return a duration as h:mm:ss."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}"


@contextlib.contextmanager
def stop_signals():
    """Collect requests to stop, so that a step is never left half done; a second one ends at once.

    Signals reach the main thread only; elsewhere nothing is caught.
    """
    asked: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield asked
        return

    def note(number, _frame):
        if asked:
            raise KeyboardInterrupt
        asked.append(number)

    kept = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield asked
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)
