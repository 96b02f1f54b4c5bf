"""Populations: rows in an order of their own, identities that last, fates, litters and buds."""

import numpy as np
import pytest

from remodel_abm.cells import Cell, Column, Now, Population, found, pass_on
from remodel_abm.cells.osteoclast_precursor import OsteoclastPrecursor
from remodel_abm.rng import combine


class Larva(Cell):
    """A test cell that becomes an imago, dies, or buds."""

    columns = {"weight": Column("f8", "1", "a column of its own")}
    fates = (None, "imago", "missing")
    daughter = "larva"


class Imago(Cell):
    """What a larva becomes."""

    columns = {"wings": Column("i4", "1", "a column of its own")}


def now(tick=0, day=None):
    return Now(np.uint64(1), tick, float(tick if day is None else day), 1.0)


def larvae(ids, day=0.0, **columns):
    places = np.arange(3 * len(ids)).reshape(-1, 3)
    return found(Larva, places, np.array(ids, "u8"), day, **columns)


def newborn(ids, kind=Larva):
    rows = np.zeros(len(ids), Population(kind).dtype)
    rows["id"], rows["site"] = ids, -1
    return rows


def ids(population):
    return population.living["id"].tolist()


def test_founders_stand_in_the_order_of_their_identities():
    one = larvae([30, 10, 20])
    assert ids(one) == [10, 20, 30]
    assert one.living["z"].tolist() == [3, 6, 0]
    assert one.living["born"].tolist() == [0.0] * 3


def test_the_order_is_by_day_then_identity():
    one = larvae([5, 3])
    one.admit(newborn([9, 1]), 1.0)
    one.admit(newborn([4]), 1.5)
    assert ids(one) == [3, 5, 1, 9, 4]


def test_the_order_of_neighbours_does_not_depend_on_other_births():
    alone, crowded = larvae([5, 3]), larvae([5, 3])
    crowded.admit(newborn([2, 8]), 1.0)
    for one in (alone, crowded):
        one.admit(newborn([7, 6]), 2.0)
    shared = {3, 5, 6, 7}
    assert [k for k in ids(crowded) if k in shared] == ids(alone)


def test_a_newborn_starts_alive_and_undecided():
    rows = newborn([1])
    rows["fate"], rows["litter"], rows["buds"] = 3, 3, 3
    one = larvae([])
    one.admit(rows, 4.0)
    row = one.living[0]
    assert (row["alive"], row["fate"], row["litter"], row["buds"]) == (True, 0, 0, 0)
    assert row["born"] == 4.0


def test_rows_grow_past_their_first_room():
    one = larvae(list(range(1000)))
    one.admit(newborn(list(range(1000, 5000))), 1.0)
    assert len(one) == 5000
    assert ids(one) == list(range(5000))


def test_a_row_is_found_by_identity_whatever_moves():
    one = larvae(list(range(1, 201)), weight=np.arange(200.0))
    one.rows["fate"][:150] = 1
    pass_on({"larva": one}, now())
    assert len(one.rows) == 50, "swept"
    for identity in (151, 200):
        row = one.rows[one.row_of(identity)]
        assert (row["id"], row["weight"]) == (identity, identity - 1.0)


def test_the_dead_are_not_found():
    one = larvae([1, 2])
    one.rows["fate"][0] = 1
    pass_on({"larva": one}, now())
    with pytest.raises(KeyError):
        one.row_of(1)
    assert one.row_of(2) >= 0
    with pytest.raises(KeyError):
        one.row_of(99)


def test_a_sweep_keeps_order_identity_and_columns():
    one = larvae(list(range(100)), weight=np.arange(100.0))
    one.rows["alive"][::2] = False
    one.version += 1
    one.sweep()
    assert one.rows["id"].tolist() == list(range(1, 100, 2))
    assert one.rows["weight"].tolist() == [float(k) for k in range(1, 100, 2)]
    assert one.rows["alive"].all()


def test_cells_line_up_by_their_places_and_those_of_one_place_as_they_stood():
    one = larvae([1, 2, 3, 4, 5, 6], weight=0.5)
    rows = one.rows
    for axis, places in (
        ("z", [1, 0, 0, 0, 0, 9]),
        ("y", [0, 2, 1, 1, 1, 9]),
        ("x", [0, 0, 8, 7, 8, 9]),
    ):
        rows[axis] = places
    rows["weight"] = np.arange(6)
    rows["alive"][5] = False
    before = one.version
    one.line_up()
    assert ids(one) == [4, 3, 5, 2, 1]
    assert one.living["weight"].tolist() == [3.0, 2.0, 4.0, 1.0, 0.0]
    assert one.used == len(one) == 5
    assert one.row_of(2) == 3 and one.version > before


def test_nobody_lines_up_among_nobody():
    one = larvae([])
    one.line_up()
    assert len(one) == 0


def test_a_few_gaps_are_not_worth_a_sweep():
    one = larvae(list(range(100)))
    one.rows["alive"][:5] = False
    one.sweep()
    assert len(one.rows) == 100
    assert len(one) == 95


