"""Works: what the keys of ``sources.bib`` stand for, short enough for a line of the page."""

import re
import unicodedata
from functools import cache
from importlib.resources import files

_ENTRY = re.compile(r"@\w+\{(\w+),(.*?)\n\}", re.DOTALL)
_ACCENT = re.compile(r"\\([\"'`^~])\{?(\w)\}?")
_MARKS = {'"': "\u0308", "'": "\u0301", "`": "\u0300", "^": "\u0302", "~": "\u0303"}
_FIELD = re.compile(r"(\w+) = \{(.*?)\},\n", re.DOTALL)


@cache
def works() -> dict[str, dict[str, str]]:
    """Return author and year, title and doi of every work, by key."""
    text = files("remodel_abm").joinpath("sources.bib").read_text(encoding="utf-8")
    found = {}
    for key, body in _ENTRY.findall(text):
        given = {name: " ".join(value.split()) for name, value in _FIELD.findall(body + "\n")}
        author = given.get("author", key).split(" and ")
        name = author[0].split(",")[0] + (" et al." if len(author) > 1 else "")
        found[key] = {
            "short": _plain(f"{name} {given.get('year', '')}"),
            "title": _plain(given.get("title", "")),
            "doi": given.get("doi", ""),
        }
    return found


def _plain(text: str) -> str:
    """Return a text without TeX: accents as letters, no braces."""
    text = _ACCENT.sub(lambda found: found[2] + _MARKS[found[1]], text)
    return unicodedata.normalize("NFC", text).replace("{", "").replace("}", "")
