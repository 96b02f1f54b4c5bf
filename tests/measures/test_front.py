"""Fronts: where the osteoclasts of each site are, and how fast they travel."""

from types import SimpleNamespace

import numpy as np
import pytest

from remodel_abm.measures import Scene
from remodel_abm.measures.front import Fronts

ROW = np.dtype([("site", "i4"), ("z", "i4"), ("y", "i4"), ("x", "i4")])


class Crowd:
    """Osteoclasts, as far as fronts look at them."""

    def __init__(self, rows):
        self.living = np.array(rows, ROW)

    def __len__(self):
        return len(self.living)


def scene_of(rows, day):
    now = SimpleNamespace(day=day - 1.0, dt=1.0)
    tissue = SimpleNamespace(depth=50.0, voxel=10.0)
    return Scene(tissue, None, {"osteoclast": Crowd(rows)}, {}, now)


def test_a_front_is_the_mean_of_its_osteoclasts_and_its_speed_the_way_over_the_time():
    fronts = Fronts()
    assert np.isnan(fronts(scene_of([(3, 0, 1, 1), (3, 0, 2, 5), (8, 0, 9, 9)], 7.0))[0])
    np.testing.assert_array_equal(fronts.memory["track"], [[3, 7, 25, 20, 35], [8, 7, 25, 95, 95]])
    # Site 3 moves by 30 and 40 um, site 8 is gone, site 9 is new.
    speed = fronts(scene_of([(9, 0, 0, 0), (3, 0, 4, 7), (3, 0, 5, 7)], 14.0))
    assert speed[0] == pytest.approx(50.0 / 7.0)
    assert len(fronts.memory["track"]) == 4
    assert np.isnan(fronts(scene_of([], 21.0))[0])


def test_fronts_read_as_site_by_site():
    draw, fronts, last = np.random.default_rng(3), Fronts(), {}
    for week in range(1, 9):
        rows = np.array([tuple(row) for row in draw.integers(0, 30, (60, 4))], ROW)
        speed = fronts(scene_of(rows, 7.0 * week))[0]
        speeds, here = [], {}
        for site in np.unique(rows["site"]).tolist():
            mine = rows[rows["site"] == site]
            edges = zip("zyx", (50.0, 10.0, 10.0), strict=True)
            here[site] = [(mine[axis].mean() + 0.5) * edge for axis, edge in edges]
            if site in last:
                speeds.append(np.linalg.norm(np.subtract(here[site], last[site])) / 7.0)
        track = fronts.memory["track"][-len(here) :]
        np.testing.assert_array_equal(track[:, 2:], list(here.values()))
        assert speed == np.mean(speeds) if speeds else np.isnan(speed)
        last = here
