"""The signals of a run: sharing, spreading all over, reading, resuming."""

import numpy as np
import pytest

from remodel_abm import aside, signals
from remodel_abm.signals.field import coarse, secrete, sense, spread


@pytest.mark.parametrize("shape", [(1, 40, 52), (20, 24, 28)])
def test_what_patrolling_cells_secrete_is_level_and_decays_in_full(marrow, holes, shape):
    one = marrow(holes(shape), 10.0, ["tnf"])

    def patrol(fields):
        for _ in range(3):
            spread(fields, fields.tnf, 500.0)

    for _ in range(2):  # each day anew
        one.settle(patrol)
    assert one.decayed("tnf") == pytest.approx(1500.0, rel=1e-6)
    inside = one.signals.grid("tnf")[one.signals.media["tnf"].open_fraction > 0.0]
    assert np.ptp(inside) < 1e-5 * inside.mean()
    assert one.signals.cycles["tnf"] == 0


def test_patrolling_and_sitting_cells_add_up(marrow, holes):
    one = marrow(holes((1, 48, 48)), 10.0, ["il6"], tolerance=1e-6)
    parts = []
    for still, patrolling in ((300.0, 0.0), (0.0, 200.0), (300.0, 200.0)):

        def give(fields, still=still, patrolling=patrolling):
            secrete(fields, fields.il6, 0, 3, 3, still)
            spread(fields, fields.il6, patrolling)

        one.settle(give)
        parts.append(one.signals.grid("il6").copy())
        assert one.decayed("il6") == pytest.approx(still + patrolling, rel=1e-5)
    np.testing.assert_allclose(parts[0] + parts[1], parts[2], rtol=1e-4, atol=1e-6)


def test_a_signal_without_sources_is_gone_at_once(marrow, holes):
    one = marrow(holes((1, 48, 48)), 10.0, ["tgf_beta"])
    one.settle(lambda fields: secrete(fields, fields.tgf_beta, 0, 20, 20, 10.0))
    assert one.signals.values.max() > 0.0
    one.settle(lambda fields: None)
    assert not one.signals.values.any()
    assert one.signals.residual["tgf_beta"] == one.signals.cycles["tgf_beta"] == 0


def test_signals_that_spread_alike_share_their_solver(marrow, holes):
    one = marrow(holes((1, 48, 48)), 10.0, ["tnf", "il1", "il6", "sclerostin"])

    def give(fields):
        for which in range(4):
            secrete(fields, which, 0, 20, 20, 10.0)

    one.settle(give)
    assert len({id(one.signals.media[name]) for name in ("tnf", "il1", "il6")}) == 1
    assert len(one.signals._solvers) == 2
    np.testing.assert_array_equal(one.signals.grid("tnf"), one.signals.grid("il6"))


def test_a_changed_rate_takes_another_solver(marrow, holes):
    one = marrow(holes((1, 48, 48)), 10.0, ["tnf"])
    for rate in (30.0, 60.0, 30.0):
        one.values["tnf"] = one.values["tnf"]._replace(decay_rate=rate)
        one.settle(lambda fields: secrete(fields, fields.tnf, 0, 20, 20, 10.0))
        assert one.decayed("tnf") == pytest.approx(10.0, rel=1e-3)


def test_a_resumed_run_goes_on_to_the_same_bits(marrow, holes):
    names = ["tnf", "tgf_beta", "sclerostin"]
    rng = np.random.default_rng(3)
    sources = [rng.random((3, 3)) * 50.0 for _ in range(4)]

    def live(one, days):
        for day in days:

            def give(fields, day=day):
                for which, spots in enumerate(sources[day]):
                    for k, rate in enumerate(spots):
                        secrete(fields, which, 0, 7 * k + 3, 40 - 9 * k, rate)

            one.settle(give)
        return one

    whole = live(marrow(holes((1, 48, 48)), 10.0, names), [0, 1])
    kept = {key: array.copy() for key, array in whole.signals.arrays().items()}
    resumed = marrow(np.zeros((1, 48, 48)), 10.0, names)
    resumed.signals.restore(kept)
    live(whole, [2, 3])
    live(resumed, [2, 3])
    np.testing.assert_array_equal(whole.signals.values, resumed.signals.values)
    assert whole.signals.residual == resumed.signals.residual


