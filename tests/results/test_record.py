from concurrent.futures import Future

import numpy as np
import pytest

from remodel_abm.results import Quantity, Record
from remodel_abm.results.record import tidy, widen

BV = Quantity("bv_tv", "BV/TV", "%", "bone volume", "Bouxsein2010")
TH = Quantity("tb_th", "Tb.Th", "um", "thickness", "Bouxsein2010", 30.0)


def test_readings_keep_their_day_and_missing_ones_are_nan():
    record = Record([BV, TH])
    record.add(-1, {"bv_tv": 15.0, "tb_th": 170.0})
    record.add(0, {"bv_tv": 14.9})
    wide = record.wide()
    assert wide.index.tolist() == [-1.0, 0.0]
    assert wide["bv_tv"].tolist() == [15.0, 14.9]
    assert wide["tb_th"].isna().tolist() == [False, True]


def test_a_tidy_row_names_measure_symbol_and_unit():
    record = Record([BV, TH])
    record.add(0, {"tb_th": 170.0})
    record.add(1, {"bv_tv": 14.9})
    assert record.tidy().to_numpy().tolist() == [
        [0.0, "tb_th", "Tb.Th", "um", 170.0],
        [1.0, "bv_tv", "BV/TV", "%", 14.9],
    ]


def test_a_long_record_grows_without_losing_rows():
    record = Record([BV])
    for day in range(5000):
        record.add(day, {"bv_tv": day / 2})
    assert len(record) == 5000
    assert record.wide()["bv_tv"].to_numpy() == pytest.approx(np.arange(5000) / 2)


def test_a_restored_record_continues_as_if_never_stopped():
    whole, first, second = Record([BV, TH]), Record([BV, TH]), Record([BV, TH])
    for day in range(2000):
        whole.add(day, {"bv_tv": day})
        (first if day < 1500 else second).add(day, {"bv_tv": day})
        if day == 1499:
            second.restore(first.arrays())
    assert whole.wide().equals(second.wide())


def test_unknown_names_and_days_out_of_order_are_refused():
    record = Record([BV])
    record.add(3, {"bv_tv": 1.0})
    with pytest.raises(KeyError, match=r"did you mean 'bv_tv'"):
        record.add(4, {"bvtv": 1.0})
    with pytest.raises(ValueError, match="not later"):
        record.add(3, {"bv_tv": 1.0})
    assert len(record) == 1
    with pytest.raises(ValueError, match="other quantities"):
        Record([TH]).restore(record.arrays())
    with pytest.raises(ValueError, match="declared twice"):
        Record([BV, BV])


def test_widening_undoes_tidying():
    record = Record([BV, TH])
    for day in range(90):
        record.add(day, {"bv_tv": 1 / (day + 1)} | ({"tb_th": day} if day % 30 == 0 else {}))
    assert widen(tidy(record.wide(), record.quantities), record.quantities).equals(record.wide())


def test_a_reading_that_comes_late_stands_in_the_row_of_its_day():
    record, readings = Record([BV, TH]), Future()
    record.add(0, {"bv_tv": 15.0}, [(("tb_th",), readings)])
    record.add(1, {"bv_tv": 14.9})
    readings.set_result((170.0,))
    assert record.latest("tb_th") == 170.0
    wide = record.wide()
    assert wide["bv_tv"].tolist() == [15.0, 14.9]
    assert wide["tb_th"].tolist()[0] == 170.0 and np.isnan(wide["tb_th"].tolist()[1])


def test_who_asks_for_a_late_reading_hears_what_went_wrong():
    record, readings = Record([BV, TH]), Future()
    record.add(0, {}, [(("tb_th",), readings)])
    readings.set_exception(MemoryError("no room"))
    with pytest.raises(MemoryError, match="no room"):
        record.arrays()
    with pytest.raises(KeyError, match="did you mean 'tb_th'"):
        record.add(1, {}, [(("tbth",), readings)])
