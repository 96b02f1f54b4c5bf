"""Bone volume, mineral and density: fractions, BMD and T-score (K08)."""

import numpy as np

from remodel_abm.declare import Param
from remodel_abm.measures import Measure, Reading
from remodel_abm.tissue.matrix import BONE, OSTEOID


class BoneVolume(Measure):
    """Share of tissue that is bone, from the running balance."""

    name = "bone_volume"
    source = "Dempster2013"
    readings = (
        Reading("bv_tv", "BV/TV", "%", "bone, with osteoid, per tissue volume", "B.Ar/T.Ar"),
        Reading("ov_bv", "OV/BV", "%", "osteoid per bone volume", "O.Ar/B.Ar"),
    )

    def __call__(self, scene):
        ledger = scene.tissue.layers.ledger
        matrix = ledger[BONE] + ledger[OSTEOID]
        osteoid = 100.0 * ledger[OSTEOID] / matrix if matrix > 0 else 0.0
        return 100.0 * matrix / scene.tissue.total_volume, osteoid


class Density(Measure):
    """Mineral: volumetric BMD of the tissue, mineralisation of the bone, areal BMD and T-score.

    Areal lumbar density follows trabecular BMD with the weight of P27 from the run's own
    baseline, the first reading from day -30 on, which counts as the young-adult mean, T-score 0.
    """

    name = "density"
    source = "Bouxsein2010"
    interval = 30.0
    readings = (
        Reading("bmd", "vBMD", "mg/cm3", "mineral per tissue volume"),
        Reading("tmd", "TMD", "mg/cm3", "mineral per mineralised bone volume"),
        Reading("mineralization", "DMB", "%", "mean degree of mineralisation of bone"),
        Reading("bone_age", "B.Age", "yr", "mean age of bone matrix"),
        Reading("a_bmd", "aBMD", "g/cm2", "lumbar areal density this would show as"),
        Reading("t_score", "T-score", "1", "of a_bmd, reference: the run's own baseline"),
    )

    trabecular_weight = Param(
        0.46, "1", 0.35, 0.8, "P27", "calibrated",
        "share of a change in trabecular BMD that lumbar DXA shows; fitted to T01, prior 0.5",
        "women", "P27",
    )  # fmt: skip
    young_mean = Param(
        1.05,
        "g/cm2",
        0.9,
        1.2,
        "P81",
        "measured",
        "lumbar areal BMD of young women",
        "",
        "P81",
    )
    young_sd = Param(0.11, "g/cm2", 0.08, 0.15, "P81", "measured", "its spread", "", "P81")

    def __call__(self, scene):
        tissue, day = scene.tissue, scene.now.day + scene.now.dt
        layers, ledger = tissue.layers, tissue.layers.ledger
        voxels = ledger[BONE] / layers.volume
        if voxels <= 0.0:
            return (np.nan,) * len(self.readings)
        left = float(layers.voxels["missing"].sum()) * np.exp(-day / tissue.p.secondary_time)
        mineral = (voxels - left) / voxels
        full = tissue.p.full_mineral_density
        bmd = full * mineral * ledger[BONE] / tissue.total_volume
        age = day - float(layers.voxels["born"].sum()) / voxels
        if day > -30.0 and "baseline" not in self.memory:
            self.memory["baseline"] = np.array(bmd)
        change = bmd / float(self.memory.get("baseline", bmd)) - 1.0
        areal = self.p.young_mean * (1.0 + self.p.trabecular_weight * change)
        score = (areal - self.p.young_mean) / self.p.young_sd
        return bmd, full * mineral, 100.0 * mineral, age / 365.25, areal, score
