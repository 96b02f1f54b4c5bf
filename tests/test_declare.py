"""Types of values are found again by other processes, so that kernels compile once."""

import pickle
from pathlib import Path

import numba

from remodel_abm import declare, kernel
from remodel_abm.declare import values_type


def test_equal_fields_give_one_type_and_others_another():
    one = values_type("AnyValues", ("rate", "depth"))
    assert values_type("AnyValues", ("rate", "depth")) is one
    assert values_type("AnyValues", ("depth", "rate")).__name__ != one.__name__
    assert one(1.0, 2.0).depth == 2.0


def test_a_type_is_pickled_by_its_name():
    one = values_type("AnyValues", ("rate", "depth"))
    assert pickle.loads(pickle.dumps(one)) is one


def test_a_type_of_parts_that_are_gone_has_a_stand_in():
    gone = pickle.loads(b"cremodel_abm.declare\nGoneValues_of_12345678\n.")
    assert declare.GoneValues_of_12345678 is gone


def test_a_second_process_compiles_nothing(straight, tiny_file, tmp_path, command):
    folder = Path(numba.config.CACHE_DIR or kernel.cache_folder())
    before = {path.name for path in folder.rglob("*.nbc")}
    code, _, errors = command("run", tiny_file, "--out", tmp_path / "run", "--no-figures", "-q")
    assert (code, errors) == (0, "")
    assert {path.name for path in folder.rglob("*.nbc")} == before
