"""Kernels called day after day: the same answers without a look at the arguments' types."""

import sys

import numpy as np
import pytest
from numba.core.errors import NumbaError

from remodel_abm import rng
from remodel_abm.kernel import COMPILED, Direct, allocating, kernel

WHAT = rng.decision("test.direct")


def test_every_call_answers_as_the_kernel_itself():
    direct = Direct(rng.uniform)
    for tick in range(20):
        words = np.uint64(3), WHAT, np.uint64(tick * 7), tick
        assert direct(*words) == rng.uniform(*words)


@kernel
def gather(table):
    for row in range(len(table)):
        table[row, 0] = table[row].sum()


def test_later_calls_see_tables_of_another_length():
    direct = Direct(gather)
    for n in (3, 5, 1, 64):
        table = np.arange(2.0 * n).reshape(2, n)
        total = table.sum(axis=1)
        direct(table)
        assert table[:, 0].tolist() == total.tolist()


@kernel
def makes_a_table(n):
    return np.zeros(n).sum()


@allocating
def made_in_one(table):
    own = np.ones(len(table))
    return (own * table).sum()


@kernel
def asks_one(table):
    return made_in_one(table[1:]) + table[0]


@pytest.mark.skipif(not COMPILED, reason="plain Python makes tables anywhere")
def test_a_kernel_that_makes_a_table_of_its_own_is_refused():
    with pytest.raises(NumbaError):
        makes_a_table(3)


def test_a_kernel_may_call_one_that_makes_tables_and_holds_on_to_none():
    table = np.arange(5.0)
    holders = sys.getrefcount(table)
    for _ in range(100):
        assert asks_one(table) == 10.0
    assert sys.getrefcount(table) == holders
