"""The controls of the dashboard, each used as a reader would, and what came of it read back."""

import re
import time

import numpy as np
import pytest

from remodel_abm import Scenario
from remodel_abm.dashboard.picture import KINDS
from remodel_abm.dashboard.tissue_view import BRUSHES, LABELS
from remodel_abm.figures import palette
from remodel_abm.model import Model
from tests.browser.desk import PATIENCE, SMALL, button, day, reading, rest, seek, tab, taken


@pytest.fixture(scope="module")
def browser(flat_browser):
    return flat_browser


def lived(scenario, until):
    """Return a model that has lived to a day without a page."""
    model = Model(scenario)
    while model.day < until:
        model.step()
    return model


def start_over(page, **given):
    """Set the story up anew, under the labels of its form."""
    page.locator(".setup > summary").click()
    for label, value in given.items():
        page.get_by_label(label.capitalize(), exact=True).fill(str(value))
    button(page, "Start over").click()
    page.wait_for_function(
        f"document.querySelector('[data-seed]').dataset.seed === '{given['seed']}'"
    )


def drag(page, *shares):
    """Draw the pointer over the picture, from one (x, y) share of it to the next."""
    box = page.locator(".panes canvas").first.bounding_box()
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in shares]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=6)
    page.mouse.up()


def said(page, text):
    page.locator(".say").filter(has_text=text).wait_for(timeout=PATIENCE)


def test_it_runs_until_a_strut_is_cut_and_until_osteoporosis(bone):
    start_over(bone, seed=4, years=25)
    bone.get_by_label("Scenario", exact=True).select_option("surgical-menopause")
    bone.locator(".panes figcaption").filter(has_text="Surgical").wait_for()
    assert bone.locator(".panes canvas").get_attribute("data-arm") == "0"
    tab(bone, "Charts")
    bone.get_by_label("Run until").select_option("event:perforation")
    said(bone, "A perforation or cut strut: day")
    rest(bone)
    lost = [reading(bone, name) for name in ("perforations", "rod_losses")]
    assert sum(map(float, lost)) >= 1
    assert f"day {day(bone):.0f}" in bone.locator(".say").inner_text()
    assert bone.locator(".breaks i").count() >= 1
    bone.get_by_label("Brush", exact=True).select_option("marrow")
    bone.get_by_label("Width of the brush").fill("150")
    drag(bone, (0.05, 0.2), (0.95, 0.2), (0.95, 0.5), (0.05, 0.5))
    before = day(bone)
    rest(bone, before + 1)
    bone.get_by_label("Run until").select_option("event:osteoporosis")
    said(bone, "T-score below -2.5: day")
    rest(bone)
    assert float(reading(bone, "t_score")) < -2.5


def test_every_brush_puts_in_or_takes_out_what_it_says(bone):
    button(bone, "A week on").click()
    rest(bone, -13)

    def cells(kind):
        label = re.compile(f"^{LABELS.get(kind, palette.look(kind)[0])}")
        found = bone.locator(".legend").get_by_role("button", name=label).first
        return int(found.locator(".count").inner_text())

    bone.get_by_label("Brush", exact=True).select_option("no cells")
    bone.get_by_label("Width of the brush").fill("150")
    before = {kind: cells(kind) for kind in BRUSHES if kind in KINDS}
    drag(bone, (0.1, 0.3), (0.9, 0.3), (0.9, 0.7), (0.1, 0.7))
    rest(bone, -12)
    assert sum(map(cells, before)) < 0.7 * sum(before.values())
    for kind in before:
        there, today = cells(kind), day(bone)
        bone.get_by_label("Brush", exact=True).select_option(kind)
        bone.get_by_label("Width of the brush").fill("10")
        drag(bone, (0.1, 0.1), (0.9, 0.9), (0.1, 0.9), (0.9, 0.1))
        rest(bone, today + 1)
        assert cells(kind) > there + 5, kind
    tab(bone, "Story")
    there = float(reading(bone, "bv_tv"))
    bone.get_by_label("Brush", exact=True).select_option("bone")
    bone.get_by_label("Width of the brush").fill("80")
    today = day(bone)
    drag(bone, (0.1, 0.5), (0.9, 0.5))
    rest(bone, today + 1)
    assert float(reading(bone, "bv_tv")) > there + 5
    toml = taken(bone, "Scenario file")
    path = toml.with_suffix(".toml")
    path.write_bytes(toml.read_bytes())
    model = lived(Scenario.load(path), day(bone))
    assert model.record.latest("bv_tv") == pytest.approx(float(reading(bone, "bv_tv")), rel=1e-6)


