"""Hormone therapy: estradiol from outside, by dose, from one day to another (M17)."""

import math

from remodel_abm.declare import Param
from remodel_abm.schedule import Influence, Setting


class HormoneTherapy(Influence):
    """Oral estradiol, or what does the same; 0.625 mg of conjugated estrogens count as 1 mg."""

    name = "hormone_therapy"
    settings = {
        "start": Setting(None, "d", "first day"),
        "stop": Setting(math.inf, "d", "day after the last"),
        "dose": Setting(1.0, "1", "mg of oral estradiol a day"),
    }

    level_per_dose = Param(
        180.0, "pmol/L", 100.0, 400.0, "P64", "calibrated",
        "mean estradiol added by 1 mg a day; by hand on T25 and T23; 0.25 mg then makes 99 pmol/L "
        "in all, of 37-103 measured",
    )  # fmt: skip
    onset_time = Param(
        1.5, "d", 0.5, 30.0, "M17", "assumed",
        "to steady levels, and back: estradiol has a half-life of about a day",
    )  # fmt: skip

    def hormones(self, day, levels):
        """Add what is taken; it builds up and clears with the onset time."""
        start, stop, tau = self.given["start"], self.given["stop"], self.p.onset_time
        if day <= start:
            return
        full = self.given["dose"] * self.p.level_per_dose
        reached = 1.0 - math.exp(-(min(day, stop) - start) / tau)
        left = math.exp(-max(0.0, day - stop) / tau)
        levels["estradiol"] = levels.get("estradiol", 0.0) + full * reached * left