def middles(one, name):
    """Return where the middles of coarse voxels lie, in tissue voxels, (axis, z, y, x)."""
    factor = one.signals.grids["factor"][list(one.signals.parts).index(name)]
    return np.indices(one.signals.shapes[name]) * factor + (factor - 1) / 2


def test_a_cell_reads_a_slope_between_the_middles_of_coarse_voxels(marrow):
    one = marrow(np.zeros((24, 24, 24)), 10.0, ["tgf_beta"])
    z, y, x = middles(one, "tgf_beta")
    one.signals.grid("tgf_beta")[...] = 100.0 + z + 2.0 * y - 3.0 * x
    fields = one.signals.fields
    assert sense(fields, 0, 9, 10, 10) == pytest.approx(100.0 + 9 + 20 - 30)
    assert sense(fields, 0, 10, 9, 10) == pytest.approx(100.0 + 10 + 18 - 30)
    flat = marrow(np.zeros((1, 24, 24)), 10.0, ["tgf_beta"])
    z, y, x = middles(flat, "tgf_beta")
    flat.signals.grid("tgf_beta")[...] = 100.0 + 2.0 * y - 3.0 * x
    for y, x in ((8, 8), (9, 10), (11, 8), (15, 4)):
        assert sense(flat.signals.fields, 0, 0, y, x) == pytest.approx(100.0 + 2 * y - 3 * x)


def test_a_cell_reads_nothing_through_a_plate(marrow):
    matrix = np.zeros((1, 24, 24))
    matrix[:, :, 11] = 1.0
    one = marrow(matrix, 10.0, ["tgf_beta"])
    _, _, x = middles(one, "tgf_beta")
    one.signals.grid("tgf_beta")[...] = np.where(x < 11, 8.0, 0.0)
    for x in range(24):
        assert sense(one.signals.fields, 0, 0, 10, x) == (8.0 if x <= 11 else 0.0)


def test_what_a_cell_reads_lies_between_what_is_around_it(marrow, holes):
    rng = np.random.default_rng(8)
    one = marrow(holes((16, 16, 16)), 10.0, ["tgf_beta"])
    one.signals.values[...] = rng.random(one.signals.values.shape) ** 8
    low, high = one.signals.values.min(), one.signals.values.max()
    for place in np.ndindex(16, 16, 16):
        assert low - 1e-15 <= sense(one.signals.fields, 0, *place) <= high + 1e-15


@pytest.mark.parametrize("factor", range(1, 60))
def test_the_coarse_voxel_is_the_quotient(factor):
    along = np.arange(2000)
    assert [coarse(k, 1.0 / factor) for k in along] == (along // factor).tolist()


def test_cells_sense_what_was_secreted_the_step_before(marrow):
    one = marrow(np.zeros((1, 40, 40)), 10.0, ["tgf_beta"])
    sensed = []
    for rate in (10.0, 20.0, 0.0, 0.0):
        one.settle(lambda fields, rate=rate: secrete(fields, 0, 0, 20, 20, rate), brought_in=False)
        sensed.append(sense(one.signals.fields, 0, 0, 20, 20))
    assert sensed[0] == sensed[3] == 0.0
    assert sensed[2] == pytest.approx(2 * sensed[1], rel=1e-2) and sensed[1] > 0.0


def test_signals_solved_side_by_side_are_the_same_bits(marrow, holes, monkeypatch):
    def give(fields):
        for which in range(3):
            secrete(fields, which, 3, 9, 3 + which, 10.0)

    found = []
    for threads in (1, 2):
        monkeypatch.setattr(aside, "THREADS", threads)
        monkeypatch.setattr(signals, "THREADED_FROM", 0)
        one = marrow(holes((20, 24, 28)), 10.0, ["tnf", "tgf_beta", "igf1"])
        for _ in range(3):
            one.settle(give)
        found.append(one.signals.values.tobytes())
    assert found[0] == found[1]
    assert np.frombuffer(found[0]).max() > 0.0
