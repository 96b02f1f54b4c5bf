"""Generated bones that are kept: the same bytes, never a wrong one, never in the way."""

import os

import numpy as np
import pytest

from remodel_abm.tissue import kept, trabeculae

GIVEN = ((1, 40, 40), 10.0, 0.2, 120.0, (0.0, 1.0, 0.0), 1.5, 3)


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("REMODEL_ABM_CACHE", str(tmp_path))
    return tmp_path


@pytest.fixture
def calls(monkeypatch):
    """The arguments of each bone that was really generated, quickly."""
    made = []

    def generate(*given):
        made.append(given)
        return np.full((2, 2), 1.0 / (1 + given[-1]))

    monkeypatch.setattr(trabeculae, "generate", generate)
    return made


def test_a_kept_bone_has_the_bytes_of_the_generated_one():
    made = trabeculae.generate(*GIVEN)
    for _ in range(2):
        found = kept.generated(*GIVEN)
        assert found.dtype == made.dtype
        assert found.tobytes() == made.tobytes()


def test_a_bone_is_generated_once(calls):
    first, second = kept.generated(*GIVEN), kept.generated(*GIVEN)
    assert len(calls) == 1
    assert np.array_equal(first, second)


@pytest.mark.parametrize("place", range(len(GIVEN)))
def test_another_argument_is_another_bone(calls, place):
    other = list(GIVEN)
    other[place] = {0: (1, 41, 40), 4: (1.0, 0.0, 0.0)}.get(place, other[place] and 7)
    kept.generated(*GIVEN)
    kept.generated(*other)
    assert calls == [GIVEN, tuple(other)]


def test_another_generator_makes_its_bones_anew(calls, tmp_path, monkeypatch):
    kept.generated(*GIVEN)
    edited = tmp_path / "trabeculae.py"
    edited.write_text("# another generator")
    monkeypatch.setattr(trabeculae, "__file__", str(edited))
    kept.generated(*GIVEN)
    assert len(calls) == 2


@pytest.mark.parametrize("content", [b"", b"no archive", None])
def test_a_damaged_file_is_replaced(calls, content):
    good = kept.generated(*GIVEN)
    (path,) = kept.folder().glob("*.npz")
    path.write_bytes(path.read_bytes()[:100] if content is None else content)
    assert np.array_equal(kept.generated(*GIVEN), good)
    assert np.array_equal(kept.generated(*GIVEN), good)
    assert len(calls) == 2


def test_without_a_place_to_keep_it_a_bone_is_generated_all_the_same(calls, cache, monkeypatch):
    (cache / "file").touch()
    monkeypatch.setenv("REMODEL_ABM_CACHE", str(cache / "file"))
    assert kept.generated(*GIVEN).shape == (2, 2)


def test_a_write_that_fails_leaves_nothing_behind(calls, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez_compressed", full)
    assert kept.generated(*GIVEN).shape == (2, 2)
    assert not any(kept.folder().iterdir())


def test_the_least_used_bones_go_first(calls):
    paths = []
    for seed in range(kept.KEPT):
        kept.generated(*GIVEN[:-1], seed)
        (new,) = set(kept.folder().iterdir()) - set(paths)
        os.utime(new, (seed, seed))
        paths.append(new)
    kept.generated(*GIVEN[:-1], 0)  # used again
    kept.generated(*GIVEN[:-1], kept.KEPT)
    assert len(list(kept.folder().iterdir())) == kept.KEPT
    assert paths[0].exists()
    assert not paths[1].exists()
