"""The ovary: premenopausal estradiol, and its fall round the final menstrual period (P60, P61)."""

import math

from remodel_abm.declare import Param
from remodel_abm.schedule import Influence, Setting


class Ovary(Influence):
    """Estradiol of a woman, with a natural menopause if `final_period` is given."""

    name = "ovary"
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

    def hormones(self, day, levels):
        """Set estradiol by a logistic fall centred on the final menstrual period."""
        p, since = self.p, day - self.given["final_period"]
        # 10 to 90 % of a logistic spans 2 ln 9 time constants.
        steps = since * 2.0 * math.log(9.0) / p.transition_time
        left = 1.0 / (1.0 + math.exp(min(steps, 700.0))) if steps > -700.0 else 1.0
        levels["estradiol"] = p.postmenopausal + (p.premenopausal - p.postmenopausal) * left


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
