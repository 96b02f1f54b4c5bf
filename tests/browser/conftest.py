"""Chromium for the tests that look at a page as a reader does: offline, and no error unseen."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from remodel_abm import Scenario
from tests.browser.desk import SMALL, opened, served

sys.path.insert(0, str(Path(__file__).parents[1] / "results"))  # for `drawn_results`

FLAGS = [
    "--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
SOLID = ["--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
FLAT = ["--disable-gpu"]  # much quicker where nothing is 3-D
NAMES = ("chromium", "chromium-browser", "google-chrome")


def chromium() -> str | None:
    """Return the path of the browser, installed if need be and allowed; None without one."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found or not shutil.which("apt-get") or os.geteuid() != 0:
        return found
    for command in (["update"], ["install", "-y", "--no-install-recommends", "chromium"]):
        subprocess.run(["apt-get", "-qq", *command], check=False, capture_output=True)
    return shutil.which("chromium")


@pytest.fixture(scope="session")
def launch():
    """Return a function that starts Debian's browser with some flags."""
    path = chromium()
    if path is None:
        pytest.fail(
            "the tests of pages need the browser chromium: install it (apt-get install chromium)"
        )
    with sync_playwright() as playwright:
        yield lambda flags: playwright.chromium.launch(executable_path=path, args=FLAGS + flags)


@pytest.fixture(scope="session")
def browser(launch):
    """Return the browser with 3-D drawn by the processor."""
    found = launch(SOLID)
    yield found
    found.close()


@pytest.fixture
def page(browser):
    """Return an empty page in a session of its own."""
    with browser.new_context(viewport={"width": 1280, "height": 720}) as context:
        yield context.new_page()


@pytest.fixture
def watched(page):
    """Return a page whose errors, and requests that leave this machine, fail the test."""
    faults = []
    page.on("pageerror", lambda error: faults.append(f"error: {error}"))
    page.on(
        "console",
        lambda said: faults.append(f"console: {said.text}") if said.type == "error" else 0,
    )

    def leaves(request):
        local = ("file:", "data:", "blob:", "about:", "http://localhost", "http://127.0.0.1")
        if not request.url.startswith((*local, "ws://localhost", "ws://127.0.0.1")):
            faults.append(f"request: {request.url}")

    page.on("request", leaves)
    yield page
    assert not faults


@pytest.fixture(scope="session")
def flat_browser(launch):
    """Return the browser without 3-D, which is much quicker."""
    found = launch(FLAT)
    yield found
    found.close()


@pytest.fixture(scope="session")
def home(tmp_path_factory):
    """Return the folder in which the dashboard is started."""
    folder = tmp_path_factory.mktemp("home")
    (folder / "small.toml").write_text(Scenario.load("menopause", **SMALL).to_toml())
    return folder


@pytest.fixture(scope="session")
def address(home):
    """Start the command and return where its page is."""
    with served(home) as url:
        yield url


@pytest.fixture
def bone(watched, address):
    """Return the page once the bone is drawn."""
    return opened(watched, address)
