"""The fill: as if the matrix of all rows had just been added up, whatever happened to it."""

import numpy as np
import pytest

from remodel_abm.tissue import brush, fill
from remodel_abm.tissue import matrix as mx
from tests.tissue.drawn import VALUES, block, now


def check(tissue):
    """Hold the sums against new ones, and the steps of voxels against their matrix."""
    layers = tissue.layers
    kept, held = layers.fill.copy(), tissue.matrix
    fill.refill_all(layers)
    assert np.array_equal(layers.fill, kept)
    levels = np.diff(kept, axis=2)
    assert np.abs(levels / fill.LEVELS - held).max() <= 1.0 / fill.LEVELS
    assert np.array_equal(levels == 0, held <= 0.0)
    assert np.array_equal(levels == fill.LEVELS, held >= fill.FULL)


@pytest.mark.parametrize("shape", [(6, 12, 12), (1, 12, 12)])
def test_the_fill_follows_what_is_dissolved_laid_down_and_mineralised(shape):
    tissue, draw = block(shape), np.random.default_rng(1)
    for tick in range(1, 60):
        tissue.ensure_room()
        layers = tissue.layers
        site = mx.open_site(layers, 0, 3, 3, now(tick))
        surface = layers.surface[: layers.counts[mx.SURFACE]]
        for index in draw.choice(surface, 20):
            place = (int(k) for k in np.unravel_index(index, shape))
            mx.dissolve(layers, *place, draw.random(), site, now(tick), True)
        for index in draw.choice(surface, 10):
            place = (int(k) for k in np.unravel_index(index, shape))
            mx.deposit(layers, *place, draw.random(), site, now(tick))
        tissue.mature(VALUES, now(tick))
        check(tissue)


def test_the_fill_follows_the_brush_a_loss_and_a_return():
    tissue = block((6, 12, 12))
    before = {name: array.copy() for name, array in tissue.arrays().items()}
    assert "fill" not in before, "it follows from the voxels"
    brush.put_in(tissue.layers, brush.ball(tissue.layers, (3, 2, 2), 40.0), VALUES, 0.0)
    check(tissue)
    brush.take_out(tissue.layers, brush.ball(tissue.layers, (3, 6, 6), 40.0))
    check(tissue)
    mx.lose(tissue.layers, np.argwhere(tissue.matrix > 0.0)[:5])
    check(tissue)
    tissue.restore(before)
    check(tissue)


def test_sums_that_wrap_around_tell_the_same_differences():
    tissue = block((1, 12, 12))
    tissue.layers.fill[...] += np.int32(2**31 - 5 * fill.LEVELS)
    for y, x in np.ndindex(12, 12):
        assert fill.level_of(tissue.layers, 0, y, x) == fill.LEVELS * tissue.matrix[0, y, x]