def test_a_parameter_is_found_changed_and_put_back(bone):
    tab(bone, "Values")
    side, name = bone.locator(".tab-values"), "osteoclast.resorption_rate"
    bone.get_by_label("Search parameters").fill("osteoclast resorption_rate calibrated")
    row = side.locator(f'.value[data-name="{name}"]')
    row.wait_for()
    box = bone.get_by_label(name, exact=True)
    usual = float(box.input_value())
    told = row.inner_text()
    assert "Range" in told and row.locator(".unit").inner_text()
    box.fill("1e9")
    assert box.get_attribute("aria-invalid") == "true"
    assert side.get_by_role("button", name="Change", exact=True).is_disabled()
    slide = bone.get_by_label(f"{name}, slider")
    slide.focus()
    slide.press("End")
    highest = float(box.input_value())
    assert highest == float(box.get_attribute("max")) > usual
    side.get_by_role("button", name="Change", exact=True).click()
    bone.wait_for_function(
        "high => document.querySelector('.value input').value == high", arg=highest
    )
    button(bone, f"Reset {name}").click()
    assert float(box.input_value()) == usual
    side.get_by_role("button", name="Change", exact=True).click()
    button(bone, "A week on").click()
    rest(bone, -13)
    tab(bone, "Charts")
    plain = lived(Scenario.load("menopause", **SMALL), -13)
    assert float(reading(bone, "ctx")) == pytest.approx(plain.record.latest("ctx"), rel=1e-6)
    tab(bone, "Values")
    bone.get_by_label("Search parameters").fill("no such thing")
    assert side.locator(".value").count() == 0


def test_pause_stops_a_clock_that_would_run_for_decades(bone):
    start_over(bone, seed=6, years=60)
    button(bone, "Play").click()
    bone.wait_for_function("document.querySelector('[data-day]').dataset.day > 25")
    button(bone, "Pause").click()
    rest(bone)
    stopped = day(bone)
    assert 25 < stopped < 60 * 365
    bone.wait_for_timeout(500)
    assert day(bone) == stopped


def test_speed_holds_the_clock_back(bone):
    bone.get_by_label("Speed").select_option("2")  # three days a second
    button(bone, "Play").click()
    bone.wait_for_function("document.querySelector('[data-day]').dataset.day > -19.5")
    before, began = day(bone), time.monotonic()
    bone.wait_for_function(
        "first => document.querySelector('[data-day]').dataset.day > first + 5.5", arg=before
    )
    assert time.monotonic() - began > 1.0
    bone.get_by_label("Speed").select_option("0")
    bone.wait_for_function("document.querySelector('[data-day]').dataset.day > 60")
    button(bone, "Pause").click()


def test_a_branch_without_a_change_is_the_straight_run_to_the_last_digit(bone):
    button(bone, "A month on").click()
    rest(bone, 10)
    seek(bone, -9)
    button(bone, "Branch here").click()
    button(bone, "A month on").click()
    rest(bone, 21)
    straight = taken(bone, "Table, CSV").read_text()
    bone.get_by_label("Arm to take away").select_option("1")
    assert taken(bone, "Table, CSV").read_text() == straight
    names, *rows = (line.split(",") for line in straight.splitlines())
    model = lived(Scenario.load("menopause", **SMALL), 21)
    kept = model.record.arrays()
    assert names == ["day", *map(str, kept["names"])]
    table = np.array([[float(one or "nan") for one in row] for row in rows])
    np.testing.assert_array_equal(table, kept["readings"][: len(table)])
    assert len(table) == len(kept["readings"])


def test_estrogen_is_set_by_hand_for_operation_and_therapy(bone):
    story = bone.locator(".tab-story")
    story.get_by_role("checkbox", name="Menopause").uncheck()
    story.get_by_label("Ovaries removed").check()
    story.get_by_label("at age").nth(1).fill("49.5")
    story.get_by_label("at age").nth(1).press("Enter")
    story.get_by_label("Hormone therapy").check()
    for label, value in (("from", "50"), ("to", "51"), ("dose", "2")):
        story.get_by_label(label, exact=True).fill(value)
        story.get_by_label(label, exact=True).press("Enter")
    story.get_by_role("button", name="Branch", exact=True).click()
    bone.wait_for_function("document.querySelectorAll('.panes canvas').length === 2")
    bone.get_by_label("Run until").select_option("type")
    bone.get_by_label("Stop on day").fill("480")
    bone.get_by_label("Stop on day").press("Enter")
    rest(bone, 480)
    tab(bone, "Charts")
    treated = float(reading(bone, "e2", "B"))
    tab(bone, "Story")
    seek(bone, 300)
    tab(bone, "Charts")
    bone.wait_for_function(
        """() => Number(document.querySelector(
        '.side .now [data-name="e2"][data-arm="B"]').dataset.value) < 100"""
    )
    assert treated > 150 > 100 > float(reading(bone, "e2", "B"))
    assert float(reading(bone, "e2", "A")) > 150
    bone.locator(".tab-charts").get_by_label("as difference to A").check()
    bone.wait_for_function(
        """() => document.querySelector('.tab-charts [data-name="e2"]').dataset.value < -50"""
    )


