"""The passage: kernels move cells on as a plain look at every row would."""

import numpy as np
import pytest

from remodel_abm.cells import Cell, Column, Now, Population, found, pass_on
from remodel_abm.cells.passage import COMMON, heads
from remodel_abm.rng import combine, decision

LITTER = decision("population.litter")


class Larva(Cell):
    """A test cell that becomes an imago, dies, or buds."""

    columns = {"weight": Column("f8", "1", "a column of its own")}
    fates = (None, "imago", "missing")
    daughter = "larva"


class Imago(Cell):
    """What a larva becomes; its rows hold nothing but what all cells have."""

    fates = (None, "larva")


def drawn(kind, number, seed, first):
    draw = np.random.default_rng(seed)
    one = found(
        kind, draw.integers(0, 50, (number, 3)),
        np.array([combine(np.uint64(seed), np.uint64(first + k)) for k in range(number)]), 0.0,
    )  # fmt: skip
    rows = one.rows
    busy = draw.random(number) < 0.3
    rows["fate"] = np.where(busy, draw.integers(1, len(kind.fates) + 1, number), 0)
    rows["litter"] = draw.integers(0, 4, number)
    rows["buds"] = np.where(draw.random(number) < 0.2, draw.integers(1, 4, number), 0)
    for axis in ("bz", "by", "bx", "site"):
        rows[axis] = draw.integers(0, 50, number)
    return one


def plainly(populations, now):
    """Return the rows that each kind has in the morning, by lists and loops."""
    stay = {name: [] for name in populations}
    come = {name: [] for name in populations}
    for name, one in populations.items():
        for row in one.rows:
            litter = max(1, int(row["litter"]))
            heir = one.kind.fates[row["fate"] - 1] if row["fate"] else None
            if heir in populations:
                for k in range(litter):
                    word = LITTER ^ np.uint64(k)
                    who = row["id"] if litter == 1 else combine(row["id"], word)
                    place = tuple(int(row[axis]) for axis in ("z", "y", "x", "site"))
                    come[heir].append((int(who), *place, now.day))
            first = np.uint64(combine(row["id"], np.uint64(now.tick + (1 << 40))))
            for k in range(row["buds"] if one.kind.daughter in populations else 0):
                place = tuple(int(row[axis]) for axis in ("bz", "by", "bx", "site"))
                come[one.kind.daughter].append((int(combine(first, np.uint64(k))), *place, now.day))
            if row["alive"] and row["fate"] == 0:
                place = tuple(int(row[axis]) for axis in ("z", "y", "x", "site"))
                stay[name].append((int(row["id"]), *place, float(row["born"])))
    return {name: stay[name] + sorted(come[name]) for name in populations}


@pytest.mark.parametrize("number", [1, 40, 700])
def test_kernels_move_cells_on_as_plain_loops_do(number):
    populations = {
        "larva": drawn(Larva, number, 1, 0), "imago": drawn(Imago, number, 2, 0)
    }  # fmt: skip
    now = Now(np.uint64(1), 7, 7.0, 1.0)
    expected = plainly(populations, now)
    pass_on(populations, now)
    for name, one in populations.items():
        rows = one.living
        kept = [rows[column].tolist() for column in ("id", "z", "y", "x", "site", "born")]
        assert list(zip(*kept, strict=True)) == expected[name]
        assert not rows["fate"].any()
        assert not rows["buds"].any()


@pytest.mark.parametrize("kind", [Larva, Imago])
@pytest.mark.parametrize("number", [0, 1, 2, 100])
def test_heads_are_what_all_cells_have_in_place(kind, number):
    rows = np.zeros(number, Population(kind).dtype)
    seen = heads(rows)
    seen["id"], seen["site"] = np.arange(number), 3
    assert rows["id"].tolist() == list(range(number))
    assert rows["site"].tolist() == [3] * number
    assert seen.dtype.names == tuple(name for name, _ in COMMON)


def test_a_kind_resumed_with_one_cell_can_grow():
    one = drawn(Larva, 1, 3, 0)
    one.rows["fate"], one.rows["buds"] = 0, 3
    resumed = Population(Larva, one.rows)
    pass_on({"larva": resumed}, Now(np.uint64(1), 7, 7.0, 1.0))
    assert len(resumed) == 4
    resumed.rows["buds"] = 50
    pass_on({"larva": resumed}, Now(np.uint64(1), 8, 8.0, 1.0))
    assert len(resumed) == len(set(resumed.living["id"].tolist())) == 204
