"""What a voxel lost breaks: as labels of its whole window tell."""

import numpy as np
import pytest
from scipy import ndimage

from remodel_abm.ledger import parts
from remodel_abm.tissue import Tissue
from remodel_abm.tissue.fill import refill
from remodel_abm.tissue.topology import PERFORATION, REACH, ROD, what_breaks

VALUES = Tissue.Values(**{key: param.value for key, param in parts()["tissue"].params.items()})
CUBE, FACES = np.ones((3, 3, 3)), ndimage.generate_binary_structure(3, 1)


def parted(bone, place, reach, of_bone, is_section):
    """Tell whether pieces of bone, or rooms of marrow, that touch a place leave its window."""
    links = CUBE if of_bone else FACES
    wide = [reach[axis] + 1 for axis in range(3)]
    filled = bone if of_bone else ~bone
    near, beyond = (
        np.pad(one, [(n, n) for n in wide], constant_values=value)[
            tuple(slice(p, p + 2 * n + 1) for p, n in zip(place, wide, strict=True))
        ]
        for one, value in ((filled, False), (np.zeros(bone.shape, bool), True))
    )
    if is_section:
        beyond[[k for k in range(len(beyond)) if k != wide[0]]] = False
    core = (slice(1, -1),) * 3
    inner, middle = near[core].copy(), tuple(reach)
    inner[middle] = False
    labels, count = ndimage.label(inner, links)
    rim = np.ones(inner.shape, bool)
    rim[(slice(1, -1),) * 3] = False
    rim |= ndimage.binary_dilation(beyond, links)[core]
    seeds = np.zeros(inner.shape, bool)
    seeds[tuple(slice(n - 1, n + 2) for n in middle)] = links
    return sum((seeds & (labels == k)).any() and (rim & (labels == k)).any()
               for k in range(1, count + 1)) > 1  # fmt: skip


def plainly(bone, place, voxel, depth):
    deep, wide = int(np.ceil(REACH / depth)), int(np.ceil(REACH / voxel))
    flat = bone.shape[0] == 1
    near = [parted(bone, place, (1, 1, 1), kind, flat) for kind in (True, False)]
    if not any(near):
        return -1
    if parted(bone, place, (deep, wide, wide), True, flat):
        return ROD
    return PERFORATION if parted(bone, place, (deep, wide, wide), False, flat) else -1


@pytest.mark.parametrize(
    ("shape", "voxel"), [((1, 40, 40), 10.0), ((1, 24, 24), 20.0), ((16, 18, 17), 20.0)]
)
@pytest.mark.parametrize("smooth", [0.6, 1.0])
def test_a_voxel_lost_breaks_what_labels_say(shape, voxel, smooth):
    draw = np.random.default_rng(6)
    noise = ndimage.gaussian_filter(draw.random(shape), [0 if n == 1 else smooth for n in shape])
    bone = noise > np.quantile(noise, 0.75 if shape[0] > 1 else 0.6)
    tissue = Tissue(bone.astype(float), voxel, VALUES)
    layers, found = tissue.layers, []
    surface = np.argwhere(layers.exposed > 0)
    for place in map(tuple, draw.permutation(surface)[:400].tolist()):
        layers.voxels["bone"][place] = 0.0
        refill(layers, *place)
        held = tissue.matrix > 0.0
        found.append(what_breaks(layers, *place))
        assert found[-1] == plainly(held, place, tissue.voxel, tissue.depth)
        if draw.random() < 0.5:  # the next finds it whole
            layers.voxels["bone"][place] = 1.0
            refill(layers, *place)
    assert {-1, ROD} <= set(found)
