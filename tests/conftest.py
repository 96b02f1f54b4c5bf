"""What tests of whole runs share: a tiny section, and the command line in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
# A section that lives a day in some milliseconds: forty days of story after twenty of settling in.
TINY = {
    "bone": {"shape": (1, 48, 48)},
    "settling": 20,
    "years": 40 / 365.25,
    "snapshot_every": 10,
    "checkpoint_every": 15,
}
COMPILING = 600  # s; a process may have to compile every kernel


@pytest.fixture(scope="session")
def tiny():
    """Return the tiny scenario."""
    from remodel_abm import Scenario

    return Scenario.load("menopause", **TINY)


@pytest.fixture(scope="session")
def tiny_file(tiny, tmp_path_factory):
    """Return the tiny scenario as a file."""
    path = tmp_path_factory.mktemp("scenario") / "tiny.toml"
    path.write_text(tiny.to_toml())
    return path


@pytest.fixture(scope="session")
def straight(tiny, tmp_path_factory):
    """Return the folder of the tiny scenario, run without a stop and without figures."""
    from remodel_abm import run

    folder = tmp_path_factory.mktemp("straight") / "run"
    run(tiny, folder, figures=False)
    return folder


@pytest.fixture(scope="session")
def contents():
    """Return a function that reads all a run left, but the time it took."""

    def read(folder):
        files = (path for path in Path(folder).rglob("*") if path.is_file())
        found = {str(path.relative_to(folder)): path.read_bytes() for path in files}
        found.pop("timing.json", None)
        return found

    return read


@pytest.fixture(scope="session")
def environment():
    """Return the environment of another process, in which the package is found."""
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    return os.environ | {"PYTHONPATH": os.pathsep.join(paths), "COLUMNS": "200", "NO_COLOR": "1"}


@pytest.fixture(scope="session")
def start(environment):
    """Return a function that starts the command line in another process."""

    def begin(*arguments, cwd=None, **more):
        return subprocess.Popen(
            [sys.executable, "-m", "remodel_abm", *map(str, arguments)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", cwd=cwd,
            env=environment | more,
        )  # fmt: skip

    return begin


@pytest.fixture(scope="session")
def command(start):
    """Return a function that runs the command line in another process: code, output, errors."""

    def finish(*arguments, cwd=None, **more):
        with start(*arguments, cwd=cwd, **more) as process:
            output, errors = process.communicate(timeout=COMPILING)
        return process.returncode, output, errors

    return finish
