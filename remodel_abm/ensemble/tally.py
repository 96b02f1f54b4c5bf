"""The tally of an ensemble: runs done, model days a second, time left."""

from time import perf_counter

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from remodel_abm.watch import clock

TOPIC = "remodel_abm.progress"


class Tally:
    """Adds up how far the runs of an ensemble are; this one keeps it to itself."""

    def __init__(self):
        self.done = self.runs = 0
        self.ticks: dict[tuple, int] = {}
        self.first: dict[tuple, int] = {}

    def begin(self, jobs, left) -> None:
        """Take the plan, and the part of it that is not finished."""
        self.runs, self.done = len(jobs), len(jobs) - len(left)
        self.total = max(1, sum(job.scenario.ticks for job in left))
        self.step = {job.key: job.scenario.step for job in left}
        self.ends = {job.key: job.scenario.ticks for job in left}
        self.begun = perf_counter()

    def heard(self, event) -> None:
        """Take word from a run: (time, {key, tick})."""
        key, tick = tuple(event[1]["key"]), event[1]["tick"]
        if key in self.step:
            self.first.setdefault(key, tick)
            self.ticks[key] = max(tick, self.ticks.get(key, 0))
            self.show()

    def finished(self, found: dict) -> None:
        """Take the answer of a run that is over."""
        key = tuple(found["key"])
        self.done += 1
        self.first.setdefault(key, 0)
        self.ticks[key] = self.ends[key]
        self.show()

    def show(self) -> None:
        """Show how far it is."""

    def end(self) -> None:
        """Be told that nothing more comes."""

    def speed(self) -> float:
        """Return model days lived a second, by all processes together. [d/s]"""
        days = sum((tick - self.first[key]) * self.step[key] for key, tick in self.ticks.items())
        return days / max(perf_counter() - self.begun, 1e-9)

    def say(self, text: str) -> None:
        """Take a sentence worth reading."""


class Board(Tally):
    """Shows a bar on a terminal, and a line every tenth of the way elsewhere."""

    def __init__(self, console: Console | None = None):
        super().__init__()
        self.console = console or Console(highlight=False, soft_wrap=True)
        self.bar, self.tenth = None, 0

    def begin(self, jobs, left) -> None:
        super().begin(jobs, left)
        if self.done:
            self.say(f"{self.done} of {self.runs} runs are there already")
        if self.console.is_terminal and left:
            self.bar = Progress(
                TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(),
                TextColumn("{task.fields[speed]}"), TimeRemainingColumn(compact=True),
                TextColumn("left"), console=self.console,
            )  # fmt: skip
            self.task = self.bar.add_task(self._runs(), total=self.total, speed="")
            self.bar.start()

    def say(self, text: str) -> None:
        self.console.print(text, markup=False)

    def show(self) -> None:
        lived = sum(self.ticks.values())
        speed = f"{self.speed():.0f} days/s"
        if self.bar is not None:
            self.bar.update(self.task, completed=lived, description=self._runs(), speed=speed)
        elif 10 * lived // self.total > self.tenth:
            self.tenth = 10 * lived // self.total
            anew = max(1, lived - sum(self.first.values()))
            left = (perf_counter() - self.begun) * (self.total - lived) / anew
            share = 100 * lived // self.total
            self.say(f"{share:3d} %  {self._runs()}  {speed}  {clock(left)} left")

    def end(self) -> None:
        if self.bar is not None:
            self.bar.stop()
            self.bar = None

    def _runs(self) -> str:
        return f"{self.done} of {self.runs} runs"
