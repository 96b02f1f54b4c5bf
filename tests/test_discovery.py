"""A new part is one new file: it is found, it takes part, and no existing run changes."""

import os
import subprocess
import sys
from pathlib import Path

import remodel_abm

NEW = {
    "cells": '''
"""A test cell."""
from remodel_abm.cells import Cell, Column
from remodel_abm.declare import Param

class Mote(Cell):
    """Does nothing."""
    name = "mote"
    columns = {"age": Column("f8", "d", "days it has seen")}
    density = Param(5000.0, "1/mm3", 0.0, 9000.0, "P05", "assumed", "made up for a test")
    @staticmethod
    def act(cells, tissue, signals, p, now):
        cells["age"] += now.dt
''',
    "signals": '''
"""A test signal."""
from remodel_abm.declare import Param
from remodel_abm.signals import Signal

class Whisper(Signal):
    """Nobody hears it."""
    name = "whisper"
    diffusivity = Param(1e6, "um2/d", 1e5, 1e7, "P41", "assumed", "made up for a test")
    decay_rate = Param(50.0, "1/d", 1.0, 100.0, "P41", "assumed", "made up for a test")
''',
    "schedule": '''
"""A test influence."""
from remodel_abm.schedule import Influence

class Moon(Influence):
    """Shines."""
    name = "moon"
    acts_on = ("osteoclast.apoptosis_rate",)
''',
    "measures": '''
"""A test measure."""
from remodel_abm.measures import Measure, Reading

class Answer(Measure):
    """Always the same."""
    name = "answer"
    source = "P01"
    readings = (Reading("answer", "A", "1", "the answer"),)
    def __call__(self, scene):
        return (42.0,)
''',
}
# A process of its own, since a class once defined is a part for good.
PROBE = """
import sys
from hashlib import blake2b
from importlib import import_module
from pathlib import Path
import numpy as np
from remodel_abm import ledger, scenario
from remodel_abm.model import Model

TINY = {"bone": {"shape": (1, 32, 32)}, "years": 3 / 365.25, "settling": 0.0}

def lives(**changes):
    model = Model(scenario.Scenario.load("menopause", **TINY, **changes))
    while not model.is_over:
        model.step()
    return model

def digest(model):
    found = blake2b()
    for name, array in sorted(model.arrays().items()):
        found.update(name.encode() + np.ascontiguousarray(array).tobytes())
    return found.hexdigest()

before = digest(lives())
new = {"cells": "mote", "signals": "whisper", "schedule": "moon", "measures": "answer"}
for room, name in new.items():
    assert name not in ledger.rooms()[room]
    import_module(f"remodel_abm.{room}").__path__.append(str(Path(sys.argv[1], room)))
for cached in (ledger.rooms, ledger.parts, ledger.parameters, ledger.mechanisms, scenario.rooms):
    cached.cache_clear()
for room, name in new.items():
    assert name in ledger.rooms()[room], f"{name} was not found in {room}"
assert "mote.density" in ledger.parameters()
assert digest(lives()) == before, "a file that no scenario names changed a run"
model = lives(cells=["mote"], signals=["whisper"], measures=["answer"])
assert set(model.cells["mote"].living["age"]) == {3.0}
assert model.signals.grid("whisper").max() == 0.0
assert model.record.wide()["answer"].tolist() == [42.0] * 3
"""


def test_a_new_file_in_a_room_is_found_and_changes_no_existing_run(tmp_path):
    for room, text in NEW.items():
        (tmp_path / room).mkdir()
        (tmp_path / room / "newcomer.py").write_text(text)
    answer = subprocess.run(
        [sys.executable, "-c", PROBE, str(tmp_path)],
        env={**os.environ, "PYTHONPATH": str(Path(remodel_abm.__file__).parents[1])},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert answer.returncode == 0, answer.stderr
