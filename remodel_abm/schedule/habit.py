"""Habit: what cells are used to, as the mean of a signal's past in which long ago counts less.

It is a function of the day alone, so a run that is resumed, a branch and the well-mixed limit find
the same, in whatever order they ask.
"""

import math
from collections.abc import Callable

import numpy as np

SPAN = 28.0  # d over which the signal is averaged before it is remembered: four weeks, as a cycle
READ = 7.0  # d between readings in it
MEMORY = 5.0  # habituation times, after which less than a hundredth is left of a day


class Habit:
    """What is remembered of a signal.

    Parameters
    ----------
    signal
        Of a day.
    time
        In which a change becomes a habit: the past counts as exp(-age / time). [d]
    since
        Day before which the signal was as it was then. [d]
    """

    def __init__(self, signal: Callable[[float], float], time: float, since: float = -math.inf):
        self.signal, self.since, self.steps = signal, since, time / SPAN
        self._means: dict[int, float] = {}
        self._found: tuple[int | None, float] = (None, math.nan)

    def at(self, day: float) -> float:
        """Return what cells are used to on a day; it is told anew every four weeks."""
        number = math.floor(day / SPAN)
        if number != self._found[0]:
            ages = np.arange(1, math.ceil(MEMORY * self.steps) + 1)
            weights = np.exp(-ages / self.steps)
            means = np.array([self._mean(number - int(age)) for age in ages])
            self._found = number, float((weights * means).sum() / weights.sum())
        return self._found[1]

    def _mean(self, number: int) -> float:
        """Return the mean of the signal over the span of this number, counted from day 0."""
        if number not in self._means:
            days = [number * SPAN + k * READ for k in range(round(SPAN / READ))]
            read = [self.signal(max(day, self.since)) for day in days]
            self._means[number] = sum(read) / len(read)
        return self._means[number]
