"""The dashboard as a reader uses it: time, arms, changes, why, slide, and the numbers read back."""

import re

import pytest

from remodel_abm import Scenario
from remodel_abm.model import Model
from tests.browser.desk import (
    COLOURED,
    PATIENCE,
    SMALL,
    button,
    day,
    reading,
    rest,
    seek,
    tab,
    taken,
)


@pytest.fixture(scope="module")
def browser(flat_browser):
    return flat_browser


def test_time_goes_forward_by_every_button_and_the_numbers_are_the_models(bone):
    button(bone, "A day on").click()
    rest(bone, -19)
    button(bone, "A week on").click()
    rest(bone, -12)
    button(bone, "A month on").click()
    rest(bone, 18)
    scenario = Scenario.load("menopause", **SMALL)
    model = Model(scenario)
    while model.day < 18:
        model.step()
    expected = model.record.latest("bv_tv")
    assert float(reading(bone, "bv_tv")) == pytest.approx(expected, rel=1e-5)
    bone.get_by_label("Run until").select_option("day:365.25")
    rest(bone, 365)


def test_going_back_and_branching_without_a_change_gives_the_same_day(bone):
    button(bone, "A month on").click()
    rest(bone, 10)
    seek(bone, -4)
    button(bone, "Branch here").click()
    bone.wait_for_function("document.querySelectorAll('.panes canvas').length === 2")
    button(bone, "A week on").click()
    rest(bone, 3)
    assert reading(bone, "bv_tv", "A") == reading(bone, "bv_tv", "B")
    button(bone, "Difference to A").click()
    colours = bone.locator(".panes canvas").nth(1).evaluate(COLOURED)
    assert colours == 0, "equal arms have no difference"
    button(bone, "Close arm B").click()
    bone.wait_for_function("document.querySelectorAll('.panes canvas').length === 1")


def test_estrogen_mechanisms_and_values_make_arms_that_their_files_reproduce(bone):
    button(bone, "A week on").click()
    rest(bone, -13)
    tab(bone, "Switches")
    bone.locator('.switch[data-id="M11"] input').uncheck()
    bone.locator(".tab-switches").get_by_role("button", name="Branch", exact=True).click()
    bone.wait_for_function("document.querySelectorAll('.panes canvas').length === 2")
    tab(bone, "Values")
    bone.get_by_label("Search parameters").fill("osteoclast.apoptosis")
    bone.get_by_label("osteoclast.apoptosis_rate", exact=True).fill("0.1")
    side = bone.locator(".tab-values")
    side.get_by_label("Arm to change").select_option("1")
    bone.get_by_label("osteoclast.apoptosis_rate", exact=True).fill("0.1")
    side.get_by_role("button", name="Change", exact=True).click()
    tab(bone, "Story")
    story = bone.locator(".tab-story")
    story.get_by_label("Arm to change").select_option("1")
    story.get_by_label("Ovaries removed").check()
    story.get_by_label("Hormone therapy").check()
    story.get_by_label("dose", exact=True).fill("2")
    story.get_by_label("dose", exact=True).press("Enter")
    story.get_by_role("button", name="Change", exact=True).click()
    button(bone, "A month on").click()
    rest(bone, 17)
    tab(bone, "Take away")
    bone.get_by_label("Arm to take away").select_option("1")
    path = taken(bone, "Scenario file")
    toml = path.with_suffix(".toml")
    toml.write_bytes(path.read_bytes())
    scenario = Scenario.load(toml)
    assert scenario.change[0].day == -13
    assert scenario.change[0].off == ("M11",)
    settings = {name: dict(given) for one in scenario.change for name, given in one.schedule}
    assert settings["hormone_therapy"]["dose"] == 2.0
    assert "oophorectomy" in settings
    model = Model(scenario)
    while model.day < 17:
        model.step()
    tab(bone, "Charts")
    assert float(reading(bone, "n_ob", "B")) == model.record.latest("n_ob")
    got = float(reading(bone, "bv_tv", "B"))
    assert got == pytest.approx(model.record.latest("bv_tv"), rel=1e-6)


