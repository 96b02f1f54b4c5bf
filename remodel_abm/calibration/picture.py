"""What a record tells apart, on disk: tables, and profiles as a figure."""

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from remodel_abm.calibration.identify import TRUSTED, Answer
from remodel_abm.calibration.study import Study
from remodel_abm.figures import palette
from remodel_abm.results.files import write_json
from remodel_abm.results.tables import write_table

WITHIN = 3.84  # chi2 of one parameter, 95 %
COLUMNS = {
    "parameter": ("string", "", "full name"),
    "best": ("float64", "of the ledger", "of the trial with the smallest misfit"),
    "mean": ("float64", "of the ledger", "of the posterior"),
    "spread": ("float64", "of the ledger", "standard deviation of the posterior"),
    "share_of_range": ("float64", "1", "spread as a share of that of an even distribution"),
    "identified": ("bool", "", "whether the rows narrow it down"),
}


def save(found: Answer, study: Study) -> None:
    """Write ``identifiability.*``, ``identifiability.json`` and ``profiles.png`` and ``.svg``."""
    write_table(study.folder / "identifiability", found.table, COLUMNS)
    weak = {row: share for row, share in found.explained.items() if share < TRUSTED}
    write_json(
        study.folder / "identifiability.json",
        {
            "groups_not_told_apart": [list(group) for group in found.groups],
            "correlation": found.correlation.to_dict(),
            "explained_by_row": found.explained,
            "rows_whose_quadratic_is_weak": weak,
        },
    )
    with mpl.rc_context(palette.STYLE):
        palette.save(profiles(found, study), study.folder / "profiles")


def profiles(found: Answer, study: Study) -> Figure:
    """Draw the smallest sum of squared z along each parameter, and the trials that were lived."""
    params = study.stage.params
    columns = min(3, len(params))
    lines = int(np.ceil(len(params) / columns))
    drawn = palette.figure(palette.PAGE, 0.4 + 2.0 * lines)
    lowest = found.profile["chi2"].min()
    lived = _lived(study)
    for number, (name, param) in enumerate(params.items()):
        axes = drawn.add_subplot(lines, columns, number + 1)
        mine = found.profile[found.profile["parameter"] == name]
        axes.plot(mine["value"], mine["chi2"] - lowest, color=palette.BLUE, label="profile")
        axes.plot(study.trials[name], lived - lived.min(), ".", color=palette.GREY, ms=3,
                  label="trials lived")  # fmt: skip
        axes.axhline(WITHIN, color=palette.VERMILION, lw=0.8, ls="--", label="95 %")
        axes.axvline(study.values[name], color=palette.BLACK, lw=0.7)
        axes.set(xlabel=f"{name.partition('.')[2]} ({param.unit})", xlim=(param.low, param.high),
                 ylim=(0.0, 5.0 * WITHIN))  # fmt: skip
        axes.set_title(name.partition(".")[0], loc="left")
        palette.letter(axes, number)
        if number % columns == 0:
            axes.set_ylabel("sum of squared z, above least")
    drawn.axes[0].legend(loc="upper right")
    return drawn


def _lived(study: Study) -> pd.Series:
    """Return the sum of squared z of each trial."""
    squares = [((study.trials[row.id] - row.middle) / row.sigma) ** 2 for row in study.rows]
    return pd.concat(squares, axis=1).sum(axis=1)
