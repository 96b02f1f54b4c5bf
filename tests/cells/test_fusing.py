"""Committed precursors: they find each other as if each looked at all rows after its own."""

import numpy as np
import pytest

from remodel_abm.cells import Now, found
from remodel_abm.cells.osteoclast_precursor import OsteoclastPrecursor
from remodel_abm.scenario import Scenario, values_of
from remodel_abm.tissue import Tissue
from remodel_abm.tissue.blocks import blocks_of, count_clast

NOW = Now(np.uint64(1), 3, 3.0, 1.0)


def plainly(rows, clasts, edge, p):
    """Return the fate of each row, and how many nuclei wait at each place."""
    fate, joining, clasts = np.zeros(len(rows), int), {}, dict.fromkeys(clasts)
    places = np.array([rows["z"], rows["y"], rows["x"]], float).T * edge
    wide = int(p.fusion_radius / edge + 0.5)
    able = rows["alive"] & (rows["stage"] == 2)
    for i in np.flatnonzero(able):
        if fate[i]:
            continue
        here = tuple(int(rows[name][i]) for name in ("z", "y", "x"))
        near = [c for c in clasts if max(abs(a - b) for a, b in zip(c, here, strict=True)) <= wide]
        if near:
            far = [sum((a - b) ** 2 for a, b in zip(c, here, strict=True)) for c in near]
            nearest = min(zip(far, near, strict=True))[1]
            joining[nearest] = joining.get(nearest, 0) + 1
            fate[i] = 1
            continue
        away = np.sqrt(((places - places[i]) ** 2).sum(axis=1))
        partners = np.flatnonzero(able & (fate == 0) & (away <= p.fusion_radius))
        partners = partners[partners > i]
        if len(partners) + 1 >= p.fusion_number:
            fate[partners], fate[i] = 1, 2
            joining[here] = joining.get(here, 0) + len(partners)
            clasts[here] = None
    return fate, joining


@pytest.mark.parametrize(("shape", "number"), [((20, 20, 20), 600), ((1, 40, 40), 200)])
def test_precursors_fuse_as_if_each_looked_at_all_rows(shape, number):
    draw = np.random.default_rng(5)
    p = values_of(Scenario())["osteoclast_precursor"]._replace(death_rate=0.0)
    tissue = Tissue(np.zeros(shape), 20.0, values_of(Scenario())["tissue"])
    tissue.depth = tissue.voxel
    tissue.layers = tissue.layers._replace(depth=tissue.voxel)
    places = draw.integers(0, shape, (number, 3))
    stages = draw.choice([0, 1, 2], number, p=[0.1, 0.1, 0.8])
    one = found(OsteoclastPrecursor, places, np.arange(1, number + 1), 0.0, stage=stages)
    one.rows["alive"] = draw.random(number) < 0.9
    clasts = [tuple(place.tolist()) for place in draw.integers(0, shape, (3, 3))]
    for place in clasts:
        count_clast(tissue.layers, *place, 1)
    fate, joining = plainly(one.rows, clasts, tissue.voxel, p)
    one.values = p
    one.turn_over(tissue.layers, None, NOW)
    assert one.rows["fate"].tolist() == fate.tolist()
    left = tissue.layers.joining
    assert {tuple(k.tolist()): int(left[tuple(k)]) for k in np.argwhere(left)} == {
        k: v for k, v in joining.items() if v
    }
    assert np.array_equal(tissue.layers.blocks, blocks_of(tissue.layers.clasts))
    assert {1, 2} <= set(fate.tolist())
