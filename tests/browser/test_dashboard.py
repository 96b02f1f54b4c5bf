"""The dashboard as a reader uses it: every control is touched, and what it shows is read back."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import numpy as np
import pytest
import tifffile

from remodel_abm import Scenario
from remodel_abm.model import Model
from tests.browser.conftest import FLAT

ROOT = Path(__file__).parents[2]
PATIENCE = 300_000  # ms; a fresh machine compiles every kernel at the first step
SMALL = {"bone": {"shape": (1, 48, 48)}, "settling": 20, "years": 3.0, "seed": 5}


@pytest.fixture(scope="module")
def browser(launch):
    found = launch(FLAT)
    yield found
    found.close()


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("home")
    (folder / "small.toml").write_text(Scenario.load("menopause", **SMALL).to_toml())
    return folder


@pytest.fixture(scope="module")
def address(home):
    """Start the command and return where its page is."""
    with socket.create_server(("localhost", 0)) as free:
        port = free.getsockname()[1]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "SOLARA_KERNEL_CULL_TIMEOUT": "2s"}
    command = [sys.executable, "-m", "remodel_abm", "dashboard", "small.toml", "--no-browser",
               "--port", str(port)]  # fmt: skip
    with subprocess.Popen(
        command, cwd=home, env=environment, start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    ) as server:  # fmt: skip
        url = f"http://localhost:{port}/"
        for _ in range(600):
            assert server.poll() is None, server.stdout.read()
            try:
                urllib.request.urlopen(url, timeout=5).close()
                break
            except OSError:
                time.sleep(0.1)
        yield url
        os.killpg(server.pid, signal.SIGKILL)


@pytest.fixture
def bone(watched, address):
    """Return the page once the bone is drawn."""
    return opened(watched, address)


def opened(page, address):
    page.set_default_timeout(30_000)
    page.goto(address)
    page.wait_for_function("window.boneFrames > 0", timeout=PATIENCE)
    page.wait_for_function("document.querySelector('[data-day]')")
    return page


def day(page):
    return float(page.locator("[data-day]").get_attribute("data-day"))


def rest(page, at=None):
    """Wait until the clock stands, on a certain day if one is given."""
    page.wait_for_function(
        """at => { const c = document.querySelector('[data-day]').dataset;
        return c.moving === 'false' && (at === null || Math.abs(c.day - at) < 0.5); }""",
        arg=at,
        timeout=PATIENCE,
    )


def tab(page, name):
    page.get_by_role("tab", name=name).click()


def reading(page, name, arm="A"):
    return page.wait_for_function(
        """([name, arm]) => document.querySelector(
        `.side .now [data-name="${name}"][data-arm="${arm}"]`)?.dataset.value""",
        arg=[name, arm],
    ).json_value()


def button(page, name):
    return page.get_by_role("button", name=name, exact=True)


def taken(page, label):
    """Return the file that a button hands over."""
    tab(page, "Take away")
    with page.expect_download() as waiting:
        button(page, label).click()
    return Path(waiting.value.path())


def seek(page, to):
    page.get_by_role("slider", name="Day").evaluate(
        """(slider, to) => { slider.value = to; slider.dispatchEvent(new Event('input'));
        slider.dispatchEvent(new Event('change')); }""",
        to,
    )
    rest(page, to)


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
    bone.wait_for_function("document.querySelector('[data-day]').dataset.day > 25")
    began = time.monotonic()
    button(bone, "Pause").click()
    rest(bone)
    assert time.monotonic() - began < 5
    assert 25 < day(bone) < 345


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


# Pixels of a canvas that are clearly vermilion or blue.
COLOURED = """canvas => { const d = canvas.getContext('2d').getImageData(
  0, 0, canvas.width, canvas.height).data; let n = 0;
  for (let i = 0; i < d.length; i += 4) if (Math.abs(d[i] - d[i + 2]) > 90) n++; return n; }"""


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
    story.get_by_label("dose").fill("2")
    story.get_by_label("dose").press("Enter")
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


# Panels, and what stands in their files.
SVG = {
    "bone": "data:image/png", "view": "osteoclast", "estrogen": "estradiol", "chart:bv_tv": "<path",
    "tab:switches": "M11", "tab:score": "T01",
}  # fmt: skip


def test_files_are_taken_away(bone):
    button(bone, "A month on").click()
    rest(bone, 10)
    table = taken(bone, "Table, CSV").read_text().splitlines()
    assert table[0].startswith("day,")
    assert len(table) == 31
    assert taken(bone, "PNG").read_bytes().startswith(b"\x89PNG")
    for panel, holds in SVG.items():
        tab(bone, "Take away")
        bone.get_by_label("Panel to take away").select_option(panel)
        assert holds in taken(bone, "SVG").read_text()
    for panel in ("chart:turnover", "tab:why"):
        bone.get_by_label("Panel to take away").select_option(panel)
        assert taken(bone, "PNG").read_bytes().startswith(b"\x89PNG")
    assert taken(bone, "Film, GIF").read_bytes().startswith(b"GIF8")
    replay = taken(bone, "Replay file").read_bytes()
    assert b"<html" in replay[:200]
    assert len(replay) < 10_000_000


def test_a_bone_is_uploaded_looked_at_and_run(bone, home):
    grey = np.random.default_rng(1).normal(60, 8, (1, 64, 64))
    grey[:, 20:34, :] += 120
    image = home / "scan.tif"
    tifffile.imwrite(image, grey.astype(np.uint16))
    tab(bone, "Your bone")
    chooser = bone.get_by_label("Image of a bone")
    (home / "bad.tif").write_bytes(b"not an image")
    chooser.set_input_files(home / "bad.tif")
    bone.locator(".specimen .bad").wait_for()
    chooser.set_input_files(image)
    bone.wait_for_function(
        "document.querySelector('.specimen [role=status]').textContent.includes('voxel')"
    )
    bone.get_by_label("Voxel of the image").evaluate(
        "b => b.closest('[hidden]')?.removeAttribute('hidden')"
    )
    bone.get_by_label("Voxel of the image").fill("10")
    bone.locator("[data-bvtv]").wait_for()
    share = float(bone.locator("[data-bvtv]").get_attribute("data-bvtv"))
    assert share == pytest.approx(14 / 64, abs=0.01)
    bone.get_by_label("Voxel of the model").fill("10")
    button(bone, "Run on this bone").click()
    bone.wait_for_function("document.querySelector('.specimen').textContent.includes('kept in')")
    assert (home / "bones" / "scan" / "bone.toml").is_file()
    button(bone, "A week on").click()
    rest(bone, -13)


def test_missions_score_and_help_are_there(bone):
    tab(bone, "Missions")
    bone.locator(".mission").nth(1).click()
    bone.locator(".choice").first.click()
    assert "evidence says" in bone.locator(".lessons").inner_text()
    button(bone, "Next").click()
    button(bone, "Next").click()
    bone.locator(".lessons").get_by_role("button", name="Start").click()
    bone.wait_for_function("document.querySelectorAll('.panes canvas').length === 2")
    tab(bone, "Score")
    assert "Scoreboard" in bone.locator(".tab-score").inner_text()
    tab(bone, "Help")
    assert "medical advice" in bone.locator(".reading").inner_text()
    tab(bone, "Charts")
    button(bone, "Light or dark").click()
    assert bone.evaluate("document.documentElement.dataset.theme") == "dark"


def test_two_tabs_are_two_experiments(browser, address):
    with browser.new_context() as first, browser.new_context() as second:
        one, other = (opened(context.new_page(), address) for context in (first, second))
        button(one, "A week on").click()
        rest(one, -13)
        assert day(other) == -20
        button(other, "A day on").click()
        rest(other, -19)
        assert day(one) == -13


def test_every_control_has_a_name_for_a_screen_reader(bone):
    nameless = bone.evaluate(
        """() => [...document.querySelectorAll('button, input, select, [role=img], [role=slider]')]
        .filter((e) => !(e.getAttribute('aria-label') || e.textContent.trim() || e.title
          || e.closest('label')?.textContent.trim())).map((e) => e.outerHTML.slice(0, 120))"""
    )
    assert nameless == []
    assert json.loads(bone.evaluate("JSON.stringify(document.title)")) == "Living bone"
