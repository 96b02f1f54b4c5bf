"""Outlets that follow the walls are those that a look at all of them finds."""

import numpy as np
import pytest

from remodel_abm.signals import outlet
from remodel_abm.signals.outlet import Outlets, outlets


@pytest.mark.parametrize("shape", [(1, 40, 31), (13, 17, 11), (1, 1, 50), (9, 1, 8)])
@pytest.mark.parametrize("share", [0.05, 0.5, 0.95])
@pytest.mark.parametrize("number", [1, 7])
def test_outlets_that_follow_are_those_that_a_look_at_all_finds(shape, share, number, monkeypatch):
    monkeypatch.setattr(outlet, "FEW", 1.0)
    draw = np.random.default_rng(round(100 * share) + number)
    room = (draw.random(shape) > share).astype(float)
    followed = Outlets(room)
    for _ in range(40):
        room = room.copy()
        changed = draw.integers(0, room.size, number)
        room.ravel()[changed] = draw.random(number) > share
        followed.follow(room)
        np.testing.assert_array_equal(followed.nearest, outlets(room))


def test_of_equally_near_outlets_it_is_the_first_along_x_then_y_then_z():
    room = np.zeros((5, 5, 5))
    for place in ((2, 2, 0), (2, 0, 2), (0, 2, 2), (4, 2, 2), (2, 4, 2), (2, 2, 4)):
        room[place] = 1.0
    middle = (2, 2, 2)
    for expected in ((2, 2, 0), (2, 0, 2), (0, 2, 2), (4, 2, 2), (2, 4, 2), (2, 2, 4)):
        assert np.unravel_index(outlets(room)[middle], room.shape) == expected
        room[expected] = 0.0
        if not room.any():
            break


@pytest.mark.parametrize("room", [np.zeros((2, 3, 4)), np.ones((2, 3, 4))])
def test_where_all_or_nothing_is_open_each_voxel_is_its_own_outlet(room):
    followed = Outlets(1.0 - room)
    followed.follow(room)
    np.testing.assert_array_equal(followed.nearest.ravel(), np.arange(room.size))
