"""Calls drawn by bisection: the very call that a walk along all of them ends at."""

import numpy as np
import pytest

from remodel_abm.cells.calls import add_up, drawn, walked


@pytest.mark.parametrize("number", [1, 2, 3, 40, 3000])
def test_bisection_finds_the_call_that_a_walk_finds(number):
    draw = np.random.default_rng(number)
    weights = np.where(draw.random(number) < 0.1, 0.0, draw.random(number))
    weights[0] = 0.3
    totals = np.empty(number + 1)
    total = add_up(weights, totals)
    assert total == totals[-1]
    edges = draw.choice(totals[:-1], 200)
    marks = [*(draw.random(300) * total), 0.0, np.nextafter(total, 0.0)]
    for edge in edges:
        marks += [edge, np.nextafter(edge, np.inf), np.nextafter(edge, 0.0), edge + 1e-13]
    for mark in marks:
        assert drawn(weights, totals, mark) == walked(weights, mark)


def test_calls_without_weight_are_never_drawn_in_the_middle_of_others():
    weights, totals = np.array([0.0, 1.0, 0.0, 1.0]), np.empty(5)
    add_up(weights, totals)
    assert [drawn(weights, totals, mark) for mark in (0.0, 0.5, 1.0, 1.9)] == [1, 1, 3, 3]
