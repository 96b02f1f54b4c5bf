"""The list of the surface: every exposed voxel once, whatever is dissolved and laid down."""

import numpy as np

from remodel_abm.tissue import matrix as mx
from tests.tissue.drawn import VALUES, block, now


def listed(tissue):
    layers = tissue.layers
    return layers.surface[: layers.counts[mx.SURFACE]]


def check(tissue):
    """Hold the list and its count of faces against a look at every voxel."""
    layers, found = tissue.layers, listed(tissue)
    assert len(np.unique(found)) == len(found)
    assert np.array_equal(np.flatnonzero(layers.listed), np.sort(found))
    assert set(np.flatnonzero(layers.exposed)) <= set(found.tolist())
    faces = np.zeros(4)
    mx.count_faces(layers, faces)
    states, exposed = layers.state.ravel(), layers.exposed.ravel()
    assert faces.tolist() == np.bincount(states, exposed, minlength=4).tolist()
    assert tissue.faces == exposed.sum()


def work(tissue, draw, tick):
    """Dissolve and lay down in places of the surface drawn by lot."""
    site = mx.open_site(tissue.layers, 0, 3, 3, now(tick))
    for index in draw.choice(listed(tissue), 20):
        z, y, x = (int(k) for k in np.unravel_index(index, tissue.shape))
        mx.dissolve(tissue.layers, z, y, x, 0.6, site, now(tick), True)
    for index in draw.choice(listed(tissue), 10):
        z, y, x = (int(k) for k in np.unravel_index(index, tissue.shape))
        mx.deposit(tissue.layers, z, y, x, 0.5, site, now(tick))


def test_a_new_tissue_lists_its_surface():
    tissue = block()
    check(tissue)
    assert len(listed(tissue)) == 6 * (36 - 16)


def test_the_list_follows_what_is_dissolved_and_laid_down():
    tissue, draw = block(), np.random.default_rng(1)
    for tick in range(1, 60):
        tissue.ensure_room()
        work(tissue, draw, tick)
        tissue.mature(VALUES, now(tick))
        check(tissue)
    assert np.count_nonzero(tissue.matrix) < 6 * 36, "voxels were emptied"


def test_tidying_leaves_the_surface_and_nothing_else():
    tissue, draw = block(), np.random.default_rng(2)
    for tick in range(1, 20):
        work(tissue, draw, tick)
    assert len(listed(tissue)) > np.count_nonzero(tissue.layers.exposed)
    mx.tidy_surface(tissue.layers)
    check(tissue)
    assert len(listed(tissue)) == np.count_nonzero(tissue.layers.exposed)


def test_the_list_grows_with_the_surface():
    tissue = block((1, 12, 12))
    room = len(tissue.layers.surface)
    tissue.layers.counts[mx.SURFACE] = room // 2 + 1
    tissue.ensure_room()
    assert len(tissue.layers.surface) == 2 * room
