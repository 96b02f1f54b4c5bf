"""The scoreboard on disk: tables, one page, figures."""

from pathlib import Path
from typing import NamedTuple

import matplotlib as mpl
import pandas as pd

from remodel_abm import __version__
from remodel_abm.figures import palette
from remodel_abm.judgement import books, breaks, campaign, drawing, page, scoreboard
from remodel_abm.judgement.arms import arms_from
from remodel_abm.results.files import explained, read_json, write_json, write_text
from remodel_abm.results.tables import write_table

MARK = "scoreboard.json"
SMALL = "small version: small volumes, few seeds; its numbers are for a first look"


class Board(NamedTuple):
    """A judged campaign."""

    table: pd.DataFrame
    counts: dict
    last_line: str
    warnings: list[str]
    books: str
    breaks: str


def judge(ensembles: list, folder: Path, small: bool) -> Board:
    """Judge ensembles and write what came of it.

    Parameters
    ----------
    ensembles
        As `campaign.run` or `campaign.read` return them.
    folder
        Gets ``scoreboard.html``, ``.csv``, ``.parquet`` and ``.json``, ``figures/``, ``breaks.csv``
        and ``.parquet``, and those of ``identities`` if the arms they need were lived.
    small
        Whether the small version was run.

    Raises
    ------
    InputError
        If the folder cannot be written to.
    """
    arms = arms_from(ensembles, small)
    table = scoreboard.score(arms)
    counts, tissue = scoreboard.summary(table), campaign.tissue(ensembles)
    identities, broken = books.books(ensembles, arms), breaks.breaks(ensembles)
    figures = drawing.draw_all(table, arms, small)
    warnings = _warnings(tissue, ensembles, small)
    line = scoreboard.last_line(counts)
    title = "Scoreboard of remodel_abm" + (" (small version)" if small else "")
    about = [line, f"Version {__version__}. A model for research and teaching: no medical advice."]
    with explained(folder):
        (folder / "figures").mkdir(parents=True, exist_ok=True)
    write_table(folder / "scoreboard", table, scoreboard.COLUMNS)
    if len(identities):
        write_table(folder / "identities", identities, books.COLUMNS)
    write_table(folder / "breaks", broken, breaks.COLUMNS)
    lived = page.Lived(tissue, identities, broken)
    content = page.page(table, counts, lived, figures, title, about + warnings)
    write_text(folder / "scoreboard.html", content)
    write_json(folder / MARK, {"small": small, "version": __version__, **counts})
    for name, drawn in figures.items():
        with mpl.rc_context(palette.STYLE):
            palette.save(drawn, folder / "figures" / name)
    return Board(table, counts, line, warnings, books.told(identities), breaks.told(broken))


def was_small(folder: Path) -> bool:
    """Tell whether the campaign in a folder was of the small version."""
    return (folder / MARK).exists() and bool(read_json(folder / MARK).get("small"))


def _warnings(tissue: pd.DataFrame, ensembles: list, small: bool) -> list[str]:
    """Return what a reader must know before believing a number (K13, K14)."""
    found = [f"This is the {SMALL}."] if small else []
    thin = tissue[tissue["bone_surface"] < campaign.LEAST_SURFACE]
    if len(thin):
        least = thin["bone_surface"].min()
        found.append(
            f"{len(thin)} of {len(tissue)} arms have less than {campaign.LEAST_SURFACE:.0f} mm2 of "
            f"bone surface (the least {least:.1f} mm2): their numbers are noisy (K13)."
        )
    if any(one.is_section for one in ensembles):
        found.append("Sections are cartoons: only volumes count (K14).")
    if tissue["failed_audits"].sum():
        found.append(f"{tissue['failed_audits'].sum()} runs failed their own audit.")
    return found