def test_rows_behind_the_last_one_are_not_reused_with_old_values():
    one = larvae(list(range(100)), weight=7.0)
    one.rows["alive"][:] = False
    one.sweep()
    one.admit(newborn([5]), 1.0)
    assert one.rows["weight"].tolist() == [0.0]


def test_a_cell_becomes_another_kind_in_its_place_under_its_name():
    one, two = larvae([1, 2], weight=3.0), Population(Imago)
    one.rows["site"] = [4, 5]
    one.rows["fate"][1] = 2
    pass_on({"larva": one, "imago": two}, now(7))
    assert ids(one) == [1]
    row = two.living[0]
    assert [int(row[n]) for n in ("id", "z", "y", "x", "site")] == [2, 3, 4, 5, 5]
    assert (row["born"], row["wings"]) == (7.0, 0)


def test_a_cell_that_dies_leaves_nobody():
    one, two = larvae([1]), Population(Imago)
    one.rows["fate"] = 1
    pass_on({"larva": one, "imago": two}, now())
    assert len(one) == len(two) == 0


def test_who_becomes_a_kind_that_takes_no_part_is_gone():
    one = larvae([1])
    one.rows["fate"] = 3
    pass_on({"larva": one}, now())
    assert len(one) == 0


def test_a_litter_is_of_different_cells_whose_names_depend_on_the_parent_alone():
    broods = []
    for others in ([], [3, 4]):
        one, two = larvae([2, *others]), Population(Imago)
        one.rows["fate"][0], one.rows["litter"][0] = 2, 5
        pass_on({"larva": one, "imago": two}, now())
        broods.append(ids(two))
    assert broods[0] == broods[1]
    assert len(set(broods[0])) == 5
    assert 2 not in broods[0]


def test_a_litter_of_one_keeps_its_name():
    one, two = larvae([2]), Population(Imago)
    one.rows["fate"], one.rows["litter"] = 2, 1
    pass_on({"larva": one, "imago": two}, now())
    assert ids(two) == [2]


def test_daughters_lie_where_they_were_put_and_the_mother_lives_on():
    one = larvae([2], weight=9.0)
    one.rows["buds"], one.rows["site"] = 2, 6
    one.rows["bz"], one.rows["by"], one.rows["bx"] = 7, 8, 9
    pass_on({"larva": one}, now(3))
    assert len(one) == 3
    assert one.rows["buds"].tolist() == [0, 0, 0]
    daughters = one.living[1:]
    assert daughters[["z", "y", "x", "site"]].tolist() == [(7, 8, 9, 6)] * 2
    assert daughters["weight"].tolist() == [0.0, 0.0]


def test_daughters_of_one_mother_differ_from_day_to_day():
    one = larvae([2])
    for tick in range(5):
        one.rows["buds"][0] = 1
        pass_on({"larva": one}, now(tick))
    assert len(set(ids(one))) == 6


def test_a_cell_can_bud_and_die_on_the_same_day():
    one = larvae([2])
    one.rows["buds"], one.rows["fate"] = 1, 1
    pass_on({"larva": one}, now())
    assert len(one) == 1
    assert ids(one) != [2]


def test_names_of_newborns_do_not_collide():
    one, two = larvae([combine(np.uint64(3), np.uint64(k)) for k in range(3000)]), Population(Imago)
    one.rows["buds"] = 2
    one.rows["fate"][::2], one.rows["litter"][::2] = 2, 4
    pass_on({"larva": one, "imago": two}, now(5))
    everyone = ids(one) + ids(two)
    assert len(everyone) == 1500 + 6000 + 6000
    assert len(set(everyone)) == len(everyone)


def test_rows_carry_over_to_a_resumed_run():
    one = larvae([1, 2, 3], weight=2.0)
    again = Population(Larva, one.rows.copy())
    np.testing.assert_array_equal(again.rows, one.rows)
    other = Population(Larva)
    before = other.version
    other.replace(one.rows)
    assert other.version > before
    assert other.row_of(3) == one.row_of(3)


def test_a_changed_population_says_so():
    one = larvae([1, 2])
    seen = [one.version]
    one.admit(newborn([3]), 1.0)
    seen.append(one.version)
    one.rows["fate"][0] = 1
    pass_on({"larva": one}, now())
    seen.append(one.version)
    assert len(set(seen)) == 3
    one.admit(newborn([]), 2.0)
    pass_on({"larva": one}, now())
    assert one.version == seen[-1]


def test_cells_are_counted_by_what_a_column_of_theirs_says():
    rng = np.random.default_rng(4)
    stages = rng.integers(0, 3, 60)
    places, ids = np.zeros((60, 3), int), np.arange(60, dtype="u8")
    one = found(OsteoclastPrecursor, places, ids, 0.0, stage=stages)
    one.rows["alive"][::4] = False
    expected = np.bincount(one.living["stage"], minlength=4)
    assert one.count_by("stage") == expected.tolist()
    assert sum(one.count_by("stage")) == len(one)
