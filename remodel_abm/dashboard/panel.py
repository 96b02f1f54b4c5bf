"""A panel: a widget that hears what the session shows, and passes on what the reader wishes."""

import threading
from importlib.resources import files
from queue import SimpleQueue
from typing import ClassVar

import anywidget
import traitlets


def script(*names: str) -> str:
    """Return the script of a panel: what all share, then its own."""
    folder = files("remodel_abm.dashboard")
    parts = [folder / f"{name}.js" for name in ("dom", *names)]
    return "\n".join(part.read_text(encoding="utf-8") for part in parts)


class Panel(anywidget.AnyWidget):
    """A part of the page. Subclass with `hears` and a script.

    Attributes
    ----------
    hears
        Kinds of news that it takes, see `Hub`.
    spec
        What it needs to know once, in plain values.
    """

    hears: ClassVar[tuple[str, ...]] = ()
    _esm = "export default { render() {} }"
    spec = traitlets.Dict().tag(sync=True)

    def asked(self, content: dict, buffers: list, hub) -> None:
        """Answer what only this panel can be asked."""


class Hub:
    """Carries news from a session to the panels that hear them, and wishes back.

    News are sent by a thread of their own, so that no arm waits for a socket.

    Parameters
    ----------
    panels : list of Panel
    """

    def __init__(self, panels: list[Panel]):
        self.panels = panels
        self.session = self.solid = None
        self.news: dict[str, tuple[dict, list]] = {}
        self._post: SimpleQueue = SimpleQueue()
        threading.Thread(target=self._deliver, name="post", daemon=True).start()
        for panel in panels:
            panel.on_msg(self._hear)

    def show(self, kind: str, content: dict, buffers: list) -> None:
        """Give news to all panels that hear this kind, and keep them for who comes late."""
        self.news[kind] = content, buffers
        self._post.put((kind, content, buffers))

    def close(self) -> None:
        """Carry no more."""
        self._post.put(None)
        self.session.close()

    def _deliver(self):
        while (news := self._post.get()) is not None:
            kind, content, buffers = news
            for panel in self.panels:
                if kind in panel.hears:
                    panel.send({"kind": kind, **content}, buffers)

    def _hear(self, panel, content, buffers):
        if content.get("ready"):
            for kind in panel.hears:
                if kind in self.news:
                    news, body = self.news[kind]
                    panel.send({"kind": kind, **news}, body)
        elif content.get("seen"):
            self.session.seen(whole=content.get("whole", False))
        elif "wish" in content:
            self.session.tell(content.pop("wish"), **content)
        else:
            panel.asked(content, buffers, self)
