"""Static histomorphometry of surfaces: eroded, forming, under osteoclasts (Dempster 2013)."""

import numpy as np

from remodel_abm.cells.place import in_sphere, reach
from remodel_abm.kernel import allocating
from remodel_abm.measures import Measure, Reading
from remodel_abm.tissue.matrix import count_faces, inside


class Surfaces(Measure):
    """Shares of the bone surface by what goes on there, counted by faces."""

    name = "surfaces"
    source = "Dempster2013"
    interval = 7.0
    readings = (
        Reading("bs_tv", "BS/TV", "mm2/mm3", "bone surface density", "B.Pm/T.Ar", "mm/mm2"),
        Reading("es_bs", "ES/BS", "%", "eroded surface", "E.Pm/B.Pm"),
        Reading("os_bs", "OS/BS", "%", "osteoid surface", "O.Pm/B.Pm"),
        Reading("oc_s_bs", "Oc.S/BS", "%", "surface in reach of osteoclasts", "Oc.Pm/B.Pm"),
        Reading("open_bs", "Op.S/BS", "%", "opened surface not yet eroded", "Op.Pm/B.Pm"),
        Reading(
            "n_oc_bs",
            "N.Oc/BS",
            "1/mm2",
            "osteoclasts per surface",
            "N.Oc/B.Pm",
            "1/mm",
        ),
        Reading(
            "n_ob_bs",
            "N.Ob/BS",
            "1/mm2",
            "osteoblasts per surface",
            "N.Ob/B.Pm",
            "1/mm",
        ),
    )

    def __call__(self, scene):
        tissue, layers = scene.tissue, scene.tissue.layers
        faces = np.zeros(4)
        count_faces(layers, faces)
        total = faces.sum()
        divisor = max(total, 1.0)  # shares of no surface are 0
        clasts = scene.cells.get("osteoclast")
        under = 0
        if clasts is not None and len(clasts):
            under = faces_near(layers, clasts.living, clasts.values.radius)
        area = divisor * layers.face * 1e-6
        per = area if not tissue.is_section else area / (tissue.depth * 1e-3)
        blasts = len(scene.cells["osteoblast"]) if "osteoblast" in scene.cells else 0
        return (
            total * layers.face * 1e3 / tissue.total_volume, 100.0 * faces[2] / divisor,
            100.0 * faces[3] / divisor, 100.0 * under / divisor, 100.0 * faces[1] / divisor,
            (len(clasts) if clasts is not None else 0) / per, blasts / per,
        )  # fmt: skip


@allocating
def faces_near(t, cells, radius):
    """Count the eroded or opened faces within `radius` [um] of cells, each once."""
    rz, ry = reach(radius, t.depth), reach(radius, t.voxel)
    seen = set()
    seen.add(-1)
    count = 0
    _, ny, nx = t.voxels.shape
    for i in range(len(cells)):
        for dz in range(-rz, rz + 1):
            for dy in range(-ry, ry + 1):
                for dx in range(-ry, ry + 1):
                    if not in_sphere(t, radius, dz, dy, dx):
                        continue
                    z, y, x = cells["z"][i] + dz, cells["y"][i] + dy, cells["x"][i] + dx
                    if not inside(t, z, y, x) or t.exposed[z, y, x] == 0:
                        continue
                    index = (z * ny + y) * nx + x
                    if 1 <= t.state[z, y, x] <= 2 and index not in seen:
                        seen.add(index)
                        count += t.exposed[z, y, x]
    return count
