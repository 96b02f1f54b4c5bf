"""Estradiol over the story: menopause, surgery and therapy as handles on its curve."""

import numpy as np

from remodel_abm import ledger
from remodel_abm.dashboard.panel import Panel, script
from remodel_abm.declare import InputError
from remodel_abm.scenario_check import calendar
from remodel_abm.schedule import Life

POINTS = 240


def course(
    schedule: dict, values: dict, off: list, life: Life, first: float, last: float
) -> np.ndarray:
    """Return estradiol over the days from `first` to `last`. [pmol/L]

    Parameters
    ----------
    schedule
        Settings by influence, with None for never; those that touch no hormone may be left out.
    values
        Parameters that differ from the ledger, by full name.
    off
        Mechanisms that are switched off, by their identifier.
    """
    known, mechanisms = ledger.rooms()["schedule"], ledger.mechanisms()
    for one in off:
        values = values | mechanisms[one].neutral_by_name
    entries = [
        {"part": name, **{key: value for key, value in settings.items() if value is not None}}
        for name, settings in schedule.items()
    ]
    acting = []
    for name, settings in calendar(entries, "the editor"):
        kind = known[name]
        given = {
            key: values.get(f"{name}.{key}", param.value) for key, param in kind.params.items()
        }
        acting.append(kind(kind.Values(**given), dict(settings), life))
    found = []
    for day in np.linspace(first, last, POINTS):
        levels: dict[str, float] = {}
        for influence in acting:
            influence.hormones(float(day), levels)
        found.append(levels.get("estradiol", np.nan))
    return np.array(found)


def per_dose(values: dict) -> float:
    """Return what a milligram a day adds to estradiol, by which a drag is a dose. [pmol/L]"""
    name = "hormone_therapy.level_per_dose"
    return values.get(name, ledger.parameters()[name].value)


class EstrogenEditor(Panel):
    """The curve that a reader drags."""

    hears = ("status",)
    _esm = script("estrogen")

    def asked(self, content, buffers, hub):
        """Answer with the curve that a schedule would give."""
        life = Life(float(content["age"]), content["sex"])
        try:
            told = (content[key] for key in ("schedule", "set", "off"))
            curve = course(*told, life, content["first"], content["last"])
        except InputError as error:
            self.send({"kind": "refused", "text": str(error)})
            return
        answer = {"kind": "curve", "per_dose": per_dose(content["set"])}
        self.send(answer, [curve.astype(np.float32).tobytes()])
