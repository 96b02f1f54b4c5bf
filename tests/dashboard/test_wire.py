"""The wire sends what changed, and what was sent is what was seen."""

import numpy as np

from remodel_abm.dashboard.wire import Wire


def received(held, since, body):
    """Return what a browser makes of a body."""
    if not since:
        return np.frombuffer(body, np.uint8).copy()
    count = len(body) // 5
    held = held.copy()
    held[np.frombuffer(body[: 4 * count], "<u4")] = np.frombuffer(body[4 * count :], np.uint8)
    return held


def test_changes_add_up_to_the_picture():
    rng = np.random.default_rng(1)
    wire, ground, held = Wire(), rng.integers(0, 256, 3000, np.uint8), None
    sizes = []
    for _ in range(5):
        since, (body,) = wire.changes([ground.tobytes()])
        held = received(held, since, body)
        assert np.array_equal(held, ground)
        sizes.append(len(body))
        ground = ground.copy()
        ground[rng.integers(0, 3000, 40)] += 1
    assert sizes[0] == 3000
    assert max(sizes[1:]) <= 5 * 40


def test_an_unchanged_picture_is_empty_and_a_new_arm_sends_all_whole():
    wire, ground = Wire(), bytes(range(200))
    assert wire.changes([ground]) == (0, [ground])
    assert wire.changes([ground]) == (1, [b""])
    assert wire.changes([ground, ground]) == (0, [ground, ground])
    assert wire.frame == 3


def test_a_picture_that_is_all_new_travels_whole():
    wire = Wire()
    wire.changes([bytes(100)])
    assert wire.changes([bytes([7]) * 100]) == (0, [bytes([7]) * 100])
    wire.forget()
    assert wire.changes([bytes([7]) * 100])[0] == 0
