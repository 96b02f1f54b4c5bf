"""How smooth the dashboard is: frames a second and processor share while a section is lived.

    python benchmarks/dashboard.py [side of the section in voxels]

Starts the command, plays in headless Chromium without a GPU, and counts canvases drawn.
"""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from playwright.sync_api import sync_playwright

from remodel_abm import Scenario

SECONDS = 10.0
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def processor_time(pid: int) -> float:
    """Return what a process has used. [s]"""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def served(folder: Path, side: int):
    """Start the dashboard and return its process and address."""
    scenario = Scenario.load("menopause", bone={"shape": (1, side, side)}, settling=100)
    (folder / "bench.toml").write_text(scenario.to_toml())
    with socket.create_server(("localhost", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "remodel_abm", "dashboard", "bench.toml", "--no-browser"]
    server = subprocess.Popen(
        [*command, "--port", str(port)], cwd=folder, start_new_session=True,
        stdout=subprocess.DEVNULL, env=os.environ | {"PYTHONPATH": str(Path.cwd())},
    )  # fmt: skip
    address = f"http://localhost:{port}/"
    while True:
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return server, address
        except OSError:
            time.sleep(0.2)


def measure(page, pid: int) -> dict[str, float]:
    """Play for some seconds and count."""
    page.get_by_role("button", name="Play", exact=True).click()
    page.wait_for_function("document.querySelector('[data-day]').dataset.day > -70", timeout=300000)
    state = "[boneFrames, Number(document.querySelector('[data-day]').dataset.day)]"
    before, used, began = page.evaluate(state), processor_time(pid), time.perf_counter()
    page.wait_for_timeout(1000 * SECONDS)
    after, spent = page.evaluate(state), time.perf_counter() - began
    used = processor_time(pid) - used
    asked = time.perf_counter()
    page.get_by_role("button", name="Pause", exact=True).click()
    page.wait_for_function("document.querySelector('[data-day]').dataset.moving === 'false'")
    return {
        "frames/s": (after[0] - before[0]) / spent, "days/s": (after[1] - before[1]) / spent,
        "server processor, %": 100 * used / spent, "pause, s": time.perf_counter() - asked,
    }  # fmt: skip


def main() -> None:
    """Print what was measured."""
    side = int(sys.argv[1]) if len(sys.argv) > 1 else 256
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server, address = served(Path(folder), side)
        try:
            browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
            page = browser.new_page(viewport={"width": 1280, "height": 720})
            page.goto(address)
            page.wait_for_function("window.boneFrames > 0", timeout=120000)
            children = subprocess.run(
                ["pgrep", "-P", str(server.pid)], capture_output=True, text=True, check=True
            )
            for name, value in measure(page, int(children.stdout.split()[0])).items():
                print(f"{name:>20} {value:8.2f}")
        finally:
            os.killpg(server.pid, signal.SIGTERM)


if __name__ == "__main__":
    main()
