"""How smooth the dashboard is: frames a second and processor share while bone is lived.

    python benchmarks/dashboard.py                     # a section of 256 x 256 voxels
    python benchmarks/dashboard.py --volume            # a volume of 96 a side, turned all the while
    python benchmarks/dashboard.py --side 128

Starts the command, plays in headless Chromium without a GPU, and counts canvases drawn.
"""

import argparse
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
FLAGS = ["--no-sandbox", "--disable-background-networking"]
FLAT = ["--disable-gpu"]
SOLID = ["--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
FRAMES = {
    False: "window.boneFrames ?? 0",
    True: "Number(document.querySelector('.solid canvas')?.dataset.drawn ?? 0)",
}
# Moves are made in the page, some sixty a second, so that the driver does not pace the frames.
TURN = """() => {
    const canvas = document.querySelector('.solid canvas'), box = canvas.getBoundingClientRect();
    const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
    canvas.setPointerCapture = () => {};
    const say = (kind, dx, dy) => canvas.dispatchEvent(new PointerEvent(kind,
        { pointerId: 1, clientX: x + dx, clientY: y + dy, bubbles: true }));
    say('pointerdown', 0, 0);
    let i = 0;
    setInterval(() => { i++; say('pointermove', 80 * ((i % 60) / 30 - 1), i % 40 - 20); }, 16);
}"""


def processor_time(pid: int) -> float:
    """Return what a process has used. [s]"""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def served(folder: Path, side: int, solid: bool):
    """Start the dashboard and return its process and address."""
    bone = {"shape": (1, side, side)}
    if solid:
        bone = {"source": "volume", "voxel": 20.0, "shape": (side, side, side)}
    scenario = Scenario.load("menopause", bone=bone, settling=100)
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


def measure(page, pid: int, solid: bool) -> dict[str, float]:
    """Play for some seconds, turning a volume, and count."""
    page.get_by_role("button", name="Play", exact=True).click()
    page.wait_for_function("document.querySelector('[data-day]').dataset.day > -70", timeout=300000)
    if solid:
        page.evaluate(TURN)
    state = f"[{FRAMES[solid]}, Number(document.querySelector('[data-day]').dataset.day)]"
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
    parser = argparse.ArgumentParser(description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--volume", action="store_true", help="a volume instead of a section")
    parser.add_argument("--side", type=int, help="in voxels; 256, of a volume 96")
    chosen = parser.parse_args()
    side = chosen.side or (96 if chosen.volume else 256)
    flags = FLAGS + (SOLID if chosen.volume else FLAT)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server, address = served(Path(folder), side, chosen.volume)
        try:
            browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=flags)
            page = browser.new_page(viewport={"width": 1280, "height": 720})
            page.goto(address)
            page.wait_for_function(f"({FRAMES[chosen.volume]}) > 0", timeout=120000)
            children = subprocess.run(
                ["pgrep", "-P", str(server.pid)], capture_output=True, text=True, check=True
            )
            for name, value in measure(
                page, int(children.stdout.split()[0]), chosen.volume
            ).items():
                print(f"{name:>20} {value:8.2f}")
        finally:
            os.killpg(server.pid, signal.SIGTERM)


if __name__ == "__main__":
    main()
