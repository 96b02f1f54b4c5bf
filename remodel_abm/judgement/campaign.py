"""The campaign: every arm in several architectures under many seeds, run or read.

Each architecture is an ensemble of its own below the folder, so all of them go on after a stop.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from remodel_abm import ensemble
from remodel_abm.declare import InputError, nearest
from remodel_abm.judgement.arms import names, trial
from remodel_abm.scenario import Scenario

MARK = "ensemble.json"
PLACE = "ensembles"  # below the folder of a scoreboard
LEAST_SURFACE = 100.0  # mm2 of bone an arm (K13)


class Size(NamedTuple):
    """How much tissue is run: edge of a cube [voxels of 20 um], BV/TV by name, seeds."""

    edge: int
    architectures: dict[str, float]
    seeds: int
    settling: str


# BV/TV of iliac crest is 15.4 +/- 4 % (P03).
FULL = Size(42, {"sparse": 0.12, "usual": 0.154, "dense": 0.19}, 20, "2 yr")
SMALL = Size(30, {"usual": 0.154}, 8, "2 yr")


def plan(
    small: bool = False,
    arms: Iterable[str] = (),
    bones: Iterable[str] = (),
    long: bool = False,
    size: Size | None = None,
    **changes,
) -> dict[str, dict[str, Scenario]]:
    """Return the scenarios to run, by architecture and arm.

    Parameters
    ----------
    small
        Whether to plan the small version, for minutes.
    arms
        Some of the arms by name; without any, all but those that live decades.
    bones
        Imported bones, beside the generated ones.
    long
        Whether the arms that live decades are among them.
    size
        How much tissue, instead of what the version says.
    **changes
        Fields to replace in every scenario, such as ``set={...}``.

    Raises
    ------
    InputError
        If there is no such arm, it has no small version, or two bones have one name.
    """
    size, known = size or (SMALL if small else FULL), names(small)
    chosen = list(dict.fromkeys(arms)) or names(small, long)
    for name in chosen:
        if name not in known:
            version = " in the small version" if small else ""
            msg = f"no arm is called {name!r}{version}{nearest(name, known)}; known: "
            raise InputError(msg + ", ".join(known))
    shapes: dict[str, dict] = {
        name: {"source": "volume", "shape": (size.edge,) * 3, "voxel": 20.0, "bv_tv": bv_tv}
        for name, bv_tv in size.architectures.items()
    }
    for bone in bones:
        label = Path(bone).name.partition(".")[0]
        if label in shapes:
            msg = f"two bones are called {label!r}; give the folder {bone} another name"
            raise InputError(msg)
        shapes[label] = {"source": str(bone)}
    planned = [trial(name, small) for name in chosen]
    return {
        label: {
            arm.name: arm.scenario.with_(
                bone=bone | (arm.cubes if label in size.architectures else {}),
                settling=size.settling,
                **changes,
            ).with_(name=arm.name)
            for arm in planned
        }
        for label, bone in shapes.items()
    }


def run(
    folder: Path,
    scenarios: dict[str, dict[str, Scenario]],
    seeds: int,
    workers: int = 2,
    progress: bool = False,
) -> list[ensemble.Ensemble]:
    """Run what is planned and not yet there; an ensemble an architecture.

    Each arm is lived under so many seeds, or the multiple of them that ``arms.toml`` asks for.
    """
    found = []
    for label, arms in scenarios.items():
        if progress:
            print(f"{label}: {len(arms)} arms x {seeds} seeds", flush=True)
        found.append(
            ensemble.run(
                arms,
                folder / PLACE / label,
                replicates={name: seeds * trial(name).times for name in arms},
                workers=workers,
                snapshot_every={name: trial(name).pictures for name in arms},
                progress=progress,
            )
        )
    return found


def read(folder: Path) -> list[ensemble.Ensemble]:
    """Return the ensembles of a campaign, or the one that a folder holds.

    Raises
    ------
    InputError
        If there is none.
    """
    root = folder / PLACE if (folder / PLACE).is_dir() else folder
    marks = [root / MARK] if (root / MARK).exists() else sorted(root.glob(f"*/{MARK}"))
    if not marks:
        msg = f"{folder} holds no finished ensembles: no {MARK} in it or in its folders"
        raise InputError(msg)
    return [ensemble.Ensemble.load(mark.parent) for mark in marks]


def tissue(ensembles: list[ensemble.Ensemble]) -> pd.DataFrame:
    """Return what each arm rests on.

    Returns
    -------
    DataFrame
        A row an arm: runs; seeds; architectures; bone surface, pooled [mm2]; tissue [mm3];
        hours of one core [h]; audit, the number of runs that failed their own.
    """
    runs = pd.concat(
        [one.runs.assign(architecture=one.folder.name) for one in ensembles], ignore_index=True
    )
    grouped = runs.groupby("arm", sort=False)
    return pd.DataFrame(
        {
            "runs": grouped.size(),
            "seeds": grouped["seed"].nunique(),
            "architectures": grouped["architecture"].nunique(),
            "bone_surface": grouped["bone_surface"].sum(),
            "tissue_volume": grouped["tissue_volume"].sum(),
            "hours": grouped["seconds"].sum() / 3600.0,
            "failed_audits": grouped["audit"].agg(lambda audit: int((audit != "passed").sum())),
        }
    ).reset_index()
