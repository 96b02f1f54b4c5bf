"""Turnover markers against what the ledger says was resorbed, and by whom."""

from types import SimpleNamespace

import numpy as np
import pytest

from remodel_abm import ledger
from remodel_abm.tissue.matrix import CLAST_RESORBED, FORMED, LEDGER, RESORBED


@pytest.fixture
def read():
    """Return a function of what was resorbed, of it by osteoclasts, and formed in a week. [um3]"""
    part = ledger.parts()["markers"]
    markers = part(part.Values())
    totals = np.zeros(LEDGER)
    tissue = SimpleNamespace(layers=SimpleNamespace(ledger=totals), total_volume=2e9)
    names = [reading.name for reading in part.readings]

    def after(day, resorbed, by_clasts, formed):
        totals[RESORBED] += resorbed
        totals[CLAST_RESORBED] += by_clasts
        totals[FORMED] += formed
        scene = SimpleNamespace(tissue=tissue, now=SimpleNamespace(day=day))
        return dict(zip(names, markers(scene), strict=True))

    after(0.0, 0.0, 0.0, 0.0)
    return after


def test_ctx_counts_what_osteoclasts_resorb_and_not_what_reversal_cells_finish(read):
    one = read(7.0, 7e4, 2.8e4, 0.0)
    assert one["ctx"] == pytest.approx(2.8e4 / 7 / 2)
    assert one["brs_r"] == pytest.approx(7e4 / 7 / 2)
    assert one["clast_share"] == pytest.approx(40.0)


def test_more_reversal_alone_leaves_ctx_where_it_is(read):
    before, after = read(7.0, 7e4, 2.8e4, 1e4), read(14.0, 14e4, 2.8e4, 1e4)
    assert after["ctx"] == pytest.approx(before["ctx"])
    assert after["brs_r"] == pytest.approx(2 * before["brs_r"])


def test_p1np_counts_matrix_laid_down(read):
    assert read(7.0, 0.0, 0.0, 1.4e4)["p1np"] == pytest.approx(1e3)
