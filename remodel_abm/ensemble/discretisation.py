"""Discretisation: what changes with voxel, step and the grid of the signals (K15).

One bone is drawn at the finest voxel and coarsened by means over blocks, so that every arm begins
with the same piece of bone to the last cubic micrometre.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from remodel_abm.declare import InputError
from remodel_abm.ensemble import pooling, run
from remodel_abm.ensemble.bands import ALL, Measured
from remodel_abm.ensemble.dataset import Ensemble
from remodel_abm.results import tables
from remodel_abm.results.files import explained
from remodel_abm.scenario import Scenario
from remodel_abm.tissue.specimen import ImportedBone, save_bone
from remodel_abm.tissue.trabeculae import generate

USUAL = "voxel-10"
VOXELS = (20.0, 10.0, 5.0)  # um
STEPS = {"step-0.5": {"step": 0.5}}
FIELDS = {"field-fine": {"refine": 2.0}, "field-coarse": {"refine": 0.5}}
SIZES = {"section": 1280.0, "volume": 800.0}  # um, edge of the bone
SMALL = {"section": 640.0, "volume": 400.0}
LOOKED_AT = {
    "bv_tv": "change", "bmd": "change", "ctx": "value", "p1np": "value", "ac_f": "value",
    "e_de": "value", "w_th": "value", "es_bs": "value", "os_bs": "value", "n_oc": "value",
    "n_ob": "value", "tb_th": "value", "conn_d": "value", "rankl_opg": "value",
}  # fmt: skip
TABLE = {
    "bone": ("string", "", "section or volume"),
    "arm": ("string", "", "what differs from voxels of 10 um and steps of a day"),
    "measure": ("string", "", "name of the measure"),
    "symbol": ("string", "", "symbol as printed"),
    "kind": ("string", "", "value, or change from baseline"),
    "unit": ("string", "", "unit of the numbers"),
    "runs": ("int64", "1", "runs"),
    "mean": ("float64", "see unit", "pooled, over the last half of the story"),
    "low": ("float64", "see unit", "95 % bootstrap interval over runs, lower end"),
    "high": ("float64", "see unit", "its upper end"),
    "off": ("float64", "see unit", "mean less that of the usual arm"),
    "off_low": ("float64", "see unit", "95 % bootstrap interval of it, lower end"),
    "off_high": ("float64", "see unit", "its upper end"),
    "off_share": ("float64", "%", "the same as share of the usual arm"),
}


@dataclass
class Discretisation:
    """What discretisation changes: `table` (columns `TABLE`) and the ensembles by kind of bone."""

    table: pd.DataFrame
    ensembles: dict[str, Ensemble]

    def save(self, folder: str | Path) -> Path:
        """Write ``discretisation.parquet``, CSV and the figure into `folder`."""
        from remodel_abm.figures import resolution

        folder = Path(folder)
        with explained(folder):
            folder.mkdir(parents=True, exist_ok=True)
        tables.write_table(folder / "discretisation", self.table, TABLE)
        resolution.save(self.table, folder)
        return folder


def study(
    scenario: str | Path | Scenario,
    folder: str | Path,
    replicates: int = 8,
    kinds=("section", "volume"),
    small: bool = False,
    **more,
) -> Discretisation:
    """Run a scenario at several voxels, steps and field grids, and say what changes.

    Parameters
    ----------
    scenario
        Name, file or scenario; its bone gives BV/TV, Tb.Th and seed.
    folder
        Where bones, ensembles and the table are kept.
    replicates
        Seeds an arm.
    kinds
        ``section``, ``volume`` or both.
    small
        Smaller bones: minutes, and wide bands.
    **more
        As for `ensemble.run`: workers, scheduler, progress, years, set, off.

    Raises
    ------
    InputError
        If the scenario or a kind of bone is not sound.
    """
    folder = Path(folder)
    base = scenario if isinstance(scenario, Scenario) else Scenario.load(scenario)
    sizes = SMALL if small else SIZES
    tables_of, found = [], {}
    unknown = [kind for kind in kinds if kind not in sizes]
    if unknown:
        msg = f"bone {unknown[0]!r} is not known to this study; allowed are 'section' and 'volume'"
        raise InputError(msg)
    for kind in kinds:
        arms = arms_on(base, kind, sizes[kind], folder / "bones")
        found[kind] = run(arms, folder / kind, replicates, **more)
        tables_of.append(changes(found[kind]).assign(bone=kind))
    return Discretisation(pd.concat(tables_of, ignore_index=True)[list(TABLE)], found)


def arms_on(base: Scenario, kind: str, edge: float, folder: Path) -> dict[str, Scenario]:
    """Return the arms by name, the usual one first, on bones written below `folder`.

    Parameters
    ----------
    base
        What is lived.
    kind
        ``section`` or ``volume``.
    edge
        Of the bone, a multiple of the coarsest voxel. [um]
    folder
        Where bones are written.
    """
    finest, bone = min(VOXELS), base.bone
    side = round(edge / finest)
    shape = (1, side, side) if kind == "section" else (side,) * 3
    direction = (0.0, 1.0, 0.0) if kind == "section" else (1.0, 0.0, 0.0)
    fraction = generate(
        shape, finest, bone.bv_tv, bone.tb_th, direction, bone.anisotropy, bone.seed
    )
    places = {}
    for voxel in VOXELS:
        # Named by its size too, since what is there is kept: a resumed study begins the same.
        place = folder / f"{edge:g}um" / f"voxel-{voxel:g}" / f"{kind}-{bone.seed}"
        if not (place / "bone.toml").exists():
            save_bone(_as_bone(coarsened(fraction, round(voxel / finest)), voxel), place)
        places[voxel] = place
    usual = base.with_(bone={"source": str(places[10.0])})
    arms = {USUAL: usual}
    arms |= {
        f"voxel-{voxel:g}": base.with_(bone={"source": str(places[voxel])})
        for voxel in VOXELS if voxel != 10.0
    }  # fmt: skip
    return arms | {name: usual.with_(**given) for name, given in (STEPS | FIELDS).items()}


def coarsened(fraction: np.ndarray, times: int) -> np.ndarray:
    """Return means over blocks of `times` voxels an edge; a section keeps its one layer."""
    deep = 1 if fraction.shape[0] == 1 else times
    nz, ny, nx = (n // m for n, m in zip(fraction.shape, (deep, times, times), strict=True))
    cut = fraction[: nz * deep, : ny * times, : nx * times]
    return cut.reshape(nz, deep, ny, times, nx, times).mean(axis=(1, 3, 5))


def _as_bone(fraction: np.ndarray, voxel: float) -> ImportedBone:
    share = float(fraction.mean())
    return ImportedBone(
        fraction, voxel, share, share, share, 0.0, None, (), 1.0, "generated, coarsened", ""
    )


def changes(ensemble: Ensemble, usual: str = USUAL) -> pd.DataFrame:
    """Return what each arm reads over the last half of the story, and how far off the usual one.

    Arms are drawn apart in the bootstrap: at another voxel the same seed is another luck.

    Parameters
    ----------
    ensemble
        Arms that differ in discretisation.
    usual
        The arm the others are held against.
    """
    half = ensemble.scenarios[usual].years * pooling.YEAR / 2.0
    rows = []
    for name, kind in LOOKED_AT.items():
        if name not in {quantity.name for quantity in ensemble.quantities}:
            continue
        measured = Measured(ensemble, ensemble.quantity(name), half)
        last = int(np.argmin(np.abs(measured.days - 2.0 * half))) if len(measured.days) else None
        if last is None:
            continue
        found = {arm: _samples(measured, arm, place, kind, last)
                 for place, arm in enumerate(ensemble.arms)}  # fmt: skip
        rows += [
            {"arm": arm, **measured.names(kind), "runs": len(measured.places(arm, ALL)),
             **_held_against(samples, found[usual], arm == usual)}
            for arm, samples in found.items()
        ]  # fmt: skip
    return pd.DataFrame(rows)


def _samples(measured: Measured, arm: str, place: int, kind: str, last: int) -> np.ndarray:
    """Return bootstrap samples of what one arm reads in one period, (samples,)."""
    places = measured.places(arm, ALL)
    counts = pooling.draws([measured.keys[one][1] for one in places], seed=place + 1)
    return measured.samples(places, counts)[kind][:, last]


def _held_against(samples: np.ndarray, usual: np.ndarray, itself: bool) -> dict[str, float]:
    off = samples - usual if not itself else np.zeros_like(samples)
    (low,), (high,) = pooling.interval(samples[:, None])
    (off_low,), (off_high,) = pooling.interval(off[:, None])
    share = 100.0 * off[0] / abs(usual[0]) if usual[0] else np.nan
    return {"mean": samples[0], "low": low, "high": high, "off": off[0], "off_low": off_low,
            "off_high": off_high, "off_share": share}  # fmt: skip
