"""A replay file as its reader meets it: opened from the disk, without a network."""

import drawn_results
import pytest

from remodel_abm import replay

# The colours of the canvas: how many pixels are exactly this one.
PIXELS = """([id, wanted]) => {
  const canvas = document.getElementById(id);
  const all = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
  let n = 0, sum = 0;
  for (let i = 0; i < all.length; i += 4) {
    sum = (sum * 31 + all[i] + 7 * all[i + 1]) % 1000003;
    if (all[i] === wanted[0] && all[i + 1] === wanted[1] && all[i + 2] === wanted[2]) n++;
  }
  return [n, sum];
}"""
SOLID = """() => {
  const shot = document.createElement('canvas'), from = document.getElementById('solid');
  [shot.width, shot.height] = [from.width, from.height];
  const pen = shot.getContext('2d');
  pen.drawImage(from, 0, 0);
  const all = pen.getImageData(0, 0, shot.width, shot.height).data;
  let n = 0, sum = 0;
  for (let i = 0; i < all.length; i += 4) {
    sum = (sum * 31 + all[i]) % 1000003;
    if (all[i + 3] > 200) n++;
  }
  return [4 * n / all.length, sum];
}"""
MARROW, ERODED, LOST = (251, 248, 241), (213, 94, 0), (213, 94, 0)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Return the replay files of a drawn section and a drawn volume."""
    folder = tmp_path_factory.mktemp("replay")
    flat = drawn_results.results(days=(-180, 0, 900, 1825, 2700, 3650))
    solid = drawn_results.results(shape=(32, 40, 48), days=(0, 1825, 3650), voxel=20.0)
    return {
        "flat": replay.write(flat, folder / "flat.html"),
        "solid": replay.write(solid, folder / "solid.html"),
    }


@pytest.fixture
def opened(watched, files):
    """Return a function that opens a replay file from the disk, the network being off."""

    def load(name):
        watched.context.set_offline(True)
        watched.goto(files[name].as_uri())
        watched.wait_for_selector("body[data-shown]", state="attached")
        return watched

    return load


def go(page, index):
    """Move the slider and wait until the day is drawn."""
    page.locator("#day").fill(str(index))
    page.wait_for_selector(f"body[data-shown='{index}']", state="attached")


def test_it_opens_offline_on_the_first_day_of_the_story(opened):
    page = opened("flat")
    assert page.title() == "Drawn by hand · remodel_abm"
    assert page.locator("#when").inner_text() == "year 0.0, age 50.0"
    assert page.get_by_text("no medical advice").count() == 1


def test_scrubbing_changes_the_picture_and_the_day(opened):
    page = opened("flat")
    seen = set()
    for index, text in ((1, "year 0.0, age 50.0"), (3, "year 5.0, age 55.0"),
                        (5, "year 10.0, age 60.0")):  # fmt: skip
        go(page, index)
        assert page.locator("#when").inner_text() == text
        assert page.locator("#day").get_attribute("aria-valuetext") == text
        seen.add(page.evaluate(PIXELS, ["flat", MARROW])[1])
    assert len(seen) == 3


def test_the_picture_shows_as_much_marrow_as_the_snapshot_holds(opened):
    page = opened("flat")
    page.evaluate("document.querySelectorAll('#legend input').forEach((box) => box.click())")
    go(page, 5)
    kept = drawn_results.results(days=(3650,)).snapshot(3650)
    empty = (kept.layers["bone"] < 4) & (kept.layers["osteoid"] < 18) & (kept.layers["state"] == 0)
    size = page.evaluate("flat.width * flat.height")
    # The scale bar and the rings of perforations cover some of it.
    share = page.evaluate(PIXELS, ["flat", MARROW])[0] / size
    assert share == pytest.approx(empty.mean(), abs=0.06)
    assert share < empty.mean()


def test_what_was_lost_is_shown_in_its_colour(opened):
    page = opened("flat")
    go(page, 5)
    page.select_option("#way", "change")
    page.wait_for_timeout(200)
    assert page.evaluate(PIXELS, ["flat", LOST])[0] > 200
    go(page, 0)
    assert page.evaluate(PIXELS, ["flat", LOST])[0] == 0


def test_keys_move_through_time_and_play_it_to_its_end(opened):
    page = opened("flat")
    page.keyboard.press("ArrowRight")
    page.wait_for_selector("body[data-shown='2']", state="attached")
    page.keyboard.press("End")
    page.wait_for_selector("body[data-shown='5']", state="attached")
    page.keyboard.press("Home")
    page.wait_for_selector("body[data-shown='0']", state="attached")
    page.keyboard.press(" ")
    assert page.locator("#play").get_attribute("aria-pressed") == "true"
    page.wait_for_selector("body[data-shown='5']", state="attached")
    page.wait_for_selector("#play[aria-pressed='false']")


def test_cells_can_be_hidden_and_are_counted(opened):
    page = opened("flat")
    before = page.evaluate(PIXELS, ["flat", MARROW])
    fat = page.locator("#legend label", has_text="adipocyte")
    assert fat.locator("b").inner_text() == "10"
    fat.locator("input").uncheck()
    page.wait_for_timeout(200)
    assert page.evaluate(PIXELS, ["flat", MARROW])[0] > before[0]


def test_a_click_on_a_chart_goes_to_its_day(opened):
    page = opened("flat")
    chart = page.locator("figure", has_text="BV/TV").locator("> svg")
    box = chart.bounding_box()
    page.mouse.click(box["x"] + box["width"] * 0.97, box["y"] + box["height"] / 2)
    page.wait_for_selector("body[data-shown='5']", state="attached")
    assert "BV/TV" in chart.get_attribute("aria-label")


def test_charts_read_out_the_values_of_the_day(opened):
    page = opened("flat")
    go(page, 5)
    course = drawn_results.results(days=(0,)).course("bv_tv")
    shown = page.locator("figure", has_text="BV/TV").locator("figcaption b").first.inner_text()
    assert float(shown) == pytest.approx(course.loc[3500:].mean(), rel=0.02)


def test_a_volume_turns_and_is_cut(opened):
    page = opened("solid")
    page.wait_for_timeout(500)
    pictures = [page.evaluate(SOLID)]
    assert 0.05 < pictures[0][0] < 0.9
    page.locator("#solid").focus()
    page.keyboard.press("ArrowLeft")
    page.wait_for_timeout(500)
    pictures.append(page.evaluate(SOLID))
    page.locator("#at").fill("0.6")
    page.wait_for_timeout(500)
    pictures.append(page.evaluate(SOLID))
    go(page, 2)
    page.wait_for_timeout(500)
    pictures.append(page.evaluate(SOLID))
    assert len({sum_ for _, sum_ in pictures}) == 4


def test_a_volume_is_sliced_where_the_reader_says(opened):
    page = opened("solid")
    page.select_option("#way", "bone")
    seen = set()
    for axis, at in (("1", "0.3"), ("1", "0.7"), ("0", "0.3"), ("2", "0.5")):
        page.select_option("#axis", axis)
        page.locator("#at").fill(at)
        page.wait_for_timeout(200)
        seen.add(page.evaluate(PIXELS, ["flat", MARROW])[1])
    assert len(seen) == 4


def test_light_and_dark_follow_the_reader(opened):
    page = opened("flat")
    colour = "getComputedStyle(document.body).backgroundColor"
    page.emulate_media(color_scheme="dark")
    dark = page.evaluate(colour)
    page.locator("#theme").click()
    assert page.evaluate(colour) == "rgb(255, 255, 255)" != dark


def test_every_control_has_a_name(opened):
    page = opened("solid")
    nameless = """[...document.querySelectorAll('button, input, select, canvas[role=img]')]
      .filter((part) => !part.labels?.length && !part.ariaLabel && !part.innerText)
      .map((part) => part.outerHTML)"""
    assert page.evaluate(nameless) == []
    assert page.locator("#solid").get_attribute("aria-label").startswith("The bone in year 0.0")
