"""The panels of the dashboard: files, a bone of one's own, missions, and who can reach them."""

import json
from pathlib import Path

import numpy as np
import pytest
import tifffile

from tests.browser.desk import PATIENCE, button, day, opened, rest, tab, taken


@pytest.fixture(scope="module")
def browser(flat_browser):
    return flat_browser


REAL = Path(__file__).parents[3] / "shared" / "data" / "micro-ct" / "lhdl_3155_D_4_bc_200.tif"

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


@pytest.mark.skipif(not REAL.is_file(), reason="needs the real micro-CT images beside the project")
def test_a_real_bone_is_thresholded_cut_and_run(bone):
    def share():
        return float(bone.locator("[data-bvtv]").get_attribute("data-bvtv"))

    def changes(before):
        bone.wait_for_function(
            "old => Number(document.querySelector('[data-bvtv]').dataset.bvtv) !== old", arg=before
        )

    tab(bone, "Your bone")
    bone.get_by_label("Image of a bone").set_input_files(REAL)
    bone.locator("[data-bvtv]").wait_for()
    whole = share()
    assert whole == pytest.approx(0.186, abs=0.002)
    threshold = bone.get_by_label("Threshold")
    threshold.focus()
    threshold.press("PageUp")
    changes(whole)
    assert share() < whole
    higher = share()
    bone.get_by_label("Edge of the piece").fill("0.6")
    bone.get_by_label("Voxel of the image").fill("19.5")
    changes(higher)
    button(bone, "Run on this bone").click()
    told = "document.querySelector('.specimen').textContent.includes('kept in')"
    bone.wait_for_function(told, timeout=PATIENCE)
    button(bone, "A day on").click()
    rest(bone, -19)


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
