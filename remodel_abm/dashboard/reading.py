"""Reading: help for a first-year student, from a plain file beside this one."""

from importlib.resources import files

from markdown_it import MarkdownIt

from remodel_abm.dashboard.panel import Panel, script


class Reading(Panel):
    """A text of the page."""

    _esm = script("reading")

    def __init__(self, name: str, **traits):
        text = files("remodel_abm.dashboard").joinpath(f"{name}.md").read_text(encoding="utf-8")
        super().__init__(
            spec={"html": MarkdownIt("commonmark").enable("table").render(text)}, **traits
        )
