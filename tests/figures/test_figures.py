import re

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from drawn_results import results
from PIL import Image

from remodel_abm.figures import animation, bone, courses, draw_all, palette, relief, sites
from remodel_abm.results import Quantity, Results, Snapshot


@pytest.fixture(scope="module")
def flat():
    return results((1, 48, 48), days=(-30, 0, 400, 800), years=2)


@pytest.fixture(scope="module")
def drawn(flat, tmp_path_factory):
    return draw_all(flat, tmp_path_factory.mktemp("figures"))


def test_a_section_gets_every_figure_as_png_and_svg_and_a_gif(drawn):
    names = sorted(path.name for path in drawn)
    stems = ["course_signals", "course_tissue", "course_turnover", "sections", "sites"]
    assert names == sorted(["bone.gif", *(f"{s}.{e}" for s in stems for e in ("png", "svg"))])
    for path in drawn:
        assert path.stat().st_size > 5000


def test_a_picture_has_200_dots_an_inch(drawn):
    picture = next(path for path in drawn if path.name == "sections.png")
    with Image.open(picture) as image:
        assert image.width == round(palette.PAGE * 200)
        assert image.info["dpi"] == pytest.approx((200, 200), abs=0.1)


def test_drawing_again_gives_the_same_bytes(flat, drawn, tmp_path):
    with mpl.rc_context(palette.STYLE):
        figures = bone.draw(flat) | sites.draw(flat)
    again = [path for name in figures for path in palette.save(figures[name], tmp_path / name)]
    again.append(animation.draw(flat, tmp_path / "bone.gif"))
    first = {path.name: path.read_bytes() for path in drawn}
    assert len(again) == 5
    for path in again:
        assert path.read_bytes() == first[path.name], path.name


def test_svg_holds_no_date_and_no_version(drawn):
    for path in drawn:
        if path.suffix == ".svg":
            text = path.read_text("utf-8")
            assert "dc:date" not in text
            assert not re.search(r"20\d\d-\d\d-\d\d", text)
            assert "Matplotlib v" not in text


def test_no_text_is_smaller_than_eight_points(flat):
    for family in (bone, courses):
        for figure in family.draw(flat).values():
            texts = figure.findobj(lambda artist: hasattr(artist, "get_fontsize"))
            assert min(text.get_fontsize() for text in texts if text.get_text()) >= 8


def test_loss_and_gain_take_the_colours_of_resorption_and_formation():
    before = Snapshot.of(0, {"bone": np.array([[[1.0, 1.0, 0.0, 0.0]]])}, {})
    after = Snapshot.of(9, {"bone": np.array([[[1.0, 0.0, 1.0, 0.0]]])}, {})
    kept, lost, gained, marrow = bone.change(before, after, 0)[0]
    assert kept == pytest.approx(palette.KEPT, abs=1e-6)
    assert lost == pytest.approx(np.array([0xD5, 0x5E, 0x00]) / 255, abs=1e-6)
    assert gained == pytest.approx(np.array([0x00, 0x72, 0xB2]) / 255, abs=1e-6)
    assert marrow == pytest.approx(palette.MARROW, abs=1e-6)


def test_landmarks_leave_the_settling_period_out():
    assert bone.landmarks([-365, -10, 0, 100, 200, 300, 400]) == [0, 200, 400]
    assert bone.landmarks([-365, -10]) == [-365, -10]
    assert bone.landmarks([5]) == [5]


def test_rays_find_the_depth_of_a_wall():
    layer = np.zeros((12, 30, 40), np.float32)
    layer[6:] = 1.0
    depth = relief.first_hit(layer, 2.0)
    middle = depth[25:50, 40:70]
    assert np.isfinite(middle).all()
    assert middle == pytest.approx(np.full(middle.shape, 5.5))  # between planes 5 and 6
    assert np.isinf(depth[0]).all()


def test_a_flat_wall_is_evenly_lit_and_a_slope_towards_the_light_is_brighter():
    rows, _ = np.mgrid[:60, :60]
    flat = relief.lambert(np.full((60, 60), 20.0), 1.0, 40)[20:40, 20:40]
    # Rows count downwards and the light is above: a floor comes nearer with the row.
    floor = relief.lambert(20 - 0.2 * (rows - 29.5), 1.0, 40)[20:40, 20:40]
    ceiling = relief.lambert(20 + 0.2 * (rows - 29.5), 1.0, 40)[20:40, 20:40]
    assert np.ptp(flat) < 1e-6
    assert floor.mean() > flat.mean() + 0.05
    assert ceiling.mean() < flat.mean() - 0.05


