"""A brush: bone put in or taken out by hand, in the books as if it had been there all along."""

import numpy as np

from remodel_abm.tissue import matrix


def ball(layers, place: tuple[int, int, int], radius: float) -> np.ndarray:
    """Return which voxels (nz, ny, nx) lie within `radius` [um] of a voxel."""
    grid = np.ogrid[tuple(slice(n) for n in layers.voxels.shape)]
    edges = (layers.depth, layers.voxel, layers.voxel)
    away = sum(((at - n) * edge) ** 2 for at, n, edge in zip(grid, place, edges, strict=True))
    return away <= radius**2


def take_out(layers, where: np.ndarray) -> tuple[float, float]:
    """Turn voxels into marrow; return by how much bone and osteoid changed. [um3]"""
    voxels = layers.voxels
    bone = -float(voxels["bone"][where].sum()) * layers.volume
    osteoid = -float(voxels["osteoid"][where].sum()) * layers.volume
    for name in ("bone", "osteoid", "missing", "born", "since"):
        voxels[name][where] = 0
    layers.state[where] = layers.severed[where] = 0
    layers.site[where] = -1
    soft = layers.soft[: layers.counts[matrix.SOFT]]
    kept = soft[~where.ravel()[soft]]
    layers.soft[: len(kept)], layers.counts[matrix.SOFT] = kept, len(kept)
    return _booked(layers, bone, osteoid)


def put_in(layers, where: np.ndarray, p, day: float) -> tuple[float, float]:
    """Fill voxels with bone of today; return by how much bone and osteoid changed. [um3]

    It is as mineralised as bone is at the end of the primary phase.
    """
    voxels = layers.voxels
    added = np.where(where, np.maximum(1.0 - voxels["bone"] - voxels["osteoid"], 0.0), 0.0)
    voxels["bone"] += added
    voxels["born"] += added * day
    voxels["missing"] += added * (1.0 - p.primary_mineral) * np.exp(day / p.secondary_time)
    layers.state[where & (voxels["osteoid"] <= 0.0)] = 0
    return _booked(layers, float(added.sum()) * layers.volume, 0.0)


def _booked(layers, bone: float, osteoid: float) -> tuple[float, float]:
    layers.ledger[matrix.BONE] += bone
    layers.ledger[matrix.OSTEOID] += osteoid
    matrix.expose_all(layers)
    return bone, osteoid
