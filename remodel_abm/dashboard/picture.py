"""How an arm looks today: layers of one plane in bytes, cells as rows, one signal."""

import numpy as np

from remodel_abm.results.snapshot import quantised

# Kinds in the order of the legend; the number is what the browser draws by.
KINDS = (
    "osteoclast", "osteoclast_precursor", "osteoblast", "preosteoblast", "lining_cell",
    "osteocyte", "t_cell", "mesenchymal_stem_cell", "adipocyte",
)  # fmt: skip
# What a kind looks different by: the column that goes with its place.
TRAIT = {
    "osteoclast": "nuclei", "osteoclast_precursor": "stage", "preosteoblast": "stage",
    "lining_cell": "retracted", "osteocyte": "stage", "t_cell": "active",
}  # fmt: skip
LOST_LACUNA = 2  # stage of an osteocyte that is gone


def picture(model, plane: int, signal: str) -> tuple[dict, list[bytes]]:
    """Return what the page draws of one plane across z.

    Parameters
    ----------
    model : Model
    plane : int
        Index along z. [voxel]
    signal : str
        Name of the signal laid over it, or nothing.

    Returns
    -------
    head : dict
        Tick, day, size of the plane and of the signal's grid, its range [pmol/L].
    buffers : list of bytes
        matrix and mineral per matrix (uint8, 255 is one), surface state with osteoid
        (state + 4 * share of 63); cells as (n, 5) int16: kind, y, x, trait, a number of its own;
        the signal (float32) on its coarse grid.
    """
    layers = model.tissue.layers
    voxels = layers.voxels[plane]
    bone, osteoid, missing = (
        voxels[name].astype(np.float32) for name in ("bone", "osteoid", "missing")
    )
    ground = np.empty((3, *bone.shape), np.uint8)
    ground[0] = quantised(bone + osteoid)
    missing *= np.float32(np.exp(-model.day / model.tissue.p.secondary_time))
    ground[1] = quantised(1 - missing / np.maximum(bone, np.float32(1e-3)))
    soft = (np.minimum(osteoid, 1) * 63 + np.float32(0.5)).astype(np.uint8)
    ground[2] = layers.state[plane] + 4 * soft
    head = {"tick": model.tick, "day": model.day, "height": bone.shape[0], "width": bone.shape[1]}
    field = _field(model, plane, signal)
    if field is not None:
        low, high = np.percentile(field, (1, 96)) if field.size else (0.0, 0.0)
        head["signal"] = {
            "name": signal, "height": field.shape[0], "width": field.shape[1],
            "factor": int(model.signals.grids["factor"][list(model.signals.parts).index(signal)]),
            "low": float(low), "high": float(high), "phase": model.signals.parts[signal].phase,
        }  # fmt: skip
    body = b"" if field is None else field.tobytes()
    return head, [ground.tobytes(), cells(model, plane).tobytes(), body]


def _field(model, plane, signal):
    if signal not in model.signals.parts:
        return None
    grid = model.signals.grid(signal)
    factor = model.signals.grids["factor"][list(model.signals.parts).index(signal)]
    return np.ascontiguousarray(grid[min(plane // factor, len(grid) - 1)], np.float32)


def cells(model, plane: int) -> np.ndarray:
    """Return the cells of a plane as (n, 5) int16: kind, y, x, trait, a number of its own."""
    found = []
    for number, name in enumerate(KINDS):
        if name not in model.cells:
            continue
        rows = model.cells[name].rows
        rows = rows[rows["alive"] & (rows["z"] == plane)]
        if name == "osteocyte":
            rows = rows[rows["stage"] < LOST_LACUNA]
        table = np.empty((len(rows), 5), np.int16)
        table[:, 0] = number
        table[:, 1], table[:, 2] = rows["y"], rows["x"]
        table[:, 3] = np.clip(rows[TRAIT[name]], 0, 127) if name in TRAIT else 0
        table[:, 4] = (rows["id"] >> np.uint64(3)) & np.uint64(0x7FFF)
        found.append(table)
    return np.concatenate(found) if found else np.empty((0, 5), np.int16)


def counts(model) -> dict[str, int]:
    """Return how many cells of each kind live in the whole piece of tissue."""
    return {name: len(model.cells[name]) for name in KINDS if name in model.cells}