def test_twins_differ_after_the_operation_and_the_map_shows_where(bone):
    bone.locator(".setup > summary").click()
    bone.get_by_label("Seed", exact=True).fill("6")
    bone.get_by_label("Bone", exact=True).select_option("section:128")
    button(bone, "Start over").click()
    bone.wait_for_function("document.querySelector('[data-seed]').dataset.seed === '6'")
    bone.locator(".setup > summary").click()
    bone.get_by_label("Scenario of the second arm").select_option("surgical-menopause")
    button(bone, "Start twins").click()
    bone.wait_for_function("document.querySelectorAll('.panes canvas').length === 2")
    bone.get_by_label("Run until").select_option("type")
    bone.get_by_label("Stop on day").fill("730")
    bone.get_by_label("Stop on day").press("Enter")
    rest(bone, 730)
    button(bone, "Difference to A").click()
    colours = """canvas => { const d = canvas.getContext('2d').getImageData(
      0, 0, canvas.width, canvas.height).data, n = [0, 0];
      for (let i = 0; i < d.length; i += 4) {
        if (d[i] - d[i + 2] > 90) n[0]++;
        if (d[i + 2] - d[i] > 90) n[1]++; }
      return n; }"""
    lost, gained = bone.locator(".panes canvas").nth(1).evaluate(colours)
    assert lost > 50 or gained > 50
    assert bone.locator(".panes canvas").nth(0).evaluate(colours) != [lost, gained]
    button(bone, "Bone").click()


def alone(model):
    """Return a place, (y, x), for each kind with a cell that has a voxel to itself."""
    alive = {kind: model.cells[kind].living for kind in KINDS if kind in model.cells}
    alive["osteocyte"] = alive["osteocyte"][alive["osteocyte"]["stage"] < 2]
    places = {kind: np.stack([rows["y"], rows["x"]], 1) for kind, rows in alive.items()}
    found = {}
    for kind, mine in places.items():
        others = np.concatenate([rows for name, rows in places.items() if name != kind])
        away = [np.hypot(*(others - place).T).min() for place in mine]
        if away and max(away) > 0.9:
            found[kind] = mine[int(np.argmax(away))]
    return found


def pointed(page, y, x):
    """Point at a voxel; return where that is on the page."""
    box = page.locator(".panes canvas").bounding_box()
    at = [box["x"] + (x + 0.5) / 48 * box["width"], box["y"] + (y + 0.5) / 48 * box["height"]]
    page.mouse.move(*at)
    return at


def told(page, kind):
    """Wait until the tip names a kind of cell; return its name."""
    label = LABELS.get(kind, palette.look(kind)[0])
    page.locator(".tip b").filter(has_text=re.compile(f"^{re.escape(label)}$")).wait_for()
    return label


def asked(page, kind, y, x):
    """Point at a cell and click it; hold what is said against what it is."""
    at = pointed(page, y, x)
    label = told(page, kind)
    page.mouse.click(*at)
    last = label.split(", ")[-1].split()[-1]  # the panel says it in a sentence
    page.locator(".why h2").filter(has_text=last).wait_for()
    why = page.locator(".why")
    why.get_by_text(f"voxel {x}, {y}, 0").wait_for()
    text = why.inner_text()
    assert "It has been one for" in text and "What reaches it" in text, kind
    fates = page.locator(".why .fate")
    assert fates.count() >= 1, kind
    assert "hazard" in fates.first.inner_text()


def run_until(page, day):
    page.get_by_label("Run until").select_option("type")
    page.get_by_label("Stop on day").fill(f"{day:.0f}")
    page.get_by_label("Stop on day").press("Enter")
    rest(page, day)


def test_what_comes_under_a_resting_pointer_is_named(bone):
    start_over(bone, seed=17)
    model = Model(Scenario.load("menopause", **SMALL | {"seed": 17}))
    while model.day < 1 or "t_cell" not in alone(model):
        model.step()
    pointed(bone, *alone(model)["t_cell"])
    run_until(bone, model.day)
    told(bone, "t_cell")


def test_every_kind_of_cell_tells_what_it_is_and_may_do(bone):
    start_over(bone, seed=17)
    bone.locator(".legend").get_by_role("button", name=re.compile("^adipocyte")).click()
    model = Model(Scenario.load("menopause", **SMALL | {"seed": 17}))
    unasked = set(model.cells)
    while unasked:
        assert not model.is_over, unasked
        model.step()
        found = {kind: at for kind, at in alone(model).items() if kind in unasked}
        if model.day < 1 or not found:
            continue
        run_until(bone, model.day)
        for kind, place in found.items():
            asked(bone, kind, *place)
        unasked -= set(found)


def test_every_chart_explains_itself_in_a_line(bone):
    button(bone, "A month on").click()
    rest(bone, 10)
    tab(bone, "Charts")
    charts = bone.locator(".tab-charts .chart")
    assert charts.count() >= 15
    for one in charts.all():
        assert len(one.locator(".told").inner_text()) > 15
    symbols = bone.locator(".tab-charts").inner_text()
    for name in ("CTX", "P1NP", "Ac.f", "T-score", "RANKL", "B.Ar/T.Ar"):
        assert name in symbols
