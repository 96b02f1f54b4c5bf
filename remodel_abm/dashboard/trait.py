"""Traits: a column of a cell in words, from the line that documents it."""

import re


def trait(doc: str, value: float, unit: str) -> tuple[str, float | str, str]:
    """Return name, value and unit of a column as a reader takes them.

    Examples
    --------
    >>> trait("0 at rest, 1 calling, 2 empty lacuna", 1, "1")
    ('state', 'calling', '')
    >>> trait("1 while activated", 0, "1")
    ('activated', 'no', '')
    >>> trait("number of nuclei", 7, "1")
    ('number of nuclei', 7.0, '')
    """
    states = dict(re.findall(r"(\d+) ([^,;]+)", doc)) if doc.startswith("0 ") else {}
    if states:
        return "state", states.get(str(int(value)), str(value)), ""
    if found := re.fullmatch(r"1 (?:if|once|while) (.+)", doc):
        return found[1], "yes" if value else "no", ""
    return doc, float(value), "" if unit == "1" else unit
