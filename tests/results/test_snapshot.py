import numpy as np
import pytest

from remodel_abm.declare import InputError
from remodel_abm.results.snapshot import (
    Snapshot,
    SnapshotWriter,
    load_snapshot,
    positions,
    quantised,
    save_snapshot,
    snapshot_days,
    snapshot_path,
)


def layers(value=0.5):
    bone = np.full((2, 3, 4), value)
    return {"bone": bone, "osteoid": bone * 0, "mineral": bone, "state": np.eye(3, 4)[None] * bone}


def test_fractions_come_back_within_half_a_step(tmp_path):
    bone = np.random.default_rng(1).random((3, 20, 20))
    path = save_snapshot(tmp_path, 365, {"bone": bone}, {}, voxel=20.0)
    found = load_snapshot(path)
    assert found.layers["bone"].dtype == np.uint8
    assert np.abs(found.fraction("bone") - bone).max() <= 0.5 / 255 + 1e-6
    assert (found.day, found.voxel, found.shape) == (365, 20.0, (3, 20, 20))
    assert not found.flat
    assert found.fraction("osteoid").max() == 0


def test_fractions_beyond_their_range_are_clipped():
    assert quantised(np.array([-0.1, 0.0, 0.5, 1.0, 1.2])).tolist() == [0, 0, 128, 255, 255]


def test_cells_keep_their_voxel_and_the_dead_are_left_out():
    rows = np.zeros(3, [("z", "f8"), ("y", "i4"), ("x", "f4"), ("alive", "?")])
    rows["z"], rows["y"], rows["x"], rows["alive"] = 0.9, [1, 2, 3], 7.0, [True, False, True]
    assert positions(rows).tolist() == [[0, 1, 7], [0, 3, 7]]
    assert positions(np.empty((0, 3))).shape == (0, 3)
    assert positions([[1, 2, 300]]).dtype == np.int16


def test_names_sort_by_day_also_before_day_0(tmp_path):
    days = [-365, -30, -1, 0, 9, 10, 3650, 20000]
    for day in reversed(days):
        save_snapshot(tmp_path, day, layers(), {})
    assert snapshot_days(tmp_path) == days
    names = [snapshot_path(tmp_path, day).name for day in days]
    assert names == sorted(names)


def test_equal_days_are_equal_bytes(tmp_path):
    for name in ("a", "b"):
        save_snapshot(tmp_path / name, 1, layers(), {"osteoclast": np.ones((2, 3))})
    first, second = (snapshot_path(tmp_path / name, 1).read_bytes() for name in ("a", "b"))
    assert first == second


def test_a_damaged_snapshot_is_refused(tmp_path):
    path = save_snapshot(tmp_path, 1, {"bone": np.random.default_rng(1).random((5, 50, 50))}, {})
    whole = path.read_bytes()
    for content in (whole[:-100], whole[:500] + b"\0" * 99 + whole[599:], b"", b"PK", b"text"):
        path.write_bytes(content)
        with pytest.raises(InputError, match=r"day_100001.npz is damaged or not a snapshot"):
            load_snapshot(path)
    np.savez(path, day=1, voxel=10.0)
    with pytest.raises(InputError, match="not a snapshot"):
        load_snapshot(path)


def test_a_writer_keeps_the_day_as_it_was_when_put(tmp_path):
    with SnapshotWriter(tmp_path, voxel=20.0) as writer:
        tissue = layers(0.0)
        for day in range(5):
            tissue["bone"][:] = day / 10
            writer.put(day, tissue, {"osteoclast": np.full((1, 3), day)})
    for day in range(5):
        found = load_snapshot(snapshot_path(tmp_path, day))
        assert found.fraction("bone").max() == pytest.approx(day / 10, abs=0.002)
        assert found.cells["osteoclast"].tolist() == [[day, day, day]]


def test_what_a_writer_ran_into_reaches_the_caller(tmp_path):
    (tmp_path / "snapshots").write_text("in the way")
    writer = SnapshotWriter(tmp_path)
    writer.put(0, layers(), {})
    with pytest.raises(InputError, match="cannot write"):
        writer.close()


def test_a_snapshot_shares_no_memory_with_the_model():
    tissue = layers()
    snapshot = Snapshot.of(0, tissue, {})
    before = snapshot.layers["state"].copy()
    tissue["state"][:] = 3
    assert np.array_equal(snapshot.layers["state"], before)
