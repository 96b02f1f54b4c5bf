import time

import numpy as np
import pytest

from remodel_abm.declare import InputError
from remodel_abm.results import checkpoint
from remodel_abm.results.checkpoint import load_checkpoint, save_checkpoint

ROW = np.dtype([("id", "u8"), ("z", "f8"), ("alive", "?"), ("kind", "U12"), ("at", "i4", (3,))])


def state():
    rows = np.zeros(3, ROW)
    rows["id"], rows["z"], rows["kind"] = 2**63 + 1, 0.1, "osteoclast"
    rows["at"] = [[1, 2, 3]] * 3
    return {
        "tissue.bone": np.random.default_rng(1).random((4, 5, 6)),
        "cells.osteoclast": rows,
        "nan": np.array([np.nan, -0.0, np.inf]),
        "none": np.empty((0, 3), np.int16),
    }


def test_every_bit_of_a_state_comes_back(tmp_path):
    arrays = state()
    save_checkpoint(tmp_path / "checkpoint.npz", {"day": 12, "seed": 2**63}, arrays)
    meta, found = load_checkpoint(tmp_path / "checkpoint.npz")
    assert meta == {"day": 12, "seed": 2**63}
    assert sorted(found) == sorted(arrays)
    for name, array in arrays.items():
        assert found[name].dtype == array.dtype
        assert found[name].shape == array.shape
        assert found[name].tobytes() == array.tobytes()


def test_equal_states_are_equal_bytes_whatever_the_order(tmp_path):
    arrays = state()
    save_checkpoint(tmp_path / "a.npz", {"day": 1, "b": 2}, arrays)
    save_checkpoint(tmp_path / "b.npz", {"b": 2, "day": 1}, dict(reversed(arrays.items())))
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_any_flipped_bit_is_refused(tmp_path):
    path = tmp_path / "checkpoint.npz"
    save_checkpoint(path, {"day": 12}, state())
    whole = path.read_bytes()
    for at in np.linspace(0, len(whole) - 1, 60).astype(int):
        damaged = bytearray(whole)
        damaged[at] ^= 1 << (at % 8)
        path.write_bytes(damaged)
        with pytest.raises(InputError, match=r"checkpoint.npz is (damaged|truncated|not)"):
            load_checkpoint(path)


@pytest.mark.parametrize("kept", [0, 1, 100, 0.5, -1])
def test_a_truncated_file_is_refused(tmp_path, kept):
    path = tmp_path / "checkpoint.npz"
    save_checkpoint(path, {"day": 12}, state())
    whole = path.read_bytes()
    path.write_bytes(whole[: int(kept * len(whole)) if kept == 0.5 else kept])
    with pytest.raises(InputError, match=r"checkpoint.npz is (truncated|not a checkpoint)"):
        load_checkpoint(path)


def test_a_foreign_or_missing_file_or_another_format_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "checkpoint.npz"
    with pytest.raises(InputError, match="is missing"):
        load_checkpoint(path)
    np.savez(path, bone=np.ones(9))
    with pytest.raises(InputError, match="no checksum of remodel_abm"):
        load_checkpoint(path)
    path.write_text("a letter")
    with pytest.raises(InputError, match="is not a checkpoint"):
        load_checkpoint(path)
    path.unlink()
    monkeypatch.setattr(checkpoint, "SCHEMA", 99)
    save_checkpoint(path, {}, {})
    monkeypatch.undo()
    with pytest.raises(InputError, match=f"format 99 and this version reads {checkpoint.SCHEMA}"):
        load_checkpoint(path)


def test_the_checkpoint_before_it_takes_the_place_of_a_damaged_one(tmp_path):
    path = tmp_path / "checkpoint.npz"
    save_checkpoint(path, {"day": 10}, {"bone": np.zeros(3)})
    save_checkpoint(path, {"day": 20}, {"bone": np.ones(3)})
    assert load_checkpoint(path)[0] == {"day": 20}
    path.write_bytes(path.read_bytes()[:-9])
    meta, arrays = load_checkpoint(path)
    assert meta["day"] == 10
    assert "continuing from checkpoint.previous.npz" in meta["warning"]
    assert arrays["bone"].tolist() == [0, 0, 0]
    path.unlink()  # as after a kill between the two renamings
    assert load_checkpoint(path)[0]["day"] == 10


def test_a_failed_write_keeps_both_earlier_checkpoints(tmp_path, monkeypatch):
    path = tmp_path / "checkpoint.npz"
    for day in (10, 20):
        save_checkpoint(path, {"day": day}, {"bone": np.zeros(3)})

    def refuse(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("remodel_abm.results.files.os.fsync", refuse)
    with pytest.raises(InputError, match="the disk is full"):
        save_checkpoint(path, {"day": 30}, {"bone": np.zeros(3)})
    assert load_checkpoint(path)[0]["day"] == 20
    assert load_checkpoint(tmp_path / checkpoint.PREVIOUS)[0]["day"] == 10


def test_python_objects_are_never_stored(tmp_path):
    with pytest.raises(ValueError, match="Object arrays"):
        save_checkpoint(tmp_path / "checkpoint.npz", {}, {"a": np.array([{}])})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_hundred_megabytes_are_written_within_seconds(tmp_path):
    arrays = {"bone": np.random.default_rng(1).random((12_500_000,))}
    start = time.perf_counter()
    save_checkpoint(tmp_path / "checkpoint.npz", {}, arrays)
    assert time.perf_counter() - start < 5.0  # about 0.8 s on a quiet machine
