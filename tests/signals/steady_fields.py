"""Steady fields in drawn pieces of bone, and the same balance as a sparse matrix."""

import numpy as np
from scipy import ndimage, sparse
from scipy.sparse import csgraph

from remodel_abm.signals.diffusion import Solver

EDGE, DECAY = 10.0, 4.0


def settle(values, source, walls, diffusivity, decay, edge, depth, tolerance, **options):
    """Settle once in a solver made for it."""
    solver = Solver(walls, diffusivity, decay, edge, depth, tolerance)
    return solver.settle(values, source, **options)


def field(source, walls, length, edge=EDGE, depth=EDGE, tolerance=1e-10):
    """Solve from zero; `length` is the diffusion length sqrt(D / k). [um]"""
    values = np.zeros(source.shape)
    residual, _ = settle(
        values, source, walls, DECAY * length**2, DECAY, edge, depth, tolerance, most=5000
    )
    assert residual <= tolerance
    return values


def operator(walls, diffusivity, edge, depth):
    """The same balance as a sparse matrix, from the formula alone. [um3/d]"""
    shape = walls.open_fraction.shape
    number = np.arange(np.prod(shape)).reshape(shape)
    total = (DECAY * edge * edge * depth * walls.open_fraction).ravel()
    rows, columns, shares = [number.ravel()], [number.ravel()], [total]
    areas = edge * edge / depth, depth, depth
    for axis, (face, ratio) in enumerate(zip(walls[1:], areas, strict=True)):
        flow = diffusivity * ratio * np.moveaxis(face, axis, 0)[1:-1].ravel()
        low = np.moveaxis(number, axis, 0)[:-1].ravel()
        high = np.moveaxis(number, axis, 0)[1:].ravel()
        np.add.at(total, low, flow)
        np.add.at(total, high, flow)
        rows += [low, high]
        columns += [high, low]
        shares += [-flow, -flow]
    total[total == 0.0] = 1.0
    entries = np.concatenate(shares), (np.concatenate(rows), np.concatenate(columns))
    return sparse.csc_matrix(entries)


def regions(walls):
    """Number the parts of the medium that no open face joins."""
    matrix = operator(walls, 1.0, EDGE, EDGE)
    matrix.eliminate_zeros()
    return csgraph.connected_components(matrix)[1].reshape(walls.open_fraction.shape)


def spongy(shape, share=0.25, size=5.0, seed=3):
    """Openness of a random spongy bone of volume fraction `share`."""
    noise = np.random.default_rng(seed).standard_normal(shape)
    noise = ndimage.gaussian_filter(noise, [0 if n == 1 else size for n in shape], mode="wrap")
    return (noise < np.quantile(noise, 1.0 - share)).astype(float)


def coarse(array, factor):
    """Sum over blocks of `factor` voxels."""
    for axis, n in enumerate(array.shape):
        step = 1 if n == 1 else factor
        array = np.add.reduceat(array, np.arange(0, n, step), axis=axis)
    return array


def surface_source(fine):
    """Secretion from a few patches of bone surface."""
    surface = (fine > 0.0) & ndimage.binary_dilation(fine == 0.0)
    return np.where(surface & (spongy(fine.shape, 0.3, 8.0, seed=9) == 0.0), 1.0, 0.0)
