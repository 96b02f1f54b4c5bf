"""Luck: even, independent along every word it depends on, and the same bits without compiling."""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

import remodel_abm
from remodel_abm import rng
from remodel_abm.cells import cells
from remodel_abm.kernel import allocating, kernel
from remodel_abm.rng import combine, decision, happens, uniform

PACKAGE = Path(remodel_abm.__file__).parent
DRAWS = 200_000
DIE, DIVIDE = decision("test.die"), decision("test.divide")
# Thresholds at p = 1e-4: a dozen fixed samples are tested, and a fair generator passes them all.
LEVEL = 1e-4


@allocating
def _series(along, length, seed, what, cell, tick):
    """Draw while one of the four words counts up and the others stand."""
    found = np.empty(length)
    for k in range(length):
        n = np.uint64(k)
        if along == 0:
            found[k] = uniform(seed + n, what, cell, tick)
        elif along == 1:
            found[k] = uniform(seed, what + n, cell, tick)
        elif along == 2:
            found[k] = uniform(seed, what, cell + n, tick)
        else:
            found[k] = uniform(seed, what, cell, tick + k)
    return found


WORDS = ("seed", "decision", "cell", "tick")


def series(word, length=DRAWS, seed=1, what=DIE, cell=7, tick=3):
    return _series(
        WORDS.index(word), length, np.uint64(seed), what, np.uint64(cell), int(tick)
    )  # fmt: skip


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("start", [0, 12345])
def test_draws_are_uniform_along_each_word(word, start):
    found = series(word, seed=start, cell=start, tick=start)
    counts = np.histogram(found, 100, (0.0, 1.0))[0]
    assert counts.sum() == DRAWS
    assert stats.chisquare(counts).pvalue > LEVEL


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("lag", [1, 2, 7, 100, 1024])
def test_draws_do_not_follow_from_earlier_ones(word, lag):
    found = series(word)
    correlation = np.corrcoef(found[:-lag], found[lag:])[0, 1]
    assert abs(correlation) * np.sqrt(DRAWS) < stats.norm.isf(LEVEL / 2)


@pytest.mark.parametrize("word", WORDS)
def test_neighbouring_draws_fill_the_plane_evenly(word):
    found = series(word)
    counts = np.histogram2d(found[::2], found[1::2], 30, [(0, 1), (0, 1)])[0]
    assert stats.chisquare(counts.ravel()).pvalue > LEVEL


def test_the_lowest_bits_are_as_even_as_the_highest():
    bits = (series("cell") * 2.0**53).astype(np.uint64)
    for place in (0, 1, 10, 30, 52):
        ones = int(((bits >> np.uint64(place)) & np.uint64(1)).sum())
        assert stats.binomtest(ones, DRAWS).pvalue > LEVEL


def test_two_decisions_of_a_cell_are_independent():
    die, divide = series("cell", what=DIE), series("cell", what=DIVIDE)
    counts = np.histogram2d(die, divide, 30, [(0, 1), (0, 1)])[0]
    assert stats.chisquare(counts.ravel()).pvalue > LEVEL
    assert stats.chi2_contingency(counts).pvalue > LEVEL


def test_swapping_words_gives_another_draw():
    words = np.arange(1, 2000, dtype=np.uint64)
    swapped = [uniform(a, DIE, a + np.uint64(1), 5) == uniform(a + np.uint64(1), DIE, a, 5)
               for a in words]  # fmt: skip
    assert not any(swapped)


def test_a_draw_depends_on_its_words_and_on_nothing_else():
    first = uniform(np.uint64(1), DIE, np.uint64(2), 3)
    series("cell", 100)
    assert uniform(np.uint64(1), DIE, np.uint64(2), 3) == first


def test_draws_lie_from_zero_to_below_one():
    found = series("cell")
    assert found.min() >= 0.0 and found.max() < 1.0
    assert len(np.unique(found)) > DRAWS - 3


@kernel
def _strikes(rate, dt, length):
    count = 0
    for k in range(length):
        if happens(rate, dt, np.uint64(1), DIE, np.uint64(k), 3):
            count += 1
    return count


@pytest.mark.parametrize(("rate", "dt"), [(0.07, 1.0), (0.07, 0.5), (2.0, 1.0), (1e-3, 1.0)])
def test_an_event_strikes_with_its_hazard(rate, dt):
    struck = _strikes(rate, dt, DRAWS)
    assert stats.binomtest(struck, DRAWS, 1 - np.exp(-rate * dt)).pvalue > LEVEL


def test_a_rate_of_nothing_never_strikes():
    assert _strikes(0.0, 1.0, DRAWS) == 0


def test_whoever_a_higher_hazard_spares_a_lower_one_spares_too():
    cells = np.arange(2000, dtype=np.uint64)
    spared = [not happens(0.5, 1.0, np.uint64(1), DIE, cell, 3) for cell in cells]
    struck = [happens(0.2, 1.0, np.uint64(1), DIE, cell, 3) for cell in cells]
    assert not np.any(np.array(spared) & np.array(struck))


def test_names_made_of_two_words_do_not_collide():
    found = {int(combine(np.uint64(a), np.uint64(b))) for a in range(300) for b in range(300)}
    assert len(found) == 90_000


# The same bits with and without compiling.

SAMPLE = """
import json, sys
import numpy as np
from remodel_abm.kernel import COMPILED
from remodel_abm.rng import combine, decision, happens, uniform
words = [np.uint64(w) for w in (0, 1, 2**32, 2**63, 2**64 - 1)]
what = decision("test.die")
found = [
    [float(uniform(seed, what, cell, tick)).hex(),
     bool(happens(0.5, 1.0, seed, what, cell, tick)), str(int(combine(seed, cell)))]
    for seed in words for cell in words for tick in (0, 1, 2**40)
]
print(json.dumps([COMPILED, found]))
"""


def bits(disabled):
    variables = {**os.environ, "NUMBA_DISABLE_JIT": str(int(disabled))}
    variables["PYTHONPATH"] = os.pathsep.join(
        [str(PACKAGE.parent), os.environ.get("PYTHONPATH", "")]
    )
    answer = subprocess.run(
        [sys.executable, "-W", "error", "-c", SAMPLE],
        env=variables, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return json.loads(answer.stdout)


def test_plain_python_draws_the_same_bits():
    (compiled, fast), (plain, slow) = bits(False), bits(True)
    assert (compiled, plain) == (True, False)
    assert fast == slow


# Decisions.


def named():
    """Return (file, name) of every decision that code names."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "decision":
                found += [(path.name, a.value) for a in node.args if isinstance(a, ast.Constant)]
    return found


def test_every_decision_is_named_once():
    names = [name for _, name in named()]
    assert len(names) > 20
    assert sorted(names) == sorted(set(names))


def test_no_two_names_share_a_number():
    names = {name for _, name in named()} | set(cells())  # seeding draws under a kind's own name
    assert len({int(decision(name)) for name in names}) == len(names)


def test_a_decision_is_named_after_who_takes_it():
    assert not [(file, name) for file, name in named() if "." not in name]


def test_a_name_always_has_the_same_number():
    # Written down, so that no release reshuffles every life.
    assert int(decision("osteoclast.die")) == 0x11496624E4256560


def test_names_that_hash_alike_are_refused(monkeypatch):
    number = int(decision("test.die"))
    monkeypatch.setitem(rng._names, number, "another.name")
    with pytest.raises(ValueError, match=r"'test\.die' and 'another\.name' hash alike"):
        decision("test.die")
