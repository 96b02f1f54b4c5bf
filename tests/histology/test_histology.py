"""Virtual histology on phantoms whose answers are known, and what its pictures show."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb
from PIL import Image

from remodel_abm.declare import InputError
from remodel_abm.histology import Biopsy, write
from remodel_abm.histology.label import LONGEST, Labels, fronts, glowing, label_days
from remodel_abm.histology.sheet import busiest
from remodel_abm.histology.slide import Field, Slide
from remodel_abm.histology.stain import FAT, OSTEOID, stained
from remodel_abm.histology.technician import Desk, Grid, ratio
from remodel_abm.results import Quantity, Results, Snapshot

VOXEL = 10.0
N = 96


def shares(low, high, n=N):
    """Return the share of each voxel of a row between two heights. [um]"""
    edge = np.arange(n + 1) * VOXEL
    return np.clip((np.minimum(edge[1:], high) - np.maximum(edge[:-1], low)) / VOXEL, 0, 1)


def slab(top, bottom, day=0, osteoid=0.0, state=None, cells=None, n=N):
    """Return a snapshot of a level slab, with osteoid of this thickness on top of it. [um]"""
    rows = np.ones((1, 1, n))
    bone = shares(top, bottom, n)[None, :, None] * rows
    soft = shares(top - osteoid, top, n)[None, :, None] * rows
    layers = {"bone": bone, "osteoid": soft, "mineral": 0.9 * bone}
    layers["state"] = np.zeros((1, n, n), np.uint8) if state is None else state
    return Snapshot.of(day, layers, cells or {}, VOXEL)


def disc(radius, n=N):
    y, x = np.indices((n, n)) - (n - 1) / 2
    bone = np.clip(radius / VOXEL + 0.5 - np.hypot(y, x), 0, 1)[None]
    layers = {"bone": bone, "osteoid": 0 * bone, "mineral": 0.9 * bone, "state": 0 * bone}
    return Snapshot.of(0, layers, {}, VOXEL)


def growing(rate=0.6, every=30, days=(0, 30, 60), seam=8.0):
    """Return labels of a slab whose front rises by `rate` [um/d]."""
    found = [slab(500 - rate * day, 700, day, seam) for day in days]
    return Labels(*(Slide.of(one) for one in found))


def results(snapshots, readings=None):
    days = sorted(one.day for one in snapshots)
    daily = pd.DataFrame(readings or {}, index=pd.Index(days, name="day", dtype=float))
    kept = {one.day: one for one in snapshots}
    known = [Quantity(name, name, "1") for name in daily]
    return Results({"title": "Phantom"}, quantities=known, kept=kept, daily=daily)


def test_points_and_lines_find_area_and_outline_of_a_slab():
    found = Desk(Slide.of(slab(300, 540))).measure()
    assert found["b_ar"].whole == pytest.approx(25, abs=0.3)
    assert found["b_ar"].value == pytest.approx(25, abs=2.5)
    # Two level edges over a height of 0.96 mm.
    assert found["b_pm"].whole == pytest.approx(2 / 0.96, rel=0.08)
    assert found["b_pm"].value == pytest.approx(2 / 0.96, rel=0.08)


def test_points_and_lines_find_area_and_outline_of_a_disc():
    slide = Slide.of(disc(300))
    drops = [(0.1, 0.2), (0.37, 0.61), (0.5, 0.9), (0.7, 0.4), (0.9, 0.7)]
    found = Desk(slide).measure()
    crossed = [Desk(slide, grid=Grid(shift=drop)).measure()["b_pm"].value for drop in drops]
    area, outline = np.pi * 0.3**2 / 0.96**2, 2 * np.pi * 0.3 / 0.96**2
    assert found["b_ar"].whole == pytest.approx(100 * area, rel=0.02)
    assert found["b_ar"].value == pytest.approx(100 * area, rel=0.06)
    assert found["b_pm"].whole == pytest.approx(outline, rel=0.03)
    assert np.mean(crossed) == pytest.approx(outline, rel=0.05)


def test_the_standard_error_covers_what_grids_dropped_elsewhere_find():
    slide = Slide.of(disc(300))
    shifts = [(a, b) for a in (0.1, 0.5, 0.9) for b in (0.2, 0.6)]
    found = [Desk(slide, grid=Grid(80.0, 240.0, shift)).measure()["b_ar"] for shift in shifts]
    spread = np.std([one.value for one in found], ddof=1)
    assert 0 < spread < 2 * np.mean([one.error for one in found])


def test_a_ratio_and_its_error_come_from_the_sums_over_fields():
    value, error = ratio(np.array([1.0, 3, 2]), np.array([4.0, 4, 4]))
    assert value == 0.5
    assert error == pytest.approx(np.sqrt(3 / 2 * 2) / 12)
    assert np.isnan(ratio(np.zeros(2), np.zeros(2))).all()


def test_the_lines_of_the_grid_run_in_all_directions_alike():
    line = Grid().lines((960, 960))[5]
    steps = np.diff(line, axis=0)
    angle = np.arctan2(steps[:, 0], steps[:, 1])
    shares, _ = np.histogram(np.abs(angle), 6, (0, np.pi / 2))
    assert shares / shares.sum() == pytest.approx(np.full(6, 1 / 6), abs=0.01)


@pytest.mark.parametrize("rate", [0.3, 0.6, 1.0])
def test_label_distance_gives_the_apposition_rate(rate):
    labels = growing(rate)
    found = Desk(labels.biopsy, labels).measure()
    # Outlines between voxels of 10 um are good to about 2 um, over 30 days.
    assert found["mar"].value == pytest.approx(rate, abs=2 / 30)
    assert found["mar"].whole == pytest.approx(rate, abs=2 / 30)
    # One of the two edges of the slab is labelled, twice.
    assert found["md_pm"].value == pytest.approx(50, abs=8)


def test_a_single_label_counts_half():
    labels = growing()
    bare = Slide.of(slab(500, 700, 0, 0.0))
    found = Desk(labels.biopsy, labels._replace(first=bare)).measure()
    assert found["md_pm"].value == pytest.approx(25, abs=5)
    assert np.isnan(found["mar"].value)


def test_a_label_that_was_resorbed_is_not_seen():
    labels = growing()
    eaten = labels._replace(biopsy=Slide.of(slab(560, 700, 60)))
    field = labels.biopsy.whole(1.0)
    assert fronts(labels, field)[0].max() > 0.8
    assert max(line.max() for line in fronts(eaten, field)) < 0.05


def test_a_surface_without_osteoid_takes_up_no_label():
    bare = Labels(*(Slide.of(slab(500, 700, day)) for day in (0, 30, 60)))
    assert max(line.max() for line in fronts(bare, bare.biopsy.whole(2.0))) == 0


def test_eroded_and_osteoid_outline_are_counted_where_they_are():
    state = np.zeros((1, N, N), np.uint8)
    state[0, 70, : N // 2] = 2  # the voxels of the lower edge, on the left
    found = Desk(Slide.of(slab(300, 710, osteoid=10.0, state=state))).measure()
    assert found["o_pm"].value == pytest.approx(50, abs=8)
    assert found["e_pm"].value == pytest.approx(25, abs=8)
    assert found["e_pm"].whole == pytest.approx(25, abs=3)


def test_outline_under_cells_is_counted():
    places = np.stack([np.zeros(48), np.full(48, 29), np.arange(48)], 1)
    cells = {"osteoblast": places, "osteoclast": np.array([[0, 72, 20]])}
    found = Desk(Slide.of(slab(300, 710, cells=cells))).measure()
    assert found["ob_pm"].value == pytest.approx(25, abs=6)
    # A chord of 52 um at most, of two edges of 960 um.
    assert 0.5 < found["oc_pm"].whole < 52 / 19.2


def test_labels_need_two_snapshots_shortly_before_the_biopsy():
    assert label_days([0, 30, 60, 90], 90) == (30, 60)
    assert label_days([0, 30], 30) is None
    assert label_days([0, LONGEST + 1, LONGEST + 20], LONGEST + 20) is None


def test_a_volume_is_cut_where_asked():
    bone = np.zeros((20, 24, 28))
    bone[:, 6] = 1
    layers = {"bone": bone, "osteoid": 0 * bone, "mineral": bone, "state": 0 * bone}
    cells = {"osteocyte": np.array([[3, 6, 9], [3, 20, 9]])}
    volume = Snapshot.of(0, layers, cells, 20.0)
    through = Slide.of(volume, axis=1, at=6.5 / 24)
    assert through.planes["bone"].shape == (20, 28) and through.planes["bone"].all()
    assert through.cells["osteocyte"].tolist() == [[70.0, 190.0]]
    assert Slide.of(volume, axis=2, at=0.5).planes["bone"].sum() == 20
    assert not through.flat


def near(picture, colour, within=0.16):
    """Return the share of pixels that look like a colour."""
    return (np.abs(picture - np.array(to_rgb(colour))).max(-1) < within).mean()


def test_the_stain_shows_bone_green_osteoid_red_and_fat_white():
    cells = {"adipocyte": np.array([[0, 15, 15], [0, 15, 70]])}
    slide = Slide.of(slab(500, 700, osteoid=20.0, cells=cells))
    field = Field(0, 0, 900, 900, 3.0)
    picture = stained(slide, field)
    height, y = slide.height(field), field.axes[0]
    deep = picture[height > 60]
    assert (deep[:, 1] > deep[:, 0] + 0.1).mean() > 0.95
    seam = picture[(y > 484) & (y < 496)]
    assert near(seam, OSTEOID) > 0.6
    lean = stained(Slide.of(slab(500, 700, osteoid=20.0)), field)
    fat = near(picture, FAT, 0.05) - near(lean, FAT, 0.05)
    assert 0.6 < fat / (2 * np.pi * 28**2 / 900**2) < 1.3


def test_the_close_look_falls_on_the_busiest_place():
    cells = {"osteoclast": np.array([[0, 80, 80]])}
    field = busiest(Slide.of(slab(300, 500, cells=cells)))
    assert field.top < 800 < field.top + field.height
    assert field.left < 800 < field.left + field.width
    assert field.top + field.height <= N * VOXEL


def test_labels_glow_in_two_colours_on_dark_bone():
    labels = growing()
    picture = glowing(labels, labels.biopsy.whole(2.0))
    assert (picture.max(-1) < 0.35).mean() > 0.9
    assert near(picture, "#FFC02E", 0.2) > 0.001 and near(picture, "#57F06A", 0.2) > 0.001


@pytest.fixture(scope="module")
def biopsy():
    snapshots = [slab(400 - 0.6 * day, 500, day, 8.0, n=64) for day in (0, 30, 60)]
    found = {"bv_tv": [22.0, 23.0, 24.0], "mar": [0.5, 0.6, 0.7], "bs_tv": [3.0] * 3}
    return Biopsy(results(snapshots, found))


def test_the_models_own_values_stand_beside_the_counts(biopsy):
    table = biopsy.table().set_index("symbol")
    assert table.loc["B.Ar/T.Ar", "model"] == 24.0
    assert table.loc["MAR", "model"] == pytest.approx(0.6)
    assert table.loc["MAR", "technician"] == pytest.approx(0.6, rel=0.1)


def test_page_and_counts_are_written_the_same_twice(biopsy, tmp_path, monkeypatch):
    monkeypatch.setattr("remodel_abm.histology.sheet.ACROSS", 250)
    monkeypatch.setattr("remodel_abm.histology.sheet.CLOSE_PIXEL", 2.0)
    first = [path.read_bytes() for path in write(biopsy, tmp_path / "a.png")]
    again = [path.read_bytes() for path in write(biopsy, tmp_path / "b.png")]
    assert first == again
    picture = np.asarray(Image.open(tmp_path / "a.png").convert("RGB")) / 255
    green = (picture[..., 1] > picture[..., 0] + 0.15) & (picture[..., 1] > 0.4)
    assert 0.03 < green.mean() < 0.3
    assert (picture.max(-1) < 0.3).mean() > 0.2
    assert "B.Ar/T.Ar" in (tmp_path / "a.csv").read_text()


def test_a_page_is_drawn_as_its_name_says(biopsy, tmp_path, monkeypatch):
    monkeypatch.setattr("remodel_abm.histology.sheet.ACROSS", 250)
    monkeypatch.setattr("remodel_abm.histology.sheet.CLOSE_PIXEL", 2.0)
    drawn, counts = write(biopsy, tmp_path / "a.svg")
    assert "<svg" in drawn.read_text()
    assert counts == tmp_path / "a.csv"
    assert drawn.read_bytes() == write(biopsy, tmp_path / "b.svg")[0].read_bytes()
    with pytest.raises(InputError, match=r"drawn as .png or .svg, not as .pdf"):
        write(biopsy, tmp_path / "a.pdf")


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"day": 31}, "there is no snapshot of day 31; the nearest is day 30"),
        ({"axis": 3}, "the axis is 0, 1 or 2"),
        ({"at": 1.5}, "a share of the length, 0 to 1"),
    ],
)
def test_a_cut_that_is_none_is_refused(given, sentence, biopsy):
    with pytest.raises(InputError, match=sentence):
        Biopsy(biopsy.results, **given)


def test_a_run_without_snapshots_is_refused():
    with pytest.raises(InputError, match="holds no snapshots, so there is nothing to cut"):
        Biopsy(Results())
