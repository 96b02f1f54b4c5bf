"""The scoreboard as one HTML page that needs no network."""

import base64
import io
import math
from collections.abc import Mapping
from html import escape
from typing import NamedTuple

import matplotlib as mpl
import pandas as pd
from matplotlib.figure import Figure

from remodel_abm.ensemble import losses
from remodel_abm.figures import palette
from remodel_abm.judgement import books, breaks
from remodel_abm.judgement.scoreboard import KINDS, MET, MISSED

NOTHING = 1e-9  # what is smaller is rounding
_HEADINGS = {
    "fitted": ("May be fitted", "CAL rows: the calibration may see these, stage by stage."),
    "held out": ("Held out", "HOLD rows: never fitted, never looked at while tuning."),
    "check": ("Checks", "CHK rows: plausibility, neither fitted nor counted."),
}
_STYLE = """
body{font:15px/1.45 system-ui,sans-serif;color:#1c1c1c;margin:2rem auto;max-width:1280px;
padding:0 1rem;background:#fff}
h1{font-size:1.5rem;margin:0 0 .2rem}h2{font-size:1.1rem;margin:2rem 0 .3rem}
p{margin:.3rem 0;max-width:75ch}.quiet{color:#5c5c5c}
.cards{display:flex;flex-wrap:wrap;gap:.8rem;margin:1rem 0}
.card{border:1px solid #d9d9d9;border-radius:6px;padding:.6rem .9rem;min-width:9rem}
.card b{display:block;font-size:1.5rem;font-variant-numeric:tabular-nums}
.scroll{overflow-x:auto}table{border-collapse:collapse;font-size:13px;width:100%}
th{text-align:left;border-bottom:2px solid #1c1c1c;padding:.3rem .45rem;vertical-align:bottom}
td{border-bottom:1px solid #e6e6e6;padding:.3rem .45rem;vertical-align:top}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
td:nth-child(2){min-width:15rem}td.id{white-space:nowrap;font-family:ui-monospace,monospace;font-size:12px}
.v{border-radius:3px;padding:0 .35rem;white-space:nowrap;background:#eee}
.met{background:#0072b2;color:#fff}.not-met{background:#d55e00;color:#fff}
td:last-child{max-width:11rem;overflow-wrap:anywhere}td:last-child>small{display:inline-block;min-width:7rem}img,svg{max-width:100%;height:auto}small{color:#5c5c5c}
@media print{body{margin:0;max-width:none}.scroll{overflow:visible}}
"""


class Lived(NamedTuple):
    """What is told of the trials beside the targets; tables without rows are left out."""

    tissue: pd.DataFrame  # what each arm rests on, as `campaign.tissue` gives it
    identities: pd.DataFrame  # as `books.books` gives them
    broken: pd.DataFrame  # as `breaks.breaks` gives it


def page(
    table: pd.DataFrame,
    counts: Mapping,
    lived: Lived,
    figures: Mapping[str, Figure],
    title: str,
    about: list[str],
) -> str:
    """Return the page.

    Parameters
    ----------
    table, counts
        As `scoreboard.score` and `scoreboard.summary` give them.
    lived
        What was lived.
    figures
        Drawn figures by name, with the sentence under each as its key in `_CAPTIONS`.
    title, about
        Heading, and sentences below it.
    """
    parts = [f"<h1>{escape(title)}</h1>", *(f"<p class=quiet>{escape(one)}</p>" for one in about)]
    parts.append(_cards(counts))
    parts += [_picture(figures[name], _CAPTIONS.get(name, "")) for name in figures]
    parts += [_section(table, kind) for kind in KINDS.values()]
    parts += [_identities(lived.identities)] if len(lived.identities) else []
    parts += [_broken(lived.broken)] if len(lived.broken) else []
    parts.append(_tissue(lived.tissue))
    body = "\n".join(parts)
    return (
        "<!doctype html>\n<html lang=en><head><meta charset=utf-8>"
        '<meta name=viewport content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>\n{body}\n"
        "</body></html>\n"
    )


_CAPTIONS = {
    "standing": "Every judged row on one scale. A filled circle is accepted, an open one is not; a "
    "line is what a bootstrap over runs leaves open; arrows lie beyond the scale.",
    "menopause": "The course of natural menopause. Squares are measurements with what is accepted, "
    "at the end (density) or the middle (rest) of their window.",
    "space": "The same values with space and without it: the agents, the well-mixed limit of their "
    "rules, and two equations after Lemaire 2004.",
}


