"""Virtual histology: a run's bone as a biopsy on a slide, and measured as on a slide.

Like the figures it looks at `Results` and at nothing that lives. What a technician counts on the
slide stands beside what the model knows, so that the error of measuring can be seen.
"""

from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd

from remodel_abm.declare import InputError
from remodel_abm.figures import palette
from remodel_abm.histology.label import LONGEST, Labels, label_days
from remodel_abm.histology.sheet import page
from remodel_abm.histology.slide import Slide
from remodel_abm.histology.technician import ROWS, Count, Desk
from remodel_abm.results import Results
from remodel_abm.results.files import write_atomically

__all__ = ["Biopsy", "write"]

# The model's own readings of what is counted on a slide.
READINGS = {
    "b_ar": "bv_tv", "b_pm": "bs_tv", "o_pm": "os_bs", "e_pm": "es_bs", "oc_pm": "oc_s_bs",
    "md_pm": "ms_bs", "mar": "mar",
}  # fmt: skip
IN_A_CUT = {"b_pm": np.pi / 4}  # of a volume: outline in a section per surface in space


class Biopsy:
    """One day of a run on a slide.

    Parameters
    ----------
    results : Results
        The run; it needs a snapshot of the day, and two shortly before it for labels.
    day : int, optional
        Day of the biopsy, the last one if not given. [d]
    axis, at : int, float
        Where a volume is cut: across z, y or x (0, 1, 2), at a share of its length.

    Raises
    ------
    InputError
        If there is no such snapshot, or the cut lies outside.
    """

    def __init__(self, results: Results, day: int | None = None, axis: int = 1, at: float = 0.5):
        days = results.snapshots()
        if not days:
            msg = f"{results.folder or 'this run'} holds no snapshots, so there is nothing to cut"
            raise InputError(msg)
        if axis not in (0, 1, 2) or not 0.0 <= at <= 1.0:
            msg = f"the cut across axis {axis} at {at:g} is none: the axis is 0, 1 or 2 and the "
            raise InputError(msg + "place a share of the length, 0 to 1")
        self.results = results
        day = days[-1] if day is None else day
        self.slide = Slide.of(results.snapshot(day), axis, at)
        known = label_days(days, day)
        slides = [Slide.of(results.snapshot(one), axis, at) for one in known or ()]
        self.labels = Labels(*slides, self.slide) if slides else None

    def counts(self) -> dict[str, Count]:
        """Return what a technician counts on it, by the names of `ROWS`."""
        return Desk(self.slide, self.labels).measure()

    def true(self) -> dict[str, float]:
        """Return the model's own readings: the last before the biopsy, of labels the mean
        since the first one.
        """
        found = {}
        for name, reading in READINGS.items():
            if reading not in self.results.daily:
                continue
            course = self.results.course(reading).loc[: self.slide.day]
            if name in ("md_pm", "mar") and self.labels is not None:
                course = course.loc[self.labels.first.day :]
            elif len(course):
                course = course.iloc[-1:]
            factor = 1.0 if self.slide.flat else IN_A_CUT.get(name, 1.0)
            found[name] = factor * float(course.mean()) if len(course) else np.nan
        return found

    def table(self) -> pd.DataFrame:
        """Return a row a quantity: technician, error, counted, whole section, model."""
        true, counts = self.true(), self.counts()
        rows = [
            (*ROWS[name][:2], *counts[name], true.get(name, np.nan), ROWS[name][2])
            for name in ROWS
            if name in counts
        ]
        names = ("symbol", "unit", "technician", "standard_error", "counted", "whole_section",
                 "model", "meaning")  # fmt: skip
        return pd.DataFrame(rows, columns=names)

    def draw(self):
        """Return the page: stain, labels, a closer look, and the counts."""
        title = self.results.scenario.get("title", "A run")
        when = f"{title}: {palette.when(self.slide.day, self.results.scenario)}"
        missing = (
            f"no labels: they need two snapshots,\nat most {LONGEST} days apart, before the biopsy"
        )
        with mpl.rc_context(palette.STYLE):
            return page(self.slide, self.labels, self.counts(), self.true(), when, missing)


def write(biopsy: Biopsy, path: Path | str) -> list[Path]:
    """Write the page as PNG or SVG, by the ending of `path`, and the counts as CSV beside it.

    Raises
    ------
    InputError
        If it is to end otherwise, or a file cannot be written.
    """
    path = Path(path) if Path(path).suffix else Path(path).with_suffix(".png")
    kind = path.suffix.lower().removeprefix(".")
    if kind not in palette.UNDATED:
        msg = f"a biopsy is drawn as .png or .svg, not as {path.suffix}: {path}"
        raise InputError(msg)
    drawn, counts = biopsy.draw(), path.with_suffix(".csv")
    text = biopsy.table().to_csv(index=False, lineterminator="\n", float_format="%.5g")
    write_atomically(path, lambda file: _save(drawn, file, kind))
    write_atomically(counts, lambda file: file.write(text.encode()))
    return [path, counts]


def _save(drawn, file, kind: str) -> None:
    with mpl.rc_context(palette.STYLE):
        drawn.savefig(file, format=kind, metadata=palette.UNDATED[kind])
