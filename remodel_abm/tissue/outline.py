"""Where a specimen ends: its convex outline in air, the largest box inside, its largest piece."""

import numpy as np
from scipy import ndimage
from scipy.spatial import ConvexHull, QhullError

# The disc inscribed in a square covers pi / 4 of it; a tilted cylinder seen end on a little more.
LARGEST_SHADOW = 0.86
SMALLEST_SPECIMEN = 64
BLOCK = 4


def outline(bone):
    """Return the convex hull of the largest piece of bone, as a mask.

    A tilted cylinder or block in air is convex, so all of its bone tells where it ends.
    Empty for bone that lies in one plane.
    """
    area = np.zeros(bone.shape, dtype=bool)
    try:
        first, second = _hull_edges(largest_component(bone)[0])
    except QhullError:
        return area
    # Just off the slice, where no edge lies in the plane.
    heights = np.clip(np.arange(bone.shape[0]) + 1e-6, None, second[:, 0].max() - 1e-6)
    for z, height in enumerate(heights):
        cut = (first[:, 0] <= height) & (second[:, 0] > height)
        if z < first[:, 0].min() or z > second[:, 0].max() or np.count_nonzero(cut) < 3:
            continue
        share = (height - first[cut, 0]) / (second[cut, 0] - first[cut, 0])
        corners = first[cut, 1:] + share[:, None] * (second[cut, 1:] - first[cut, 1:])
        area[z] = _inside(ConvexHull(corners, qhull_options="QJ").equations, bone.shape[1:])
    return area


def _hull_edges(bone):
    """Return the lower and upper ends (z, y, x) of the edges of the convex hull of a mask."""
    rows = bone.any(axis=2)
    z, y = np.nonzero(rows)
    first = bone.argmax(axis=2)[rows] - 0.5
    last = bone.shape[2] - 0.5 - bone[:, :, ::-1].argmax(axis=2)[rows]
    points = np.concatenate([np.column_stack((z, y, x)) for x in (first, last)])
    corners = ConvexHull(points).simplices
    pairs = np.unique(np.sort(corners[:, [[0, 1], [1, 2], [0, 2]]].reshape(-1, 2)), axis=0)
    one, other = points[pairs[:, 0]], points[pairs[:, 1]]
    up = (one[:, 0] <= other[:, 0])[:, None]
    return np.where(up, one, other), np.where(up, other, one)


def _inside(lines, shape):
    """Return the pixels within a convex polygon of `lines`, (n, 3): y, x and offset, inside < 0."""
    y, x = np.arange(shape[0]), np.arange(shape[1])
    left, right = np.full(shape[0], -np.inf), np.full(shape[0], np.inf)
    for across, along, offset in lines:
        rest = across * y + offset
        if along > 1e-9:
            right = np.minimum(right, -rest / along)
        elif along < -1e-9:
            left = np.maximum(left, -rest / along)
        else:
            left = np.where(rest > 0, np.inf, left)
    return (x >= left[:, None]) & (x <= right[:, None])


def in_air(bone, area):
    """Tell whether the outline is that of a trabecular specimen with air at every corner.

    A section is never one: its few struts may leave the corners free by chance.
    """
    if bone.shape[0] == 1 or not area.any():
        return False
    if np.count_nonzero(bone & area) > 0.6 * np.count_nonzero(area):
        return False
    shadows = (area.any(axis=axis) for axis in range(3))
    return any(
        min(shadow.shape) >= SMALLEST_SPECIMEN
        and shadow.mean() < LARGEST_SHADOW
        and not shadow[:: shadow.shape[0] - 1, :: shadow.shape[1] - 1].any()
        for shadow in shadows
    )


def inner_box(region):
    """Return the first and last corner (voxels) of a large box inside `region`, around its centre.

    Exact in steps of four voxels, which is also its distance from the edge of a specimen.
    """
    shape = np.array(region.shape)
    if region.all():
        return np.zeros(3, dtype=int), shape
    steps = np.minimum(BLOCK, shape)
    counts = shape // steps
    blocks = region[tuple(slice(n * s) for n, s in zip(counts, steps, strict=True))]
    blocks = blocks.reshape([v for n, s in zip(counts, steps, strict=True) for v in (n, s)])
    full = blocks.all(axis=(1, 3, 5))
    start = np.array(np.unravel_index(ndimage.distance_transform_cdt(full).argmax(), full.shape))
    boxes = [_grown(full, start, aspect) for aspect in (0.5, 0.6, 0.7, 0.8, 0.9, 1.0)]
    low, high = max(boxes, key=lambda box: np.prod(box[1] - box[0]))
    return low * steps, high * steps


def _grown(full, start, aspect):
    """Return a box around `start` that grew to `aspect` of its largest cube, then to each side."""
    reach = int(ndimage.distance_transform_cdt(np.pad(full, 1))[tuple(start + 1)] * aspect)
    half = np.where(np.array(full.shape) == 1, 0, max(reach - 1, 0))
    low, high = np.maximum(start - half, 0), np.minimum(start + half + 1, full.shape)
    growing = True
    while growing:
        growing = False
        for axis in range(3):
            for side, step in ((low, -1), (high, 1)):
                side[axis] += step
                inside = low[axis] >= 0 and high[axis] <= full.shape[axis]
                box = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
                if inside and full[box].all():
                    growing = True
                else:
                    side[axis] -= step
    return low, high


def largest_component(bone):
    """Return the largest piece (26 neighbours) of a mask, and its share of all bone [1]."""
    labels, _ = ndimage.label(bone, np.ones((3, 3, 3)))
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    return labels == sizes.argmax(), float(sizes.max() / max(sizes.sum(), 1))
