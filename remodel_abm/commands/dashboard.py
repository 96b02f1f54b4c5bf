"""`dashboard`: open the page on which bone is watched, changed and tried again."""

import os
import signal
import socket
import subprocess
import sys
from importlib.resources import files
from importlib.util import find_spec
from typing import Annotated

import typer

from remodel_abm.declare import InputError

NEEDED = ("solara", "anywidget", "ipyvuetify")
MISSING = (
    'the dashboard needs some packages more; get them with: pip install "remodel-abm[dashboard]"'
)


def dashboard(
    scenario: Annotated[
        str, typer.Argument(help="What to begin with: a bundled name or a TOML file.")
    ] = "menopause",
    port: Annotated[
        int | None,
        typer.Option(min=1, max=65535, help="Port; without it 8765, or the next that is free."),
    ] = None,
    host: Annotated[
        str, typer.Option(help="Address to listen on; others can open the page if it is not local.")
    ] = "localhost",
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Print the address instead of opening it.")
    ] = False,
):
    """Open the dashboard: watch a bone erode, understand why, and try again.

    Everything is served from this machine; nothing is fetched and nothing is sent.

    Example:

      remodel-abm dashboard

      remodel-abm dashboard my-scenario.toml --port 8765
    """
    if not all(find_spec(name) for name in NEEDED):
        raise InputError(MISSING)
    from remodel_abm.scenario import Scenario

    Scenario.load(scenario)  # refused here, not on a page that stays empty
    chosen = free_port(host, port)
    print(f"Living bone: http://{host}:{chosen}   (Ctrl-C ends it)", flush=True)
    arguments = ["run", "remodel_abm.dashboard.page", "--port", str(chosen), "--host", host,
                 "--production", "--no-open" if no_browser else "--open"]  # fmt: skip
    command = [sys.executable, "-m", "solara", *arguments]
    # Told to end, it takes the server with it: left alone, that would keep the port.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    try:
        raise typer.Exit(subprocess.run(command, env=environment(scenario), check=False).returncode)
    except KeyboardInterrupt:
        return


def environment(scenario: str) -> dict[str, str]:
    """Return what keeps the server to itself: no telemetry, no banner, every asset from here."""
    assets = files("remodel_abm.dashboard") / "assets"
    return os.environ | {
        "REMODEL_ABM_DASHBOARD": scenario,
        "SOLARA_TELEMETRY_MIXPANEL_ENABLE": "False",
        "SOLARA_THEME_SHOW_BANNER": "False",
        "SOLARA_ASSETS_PROXY_CACHE_DIR": str(assets),
        "SOLARA_ASSETS_FONTAWESOME_ENABLED": "False",
        # A file that is missing here must not be looked for elsewhere.
        "SOLARA_ASSETS_CDN": "http://127.0.0.1:9/",
        "SOLARA_KERNEL_CULL_TIMEOUT": os.environ.get("SOLARA_KERNEL_CULL_TIMEOUT", "60s"),
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    }


def free_port(host: str, asked: int | None) -> int:
    """Return the port asked for, or the first free one from 8765 on.

    Raises
    ------
    InputError
        If it is taken, or the address is not one of this machine.
    """
    for port in [asked] if asked else range(8765, 8865):
        try:
            with socket.create_server((host, port)):
                return port
        except OSError as error:
            problem = error
    msg = f"nothing can be served on {host}, port {asked or '8765 to 8864'} ({problem.strerror})"
    raise InputError(msg)
