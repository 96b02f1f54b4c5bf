"""Figures of the judgement: every judged row on one scale, and the course of menopause."""

from collections.abc import Mapping

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from remodel_abm.figures import palette
from remodel_abm.judgement.arms import LATE, YEAR, Arm, trial
from remodel_abm.judgement.nulls import null_arms
from remodel_abm.judgement.scoreboard import MET, MISSED
from remodel_abm.judgement.targets import targets
from remodel_abm.judgement.wellmixed import well_mixed

WIDEST = 44  # characters of a label
FURTHEST = 6.0  # standard errors; what lies beyond is drawn at the edge with an arrow
_KINDS = {"fitted": palette.BLUE, "held out": palette.VERMILION, "check": palette.GREY}
_PANELS = (
    ("bmd", "lumbar aBMD (%)", True),
    ("ctx", "CTX (%)", False),
    ("p1np", "P1NP (%)", False),
    ("ac_f", "Ac.f (%)", False),
)
_COURSE_ROWS = {
    "bmd": ("lumbar_dxa_change",),
    "ctx": ("resorption_marker_change",),
    "p1np": ("formation_marker_change",),
    "ac_f": ("activation_fold",),
}


def draw_all(table: pd.DataFrame, arms: Mapping[str, Arm], small: bool) -> dict[str, Figure]:
    """Return the figures of a scoreboard, by name."""
    with mpl.rc_context(palette.STYLE):
        found = {"standing": standing(table, small)}
        if "menopause" in arms:
            found["menopause"] = menopause(arms["menopause"], small)
            mixed = well_mixed(trial("menopause", small))
            found["space"] = space(arms["menopause"], mixed, small)
    return found


def standing(table: pd.DataFrame, small: bool) -> Figure:
    """Draw each judged row: how many standard errors off model and null models are."""
    rows = table[table["verdict"].isin([MET, MISSED]) & np.isfinite(table["z"])]
    rows = pd.concat([rows[rows["kind"] == kind] for kind in _KINDS]).reset_index(drop=True)
    drawn = palette.figure(palette.PAGE, 1.2 + 0.21 * max(len(rows), 4))
    axes = drawn.add_subplot()
    axes.axvspan(-2.0, 2.0, color=palette.PALE, alpha=0.6, lw=0)
    axes.axvline(0.0, color=palette.GREY, lw=0.7)
    for place, row in rows.iterrows():
        _row(axes, place, row)
    axes.set_yticks(range(len(rows)), [_label(row) for row in rows.itertuples()])
    for tick, kind in zip(axes.get_yticklabels(), rows["kind"], strict=True):
        tick.set_color(_KINDS[kind])
    axes.tick_params(axis="y", length=0, labelsize=7)
    axes.set(xlim=(-FURTHEST - 0.5, FURTHEST + 0.5), ylim=(len(rows) - 0.4, -0.6))
    axes.set_xlabel("z: prediction less measurement, in standard errors")
    _legend(drawn)
    title = "Model and null models beside what was measured"
    _title(drawn, title + (" (small version)" if small else ""))
    return drawn


def _label(row) -> str:
    """Return what a row is called in the figure, short enough to leave room for it."""
    name = row.quantity if len(row.quantity) <= WIDEST else row.quantity[: WIDEST - 1] + "\u2026"
    return f"{name}  {row.id}"


def _title(drawn: Figure, text: str) -> None:
    drawn.suptitle(text, x=0.01, ha="left", fontsize=9)


def _row(axes, place: int, row) -> None:
    target = targets()[row["id"]]
    ends = [target.z(row[name]) for name in ("predicted_low", "predicted_high")]
    colour = _KINDS[row["kind"]]
    if np.isfinite(ends).all():
        axes.plot(np.clip(ends, -FURTHEST, FURTHEST), [place, place], color=colour, lw=1.2)
    _mark(axes, row["z"], place, "o", colour, row["verdict"] == MET, 5.0)
    for name, marker in (("unchanged", "|"), ("equations", "x")):
        if np.isfinite(row[name]):
            _mark(axes, target.z(row[name]), place, marker, palette.BLACK, True, 4.0)


def _mark(axes, z: float, place: int, marker: str, colour: str, full: bool, size: float) -> None:
    beyond = abs(z) > FURTHEST
    if beyond and marker == "o":
        marker = ">" if z > 0 else "<"
    axes.plot(
        np.clip(z, -FURTHEST, FURTHEST), place, marker=marker, color=colour, ms=size, mew=1.0,
        mfc=colour if full else "white", ls="", clip_on=False,
    )  # fmt: skip