def _cards(counts: Mapping) -> str:
    held, judged = counts["held_out_met"], counts["held_out_judged"]
    z = counts["mean_z"]
    cards = (
        (f"{held} of {judged}", "held-out targets met"),
        (
            f"{counts['untreated_met']} of {counts['untreated_judged']}",
            "of those without therapy",
        ),
        (f"{counts['held_out_met_equations']} of {judged}", "by two equations"),
        (f"{counts['held_out_met_unchanged']} of {judged}", "if nothing changed"),
        (f"{counts['sign_right']} of {counts['sign_known']}", "held-out directions right"),
        (f"{z:.1f}" if z == z else "-", "mean |z| of held-out targets"),
        (f"{counts['fitted_met']} of {counts['fitted_judged']}", "met of those that may be fitted"),
    )
    inner = "".join(f"<div class=card><b>{escape(a)}</b>{escape(b)}</div>" for a, b in cards)
    return f"<div class=cards>{inner}</div>"


def _section(table: pd.DataFrame, kind: str) -> str:
    """Return the rows of one kind: those that are judged first, then those that are not."""
    rows = table[table["kind"] == kind]
    judged = rows["verdict"].isin([MET, MISSED])
    shown = rows[judged | rows["predicted"].notna()]
    rest = rows.drop(shown.index)
    heading, about = _HEADINGS[kind]
    met = int((rows["verdict"] == MET).sum())
    return (
        f"<h2>{heading}: {met} met of {int(judged.sum())} judged</h2>"
        f"<p class=quiet>{about}</p>{_table(shown)}"
        f"<details><summary>{len(rest)} rows that nothing predicts yet</summary>{_table(rest)}"
        "</details>"
    )


def _table(rows: pd.DataFrame) -> str:
    heads = (
        "<th>row<th>quantity<th class=n>predicted<th class=n>measured<th class=n>accepted"
        "<th class=n>z<th>verdict<th class=n>nothing changes<th class=n>two equations<th>source"
    )
    return _grid(heads, "".join(_line(row) for row in rows.itertuples()))


def _line(row) -> str:
    band = _pair(row.predicted_low, row.predicted_high)
    predicted = _number(row.predicted) + (f"<br><small>{band}</small>" if band else "")
    note = f"<br><small>{escape(row.note)}</small>" if row.note else ""
    mark = row.verdict.replace(" ", "-")
    nulls = (
        _null(row.unchanged, row.unchanged_verdict),
        _null(row.equations, row.equations_verdict),
    )
    stage = f"<br><small>stage {row.stage}</small>" if not pd.isna(row.stage) else ""
    known = f"<br><small>evidence {row.evidence}</small>" if row.evidence else ""
    return (
        f"<tr><td class=id>{escape(row.id)}{stage}"
        f"<td>{escape(row.quantity)} ({escape(row.unit)})<br>"
        f"<small>{escape(row.population)}; {escape(row.time)}</small>{note}"
        f"<td class=n>{predicted}<td class=n>{_number(row.measured)}"
        f"<td class=n>{_pair(row.low, row.high)}<td class=n>{_number(row.z)}"
        f'<td><span class="v {mark}">{escape(row.verdict)}</span>'
        f"<td class=n>{nulls[0]}<td class=n>{nulls[1]}"
        f"<td><small>{escape(row.source)}</small>{known}"
    )


def _null(value: float, verdict: str) -> str:
    if not verdict or (verdict == MISSED and math.isnan(value)):
        return "-" if verdict else ""
    return f"{_number(value)}<br><small>{verdict}</small>"


def _number(value: float) -> str:
    if value is None or math.isnan(value):
        return ""
    value = 0.0 if abs(value) < NOTHING else value
    return "\u2212" * (value < 0) + f"{abs(value):.3g}" if math.isfinite(value) else "\u221e"


def _pair(low: float, high: float) -> str:
    if math.isnan(low) or math.isnan(high):
        return ""
    if math.isinf(low):
        return f"below {_number(high)}"
    return f"above {_number(low)}" if math.isinf(high) else f"{_number(low)} to {_number(high)}"


