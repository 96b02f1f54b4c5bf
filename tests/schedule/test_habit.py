"""What cells are used to: the past of a signal, of which long ago counts less."""

import math

import numpy as np
import pytest

from remodel_abm.schedule.habit import SPAN, Habit

TIME = 1000.0


def test_what_never_changes_is_what_cells_are_used_to():
    assert Habit(lambda day: 0.7, TIME).at(123.0) == pytest.approx(0.7)


@pytest.mark.parametrize("since", [SPAN * n for n in (5, 20, 70, 140)])
def test_a_lasting_change_becomes_a_habit_exponentially(since):
    habit = Habit(lambda day: 1.0 if day < 0.0 else 0.0, TIME)
    # A hundredth of the past is forgotten, and it is told anew every four weeks.
    assert habit.at(since) == pytest.approx(math.exp(-since / TIME), abs=0.01)


def test_a_change_of_one_cycle_is_nearly_no_habit():
    habit = Habit(lambda day: 1.0 if 0.0 <= day < SPAN else 0.0, TIME)
    assert habit.at(SPAN) == pytest.approx(1.0 - math.exp(-SPAN / TIME), abs=0.001)


def test_the_order_in_which_days_are_asked_for_makes_no_difference():
    def wave(day):
        return math.sin(day / 50.0)

    days = np.random.default_rng(1).uniform(-2000.0, 5000.0, 40)
    one, other = Habit(wave, TIME), Habit(wave, TIME)
    forward = {day: one.at(day) for day in sorted(days)}
    assert all(other.at(day) == forward[day] for day in days)


def test_the_past_before_a_day_is_as_on_that_day():
    habit = Habit(lambda day: day, TIME, since=0.0)
    assert habit.at(-500.0) == 0.0
    assert habit.at(SPAN) > 0.0
