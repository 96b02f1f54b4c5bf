"""How many cells there are, of what kind and in what state."""

import numpy as np

from remodel_abm.measures import Measure, Reading


class CellCounts(Measure):
    """Cells in the tissue, by kind and state."""

    name = "cell_counts"
    source = "Dempster2013"
    readings = (
        Reading("n_oc", "N.Oc", "1", "osteoclasts"),
        Reading("n_nuclei", "N.Nc/Oc", "1", "nuclei per osteoclast"),
        Reading("n_precursor", "N.Pre-Oc", "1", "osteoclast precursors, all"),
        Reading("n_attached", "N.Pre-Oc.S", "1", "osteoclast precursors on bone"),
        Reading("n_reversal", "N.Rv", "1", "reversal cells"),
        Reading("n_preosteoblast", "N.Pre-Ob", "1", "pre-osteoblasts"),
        Reading("n_ob", "N.Ob", "1", "osteoblasts"),
        Reading("n_lining", "N.Lc", "1", "lining cells on quiescent surface"),
        Reading("n_canopy", "N.Cn", "1", "lining cells retracted to canopy"),
        Reading("n_osteocyte", "N.Ot", "1", "living osteocytes"),
        Reading("osteocyte_viability", "Ot.viab", "%", "lacunae that hold a living osteocyte"),
        Reading("n_t_cell", "N.T", "1", "T cells"),
        Reading("active_t_cells", "T.act", "%", "T cells that are active"),
        Reading("n_stem_cell", "N.MSC", "1", "mesenchymal stem cells"),
        Reading("n_adipocyte", "N.Ad", "1", "marrow adipocytes"),
        Reading("marrow_fat", "Ad.V/Ma.V", "%", "adipocyte volume per marrow volume"),
    )

    def __call__(self, scene):
        n_oc, adipocytes = _count(scene, "osteoclast"), _count(scene, "adipocyte")
        precursors = _count_by(scene, "osteoclast_precursor", "stage")
        reversal, preosteoblasts, *_ = _count_by(scene, "preosteoblast", "stage")
        lining, canopy, *_ = _count_by(scene, "lining_cell", "retracted")
        resting, calling, silent, _ = _count_by(scene, "osteocyte", "stage")
        alive, lacunae = resting + calling, resting + calling + silent
        idle, active, *_ = _count_by(scene, "t_cell", "active")
        size = scene.cells["adipocyte"].values.cell_volume if adipocytes else 0.0
        marrow = scene.tissue.marrow_volume
        return (
            n_oc, _nuclei(scene) if n_oc else np.nan, sum(precursors), sum(precursors[1:]),
            reversal, preosteoblasts, _count(scene, "osteoblast"), lining, canopy, alive,
            100.0 * alive / lacunae if lacunae else np.nan, idle + active,
            100.0 * (active / (idle + active)) if idle + active else np.nan,
            _count(scene, "mesenchymal_stem_cell"), adipocytes,
            100.0 * adipocytes * size / marrow if marrow > 0 else np.nan,
        )  # fmt: skip


def _count(scene, kind) -> int:
    return len(scene.cells[kind]) if kind in scene.cells else 0


def _count_by(scene, kind, column) -> list[int]:
    return scene.cells[kind].count_by(column) if kind in scene.cells else [0] * 4


def _nuclei(scene) -> float:
    """Return the nuclei of an osteoclast, on average."""
    rows = scene.cells["osteoclast"].rows
    nuclei = rows["nuclei"][rows["alive"]].tolist()
    return sum(nuclei) / len(nuclei)