def _legend(drawn: Figure) -> None:
    entries = [
        mpl.lines.Line2D([], [], color=colour, marker="o", ms=5, lw=1.2, label=f"model, {kind}")
        for kind, colour in _KINDS.items()
    ]
    for label, marker, face in (
        ("not met", "o", "white"), ("nothing changes", "|", None), ("two equations", "x", None),
    ):  # fmt: skip
        entries.append(
            mpl.lines.Line2D([], [], color=palette.BLACK, marker=marker, mfc=face, ms=5, ls="",
                             label=label)
        )  # fmt: skip
    entries.append(mpl.patches.Patch(color=palette.PALE, label="accepted"))
    drawn.legend(handles=entries, loc="outside lower center", ncols=4)


def menopause(arm: Arm, small: bool) -> Figure:
    """Draw the course of menopause: model with its spread, two equations, measurements."""
    drawn = palette.figure(palette.PAGE, 4.6)
    equations = null_arms()["menopause"]
    weight = arm.values["density.trabecular_weight"]
    for number, (name, label, dxa) in enumerate(_PANELS):
        axes = drawn.add_subplot(2, 2, number + 1)
        scale = weight if dxa else 1.0
        pooled = _spread(axes, arm, name, scale)
        # Equations have no luck to average out, so they follow each cycle that fails.
        course = scale * _relative(equations, name).rolling(26, center=True, min_periods=1).mean()
        inside = course.loc[arm.span[0] : arm.span[1]]
        axes.plot(inside.index, inside.iloc[:, 0], color=palette.BLACK, ls="--", lw=1.0)
        _measured(axes, name, arm, pooled)
        axes.axvline(0.0, color=palette.GREY, lw=0.7)
        axes.set(xlabel="years from the final period", ylabel=label, xlim=arm.span)
        palette.letter(axes, number)
    drawn.legend(handles=_entries(), loc="outside lower center", ncols=5)
    _title(drawn, "Natural menopause" + (" (small version: a first look)" if small else ""))
    return drawn


def _entries() -> list:
    lines, patches = mpl.lines.Line2D, mpl.patches.Patch
    return [
        lines([], [], color=palette.BLUE, label="model, pooled"),
        patches(color=palette.SKY, alpha=0.35, label="nine tenths of runs"),
        lines([], [], color=palette.BLACK, ls="--", lw=1.0, label="two equations"),
        lines(
            [], [], color=palette.GREEN, marker="s", ms=4, lw=1.0, label="measured, may be fitted"
        ),
        lines([], [], color=palette.VERMILION, marker="s", ms=4, lw=1.0, label="held out"),
    ]


def _relative(arm: Arm, name: str) -> pd.DataFrame:
    """Return each run's course as change from its own start, by years from the event. [%]"""
    table = arm.courses[name].dropna(how="all")
    start = table.loc[-YEAR / 2.0 : 60.0].mean()
    found = 100.0 * (table / start.where(start != 0) - 1.0)
    found.index = _years(found.index, arm, name)
    return found


def _years(days, arm: Arm, name: str):
    """Return years from the event of what readings of some days tell of. [yr]"""
    return (days - arm.event) / YEAR - LATE.get(name, 0.0)


def _spread(axes, arm: Arm, name: str, scale: float) -> pd.Series:
    """Draw the pooled course, which is returned, and nine tenths of runs, over half years."""
    table = arm.courses[name].dropna(how="all")
    every = max(1.0, float(np.median(np.diff(table.index))))
    width = max(1, round(182.0 / every))
    runs = scale * _relative(arm, name).rolling(width, center=True, min_periods=1).mean()
    pooled = (table * arm.weights).sum(axis=1, min_count=1) / arm.weights.sum()
    pooled = pooled.rolling(width, center=True, min_periods=1).mean()
    start = pooled.loc[-YEAR / 2.0 : 60.0].mean()
    runs = runs.loc[arm.span[0] : arm.span[1]]
    course = scale * 100.0 * (pooled.loc[0.0:] / start - 1.0)
    course.index = _years(course.index, arm, name)
    low, high = runs.quantile(0.05, axis=1), runs.quantile(0.95, axis=1)
    axes.fill_between(runs.index, low, high, color=palette.SKY, alpha=0.35, lw=0)
    axes.plot(course.index, course, color=palette.BLUE)
    spread = np.nanpercentile(runs.to_numpy(), [2, 98])
    axes.set_ylim(min(spread[0], -1.0) * 1.3, max(spread[1], 1.0) * 1.3)
    return course


