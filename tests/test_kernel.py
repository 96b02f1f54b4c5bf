"""Kernels called day after day: the same answers without a look at the arguments' types."""

import numpy as np

from remodel_abm import rng
from remodel_abm.kernel import Direct
from remodel_abm.signals.diffusion import _sums

WHAT = rng.decision("test.direct")


def test_every_call_answers_as_the_kernel_itself():
    direct = Direct(rng.uniform)
    for tick in range(20):
        words = np.uint64(3), WHAT, np.uint64(tick * 7), tick
        assert direct(*words) == rng.uniform(*words)


def test_later_calls_see_tables_of_another_length():
    direct = Direct(_sums)
    for n in (3, 5, 1, 64):
        table = np.arange(2.0 * n).reshape(2, n)
        assert direct(table.copy()).tolist() == table.sum(axis=1).tolist()
