"""The testis: bioavailable estradiol from testosterone in men, and its decline with age (M16)."""

from remodel_abm.declare import Mechanism, Param
from remodel_abm.schedule import YEAR, Influence


class Testis(Influence):
    """Hormones of an ageing man.

    Resorption follows bioavailable estradiol (set `estrogen.reference` and its half effects on
    that scale); formation also follows testosterone.
    """

    name = "testis"
    acts_on = ("osteoblast.matrix_rate",)
    mechanisms = (
        Mechanism("M16", "testosterone sustains formation", "Falahati2000",
                  {"formation_share": 0.0}),
    )  # fmt: skip

    young_estradiol = Param(
        75.0, "pmol/L", 50.0, 110.0, "Khosla2001", "assumed", "bioavailable, at the age of 25"
    )
    yearly_fall = Param(
        0.011, "1/yr", 0.0, 0.03, "Khosla2001", "assumed",
        "share of bioavailable hormones lost a year: 40 pmol/L is reached after 80",
    )  # fmt: skip
    formation_share = Param(
        0.1, "1", 0.0, 0.5, "Falahati2000", "assumed", "formation that hangs on testosterone"
    )
    youth = Param(25.0, "yr", 18.0, 35.0, "M16", "assumed", "age from which hormones decline")

    def _left(self, day):
        return (1.0 - self.p.yearly_fall) ** max(0.0, self.life.age + day / YEAR - self.p.youth)

    def hormones(self, day, levels):
        """Set bioavailable estradiol, and testosterone as a share of its level in youth."""
        levels["estradiol"] = self.p.young_estradiol * self._left(day)
        levels["testosterone"] = self._left(day)

    def effect(self, day, levels):
        """Lower osteoblast vigour with testosterone."""
        lost = 1.0 - levels["testosterone"]
        return {"osteoblast.matrix_rate": 1.0 - self.p.formation_share * lost}