def _measured(axes, name: str, arm: Arm, pooled: pd.Series) -> None:
    """Draw what was measured with its acceptance; a loss begins on the model's own course."""
    bottom, top = axes.get_ylim()
    for row in targets().values():
        if row.arm != "menopause" or row.observable not in _COURSE_ROWS[name] or row.withheld:
            continue
        start, stop = row.window
        if stop > arm.span[1] + 0.1 or start < arm.span[0] - 0.1:
            continue
        numbers = np.array([row.middle, *row.band])
        middle, low, high = 100.0 * (numbers - 1.0) if name == "ac_f" else numbers
        colour = palette.VERMILION if row.role == "HOLD" else palette.GREEN
        if name == "bmd":
            base = float(np.interp(start, pooled.index, pooled))
            at, middle, low, high = stop, base + middle, base + low, base + high
            axes.plot([start, stop], [base, middle], color=colour, lw=0.6, ls=":")
        else:
            at = (start + stop) / 2.0
        axes.errorbar(at, middle, [[middle - low], [high - middle]], fmt="s", ms=4, color=colour,
                      capsize=2, lw=1.0)  # fmt: skip
        bottom, top = min(bottom, low * 1.05), max(top, high * 1.05)
    axes.set_ylim(bottom, top)


def space(agents: Arm, mixed: Arm, small: bool) -> Figure:
    """Draw what space adds: agents, the well-mixed limit of their rules, and two equations."""
    drawn = palette.figure(palette.PAGE, 4.6)
    models = (
        ("agents in space", agents, palette.BLUE, "-"),
        ("the same rules, well mixed", mixed, palette.VERMILION, "-"),
        ("two equations", null_arms()["menopause"], palette.BLACK, "--"),
    )
    panels = (
        ("trabecular BMD (%)", lambda arm: _relative(_pooled(arm, "bmd"), "bmd")[0]),
        ("formed per resorbed (%)", _refilled),
        ("ES/BS (%)", lambda arm: _by_year(arm, "es_bs")),
        ("Ac.f (1/yr)", lambda arm: _by_year(arm, "ac_f")),
    )
    for number, (label, read) in enumerate(panels):
        axes = drawn.add_subplot(2, 2, number + 1)
        for name, arm, colour, line in models:
            course = read(arm)
            if course is not None:
                inside = course.loc[agents.span[0] : agents.span[1]]
                axes.plot(inside.index, inside, color=colour, ls=line, label=name)
        axes.axvline(0.0, color=palette.GREY, lw=0.7)
        axes.set(xlabel="years from the final period", ylabel=label, xlim=agents.span)
        palette.letter(axes, number)
    drawn.legend(*drawn.axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    _title(drawn, "What space adds" + (" (small version: a first look)" if small else ""))
    return drawn


def _pooled(arm: Arm, name: str) -> Arm:
    """Return an arm of one run: the pooled course of a quantity."""
    table = arm.courses[name].dropna(how="all")
    course = (table * arm.weights).sum(axis=1, min_count=1) / arm.weights.sum()
    return Arm(arm.name, arm.event, arm.steady, {name: course.to_frame(0)}, calm=arm.calm)


def _by_year(arm: Arm, name: str) -> pd.Series | None:
    """Return the pooled course of a quantity, half years smoothed, by years from the event."""
    if name not in arm.courses:
        return None
    course = _pooled(arm, name).courses[name][0]
    every = max(1.0, float(np.median(np.diff(course.index))))
    course = course.rolling(max(1, round(182.0 / every)), center=True, min_periods=1).mean()
    course.index = _years(course.index, arm, name)
    return course


def _refilled(arm: Arm) -> pd.Series:
    """Return matrix formed as a part of matrix resorbed, both over a year. [%]"""
    formed, resorbed = (
        _pooled(arm, name).courses[name][0].rolling(52, center=True, min_periods=26).sum()
        for name in ("p1np", "brs_r")
    )
    course = 100.0 * formed / resorbed.where(resorbed > 0)
    course.index = (course.index - arm.event) / YEAR
    return course
