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
        n_oc, nuclei = _column(scene, "osteoclast", "nuclei")
        n_pre, stage = _column(scene, "osteoclast_precursor", "stage")
        _, maturity = _column(scene, "preosteoblast", "stage")
        _, retracted = _column(scene, "lining_cell", "retracted")
        lacunae, silence = _column(scene, "osteocyte", "stage")
        n_t, active = _column(scene, "t_cell", "active")
        reversal, alive = np.count_nonzero(maturity == 0), np.count_nonzero(silence < 2)
        adipocytes = _count(scene, "adipocyte")
        size = scene.cells["adipocyte"].values.cell_volume if adipocytes else 0.0
        marrow = scene.tissue.marrow_volume
        return (
            n_oc, nuclei.mean() if n_oc else np.nan, n_pre, np.count_nonzero(stage),
            reversal, np.count_nonzero(maturity == 1), _count(scene, "osteoblast"),
            np.count_nonzero(retracted == 0), np.count_nonzero(retracted == 1), alive,
            100.0 * alive / lacunae if lacunae else np.nan, n_t,
            100.0 * active.mean() if n_t else np.nan,
            _count(scene, "mesenchymal_stem_cell"), adipocytes,
            100.0 * adipocytes * size / marrow if marrow > 0 else np.nan,
        )  # fmt: skip


def _column(scene, kind, name) -> tuple[int, np.ndarray]:
    """Return how many cells of a kind live, and a column of theirs."""
    if kind not in scene.cells:
        return 0, np.zeros(0, "i4")
    rows = scene.cells[kind].rows
    found = rows[name][rows["alive"]]
    return len(found), found


def _count(scene, kind) -> int:
    return len(scene.cells[kind]) if kind in scene.cells else 0
