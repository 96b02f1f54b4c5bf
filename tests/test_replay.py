"""A run as one file: what it holds, how large it is, and what it refuses."""

import base64
import json
import re
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest

from remodel_abm import replay
from remodel_abm.declare import InputError
from remodel_abm.replay.film import GROUP, film, packed
from remodel_abm.results import Snapshot

sys.path.insert(0, str(Path(__file__).parent / "results"))
import drawn_results


@pytest.fixture(scope="module")
def results():
    return drawn_results.results(shape=(1, 64, 64), days=tuple(range(-60, 1000, 60)))


@pytest.fixture(scope="module")
def text(results):
    return replay.page(results)


def frames(text, size):
    """Return the frames of a page, unpacked as the page does it."""
    found = []
    for group in re.findall(r'class="film">([^<]+)<', text):
        content = np.frombuffer(zlib.decompress(base64.b64decode(group)), np.uint8)
        rows = content.reshape(-1, size)
        found += list(np.bitwise_xor.accumulate(rows, axis=0))
    return found


def test_equal_results_give_equal_bytes(results, text, tmp_path):
    path = replay.write(results, tmp_path / "a.html")
    assert path.read_bytes() == text.encode()


def test_every_snapshot_is_in_the_file_within_half_a_step(results, text):
    found = frames(text, 3 * 64 * 64)
    assert len(found) == len(results.snapshots()) > GROUP
    for frame, day in zip(found, results.snapshots(), strict=True):
        kept = results.snapshot(day)
        bone = (frame[: 64 * 64] >> 3) / 31
        assert np.abs(bone - kept.fraction("bone").ravel()).max() <= 0.5 / 31 + 1e-6
        state = frame[64 * 64 : 2 * 64 * 64] & 3
        assert np.array_equal(state, kept.layers["state"].ravel())


def test_cells_are_where_they_were_and_the_later_class_wins():
    layers = {name: np.zeros((2, 8, 8)) for name in ("bone", "osteoid", "mineral")}
    cells = {"a": [[0, 1, 2], [1, 7, 7]], "b": [[0, 1, 2]]}
    snapshot = Snapshot.of(0, layers, {k: np.array(v) for k, v in cells.items()})
    places = packed(snapshot, ["a", "b"], 0.6)[2].reshape(2, 8, 8)
    assert places[0, 1, 2] == 2 and places[1, 7, 7] == 1
    assert np.count_nonzero(places) == 2


def test_a_film_of_a_bone_that_rests_costs_hardly_more_than_its_first_frame(results):
    one = [results.snapshot(0)]
    first, rest = (sum(map(len, film(one * n, ["osteoclast"], 0.6))) for n in (1, GROUP))
    assert rest < 1.2 * first


def test_a_file_that_would_be_too_large_holds_fewer_snapshots_and_says_so(
    results, text, monkeypatch
):
    limit = len(text) - 2000
    monkeypatch.setattr(replay, "LARGEST", limit)
    smaller = replay.page(results)
    assert len(smaller) <= limit
    about = json.loads(re.search(r'id="run">(.*?)</script>', smaller)[1])
    assert about["days"][-1] == results.snapshots()[-1]
    assert "one in 2 of the run's" in dict(map(tuple, about["facts"]))["Snapshots"]


def test_a_failed_audit_is_told(results):
    audit = results.audit | {"mass": {"value": 1.0, "tolerance": 1e-9, "passed": False}}
    assert replay.verdict(audit) == "FAILED: mass; do not use its numbers"
    assert replay.verdict(results.audit) == "passed"


def test_a_title_cannot_break_the_page(results):
    bad = drawn_results.results(shape=(1, 64, 64), days=(0,))
    bad.scenario["title"] = "</script><b>bold"
    text = replay.page(bad)
    assert "</script><b>" not in text
    assert "&lt;/script&gt;&lt;b&gt;bold" in text


def test_nothing_in_the_file_reaches_for_the_network(text):
    addresses = set(re.findall(r"https?://[^\"'\s)]+", text))
    assert addresses <= {"http://www.w3.org/2000/svg"}
    assert "default-src 'none'" in text


def test_results_without_snapshots_are_refused(tmp_path):
    empty = drawn_results.results(days=())
    with pytest.raises(InputError, match="holds no snapshots, so there is nothing to replay"):
        replay.write(empty, tmp_path / "a.html")


def test_the_command_writes_the_file_and_says_how_large_it_is(results, tmp_path, command):
    results.save(tmp_path / "run")
    code, output, _ = command("replay", tmp_path / "run")
    assert code == 0
    assert (tmp_path / "run" / "replay.html").is_file() and "MB" in output
    code, _, errors = command("replay", tmp_path / "nothing")
    assert code == 2 and "is not a folder of results" in errors