def _identities(identities: pd.DataFrame) -> str:
    """Return what histomorphometry says bone must do, beside what it did."""
    heads = (
        "<th>identity<th>quantity<th>trial<th class=n>from sites<th class=n>from tissue"
        "<th class=n>residual (%)<th>verdict"
    )
    lines = "".join(
        f"<tr><td class=id>{row.identity}<td>{escape(row.what)} ({escape(row.unit)})"
        f"<td>{escape(row.arm)}, {escape(row.when)}<td class=n>{_number(row.predicted)}"
        f"<td class=n>{_number(row.observed)}<td class=n>{_number(row.residual)}<br>"
        f"<small>{_pair(row.residual_low, row.residual_high)}</small>"
        f'<td><span class="v {_mark(row.verdict)}">{row.verdict}</span>'
        for row in identities.itertuples()
    )
    return (
        f"<h2>Whether the books balance: {escape(books.told(identities))}</h2><p class=quiet>What "
        "frequency, depths and times of remodeling sites say, beside what was read off the tissue."
        f"</p>{_grid(heads, lines)}"
    )


def _mark(verdict: str) -> str:
    return "met" if verdict == books.HOLDS else "not-met"


def _broken(broken: pd.DataFrame) -> str:
    """Return how bone was lost, and what of the breaks held bone again."""
    heads = (
        "<th>trial<th>way<th class=n>lost (mm\u00b3)<th class=n>of all loss (%)"
        "<th class=n>breaks<th class=n>lasting<th class=n>of these, bone again (%)"
        "<th class=n>wide<th class=n>of these, bone again (%)"
    )
    lines = "".join(
        f"<tr><td>{escape(row.arm)}<td>{row.way}<td class=n>{_number(row.lost)}"
        f"<td class=n>{_number(row.share)}<td class=n>{_count(row.breaks)}"
        f"<td class=n>{_count(row.lasting)}<td class=n>{_number(row.rebuilt)}"
        f"<td class=n>{_count(row.wide)}<td class=n>{_number(row.wide_rebuilt)}"
        for row in broken.itertuples()
    )
    sentence = breaks.told(broken)
    told = f"{escape(sentence[:1].upper() + sentence[1:])}. " if sentence else ""
    return (
        f"<h2>What broke</h2><p class=quiet>{told}A break is lasting if it is open in the first "
        "picture a year or more later, when the unit that made it is at rest; wide, if no bone is "
        f"within {losses.PINHOLE:.0f} \u00b5m of it then. On therapy: what was lasting when "
        "hormone therapy began, and holds bone when it ends.</p>"
        f"{_grid(heads, lines)}"
    )


def _count(number) -> str:
    return "" if pd.isna(number) else f"{number}"


def _tissue(tissue: pd.DataFrame) -> str:
    heads = "<th>arm" + "".join(
        f"<th class=n>{one}"
        for one in ("runs", "seeds", "architectures", "bone surface (mm\u00b2)", "core hours",
                    "failed audits")
    )  # fmt: skip
    lines = "".join(
        f"<tr><td>{escape(row.arm)}<td class=n>{row.runs}<td class=n>{row.seeds}"
        f"<td class=n>{row.architectures}<td class=n>{row.bone_surface:.0f}"
        f"<td class=n>{row.hours:.2f}<td class=n>{row.failed_audits}"
        for row in tissue.itertuples()
    )
    return f"<h2>What it rests on</h2>{_grid(heads, lines)}"


def _grid(heads: str, lines: str) -> str:
    """Return a table that scrolls sideways where the window is narrow."""
    return (
        f"<div class=scroll><table><thead><tr>{heads}</thead><tbody>{lines}</tbody></table></div>"
    )


def _picture(drawn: Figure, caption: str) -> str:
    content = io.BytesIO()
    with mpl.rc_context(palette.STYLE):
        drawn.savefig(content, format="png", dpi=150, metadata={"Software": None})
    data = base64.b64encode(content.getvalue()).decode()
    return (
        f'<figure style="margin:1rem 0"><img alt="{escape(caption)}" '
        f'src="data:image/png;base64,{data}"><figcaption><small>{escape(caption)}</small>'
        "</figcaption></figure>"
    )
