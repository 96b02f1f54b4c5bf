import errno
import os
import signal
import subprocess
import sys

import pytest

from remodel_abm.declare import InputError
from remodel_abm.results import files


def test_a_file_is_written_whole_and_leaves_nothing_beside_it(tmp_path):
    files.write_text(tmp_path / "a.txt", "µm\n")
    assert (tmp_path / "a.txt").read_bytes() == "µm\n".encode()
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


@pytest.mark.parametrize("failure", [RuntimeError, KeyboardInterrupt, SystemExit])
def test_a_failure_in_mid_write_leaves_the_old_file_whole(tmp_path, failure):
    path = tmp_path / "a.txt"
    path.write_bytes(b"old")

    def write(file):
        file.write(b"half of the ne")
        raise failure

    with pytest.raises(failure):
        files.write_atomically(path, write)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_kill_in_mid_write_leaves_the_old_file_whole_and_the_next_write_works(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"old")
    code = (
        "import os, signal, sys\n"
        "from remodel_abm.results.files import write_atomically\n"
        "def write(file):\n"
        "    file.write(b'x' * 10**6); file.flush(); os.kill(os.getpid(), signal.SIGKILL)\n"
        "write_atomically(sys.argv[1], write)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert path.read_bytes() == b"old"
    files.write_text(path, "new")
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]
    assert path.read_bytes() == b"new"


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (errno.ENOSPC, "the disk is full"),
        (errno.EROFS, "the file system is read-only"),
        (errno.EACCES, "permission is denied"),
    ],
)
def test_what_the_system_refuses_is_said_in_one_sentence(tmp_path, monkeypatch, code, words):
    def refuse(_):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(files.os, "fsync", refuse)
    with pytest.raises(InputError) as error:
        files.write_text(tmp_path / "a.txt", "new")
    assert str(error.value) == f"cannot write {tmp_path / 'a.txt'}: {words}"
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 256 kB, where the system lets us mount one."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(place)]
    try:
        mounted = subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        mounted = False
    if not mounted:
        pytest.skip("mounting is not allowed here")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_full_disk_keeps_the_old_file_and_no_rest(small_disk):
    path = small_disk / "a.bin"
    files.write_atomically(path, lambda file: file.write(b"1" * 100_000))
    with pytest.raises(InputError, match="the disk is full"):
        files.write_atomically(path, lambda file: file.write(b"2" * 300_000))
    assert path.read_bytes() == b"1" * 100_000
    assert list(small_disk.iterdir()) == [path]


def test_a_full_output_folder_is_refused_before_a_run(small_disk):
    with pytest.raises(InputError, match=r"needs 1 MB and the disk has 0 MB left"):
        files.check_writable(small_disk / "run", needed=1_000_000)


def test_a_new_folder_is_made_for_a_run(tmp_path):
    folder = files.check_writable(tmp_path / "deep" / "run")
    assert folder.is_dir()
    assert list(folder.iterdir()) == []


def test_a_folder_of_something_else_is_refused_and_a_run_folder_is_not(tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(InputError, match=r"holds 'thesis.tex' and no run"):
        files.check_writable(tmp_path)
    (tmp_path / "provenance.json").write_text("{}")
    assert files.check_writable(tmp_path) == tmp_path


def test_a_file_or_an_impossible_place_is_refused_as_output_folder(tmp_path):
    (tmp_path / "a").write_text("")
    with pytest.raises(InputError, match="it is a file"):
        files.check_writable(tmp_path / "a")
    with pytest.raises(InputError, match="a part of the path is a file"):
        files.check_writable(tmp_path / "a" / "b")


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write anywhere")
def test_an_unwritable_folder_is_refused(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(InputError, match="permission is denied"):
        files.check_writable(tmp_path)


def test_clearing_a_run_removes_what_runs_write_and_nothing_else(tmp_path):
    (tmp_path / "snapshots").mkdir()
    (tmp_path / "paraview").mkdir()
    for name in (
        "provenance.json", "daily.csv", "snapshots/day_100000.npz", "replay.html", "notes.md",
        "paraview/bone.pvd", "paraview/bone_00000.vti", "paraview/cells_00000.vtu",
    ):  # fmt: skip
        (tmp_path / name).write_text("")
    files.clear_run(tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["notes.md"]


def test_json_is_sorted_strict_and_refused_when_damaged(tmp_path):
    path = tmp_path / "a.json"
    files.write_json(path, {"b": float("nan"), "a": {"é": 1}})
    assert path.read_text("utf-8") == '{\n  "a": {\n    "é": 1\n  },\n  "b": null\n}\n'
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(InputError, match=r"a.json is damaged"):
        files.read_json(path)
    with pytest.raises(InputError, match=r"b.json is missing"):
        files.read_json(tmp_path / "b.json")
