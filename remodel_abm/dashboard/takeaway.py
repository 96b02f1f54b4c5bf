"""Take away: pictures, tables, film, scenario and replay of what is on screen."""

import io
import tempfile
from pathlib import Path

from remodel_abm.dashboard.panel import Panel, script
from remodel_abm.dashboard.story import results_of
from remodel_abm.declare import InputError


def toml(arm) -> bytes:
    """Return the scenario that runs headless to what the arm lived."""
    return arm.scenario.to_toml().encode()


def csv(arm) -> bytes:
    """Return the readings up to the furthest day, a row a day."""
    days, table, columns = arm.record()
    text = io.StringIO()
    text.write(",".join(["day", *columns]) + "\n")
    for row, day in zip(table, days, strict=True):
        values = ("" if value != value else repr(float(value)) for value in row[1:])
        text.write(",".join([f"{day:g}", *values]) + "\n")
    return text.getvalue().encode()


def gif(arm) -> bytes:
    """Return the film of the arm up to today."""
    from remodel_abm.figures import animation  # a second of imports

    with tempfile.TemporaryDirectory() as folder:
        path = animation.draw(results_of(arm), Path(folder) / "bone.gif")
        if path is None:
            msg = "there is nothing to film yet; live some months first"
            raise InputError(msg)
        return path.read_bytes()


def replay(arm) -> bytes:
    """Return the arm up to today as one HTML file."""
    from remodel_abm.replay import page

    return page(results_of(arm)).encode()


MADE = {
    "scenario": (toml, "toml", "text/plain"),
    "csv": (csv, "csv", "text/csv"),
    "gif": (gif, "gif", "image/gif"),
    "replay": (replay, "html", "text/html"),
}


class Takeaway(Panel):
    """Buttons that hand files to the browser."""

    hears = ("status",)
    _esm = script("panel_file", "takeaway")

    def __init__(self, tabs: dict[str, str], **traits):
        super().__init__(spec={"tabs": tabs}, **traits)

    def asked(self, content, buffers, hub):
        """Make a file of an arm on the thread of the session, and hand it over."""
        make, ending, kind = MADE[content["make"]]

        def work(session):
            arm = session.arms[min(content["arm"], len(session.arms) - 1)]
            try:
                body = make(arm)
            finally:
                self.send({"kind": "made"})
            name = f"{arm.scenario.name}-seed{arm.scenario.seed}-{arm.name}.{ending}"
            self.send({"kind": "file", "name": name, "type": kind}, [body])

        hub.session.tell("call", work=work)
