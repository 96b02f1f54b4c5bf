"""The dashboard's page in the hands of a test: open it, find its controls, read its numbers."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
PATIENCE = 300_000  # ms; a fresh machine compiles every kernel at the first step
SMALL = {"bone": {"shape": (1, 48, 48)}, "settling": 20, "years": 3.0, "seed": 5}
COMMAND = ("-m", "remodel_abm", "dashboard", "small.toml", "--no-browser", "--port")


@contextmanager
def served(folder, command=COMMAND, **environment):
    """Start a command that serves the page on a port that it is given last; yield its address."""
    with socket.create_server(("localhost", 0)) as free:
        port = free.getsockname()[1]
    settings = {"PYTHONPATH": str(ROOT), "SOLARA_KERNEL_CULL_TIMEOUT": "2s"} | environment
    with subprocess.Popen(
        [sys.executable, *command, str(port)], cwd=folder, env=os.environ | settings,
        start_new_session=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    ) as server:  # fmt: skip
        try:
            yield answering(server, f"http://localhost:{port}/")
        finally:
            os.killpg(server.pid, signal.SIGKILL)


def answering(server, url):
    """Wait until a page is there."""
    for _ in range(1200):
        assert server.poll() is None, server.stdout.read()
        try:
            urllib.request.urlopen(url, timeout=5).close()
        except OSError:
            time.sleep(0.1)
        else:
            return url
    msg = f"{url} does not answer"
    raise TimeoutError(msg)


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
    """Return a value that a chart shows, once the charts have come to the day of the clock."""
    return page.wait_for_function(
        """([name, arm]) => { const day = document.querySelector('[data-day]')?.dataset.day;
        const shown = [...document.querySelectorAll(
        `.side .now [data-name="${name}"][data-arm="${arm}"]`)].find(
          (one) => one.closest('.chart').dataset.today === day);
        return shown?.dataset.value; }""",
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


# Pixels of a canvas that are clearly vermilion or blue.
COLOURED = """canvas => { const d = canvas.getContext('2d').getImageData(
  0, 0, canvas.width, canvas.height).data; let n = 0;
  for (let i = 0; i < d.length; i += 4) if (Math.abs(d[i] - d[i + 2]) > 90) n++; return n; }"""
