"""Where a result comes from: version, seed, platform, packages, bone; nothing that a clock says."""

import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from remodel_abm import __version__
from remodel_abm.scenario import Scenario

# What numbers, pictures and bytes on disk depend on.
PACKAGES = (
    "numpy", "numba", "llvmlite", "scipy", "mesa", "scikit-image", "localthickness", "edt",
    "pandas", "pyarrow", "matplotlib", "pillow", "nibabel", "SimpleITK", "tifffile",
)  # fmt: skip


def provenance(scenario: Scenario, bone: dict | None = None) -> dict:
    """Return what a run depends on beside its scenario.

    Parameters
    ----------
    scenario
        The run's.
    bone
        What an earlier call found out about the bone, if its file need not be there any more.
    """
    return {
        "version": __version__,
        "scenario": scenario.name,
        "seed": scenario.seed,
        "bone": bone_of(scenario) if bone is None else bone,
        "platform": platform.platform(),
        "python": platform.python_version(),
        "packages": {name: installed(name) for name in PACKAGES},
    }


def bone_of(scenario: Scenario) -> dict:
    """Return source and, of a file, the hash of the bone a run starts from."""
    source = scenario.bone.source
    if scenario.bone.is_generated:
        return {"source": source, "seed": scenario.bone.seed}
    from remodel_abm.tissue.specimen import digest

    return {"source": source, "sha256": digest(Path(source))}


def installed(name: str) -> str | None:
    """Return the version of an installed package, None if it is missing."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def with_verdict(kept: dict, audit: dict) -> dict:
    """Return the provenance with one line on the run's own audit."""
    failed = failures(audit)
    return kept | {"audit": "passed" if not failed else f"FAILED: {'; '.join(failed)}"}


def failures(audit: dict) -> list[str]:
    """Return the checks of its own that a run did not pass."""
    return [name for name, check in audit.items() if not check["passed"]]
