"""The plan: which scenario is lived in which bone under which seed, and where each run is kept."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from remodel_abm.declare import InputError
from remodel_abm.scenario import Scenario
from remodel_abm.tissue.start import is_flat

_NAME = re.compile(r"[\w.+-]+")
_GENERATED = re.compile(r"(section|volume)(?::(\d+))?")
UNLIKE = "an ensemble holds sections or volumes, not both; run two ensembles"
NEVER = 1e6  # d between snapshots; only the first and the last day of the story are kept


class Job(NamedTuple):
    """One run of an ensemble: what it is called, what it lives, where it is kept."""

    arm: str
    bone: str
    seed: int
    scenario: Scenario
    folder: Path

    @property
    def key(self) -> tuple[str, str, int]:
        """What tells a run from the others: arm, bone, seed."""
        return self.arm, self.bone, self.seed


def arms_of(scenarios, **changes) -> dict[str, Scenario]:
    """Return the arms by name.

    Parameters
    ----------
    scenarios
        One scenario or several: names, files or `Scenario`, which give the arm their name; or a
        mapping from the name of an arm to any of these.
    **changes
        Fields to replace in every arm, such as ``years=5`` or ``off=["M11"]``.

    Raises
    ------
    InputError
        If a scenario is not sound, or two arms have one name, or a name does not suit a folder.
    """
    if isinstance(scenarios, str | Path | Scenario):
        scenarios = [scenarios]
    if isinstance(scenarios, Mapping):
        named = [(name, _scenario(one)) for name, one in scenarios.items()]
    else:
        named = [(one.name, one) for one in map(_scenario, scenarios)]
    if not named:
        msg = "an ensemble needs a scenario; name one, such as menopause"
        raise InputError(msg)
    arms = {}
    for name, scenario in named:
        _check_name("arm", name, arms)
        arms[name] = scenario.with_(**changes)
    return arms


def plan(
    arms: Mapping[str, Scenario],
    seeds: Iterable[int] | Mapping[str, Iterable[int]],
    bones: Iterable[str],
    folder: Path,
    snapshot_every: float | Mapping[str, float | None] | None = None,
) -> list[Job]:
    """Return every run of an ensemble: arms x bones x seeds, in this order.

    Parameters
    ----------
    arms
        Scenario by name of the arm.
    seeds
        Of the draws, of all arms or by arm; runs of arms under the same seed are paired.
    bones
        ``section``, ``volume``, one of these with the seed of the bone (``volume:3``), the folder
        of an imported bone or an image; none for the bone that the scenario names.
    folder
        Of the ensemble.
    snapshot_every
        Days between snapshots, of all arms or by arm; without it the first and the last day are
        kept. [d]

    Raises
    ------
    InputError
        If two bones have one name.
    """
    seeds = seeds if isinstance(seeds, Mapping) else {arm: list(seeds) for arm in arms}
    bones, jobs = list(bones) or [""], []
    for arm, scenario in arms.items():
        every = snapshot_every.get(arm) if isinstance(snapshot_every, Mapping) else snapshot_every
        labels: dict[str, Scenario] = {}
        for bone in bones:
            label, settled = _on_bone(scenario, bone)
            _check_name("bone", label, labels)
            labels[label] = settled.with_(snapshot_every=every or NEVER)
        for label, settled in labels.items():
            for seed in seeds[arm]:
                place = folder / "runs" / arm / label / f"seed-{seed:04d}"
                jobs.append(Job(arm, label, seed, settled.with_(seed=seed), place))
    return jobs


def check_bones(jobs: list[Job]) -> None:
    """Refuse what would fail only once runs are lived: bones that cannot stand in one dataset.

    Raises
    ------
    InputError
        If a bone is missing or damaged, or sections stand beside volumes (K14).
    """
    flat = {is_flat(bone) for bone in {job.scenario.bone for job in jobs}}
    if {True, False} <= flat:
        raise InputError(UNLIKE)


def _scenario(one) -> Scenario:
    return one if isinstance(one, Scenario) else Scenario.load(one)


def _on_bone(scenario: Scenario, bone: str) -> tuple[str, Scenario]:
    """Return the label of a bone, and the scenario in it; its own kind of bone keeps its shape."""
    generated = _GENERATED.fullmatch(bone)
    if generated:
        kind, seed = generated[1], int(generated[2] or scenario.bone.seed)
        known = {} if kind == scenario.bone.source else {"source": kind}
        scenario = scenario.with_(bone={**known, "seed": seed})
    elif bone:
        scenario = scenario.with_(bone={"source": bone})
    return label_of(scenario), scenario


def label_of(scenario: Scenario) -> str:
    """Return what an ensemble calls the bone of a scenario."""
    if scenario.bone.is_generated:
        return f"{scenario.bone.source}-{scenario.bone.seed}"
    name = Path(scenario.bone.source).name.partition(".")[0]
    return re.sub(r"[^\w+-]+", "-", name)


def _check_name(what: str, name: str, taken) -> None:
    if name in taken:
        msg = f"two {what}s of the ensemble are called {name!r}; give each a name of its own"
        raise InputError(msg)
    if not _NAME.fullmatch(name):
        msg = f"{what} {name!r} names a folder: letters, digits, '.', '+', '-' and '_' are allowed"
        raise InputError(msg)


def whole_above(least: int, name: str, value) -> int:
    """Return a whole number greater than `least`, or refuse it."""
    if not isinstance(value, int) or isinstance(value, bool) or value <= least:
        msg = f"{name} = {value!r}; allowed are whole numbers from {least + 1} on"
        raise InputError(msg)
    return value
