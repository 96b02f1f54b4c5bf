"""The steady solver: closed forms, order, balance, bits."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from scipy import special
from scipy.sparse.linalg import spsolve
from steady_fields import DECAY, EDGE, coarse, field, operator, settle, spongy, surface_source

from remodel_abm.signals import diffusion
from remodel_abm.signals.diffusion import Solver
from remodel_abm.signals.medium import medium

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("shape", [(1, 1, 7), (1, 5, 9), (3, 4, 5), (1, 1, 1)])
def test_a_uniform_source_decays_where_it_is_made(shape):
    values = field(np.full(shape, 3.0), medium(np.ones(shape), 1), 40.0)
    np.testing.assert_allclose(values, 3.0e6 / (DECAY * EDGE**3), rtol=1e-9)


def test_a_section_holds_its_signal_in_its_own_thickness():
    source = np.full((1, 4, 4), 3.0)
    values = field(source, medium(np.ones((1, 4, 4)), 1), 40.0, depth=50.0)
    np.testing.assert_allclose(values, 3.0e6 / (DECAY * EDGE * EDGE * 50.0), rtol=1e-9)


def slab_error(n, axis):
    """Error of the profile of a source cos(pi x / L) with closed ends, n voxels long."""
    shape = tuple(n if k == axis else 1 for k in range(3))
    edge, length = 400.0 / n, 60.0
    x = (np.arange(n) + 0.5) / n
    source = (1.0 + np.cos(np.pi * x)) * edge**3
    wave = 1.0 / (1.0 + (np.pi * length / 400.0) ** 2)
    exact = 1e6 / DECAY * (1.0 + wave * np.cos(np.pi * x))
    walls = medium(np.ones(shape), 1)
    values = field(source.reshape(shape), walls, length, edge, edge, 1e-12)
    return abs(values.ravel() - exact).max() / exact.max()


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_smooth_profile_converges_with_order_two(axis):
    errors = [slab_error(n, axis) for n in (10, 20, 40)]
    assert errors[-1] < 2e-4
    orders = np.log2(np.divide(errors[:-1], errors[1:]))
    assert np.all(abs(orders - 2.0) < 0.1)


def test_a_line_source_falls_as_the_bessel_function():
    n, length, depth = 121, 80.0, 50.0
    source = np.zeros((1, n, n))
    source[0, n // 2, n // 2] = 7.0
    values = field(source, medium(np.ones(source.shape), 1), length, depth=depth)
    away = np.arange(3, 24)
    strength = 7.0e6 / (2.0 * np.pi * depth * DECAY * length**2)
    exact = strength * special.k0(away * EDGE / length)
    np.testing.assert_allclose(values[0, n // 2, n // 2 + away], exact, rtol=0.012)


def test_a_point_source_falls_as_the_screened_potential():
    n, length = 51, 50.0
    source = np.zeros((n, n, n))
    source[n // 2, n // 2, n // 2] = 7.0
    values = field(source, medium(np.ones(source.shape), 1), length, tolerance=1e-6)
    away = np.arange(5, 12) * EDGE
    exact = 7.0e6 * np.exp(-away / length) / (4.0 * np.pi * DECAY * length**2 * away)
    np.testing.assert_allclose(values[n // 2, n // 2, n // 2 + 5 : n // 2 + 12], exact, rtol=0.03)


def test_around_obstacles_the_grid_converges():
    shape = np.array((1, 24, 24))
    small = spongy(shape, 0.25, 2.0)
    errors, exact = [], None
    source = np.indices(shape)[2] < 6
    for split in (16, 4, 2, 1):
        fine = small.repeat(split, 1).repeat(split, 2)
        made = (source.repeat(split, 1).repeat(split, 2) * fine) / split**2
        edge = 20.0 / split
        values = field(made, medium(fine, 1), 80.0, edge, 20.0) * fine
        means = coarse(values, split) / split**2
        if exact is None:
            exact = means
        else:
            errors.append(np.sqrt(((means - exact) ** 2).mean() / (exact**2).mean()))
    orders = np.log2(np.divide(errors[1:], errors[:-1]))
    assert errors[0] < 0.01
    assert orders.mean() > 1.4


@pytest.mark.parametrize(
    ("shape", "factor", "length"),
    [
        ((1, 101, 67), 3, 700.0),
        ((13, 29, 7), 1, 60.0),
        ((31, 29, 37), 2, 200.0),
        ((1, 1, 53), 1, 90.0),
    ],
)
def test_every_voxel_agrees_with_a_direct_solve(shape, factor, length):
    fine = spongy(shape, size=2.5)
    walls = medium(fine, factor)
    source = coarse(surface_source(fine), factor)
    edge = factor * EDGE
    depth = 50.0 if shape[0] == 1 else edge
    values = field(source, walls, length, edge, depth, 1e-9)
    matrix = operator(walls, DECAY * length**2, edge, depth)
    exact = spsolve(matrix, 1e6 * source.ravel()).reshape(source.shape)
    assert abs(values - exact).max() < 1e-7 * exact.max()
    loose = field(source, walls, length, edge, depth, 1e-3)
    assert abs(loose - exact).max() < 5e-3 * exact.max()


def test_what_is_made_decays():
    fine = spongy((20, 24, 28))
    walls, source = medium(fine, 4), coarse(surface_source(fine), 4)
    for tolerance in (1e-2, 1e-4, 1e-8):
        values = field(source, walls, 300.0, 40.0, 40.0, tolerance)
        decay = DECAY * 40.0**3 * (walls.open_fraction * values).sum()
        assert decay == pytest.approx(1e6 * source.sum(), rel=tolerance)


@hypothesis_settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.tuples(st.integers(1, 6), st.integers(1, 9), st.integers(1, 11)),
    st.integers(1, 3),
    st.floats(0.0, 0.9),
    st.floats(1.0, 2000.0),
    st.sampled_from([1e-1, 1e-3, 1e-6]),
)
def test_concentrations_never_fall_below_zero(seed, shape, factor, share, length, tolerance):
    rng = np.random.default_rng(seed)
    fine = np.where(rng.random(shape) < share, 0.0, rng.random(shape))
    walls = medium(fine, factor)
    source = rng.random(walls.open_fraction.shape) * (rng.random(walls.open_fraction.shape) < 0.3)
    source[walls.open_fraction == 0.0] = 0.0
    values = rng.random(source.shape) * 1e4
    residual, _ = settle(
        values, source, walls, DECAY * length**2, DECAY, EDGE, EDGE, tolerance, most=20000
    )
    assert residual <= tolerance
    assert values.min() >= 0.0
    assert not values[walls.open_fraction == 0.0].any()


def test_a_field_in_balance_takes_no_cycle_and_keeps_its_bits():
    fine = spongy((1, 64, 64))
    walls, source = medium(fine, 2), coarse(surface_source(fine), 2)
    values = field(source, walls, 200.0, 20.0, 50.0, 1e-4)
    rates = DECAY * 200.0**2, DECAY, 20.0, 50.0
    assert settle(values, source, walls, *rates, 1e-3)[1] == 0
    before = values.copy()  # in single precision
    assert settle(values, source, walls, *rates, 1e-3)[1] == 0
    np.testing.assert_array_equal(values, before)
    changed = source * np.where(np.arange(32) < 16, 1.5, 1.0)
    residual, cycles = settle(values, changed, walls, *rates, 1e-3)
    assert residual <= 1e-3
    assert 0 < cycles < 60


@pytest.mark.parametrize("ratio", [1.05, 1.2, 1.45, 1.6, 4.0])
def test_no_tolerance_just_missed_costs_many_sweeps(ratio):
    fine = spongy((1, 96, 96), 0.2, 6.0)
    walls, source = medium(fine, 2), coarse(surface_source(fine), 2)
    rates = DECAY * 160.0**2, DECAY, 20.0, 50.0
    values = field(source, walls, 160.0, 20.0, 50.0, 1e-9)
    change = source * np.where(np.arange(48) < 24, 0.98, 1.02)
    residual, cycles = settle(values, change, walls, *rates, 0.02 / ratio)
    assert residual <= 0.02 / ratio
    assert 0 < cycles < 30


def test_sources_that_change_in_proportion_cost_no_sweep():
    fine = spongy((1, 96, 96), 0.2, 6.0)
    walls, source = medium(fine, 2), coarse(surface_source(fine), 2)
    values = field(source, walls, 160.0, 20.0, 50.0, 1e-9)
    expected = 0.5 * values
    residual, cycles = settle(
        values, 0.5 * source, walls, DECAY * 160.0**2, DECAY, 20.0, 50.0, 1e-6
    )
    assert residual <= 1e-6
    assert cycles == 0
    np.testing.assert_allclose(values, expected, rtol=1e-6)


def test_what_is_spread_everywhere_stands_at_one_level_and_keeps_its_mass():
    fine = spongy((12, 16, 20))
    walls = medium(fine, 4)
    source = np.zeros(walls.open_fraction.shape)
    values = np.random.default_rng(4).random(source.shape)
    solver = Solver(walls, DECAY * 150.0**2, DECAY, 40.0, 40.0, 1e-9)
    residual, cycles = solver.settle(values, source, even=7.0)
    assert residual <= 1e-9
    assert cycles == 0
    inside = walls.open_fraction > 0.0
    level = 7.0e6 / (DECAY * 40.0**3 * walls.open_fraction.sum())
    np.testing.assert_allclose(values[inside], level, rtol=1e-12)
    assert not values[~inside].any()


def test_without_sources_nothing_is_left():
    values = np.ones((4, 4, 4))
    source = np.zeros_like(values)
    assert settle(values, source, medium(source + 1, 1), 1e4, 1.0, EDGE, EDGE, 1e-3) == (0.0, 0)
    assert not values.any()


def test_what_is_put_into_bone_is_reported_as_lost():
    fine = np.ones((1, 1, 8))
    fine[..., 4:] = 0.0
    source = np.ones((1, 1, 8))
    values = np.zeros_like(source)
    residual, cycles = settle(values, source, medium(fine, 1), 1e4, 1.0, EDGE, EDGE, 1e-6)
    assert residual == pytest.approx(0.5, abs=1e-6)
    assert cycles < 40
    assert not values[..., 4:].any()


def test_a_broken_source_spoils_no_later_solve():
    walls, source = medium(np.ones((1, 6, 6)), 1), np.ones((1, 6, 6))
    expected = field(source, walls, 50.0)
    settle(np.zeros_like(source), source * np.nan, walls, 1e4, 1.0, EDGE, EDGE, 1e-6)
    settle(np.zeros_like(source), source * 1e308, walls, 1e4, 1.0, EDGE, EDGE, 1e-6)
    np.testing.assert_array_equal(field(source, walls, 50.0), expected)


@pytest.mark.parametrize("shape", [(9, 7, 8), (6, 5, 5), (12, 1, 9)])
def test_it_matters_to_no_bit_how_many_planes_are_relaxed_at_once(shape, monkeypatch):
    fine = spongy(shape, 0.3, 1.5)
    walls, source = medium(fine, 1), surface_source(fine)
    source[..., shape[2] // 2 :] = 0.0  # uneven enough to need sweeps
    told = []
    for planes in (1, 4, 100):
        monkeypatch.setattr(diffusion, "RUN", planes * shape[1] * ((shape[2] + 1) // 2))
        values = np.zeros(shape)
        found = settle(values, source, walls, DECAY * 45.0**2, DECAY, EDGE, EDGE, 1e-5)
        told.append((*found, values.tobytes()))
    assert told[0][1] > 10
    assert told[0] == told[1] == told[2]


BITS = """
import numpy as np
from remodel_abm.signals import diffusion
from remodel_abm.signals.diffusion import Solver
from remodel_abm.signals.medium import medium
rng = np.random.default_rng(5)
fine = np.where(rng.random((5, 7, 9)) < 0.3, 0.0, rng.random((5, 7, 9)))
walls = medium(fine, 2)
values = rng.random(walls.open_fraction.shape)
source = rng.random(values.shape) * (walls.open_fraction > 0.0)
for tolerance in (1e-3, 1e-6):
    told = Solver(walls, 3e4, 2.0, 20.0, 20.0, tolerance).settle(values, source, 50.0)
    print(told[0].hex(), told[1], values.tobytes().hex())
    source *= rng.random(values.shape)
print(*(a.tobytes().hex() for a in walls))
"""


def test_plain_python_gives_the_same_bits():
    told = []
    for disabled in ("0", "1"):
        run = subprocess.run(
            [sys.executable, "-W", "error", "-c", BITS],
            env={**os.environ, "NUMBA_DISABLE_JIT": disabled, "PYTHONPATH": str(ROOT)},
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        told.append(run.stdout)
    assert len(told[0]) > 500
    assert told[0] == told[1]
