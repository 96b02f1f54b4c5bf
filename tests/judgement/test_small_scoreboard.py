"""The small scoreboard on living tissue, some minutes: what was met must not be lost unseen."""

import re

import pandas as pd
import pytest

# Rows that the small version met when it was last looked at; what is met must not be lost unseen.
GUARDED = (
    "T01.fast", "T10.drift", "T10.ac_f", "P20.fp", "T11.e_de.start", "T11.oc_de.start",
    "T13.1yr",
)  # fmt: skip
RIGHT = ("T01.fast", "T05.placebo", "T62.resorption")  # directions that must stay right


@pytest.fixture(scope="module")
def found(command, tmp_path_factory):
    """Return the folder of a small scoreboard, and what it printed."""
    folder = tmp_path_factory.mktemp("scoreboard")
    code, output, errors = command("scoreboard", "--small", "--out", folder)
    assert code == 0, errors
    return folder, output


def test_what_was_met_is_met(found):
    table = pd.read_parquet(found[0] / "scoreboard.parquet").set_index("id")
    assert not [name for name in GUARDED if table.loc[name, "verdict"] != "met"]
    assert not [name for name in RIGHT if table.loc[name, "sign"] != "right"]


def test_the_last_line_counts_held_out_targets(found):
    line = found[1].strip().splitlines()[-1]
    assert re.search(r"met \d+ of \d+ held-out targets \(\d+ of \d+ without therapy\)$", line)


def test_page_and_figures_are_there(found):
    for name in ("scoreboard.html", "figures/standing.svg", "figures/space.png"):
        assert (found[0] / name).stat().st_size > 10_000
