"""A block of bone in marrow, and a day, for tests that work on it by hand."""

import numpy as np

from remodel_abm.cells import Now
from remodel_abm.ledger import parts
from remodel_abm.tissue import Tissue

VALUES = Tissue.Values(**{key: param.value for key, param in parts()["tissue"].params.items()})


def block(shape=(6, 12, 12)):
    bone = np.zeros(shape)
    bone[:, 3:9, 3:9] = 1.0
    return Tissue(bone, 20.0, VALUES)


def now(tick):
    return Now(np.uint64(1), tick, float(tick), 1.0)
