"""Turnover markers: what serum would show, as amounts a day; read them as change from baseline."""

import numpy as np

from remodel_abm.measures import Measure, Reading
from remodel_abm.tissue.matrix import CLAST_RESORBED, FORMED, RESORBED


class Markers(Measure):
    """CTX follows the matrix that osteoclasts resorb, P1NP matrix laid down (I4).

    Cathepsin K of osteoclasts sets CTX free; the MMPs by which reversal cells finish a lacuna
    release ICTP, and no CTX (Garnero 2003). The constant from volume to serum is left out, so
    only changes from the run's own baseline mean anything.
    """

    name = "markers"
    source = "Garnero2003"
    interval = 7.0
    readings = (
        Reading("ctx", "CTX", "um3/mm3/d", "matrix that osteoclasts resorb per tissue and day"),
        Reading("p1np", "P1NP", "um3/mm3/d", "matrix laid down per tissue volume and day"),
        Reading("brs_r", "BRs.R/TV", "um3/mm3/d", "matrix resorbed by all cells"),
        Reading("clast_share", "Oc.share", "%", "of the resorbed, what osteoclasts resorbed"),
    )

    def __call__(self, scene):
        ledger = scene.tissue.layers.ledger
        since = ledger - self.memory.get("ledger", np.zeros_like(ledger))
        days = scene.now.day - float(self.memory.get("day", scene.now.day - self.interval))
        self.memory["ledger"], self.memory["day"] = ledger.copy(), np.array(scene.now.day)
        per = 1.0 / (days * scene.tissue.total_volume * 1e-9)
        share = 100.0 * since[CLAST_RESORBED] / since[RESORBED] if since[RESORBED] > 0 else np.nan
        return since[CLAST_RESORBED] * per, since[FORMED] * per, since[RESORBED] * per, share
