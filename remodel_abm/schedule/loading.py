"""Load: habitual, disuse or exercise, as a factor on strain (M25, M35, M36)."""

import math

from remodel_abm.schedule import Influence, Setting


class Loading(Influence):
    """A spell of more, or less, load than the bone is used to."""

    name = "loading"
    acts_on = ("tissue.load",)
    settings = {
        "start": Setting(0.0, "d", "first day"),
        "stop": Setting(math.inf, "d", "day after the last"),
        "factor": Setting(None, "1", "load relative to the habitual one"),
    }

    def effect(self, day, levels):
        """Scale the load during the spell."""
        during = self.given["start"] <= day < self.given["stop"]
        return {"tissue.load": self.given["factor"]} if during else {}