def test_the_curve_of_estrogen_is_dragged(bone):
    handle = bone.locator('.handle[data-key="period"]')
    handle.wait_for()
    before = bone.get_by_label("at age").first.input_value()
    box = next(filter(None, (handle.bounding_box() for _ in range(100))))  # drawn anew at times
    bone.mouse.move(box["x"] + 6, box["y"] + 6)
    bone.mouse.down()
    bone.mouse.move(box["x"] - 60, box["y"] + 6, steps=4)
    bone.mouse.up()
    assert float(bone.get_by_label("at age").first.input_value()) < float(before)
    bone.locator(".tab-story").get_by_role("button", name="Change", exact=True).click()
    bone.wait_for_function(
        "document.querySelector('.estrogen .apply').textContent.includes('Drag')"
    )


def test_a_click_on_the_tissue_tells_why_and_layers_can_be_hidden(bone):
    button(bone, "A week on").click()
    rest(bone, -13)
    canvas = bone.locator(".panes canvas")
    canvas.focus()
    canvas.press("ArrowRight")
    canvas.press("Enter")
    bone.locator(".why dl").first.wait_for()
    assert "RANKL" in bone.locator(".why").inner_text()
    canvas.hover()
    bone.locator(".tip").wait_for()
    bone.get_by_label("Signal laid over").select_option("sclerostin")
    bone.get_by_label("Signal laid over").select_option("")
    bone.wait_for_function("document.querySelector('.colour-bar').hidden")
    before = canvas.evaluate(COLOURED)
    for name in ("lining cell", "stem cell", "T cell", "osteoclast precursor"):
        bone.locator(".legend").get_by_role("button", name=re.compile(f"^{name}")).click()
    assert canvas.evaluate(COLOURED) < before


def test_the_brush_takes_bone_out_and_its_file_does_the_same(bone):
    button(bone, "A week on").click()
    rest(bone, -13)
    bone.get_by_label("Brush", exact=True).select_option("marrow")
    bone.get_by_label("Width of the brush").fill("100")
    box = bone.locator(".panes canvas").bounding_box()
    bone.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 0.5 * box["height"])
    bone.mouse.down()
    bone.mouse.move(box["x"] + 0.7 * box["width"], box["y"] + 0.5 * box["height"], steps=8)
    bone.mouse.up()
    rest(bone, -12)
    tab(bone, "Story")
    left = float(reading(bone, "bv_tv"))
    path = taken(bone, "Scenario file")
    toml = path.with_suffix(".toml")
    toml.write_bytes(path.read_bytes())
    scenario = Scenario.load(toml)
    assert len(scenario.change[0].brush) >= 3
    model = Model(scenario)
    while model.day < -12:
        model.step()
    assert left == pytest.approx(model.record.latest("bv_tv"), rel=1e-6)
    plain = Model(Scenario.load("menopause", **SMALL))
    while plain.day < -12:
        plain.step()
    assert left < plain.record.latest("bv_tv")


def test_a_biopsy_is_taken_and_counted(bone):
    button(bone, "A month on").click()
    rest(bone, 10)
    tab(bone, "Slide")
    button(bone, "Take a biopsy").click()
    bone.locator("img.slide:not([hidden])").wait_for(timeout=PATIENCE)
    assert bone.locator(".tab-slide tbody tr").count() >= 5
    assert day(bone) == 10


def test_set_up_starts_over_with_seed_bone_and_twins(bone):
    bone.locator(".setup > summary").click()
    bone.get_by_label("Seed", exact=True).fill("42")
    bone.get_by_label("Days to settle in").fill("10")
    button(bone, "Start over").click()
    bone.wait_for_function("document.querySelector('[data-seed]').dataset.seed === '42'")
    rest(bone, -10)
    bone.locator(".setup > summary").click()
    bone.get_by_label("Scenario of the second arm").select_option("surgical-menopause")
    button(bone, "Start twins").click()
    bone.wait_for_function("document.querySelectorAll('.panes canvas').length === 2")
    bone.locator(".panes figcaption").nth(1).filter(has_text="Surgical").wait_for()
    bone.get_by_label("Speed").select_option("3")
    button(bone, "Reset").click()
    bone.wait_for_function("document.querySelectorAll('.panes canvas').length === 1")


def test_bad_values_are_refused_with_a_sentence(bone):
    bone.locator(".setup > summary").click()
    bone.get_by_label("Years", exact=True).evaluate("box => { box.value = 500; box.max = 900; }")
    bone.get_by_label("Years", exact=True).dispatch_event("input")
    button(bone, "Start over").click()
    said = bone.locator('.say[data-level="error"]')
    said.wait_for()
    assert "years" in said.inner_text()
