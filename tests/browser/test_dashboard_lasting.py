"""The dashboard lasts: crashes are told and outlived, closed tabs let go, no network is needed."""

import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
import urllib.request

import pytest

from remodel_abm.commands.dashboard import environment, free_port
from tests.browser.desk import COMMAND, ROOT, answering, button, day, opened, rest, served, tab

# The page of the command, with a model that fails while a file lies there, and its threads noted.
STRIKE = """
import threading, time
from pathlib import Path
from remodel_abm.dashboard import arm
from remodel_abm.dashboard.page import Layout, Page

def note():
    while True:
        Path("threads").write_text(" ".join(one.name for one in threading.enumerate()))
        time.sleep(0.1)

if not hasattr(arm.Arm, "lives"):
    arm.Arm.lives = arm.Arm.live
    def live(self):
        if Path("strike").exists():
            raise RuntimeError("osteoclasts on strike")
        self.lives()
    arm.Arm.live = live
    threading.Thread(target=note, daemon=True).start()
"""


@pytest.fixture(scope="module")
def browser(flat_browser):
    return flat_browser


@pytest.fixture(scope="module")
def strikers(home):
    (home / "strikers.py").write_text(STRIKE)
    settings = environment("small.toml") | {"PYTHONPATH": f"{ROOT}:{home}"}
    settings["SOLARA_KERNEL_CULL_TIMEOUT"] = "2s"
    command = ("-m", "solara", "run", "strikers.py", "--production", "--no-open", "--port")
    with served(home, command, **settings) as url:
        yield url


def test_a_crash_of_the_model_is_told_and_the_page_goes_on(watched, strikers, home):
    page = opened(watched, strikers)
    button(page, "A week on").click()
    rest(page, -13)
    (home / "strike").touch()
    button(page, "A day on").click()
    said = page.locator('.say[data-level="error"]')
    said.filter(has_text="osteoclasts on strike").wait_for()
    (home / "strike").unlink()
    button(page, "Close the message").click()
    rest(page)
    before = day(page)
    button(page, "A week on").click()
    rest(page, before + 7)


def test_a_closed_tab_leaves_no_thread_behind(browser, strikers, home):
    def threads():
        return [name for name in (home / "threads").read_text().split() if name in ("bone", "post")]

    def wait(wanted):
        for _ in range(300):
            if sorted(threads()) == wanted:
                return True
            time.sleep(0.1)
        return False

    with browser.new_context() as context:
        page = opened(context.new_page(), strikers)
        button(page, "Play").click()
        assert wait(["bone", "post"]), threads()
    assert wait([]), threads()


CLOSED = """
    import fcntl, json, socket, struct, sys
    lo = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    fcntl.ioctl(lo, 0x8914, struct.pack("16sh14x", b"lo", 0x1 | 0x40))  # loopback up, nothing else
    from playwright.sync_api import sync_playwright
    from tests.browser.conftest import FLAGS, FLAT, chromium
    from tests.browser.desk import button, day, opened, rest, served
    outside, seen, options = [], [], {"executable_path": chromium(), "args": FLAGS + FLAT}
    with served(sys.argv[1]) as url, sync_playwright() as playwright:
        page = playwright.chromium.launch(**options).new_page()
        page.on("request", lambda one: (outside, seen)["localhost" in one.url].append(one.url))
        page.on("requestfailed", lambda one: outside.append(one.url))
        opened(page, url)
        button(page, "A week on").click()
        rest(page, -13)
        print(json.dumps({"day": day(page), "requests": len(seen), "outside": outside}))
"""


def test_a_command_that_is_told_to_end_takes_its_server_with_it(home):
    port = free_port("localhost", None)
    url = f"http://localhost:{port}/"
    with subprocess.Popen(
        [sys.executable, *COMMAND, str(port)], cwd=home, stdout=subprocess.PIPE, text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    ) as command:  # fmt: skip
        answering(command, url)
        command.terminate()
        assert command.wait(30) == 128 + signal.SIGTERM
    with pytest.raises(OSError):
        urllib.request.urlopen(url, timeout=5)


@pytest.mark.skipif(
    not shutil.which("unshare")
    or subprocess.run(["unshare", "-n", "true"], check=False, capture_output=True).returncode,
    reason="this machine lets nobody close the network for one process",
)
def test_with_the_network_closed_it_lives_and_asks_for_nothing(home, launch):
    del launch  # only so that the browser is installed while there is a network
    found = subprocess.run(
        ["unshare", "-n", sys.executable, "-c", textwrap.dedent(CLOSED), str(home)],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=600,
    )  # fmt: skip
    assert found.returncode == 0, found.stderr[-2000:]
    told = json.loads(found.stdout.splitlines()[-1])
    assert told["day"] == -13
    assert told["outside"] == []
    assert told["requests"] > 5


def test_every_control_is_reached_with_the_tab_key(watched, address):
    page = opened(watched, address)
    reached = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.add(page.evaluate(
            """() => { const e = document.activeElement; return e.getAttribute('aria-label')
            || e.textContent.trim().replace(/\\s*\\d+$/, '') || e.tagName; }"""
        ))  # fmt: skip
    wanted = {"Scenario", "Set up", "Reset", "Light or dark", "Signal laid over the marrow", "Play",
              "Brush", "A day on", "Run until", "Speed", "Day", "Branch here", "Story"}  # fmt: skip
    assert wanted <= reached, wanted - reached
    page.get_by_role("tab", name="Story").focus()
    page.keyboard.press("ArrowDown")
    assert page.get_by_role("tab", name="Why?").get_attribute("aria-selected") == "true"


# What takes long or hands over a file is tried by tests of its own.
LEFT_OUT = {
    "Take a biopsy",
    "Film, GIF",
    "Replay file",
    "Scenario file",
    "Table, CSV",
    "PNG",
    "SVG",
}


def test_every_button_of_every_panel_can_be_pressed(watched, address):
    page = opened(watched, address)
    button(page, "A week on").click()
    rest(page, -13)
    pressed = set()
    for name in page.get_by_role("tab").all_inner_texts():
        tab(page, name)
        for one in page.locator(".sides button:visible:enabled").all()[:12]:
            text = one.get_attribute("aria-label") or one.inner_text() if one.is_visible() else ""
            if text and text not in LEFT_OUT and one.is_enabled():
                one.click()
                pressed.add(text)
    assert len(pressed) >= 5
    page.get_by_label("Run until").select_option("type")
    page.get_by_label("Stop on day").fill("-9")
    page.get_by_label("Stop on day").press("Enter")
    rest(page, -9)
