"""Local thickness: growing balls only where they still spread changes nothing."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from remodel_abm.tissue.thickness import local_radius

SHAPES = ((60, 47), (1, 33), (24, 31, 20), (40, 40, 40))


def blobs(shape, seed, share=0.4):
    field = gaussian_filter(np.random.default_rng(seed).normal(size=shape), 2.5)
    return field < np.quantile(field, share)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("scale", [1.0, 0.5])
@pytest.mark.parametrize("seed", [1, 2])
def test_it_is_that_of_the_library_to_the_last_bit(shape, scale, seed):
    import localthickness

    if scale < 1 and min(shape) == 1:
        pytest.skip("the library asks for two voxels at least")
    mask = blobs(shape, seed)
    np.testing.assert_array_equal(
        local_radius(mask, scale), localthickness.local_thickness(mask, scale=scale)
    )


def test_a_plate_is_as_thick_as_it_is():
    mask = np.zeros((30, 30, 30), bool)
    mask[10:20] = True
    assert 2 * local_radius(mask)[mask].mean() == pytest.approx(10, abs=0.5)


def test_outside_the_phase_it_is_nought():
    mask = blobs((40, 40), 3)
    assert not local_radius(mask)[~mask].any()
