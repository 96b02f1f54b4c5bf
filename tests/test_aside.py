import threading

import pytest

from remodel_abm import Scenario, aside
from remodel_abm.model import Model


def test_with_one_thread_what_is_begun_is_done_at_once():
    here = threading.get_ident()
    assert aside.begin(threading.get_ident, threads=1).result() == here
    assert aside.begin(threading.get_ident, threads=2).result() != here


def test_what_a_call_raised_is_raised_where_it_is_waited_for():
    with pytest.raises(ZeroDivisionError):
        aside.begin(divmod, 1, 0, threads=2).result()


@pytest.mark.parametrize("threads", [1, 2])
def test_what_is_read_aside_is_what_is_read_at_once(threads, monkeypatch):
    monkeypatch.setattr(aside, "THREADS", threads)
    bone = {"source": "volume", "shape": (24, 24, 24), "voxel": 20.0}
    model = Model(Scenario.load("reference", settling=0.0, bone=bone))
    slow = next(one for one in model.measures if one.name == "architecture")
    slow.interval = 2.0
    expected = {}
    for _ in range(5):
        model.step()
        if model.tick % 2 == 0:
            expected[model.record._rows - 1] = slow.read(*slow.look(scene_of(model)))
    read = model.record.wide()[[reading.name for reading in slow.readings]]
    for row, values in expected.items():
        assert read.iloc[row].tolist() == pytest.approx(list(values), nan_ok=True, abs=0.0)
    assert read.iloc[0].isna().all()
    model.close()


def scene_of(model):
    from remodel_abm.measures import Scene

    return Scene(model.tissue, model.signals, model.cells, {}, model.now)