def test_a_volume_is_seen_from_outside_with_losses_in_colour():
    before = np.zeros((16, 20, 24))
    before[4:12, 5:15, 6:18] = 1
    after = before.copy()
    after[4:10, 5:15, 12:18] = 0
    first, last = (Snapshot.of(d, {"bone": b}, {}, 20.0) for d, b in ((0, before), (1, after)))
    plain, coloured = relief.view(last, 120), relief.view(last, 120, before=first)
    red = (coloured[..., 0] > 1.8 * coloured[..., 2]) & (coloured[..., 0] > 0.1)
    assert red.sum() > 200
    assert not ((plain[..., 0] > 1.8 * plain[..., 2]) & (plain[..., 0] > 0.1)).any()


def test_a_volume_gets_slices_and_relief(flat):
    volume = results((20, 24, 28), days=(0, 800), years=1)
    assert list(bone.draw(volume)) == ["slices"]
    assert list(relief.draw(volume)) == ["relief"]
    assert relief.draw(flat) == {}
    picture = animation.frames(volume, [0])[0]
    assert picture.width == round(7.2 * animation.DPI)


def test_a_gif_has_a_frame_a_snapshot_and_stays_small(flat, drawn):
    path = next(path for path in drawn if path.suffix == ".gif")
    assert path.stat().st_size < 5_000_000
    with Image.open(path) as film:
        assert film.n_frames == len(flat.snapshots())
        assert film.info["loop"] == 0
        seen = []
        for number in range(film.n_frames):
            film.seek(number)
            seen.append(np.asarray(film.convert("RGB")).astype(int))
    assert np.abs(seen[0] - seen[-1]).max() > 100


def test_a_gif_too_large_is_thinned_and_shrunk(flat, tmp_path, monkeypatch):
    whole = animation.draw(flat, tmp_path / "whole.gif").stat().st_size
    monkeypatch.setattr(animation, "LARGEST", whole * 2 // 3)
    assert animation.draw(flat, tmp_path / "small.gif").stat().st_size <= whole * 2 // 3


def test_many_snapshots_are_thinned_keeping_both_ends():
    assert animation.thinned(list(range(100)), 4) == [0, 33, 66, 99]
    assert animation.thinned([1, 2], 4) == [1, 2]


@pytest.mark.parametrize("kept", [["bv_tv"], ["e2", "n_oc", "il6"], []])
def test_figures_cope_with_quantities_that_were_not_read(flat, tmp_path, kept):
    run = Results(
        quantities=[quantity for quantity in flat.quantities if quantity.name in kept],
        daily=flat.daily[kept],
        scenario_text="years = 2\n",
    )
    names = {path.stem for path in draw_all(run, tmp_path)}
    assert names == {
        name
        for name, needs in {
            "course_tissue": {"bv_tv", "e2"},
            "course_turnover": {"n_oc"},
            "course_signals": {"il6"},
        }.items()
        if needs & set(kept)
    }


def test_a_lone_curve_of_a_panel_for_several_is_named():
    days = np.arange(0.0, 900.0, 30.0)
    read = Quantity("ctx", "CTX", "pmol/L", "resorption marker", "M20")
    found = Results(quantities=[read], daily=pd.DataFrame({"ctx": 1.0 + days / 900.0}, index=days))
    drawn = courses.page(found, courses.TURNOVER)
    assert [text.get_text() for text in drawn.axes[0].get_legend().get_texts()] == ["CTX"]


def test_a_snapshot_with_bone_alone_can_be_drawn(tmp_path):
    bare = Snapshot.of(0, {"bone": np.eye(20)[None]}, {}, 10.0)
    run = Results(kept={0: bare}, scenario_text="years = 1\n")
    assert {path.stem for path in draw_all(run, tmp_path)} == {"sections"}


def test_losses_are_counted_up_to_the_end_of_the_run(flat):
    course = courses.losses(flat, "perforations")
    assert course.iloc[0] == 0
    assert course.iloc[-1] == (flat.breaks["kind"] == "perforation").sum()
    assert course.is_monotonic_increasing


def test_every_class_of_cell_has_a_look_under_its_usual_names():
    for name in ("osteoclast", "Osteoclasts", "lining_cells", "TCell", "tcell", "msc", "precursor"):
        assert palette.look(name) in palette.CELLS.values()
    assert palette.look("osteomac")[0] == "osteomac"
