"""How cost grows with volume while the number of remodeling sites stands."""

import numpy as np

from benchmarks.work import WARM_UP, live, scenario_of

BOXES = ((1, 128, 128), (1, 128, 256), (1, 256, 256), (1, 256, 512))
SMALL = ((1, 64, 64), (1, 64, 128))
DAYS = 120


def grow(boxes=BOXES, days: int = DAYS, warm: int = WARM_UP) -> dict:
    """Return ms a day, in the signals and outside them, of tissues of growing volume.

    The hazard that a lining cell draws back is divided by the volume, so that all have about as
    many sites at work as the smallest.
    """
    shares = [np.prod(boxes[0]) / np.prod(shape) for shape in boxes]
    for shape, share in zip(boxes, shares, strict=True):
        live(sparse(shape, share), warm + days)  # loads what that life asks for
    found = {"voxels": [], "signals": [], "rest": [], "sites": []}
    for shape, share in zip(boxes, shares, strict=True):
        model = sparse(shape, share)
        live(model, warm)
        model.timing.clear()
        seconds = live(model, days)
        found["voxels"].append(int(np.prod(shape)))
        found["signals"].append(1e3 * model.timing["signals"] / days)
        found["rest"].append(1e3 * (seconds - model.timing["signals"]) / days)
        found["sites"].append(int(model.tissue.layers.counts[1]))
    found["exponent"] = exponent(found["voxels"], found["rest"])
    found["signals_exponent"] = exponent(found["voxels"], found["signals"])
    return found


def sparse(shape, share: float):
    """Return a model whose lining cells draw back with a share of their usual hazard."""
    from remodel_abm import Model

    model = Model(scenario_of(shape, 10.0))
    lining = model.values["lining_cell"]
    lining = lining._replace(retraction_rate=lining.retraction_rate * share)
    model.schedule.base["lining_cell"] = model.schedule._today["lining_cell"] = lining
    return model


def exponent(volumes, costs) -> float:
    """Return b of cost = a volume^b, by least squares of the logarithms."""
    return float(np.polyfit(np.log(volumes), np.log(costs), 1)[0])
