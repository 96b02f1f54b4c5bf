"""The audit: a run checks its own books and says so on its outputs."""

import numpy as np

from remodel_abm.tissue.matrix import BONE, FORMED, MINERALISED, OSTEOID, RESORBED

BALANCE_TOLERANCE = 1e-9  # of the starting bone volume; rounding of a decade of sums


class Audit:
    """Mass balance, positivity and solver residual of one run."""

    def __init__(self, tissue):
        ledger = tissue.layers.ledger
        self.start = np.array([ledger[BONE], ledger[OSTEOID]])
        self.worst: dict[str, float] = {}

    def watch(self, signals) -> None:
        """Keep the worst residual of each signal."""
        for name, residual in signals.residual.items():
            # Unlike `max`, this keeps what is no number, and keeps it for good.
            self.worst[name] = float(np.maximum(residual, self.worst.get(name, 0.0)))

    def arrays(self) -> dict[str, np.ndarray]:
        """Return what a checkpoint must keep."""
        names = sorted(self.worst)
        return {
            "audit/start": self.start,
            "audit/names": np.array(names, dtype="U32"),
            "audit/worst": np.array([self.worst[name] for name in names]),
        }

    def restore(self, arrays) -> None:
        """Take over what `arrays` gave."""
        self.start = arrays["audit/start"]
        names, worst = arrays["audit/names"].tolist(), arrays["audit/worst"].tolist()
        self.worst = dict(zip(names, worst, strict=True))

    def report(self, model) -> dict[str, dict]:
        """Return each check: what was found, what is tolerated, whether it passed."""
        layers, ledger = model.tissue.layers, model.tissue.layers.ledger
        scale = max(self.start.sum(), layers.volume)
        bone = abs(ledger[BONE] - self.start[0] - ledger[MINERALISED] + ledger[RESORBED])
        soft = abs(ledger[OSTEOID] - self.start[1] - ledger[FORMED] + ledger[MINERALISED])
        summed = abs(float(layers.voxels["bone"].sum()) * layers.volume - ledger[BONE])
        summed += abs(float(layers.voxels["osteoid"].sum()) * layers.volume - ledger[OSTEOID])
        lowest = min(float(layers.voxels["bone"].min()), float(layers.voxels["osteoid"].min()))
        fullest = float((layers.voxels["bone"] + layers.voxels["osteoid"]).max()) - 1.0
        least = float(model.signals.values.min(initial=0.0))
        # max(nan, 0.0) is NaN, which is within no tolerance; max(0.0, nan) would be 0.0.
        checks = {
            "bone = start + mineralised - resorbed": (bone / scale, BALANCE_TOLERANCE),
            "osteoid = start + formed - mineralised": (soft / scale, BALANCE_TOLERANCE),
            "ledger = sum over voxels": (summed / scale, BALANCE_TOLERANCE),
            "no negative matrix": (max(-lowest, 0.0), 0.0),
            "no voxel fuller than full": (max(fullest, 0.0), BALANCE_TOLERANCE),
            "no negative concentration": (max(-least, 0.0), 0.0),
        }
        for name in model.signals.parts:
            worst = self.worst.get(name, 0.0)
            checks[f"residual of {name}"] = (
                worst,
                model.scenario.tolerance,
            )
        return {
            name: {
                "value": float(value),
                "tolerance": limit,
                "passed": bool(value <= limit),
            }
            for name, (value, limit) in checks.items()
        }
