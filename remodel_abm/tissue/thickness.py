"""Local thickness: the largest ball within a phase that covers each voxel.

The method is that of the library localthickness (Dahl & Dahl 2023), to the last bit: balls grow
from the distance map by a voxel at a time, by a dilation that mixes the nearest faces, edges and
corners. But each round looks only at the voxels that are still deep enough to spread, of which
fewer are left with every round; and no plotting library comes along.
"""

import math

import numpy as np

from remodel_abm.kernel import allocating, kernel


def local_radius(mask: np.ndarray, scale: float = 1.0) -> np.ndarray:
    """Return the radius of the largest ball within `mask` that covers each voxel. [voxel]

    Parameters
    ----------
    mask : (ny, nx) or (nz, ny, nx) bool array
        Phase to measure; somewhere it must end. The border of the image is no edge of it.
    scale : float
        Size of the copy on which balls grow.

    Returns
    -------
    float array of the same shape
        0 outside `mask`.

    References
    ----------
    Hildebrand & Rueegsegger 1997 (doi 10.1046/j.1365-2818.1997.1340694.x); Dahl & Dahl 2023, Fast
    local thickness, CVPR workshops.
    """
    # Here, since only who measures needs it.
    import edt

    depth = edt.edt(mask)
    if scale == 1:
        return _spread(depth)
    small = tuple(int(scale * n) for n in mask.shape)
    there = [_lines(n, m)[2] for n, m in zip(mask.shape, small, strict=True)]
    out = _spread(depth[np.ix_(*there)] * scale)
    # Let the phase flow over its border, or the way back to the full size would blur it.
    beyond = np.flatnonzero(~mask[np.ix_(*there)])
    out.ravel()[beyond] = _dilated(out, beyond)
    out = _enlarged(out, mask.shape)
    out *= 1 / scale
    out *= mask
    return out


def _lines(old: int, new: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return where the voxels of a line of `new` lie in one of `old` voxels.

    Returns
    -------
    before, share
        The voxel before each, and how far it lies towards the next one. [1]
    nearest
        The nearest voxel.
    """
    place = np.clip(np.mgrid[0 : old - 1 : new * 1j], 0, old - 1)
    before = np.floor(place).astype(np.int64)
    return before, place - before, np.floor(place + 1 / 2).astype(np.int64)


def _enlarged(field: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Return a field on a finer grid, linear between the middles of its voxels."""
    deep = (1,) * (3 - field.ndim)
    lines = [_lines(n, m) for n, m in zip((*deep, *field.shape), (*deep, *shape), strict=True)]
    out = np.zeros((*deep, *shape), field.dtype)
    before, share = zip(*(line[:2] for line in lines), strict=True)
    _blend(field.reshape((*deep, *field.shape)), before, share, out)
    return out.reshape(shape)


@kernel
def _blend(field, before, share, out):
    """Mix the eight voxels round each place, by how near they are along each axis."""
    nz, ny, nx = out.shape
    for k in range(nz * ny * nx):
        z, y, x = k // (ny * nx), k // nx % ny, k % nx
        total = 0.0
        for corner in range(8):
            value = field[
                min(before[0][z] + corner // 4, field.shape[0] - 1),
                min(before[1][y] + corner // 2 % 2, field.shape[1] - 1),
                min(before[2][x] + corner % 2, field.shape[2] - 1),
            ]
            far, high, right = share[0][z], share[1][y], share[2][x]
            near = value * (far if corner // 4 else 1.0 - far)
            near *= high if corner // 2 % 2 else 1.0 - high
            total += near * (right if corner % 2 else 1.0 - right)
        out[z, y, x] = total


def _ball(rim: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the steps of a dilation in a flat array of shape `rim`, by groups, and weights.

    Returns
    -------
    steps
        To faces, then edges, then corners.
    ends
        Where each group of steps ends.
    weights
        Of the groups. [1]
    """
    near = np.indices((3,) * len(rim)).reshape(len(rim), -1).T - 1
    flat = near @ (np.cumprod((1, *rim[:0:-1]))[::-1])
    groups = [flat[np.abs(near).sum(axis=1) == k] for k in range(1, len(rim) + 1)]
    if len(rim) == 2:
        weights = [np.sqrt(2) / (1 + np.sqrt(2)), 1 / (1 + np.sqrt(2))]
    else:
        whole = np.sqrt(6) + np.sqrt(3) + np.sqrt(2)
        weights = [np.sqrt(6) / whole, np.sqrt(3) / whole, np.sqrt(2) / whole]
    return np.concatenate(groups), np.cumsum([len(g) for g in groups]), np.array(weights)


def _rimmed(field: np.ndarray, places: np.ndarray):
    """Return a copy of a field with a rim of nought, and where `places` lie in it."""
    rim = np.pad(field, 1)
    inner = np.ravel_multi_index(np.array(np.unravel_index(places, field.shape)) + 1, rim.shape)
    return rim, inner


def _spread(depth: np.ndarray) -> np.ndarray:
    """Let balls grow from the distance map `depth`, one voxel a round."""
    rim, inner = _rimmed(depth, np.flatnonzero(depth > 0))
    _grow(rim.ravel(), inner, math.floor(depth.max()), *_ball(rim.shape))
    return np.ascontiguousarray(rim[(slice(1, -1),) * depth.ndim])


def _dilated(field: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Return the field at flat `places` after one dilation."""
    rim, inner = _rimmed(field, places)
    grown = np.zeros(len(places))
    _dilate(rim.ravel(), inner, *_ball(rim.shape), grown)
    return grown


@allocating
def _grow(field, places, rounds, steps, ends, weights):
    """Dilate in place where the field is larger than the number of the round."""
    places, grown = places.copy(), np.zeros(len(places))
    for radius in range(rounds):
        left = 0
        for k in range(len(places)):
            if field[places[k]] > radius:
                places[left] = places[k]
                left += 1
        places, grown = places[:left], grown[:left]
        _dilate(field, places, steps, ends, weights, grown)
        for k in range(left):
            field[places[k]] = grown[k]


@kernel
def _dilate(field, places, steps, ends, weights, grown):
    """Mix, at each place, the largest values beside faces, edges and corners, into `grown`."""
    for k in range(len(places)):
        total, first, here = 0.0, 0, places[k]
        for group in range(len(weights)):
            largest = field[here]
            for j in range(first, ends[group]):
                largest = max(largest, field[here + steps[j]])
            total += weights[group] * largest
            first = ends[group]
        grown[k] = total
