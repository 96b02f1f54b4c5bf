"""Topology of bone: pieces, Euler number, connectivity. Arrays are [z, y, x].

Bone is where a voxel is at least half full.
"""

from typing import NamedTuple

import numpy as np
from scipy import ndimage
from skimage import measure

from remodel_abm.measures import fabric

MM = 1000.0
BONE_FROM = 0.5


class Pieces(NamedTuple):
    """Number of pieces, and share of the bone that is not in the largest. [1]"""

    number: int
    loose_share: float


def euler_number(mask: np.ndarray, edge_corrected: bool = True) -> float:
    """Return the Euler number of bone (26-connected; 8-connected in a section).

    Parameters
    ----------
    mask : (nz, ny, nx) bool array
        Bone.
    edge_corrected : bool
        Return the share of this image in the Euler number of the whole bone: the cut faces,
        edges and corners belong half, a quarter and an eighth to it.

    References
    ----------
    Odgaard & Gundersen 1993 (doi 10.1016/8756-3282(93)90245-6).
    """
    box = fabric.flat(mask)
    if not edge_corrected:
        return _euler(box)
    # Inclusion and exclusion over the ends of each axis: inside - 1/2 of every cut.
    total = 0.0
    for cut in np.ndindex(*(3,) * box.ndim):
        face = box[tuple((slice(None), 0, -1)[end] for end in cut)]
        total += (-0.5) ** np.count_nonzero(cut) * _euler(np.asarray(face))
    return float(total)


def _euler(box):
    """Euler number of a volume, a plane, a line or a voxel."""
    if box.ndim > 1:
        return float(measure.euler_number(box, connectivity=box.ndim))
    # Pieces of a line: voxels less joints.
    return float(box.sum() - (box[1:] & box[:-1]).sum()) if box.ndim else float(box)


def connectivity_density(fraction: np.ndarray, voxel: float, edge_corrected: bool = True) -> float:
    """Return Conn.D, the number of struts one could cut without parting the bone, per volume.

    Parameters
    ----------
    fraction : (nz, ny, nx) float or bool array
        Matrix fraction. [1]
    voxel : float
        [um]
    edge_corrected : bool
        Count what belongs to this volume; otherwise 1 - Euler number of the volume as cut out,
        which misses the loops that close outside.

    Returns
    -------
    float
        [1/mm3]; 0 without bone. Of a section the closed loops of bone (marrow spaces that do not
        reach the border) per area [1/mm2], without correction: its islands may belong together
        outside the plane.

    Notes
    -----
    Of the largest piece, its enclosed marrow filled. Corrected, it is minus the Euler number: the
    single piece counts (as +1) only if it lies within the image whole, for otherwise it is a part
    of the one bone. Programs that add 1 regardless differ by 1/TV.

    References
    ----------
    Odgaard & Gundersen 1993.
    """
    mask = np.asarray(fraction) >= BONE_FROM
    if not mask.any():
        return 0.0
    if mask.shape[0] == 1:
        loops = pieces(mask).number - euler_number(mask, edge_corrected=False)
        return loops / (mask.size * (voxel / MM) ** 2)
    solid = _filled(_largest(mask))
    whole = not edge_corrected or not _on_border(solid)
    return (whole - euler_number(solid, edge_corrected)) / (mask.size * (voxel / MM) ** 3)


def _label(mask, corners):
    """Number the pieces; those that touch by a corner hang together if `corners`."""
    box = fabric.flat(mask)
    joints = ndimage.generate_binary_structure(box.ndim, box.ndim if corners else 1)
    labels, number = ndimage.label(box, joints)
    return labels.reshape(mask.shape), number


def _largest(mask):
    """Largest piece of bone."""
    labels, _ = _label(mask, corners=True)
    return labels == 1 + np.bincount(labels.ravel())[1:].argmax()


def _filled(mask):
    """Bone with its enclosed marrow filled."""
    labels, number = _label(~mask, corners=False)
    outside = np.zeros(number + 1, bool)
    for axis in range(mask.ndim):
        outside[labels.take((0, -1), axis)] = True
    outside[0] = False
    return ~outside[labels]


def _on_border(mask):
    """Tell whether bone reaches the border of the image."""
    return any(mask.take((0, -1), axis).any() for axis in range(mask.ndim))


def pieces(mask: np.ndarray) -> Pieces:
    """Return how many pieces the bone is in, and how much of it is loose.

    Pieces that touch by a corner hang together; zeros without bone.
    """
    labels, number = _label(mask, corners=True)
    if number == 0:
        return Pieces(0, 0.0)
    sizes = np.bincount(labels.ravel())[1:]
    return Pieces(number, float(1 - sizes.max() / sizes.sum()))
