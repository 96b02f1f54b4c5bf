"""The ovary: premenopausal estradiol, and its fall round the final menstrual period (P60, P61).

P60 and P61 are means over women and days. One woman's estradiol does not glide along them: cycles
in which a follicle ripens, with levels as before, alternate with barren ones until none is left
(Prior 2011). Bone answers to the level of the day and its answer bends, so the mean
answer is not the answer to the mean.
"""

import math

from remodel_abm.declare import Mechanism, Param
from remodel_abm.schedule import Influence, Setting

# Multiples of the golden ratio fill the span from 0 to 1 more evenly than any draw: every stretch
# of cycles, however short, holds nearly as many ripe ones as P61 says.
EVENLY = (math.sqrt(5.0) - 1.0) / 2.0


class Ovary(Influence):
    """Estradiol of a woman, with a natural menopause if `final_period` is given."""

    name = "ovary"
    mechanisms = (
        Mechanism("P61", "cycles fail one by one, while mean estradiol falls", "Prior2011",
                  {"swing": 0.0}),
    )  # fmt: skip
    settings = {
        "final_period": Setting(
            math.inf, "d", "day of the final menstrual period; never if absent"
        ),
    }

    premenopausal = Param(
        237.0, "pmol/L", 150.0, 350.0, "Sowers2008", "measured", "mean estradiol before",
        "women, immunoassay", "P60",
    )  # fmt: skip
    postmenopausal = Param(
        54.0, "pmol/L", 10.0, 90.0, "Sowers2008", "measured", "eight years after the final period",
        "women, immunoassay", "P60",
    )  # fmt: skip
    transition_time = Param(
        1461.0, "d", 730.0, 2200.0, "Randolph2011", "derived",
        "from 10 to 90 % of the fall, centred on the final period", "women", "P61",
    )  # fmt: skip

    swing = Param(
        1.0, "1", 0.0, 1.0, "Prior2011", "assumed",
        "part of the fall that comes as whole barren cycles, not as a lower level in each", "women",
        "P61",
    )  # fmt: skip
    cycle_length = Param(
        28.0, "d", 24.0, 38.0, "Fraser2011", "measured", "of a menstrual cycle", "women", "P61",
    )  # fmt: skip

    def hormones(self, day, levels):
        """Set estradiol; its mean over a year is the logistic fall of P61."""
        p, since = self.p, day - self.given["final_period"]
        left = self.left(since)
        if p.swing > 0.0 and 0.0 < left < 1.0:
            cycle = math.floor(since / p.cycle_length)
            ripe = cycle * EVENLY % 1.0 < self.left((cycle + 0.5) * p.cycle_length)
            left += p.swing * (ripe - left)
        levels["estradiol"] = p.postmenopausal + (p.premenopausal - p.postmenopausal) * left

    def left(self, since: float) -> float:
        """Return the share of cycles that still ripen, `since` days after the final period. [1]

        A logistic centred on it: 10 to 90 % span 2 ln 9 time constants.
        """
        steps = since * 2.0 * math.log(9.0) / self.p.transition_time
        return 1.0 / (1.0 + math.exp(min(steps, 700.0))) if steps > -700.0 else 1.0


class Oophorectomy(Influence):
    """Removal of the ovaries: estradiol falls within days (P63)."""

    name = "oophorectomy"
    settings = {"day": Setting(None, "d", "day of the operation")}

    remaining = Param(
        50.0, "pmol/L", 10.0, 80.0, "P63", "assumed", "estradiol after it, from other tissues"
    )
    clearance_time = Param(2.0, "d", 0.5, 7.0, "P63", "assumed", "time constant of the fall")

    def hormones(self, day, levels):
        """Let what is above the remaining level clear."""
        since = day - self.given["day"]
        before = levels.get("estradiol", self.p.remaining)
        if since >= 0.0 and before > self.p.remaining:
            left = math.exp(-since / self.p.clearance_time)
            levels["estradiol"] = self.p.remaining + (before - self.p.remaining) * left
