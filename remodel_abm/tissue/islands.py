"""Islands: pieces of bone that nothing holds any more, and that are soon gone (Liu 2008, T40).

A piece that touches neither the rest of the bone nor the wall of the domain carries no load. In a
section a piece may be a strut seen across, so only splinters are taken for islands there.
"""

import numpy as np
from scipy import ndimage

from remodel_abm.tissue import matrix


def islands(layers, is_section: bool, splinter: float) -> list[np.ndarray]:
    """Return the voxels of each island, as (n, 3) arrays of z, y, x.

    Parameters
    ----------
    layers : Layers
        The tissue.
    is_section : bool
        Whether it is a section.
    splinter : float
        Edge of the largest splinter of a section. [um]

    Returns
    -------
    list of (n, 3) int arrays
        Pieces at which nothing is at work: without osteoid and without a crew.
    """
    voxels = layers.voxels
    held = voxels["bone"] + voxels["osteoid"] > 0.0
    labels, count = ndimage.label(held, np.ones((3, 3, 3)))
    if count < 2:
        return []
    places = np.flatnonzero(held)
    number = labels.ravel()[places]
    largest = np.argmax(np.bincount(number))
    loose, number = places[number != largest], number[number != largest]
    osteoid, bone = (voxels[name].reshape(-1)[loose] for name in ("osteoid", "bone"))
    crew = layers.crew.reshape(-1)[loose]
    kept = np.zeros(count + 1, bool)
    kept[[0, largest]] = True
    kept[number[(osteoid > 0.0) | (crew > 0)]] = True
    if is_section:
        size = np.bincount(number, bone, count + 1)
        kept |= size * layers.voxel**2 > splinter**2
    else:
        for axis in range(3):
            for wall in (0, -1):
                kept[np.take(labels, wall, axis)] = True
    pieces = (loose[number == k] for k in np.flatnonzero(~kept))
    return [np.stack(np.unravel_index(piece, held.shape), -1) for piece in pieces]


def lose_islands(layers, is_section: bool, splinter: float, now) -> None:
    """Take out today's islands; larger ones than a splinter join the log of breaks."""
    for piece in islands(layers, is_section, splinter):
        volume = layers.voxels["bone"][tuple(piece.T)].sum() * layers.volume
        matrix.lose(layers, piece)
        if volume > splinter**3:
            matrix.log_break(layers, *piece[len(piece) // 2], matrix.ISLAND, now.day)
