"""Estrogen: one signal e from estradiol, and the named mechanisms through which it acts (M01-M11).

``e = E2^n / (E2^n + EC50^n)``, as a share of its premenopausal value; ER-alpha carries most of it
and ER-beta a minor part (M15). Every mechanism has a gain of its own and can be switched off.

T cells answer to what is missing of the e that they are used to (M11b): in healthy women blood
monocytes release as much IL-1 as before menopause within eight years of it, though estradiol stays
low (Pacifici 1989). What they are used to is the mean of the e of their past, that of long ago
counting less. It follows from hormones alone, so nothing has to be kept of it in a checkpoint.
"""

from remodel_abm.declare import Mechanism, Param
from remodel_abm.schedule import YEAR, Influence, Setting
from remodel_abm.schedule.habit import Habit

GROWN = 15.0  # yr of age before which nobody asks what hormones were
LEAST_FACTOR = 0.05  # far above the reference the line would cross zero, and a rate cannot


class Estrogen(Influence):
    """What the level of estradiol does to cells."""

    name = "estrogen"
    settings = {
        "in_osteocytes": Setting(
            1.0, "1", "share of its receptor that osteocytes have; 0 is their knock-out (T27)", 1.0
        ),
    }
    acts_on = (
        "osteoclast.apoptosis_rate", "lining_cell.membrane_rankl", "lining_cell.rankl_secretion",
        "osteocyte.rankl_secretion", "preosteoblast.rankl_secretion", "t_cell.rankl_secretion",
        "osteoclast_precursor.contact_rankl", "osteoclast.contact_rankl",
        "osteocyte.opg_secretion", "osteoblast.opg_secretion", "preosteoblast.opg_secretion",
        "osteoclast_precursor.commitment_rate", "osteoblast.apoptosis_rate",
        "osteocyte.sclerostin_secretion", "mesenchymal_stem_cell.adipocyte_share",
        "osteocyte.death_factor", "t_cell.activation_rate",
    )  # fmt: skip
    mechanisms = (
        Mechanism("M01", "estrogen shortens osteoclast life", "Hughes1996",
                  {"clast_death_fold": 1.0}),
        Mechanism("M02", "estrogen holds RANKL down", "Eghbali2003",
                  {"rankl_fold": 1.0, "osteocyte_rankl_fold": 1.0}),
        Mechanism("M03", "estrogen raises OPG", "Bord2003", {"opg_fold": 1.0}),
        Mechanism("M04", "estrogen slows precursor differentiation", "M04",
                  {"commitment_fold": 1.0}),
        Mechanism("M06", "estrogen keeps osteoblasts alive", "Eriksen1999",
                  {"blast_death_fold": 1.0}),
        Mechanism("M07", "estrogen lowers sclerostin", "Modder2011", {"sclerostin_fold": 1.0}),
        Mechanism("M08", "estrogen turns stem cells from fat to bone", "Syed2008",
                  {"adipocyte_fold": 1.0}),
        Mechanism("M09", "estrogen keeps osteocytes alive", "Tomkinson1997",
                  {"osteocyte_death_fold": 1.0}),
        Mechanism("M11", "estrogen keeps T cells quiet", "Cenci2000", {"activation_fold": 1.0}),
        Mechanism("M11b", "T cells get used to less estrogen", "Pacifici1989",
                  {"habituation": 0.0}),
        Mechanism("M15", "ER-beta carries a minor part", "M15", {"beta_share": 0.0}),
    )  # fmt: skip

    reference = Param(
        237.0, "pmol/L", 20.0, 400.0, "Sowers2008", "measured",
        "estradiol at which e is 1: the premenopausal mean", "women, immunoassay", "P60",
    )  # fmt: skip
    half_effect = Param(
        71.0, "pmol/L", 20.0, 120.0, "Sowers2008", "calibrated",
        "EC50 of ER-alpha on the same assay scale; by hand on T01, T20, T25 with the folds",
    )  # fmt: skip
    steepness = Param(
        3.0, "1", 1.0, 3.0, "Sowers2008", "calibrated",
        "Hill exponent n; fitted to T01, T13",
    )  # fmt: skip
    beta_share = Param(0.1, "1", 0.0, 0.2, "M15", "assumed", "share of e that ER-beta carries")
    beta_half_effect = Param(
        200.0, "pmol/L", 20.0, 400.0, "M15", "assumed", "EC50 of ER-beta, with exponent 1"
    )
    clast_death_fold = Param(
        2.2, "1", 2.0, 3.0, "Hughes1996", "measured",
        "osteoclast death with estrogen over without; two to three was measured, by hand within it",
        "mouse and in vitro", "M01",
    )  # fmt: skip
    rankl_fold = Param(
        1.04, "1", 1.0, 3.0, "Eghbali2003", "derived",
        "RANKL per stromal, lining, B and T cell without estrogen over with; the 2-3 measured "
        "in women hold what cytokines add, which here comes from M12", "women", "M02",
    )  # fmt: skip
    osteocyte_rankl_fold = Param(
        1.02, "1", 1.0, 3.0, "Streicher2017", "assumed",
        "the same in osteocytes: the gain is largest in lining cells", "", "M02b",
    )  # fmt: skip
    opg_fold = Param(
        1.3,
        "1",
        1.3,
        2.0,
        "Bord2003",
        "assumed",
        "OPG with estrogen over without, in vivo",
        "",
        "M03",
    )
    commitment_fold = Param(
        1.02,
        "1",
        1.0,
        2.0,
        "M04",
        "assumed",
        "precursor commitment without over with estrogen",
    )
    blast_death_fold = Param(
        1.15, "1", 1.0, 1.15, "Eriksen1990", "derived",
        "osteoblast death without over with; at most 15 %, early disease is one of erosion depth",
        "women", "M06",
    )  # fmt: skip
    sclerostin_fold = Param(
        1.6, "1", 1.0, 1.6, "Modder2011", "calibrated",
        "sclerostin without over with estrogen; by hand on T20 (formation) and T25 (-27 % on "
        "treatment, which alone asks for 1.4)", "women", "M07",
    )  # fmt: skip
    adipocyte_fold = Param(
        2.5, "1", 1.0, 2.5, "Syed2008", "calibrated",
        "share of stem cells that become fat, without over with estrogen; by hand on T20",
        "", "M08",
    )  # fmt: skip
    osteocyte_death_fold = Param(
        2.0, "1", 1.0, 4.0, "Tomkinson1997", "assumed",
        "osteocyte death without over with estrogen; only the sign is known in women", "", "M09",
    )  # fmt: skip
    activation_fold = Param(
        6.8, "1", 1.0, 8.0, "Cenci2000", "calibrated",
        "T-cell activation without any estrogen, while they are used to it, over with; by hand on "
        "T01 (fast phase), T20 and T23; a fourfold rise of their TNF-alpha was measured",
        "mouse", "M11",
    )  # fmt: skip

    habituation = Param(
        0.9, "1", 0.0, 1.0, "Pacifici1989", "calibrated",
        "part of the T cells' answer that fades: all of it in healthy women, less in osteoporotic "
        "ones; between them by hand on T02", "women", "M11b",
    )  # fmt: skip
    habituation_time = Param(
        1500.0, "d", 900.0, 5500.0, "Pacifici1989", "derived",
        "in which it fades: IL-1 that monocytes release was as before menopause within eight years "
        "of it in healthy women, and still high after fifteen in osteoporotic ones", "women",
        "M11b",
    )  # fmt: skip

    def __init__(self, values, settings, life):
        super().__init__(values, settings, life)
        youth = (GROWN - life.age) * YEAR
        self._habit = Habit(self._signal_on, self.p.habituation_time, youth)

    def signal(self, estradiol: float) -> float:
        """Return e, the effect of estradiol as a share of its effect at the reference. [1]"""
        return self._bound(estradiol) / self._bound(self.p.reference)

    def _bound(self, level: float) -> float:
        p = self.p
        alpha = level**p.steepness / (level**p.steepness + p.half_effect**p.steepness)
        beta = level / (level + p.beta_half_effect)
        return (1.0 - p.beta_share) * alpha + p.beta_share * beta

    def _signal_on(self, day: float) -> float:
        levels = {} if self.law is None else self.law.hormones(day)
        return self.signal(levels.get("estradiol", self.p.reference))

    def _felt(self, day: float, e: float) -> float:
        """Return e as T cells feel it: 1 when nothing that they are used to is missing. [1]"""
        fades, missed = self.p.habituation, max(0.0, self._habit.at(day) - e)
        return 1.0 - ((1.0 - fades) * (1.0 - e) + fades * missed)

    def effect(self, day, levels):
        """Return the factor on each named value, 1 at the reference level."""
        p, e = self.p, self.signal(levels.get("estradiol", self.p.reference))
        levels["estrogen_signal"] = e
        in_osteocytes = self.given["in_osteocytes"] * e

        def rises(fold, seen=e):
            return max(LEAST_FACTOR, 1.0 + (fold - 1.0) * (1.0 - seen))

        death = (1.0 + (p.clast_death_fold - 1.0) * e) / p.clast_death_fold
        rankl, opg = rises(p.rankl_fold), 1.0 / rises(p.opg_fold)
        return {
            "osteoclast.apoptosis_rate": death,
            "lining_cell.membrane_rankl": rankl,
            "lining_cell.rankl_secretion": rankl,
            "preosteoblast.rankl_secretion": rankl,
            "t_cell.rankl_secretion": rankl,
            "osteoclast_precursor.contact_rankl": rankl,
            "osteoclast.contact_rankl": rankl,
            "osteocyte.rankl_secretion": rises(p.osteocyte_rankl_fold, in_osteocytes),
            "osteocyte.opg_secretion": 1.0 / rises(p.opg_fold, in_osteocytes),
            "osteoblast.opg_secretion": opg,
            "preosteoblast.opg_secretion": opg,
            "osteoclast_precursor.commitment_rate": rises(p.commitment_fold),
            "osteoblast.apoptosis_rate": rises(p.blast_death_fold),
            "osteocyte.sclerostin_secretion": rises(p.sclerostin_fold, in_osteocytes),
            "mesenchymal_stem_cell.adipocyte_share": rises(p.adipocyte_fold),
            "osteocyte.death_factor": rises(p.osteocyte_death_fold, in_osteocytes),
            "t_cell.activation_rate": rises(p.activation_fold, self._felt(day, e)),
        }
