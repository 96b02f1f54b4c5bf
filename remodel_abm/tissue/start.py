"""The bone that a run starts from: generated, imported earlier, or read from an image now."""

from pathlib import Path

import numpy as np

from remodel_abm.declare import InputError


def start(bone) -> tuple[np.ndarray, float]:
    """Return the starting matrix fraction (nz, ny, nx) and the voxel edge [um].

    Parameters
    ----------
    bone : scenario.Bone
        What the scenario says of it.

    Raises
    ------
    InputError
        If it cannot be generated or read.
    """
    if bone.is_generated:
        from remodel_abm.tissue import kept

        fraction = kept.generated(
            bone.shape, bone.voxel, bone.bv_tv, bone.tb_th, bone.direction, bone.anisotropy,
            bone.seed,
        )  # fmt: skip
        return fraction, bone.voxel
    # Readers of images cost half a second of imports, which only real bone needs.
    from remodel_abm.tissue import specimen

    path = _place(bone)
    if (path / "bone.toml").is_file():
        imported = specimen.load_bone(path)
    else:
        imported = specimen.import_bone(
            path,
            voxel=bone.voxel_size or None,
            threshold=bone.threshold,
            crop=(bone.crop,) * 3 if bone.crop else None,
            target_voxel=bone.voxel,
        )
    return imported.fraction, float(imported.voxel)


def is_flat(bone) -> bool | None:
    """Tell whether a bone is a section, None if only reading an image would tell.

    Raises
    ------
    InputError
        If it is missing or damaged.
    """
    if bone.is_generated:
        return bone.is_section
    path = _place(bone)
    if not (path / "bone.toml").is_file():
        return None
    from remodel_abm.tissue import specimen

    return specimen.load_bone(path).fraction.shape[0] == 1


def _place(bone) -> Path:
    """Return where a bone that is read lies."""
    path = Path(bone.source)
    if not path.exists():
        msg = (
            f"bone.source = {bone.source!r} does not exist; allowed are 'section', 'volume', "
            "the folder of an imported bone, or an image file"
        )
        raise InputError(msg)
    return path
