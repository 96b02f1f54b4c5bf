"""The commands that judge and fit: what is wrong is said in one sentence, with exit code 2."""

import pytest
from typer.testing import CliRunner

from remodel_abm.__main__ import app


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("scoreboard --from EMPTY", "holds no finished ensembles"),
        ("scoreboard --from EMPTY --seeds 3", "--from reads what was run"),
        ("scoreboard --small --arms menopose", "did you mean 'menopause'"),
        ("scoreboard --set osteoclast.radius", "is not NAME=VALUE"),
        ("calibrate 9", "no stage 9 of the calibration"),
        ("calibrate 2 --small", "stage 2 has no arm in the small version"),
        ("calibrate 1 --frozen EMPTY/none.toml", "cannot be read as TOML"),
        ("sensitivity --part osteoclst", "did you mean 'osteoclast'"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(tmp_path, monkeypatch, line, words):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "EMPTY").mkdir()
    found = CliRunner().invoke(app, line.split())
    assert found.exit_code == 2
    assert words in found.output
    assert found.output.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["EMPTY"]


@pytest.mark.parametrize("command", ["scoreboard", "calibrate", "sensitivity"])
def test_help_shows_how_to_begin(command):
    found = CliRunner().invoke(app, [command, "--help"])
    assert found.exit_code == 0
    assert "Examples" in found.output
