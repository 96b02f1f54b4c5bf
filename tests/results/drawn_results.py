"""Results drawn by hand, for tests of results and figures: no model runs."""

import numpy as np
import pandas as pd
from scipy import ndimage

from remodel_abm.results import Quantity, Record, Results, Snapshot

QUANTITIES = [
    Quantity("e2", "E2", "pmol/L", "serum estradiol", "P60"),
    Quantity("bv_tv", "BV/TV", "%", "bone volume", "Bouxsein2010"),
    Quantity("bmd", "aBMD", "g/cm2", "areal density", "P81", 30.0),
    Quantity("t_score", "T-score", "1", "against the young mean", "P81", 30.0),
    Quantity("ctx", "CTX", "%", "marker of resorption", "T20"),
    Quantity("p1np", "P1NP", "%", "marker of formation", "T20"),
    Quantity("n_oc", "N.Oc", "1", "osteoclasts", "Dempster2013"),
    Quantity("n_ob", "N.Ob", "1", "osteoblasts", "Dempster2013"),
    Quantity("n_precursor", "N.Oc.P", "1"),
    Quantity("n_lining", "N.Ln", "1"),
    Quantity("n_osteocyte", "N.Ot", "1"),
    Quantity("n_t_cell", "N.T", "1"),
    Quantity("n_adipocyte", "N.Ad", "1"),
    Quantity("rankl", "RANKL", "pmol/L"),
    Quantity("opg", "OPG", "pmol/L"),
    Quantity("rankl_opg", "RANKL:OPG", "1"),
    Quantity("tnf", "TNF-a", "pmol/L"),
    Quantity("il1", "IL-1", "pmol/L"),
    Quantity("il6", "IL-6", "pmol/L"),
    Quantity("tgf_beta", "TGF-b", "pmol/L"),
    Quantity("igf1", "IGF-1", "pmol/L"),
    Quantity("sclerostin", "sclerostin", "pmol/L"),
    Quantity("es_bs", "ES/BS", "%", "", "Dempster2013", 7.0),
    Quantity("os_bs", "OS/BS", "%", "", "Dempster2013", 7.0),
    Quantity("oc_s_bs", "Oc.S/BS", "%", "", "Dempster2013", 7.0),
    Quantity("ms_bs", "MS/BS", "%", "", "Dempster2013", 90.0),
    Quantity("mar", "MAR", "um/d", "", "Dempster2013", 90.0),
    Quantity("bfr_bs", "BFR/BS", "um/d", "", "Dempster2013", 90.0),
    Quantity("ac_f", "Ac.f", "1/yr", "", "Dempster2013", 30.0),
    Quantity("tb_th", "Tb.Th", "um", "", "Bouxsein2010", 90.0),
    Quantity("tb_sp", "Tb.Sp", "um", "", "Bouxsein2010", 90.0),
    Quantity("tb_n", "Tb.N", "1/mm", "", "Bouxsein2010", 90.0),
    Quantity("conn_d", "Conn.D", "1/mm3", "", "Bouxsein2010", 90.0),
    Quantity("marrow_fat", "Ma.Ad/Ma", "%", "", "T37"),
    Quantity("osteocyte_viability", "viable osteocytes", "%"),
]
SCENARIO = 'title = "Drawn by hand"\nage = 50\nyears = 10\nseed = 7\n'
FALLING = {"e2", "bv_tv", "bmd", "n_osteocyte", "opg", "tb_th", "tb_n", "conn_d",
           "osteocyte_viability"}  # fmt: skip


def bone(shape, day, seed=5):
    """Return layers of a porous bone that thins with the day."""
    rng = np.random.default_rng(seed)
    sigma = [0 if n == 1 else 5 for n in shape]
    noise = ndimage.gaussian_filter(rng.standard_normal(shape), sigma, mode="wrap")
    noise /= noise.std()
    thickness = 0.55 - 0.12 * max(day, 0) / 3650
    local = 0.5 + 0.5 * ndimage.gaussian_filter(rng.standard_normal(shape), sigma, mode="wrap")
    matrix = np.clip((thickness - np.abs(noise)) * 6 - local * max(day, 0) / 3650, 0, 1)
    surface = (matrix > 0.5) & (ndimage.minimum_filter(matrix, 3) < 0.5)
    phase = ndimage.gaussian_filter(np.random.default_rng(seed + 1000 + day).random(shape), sigma)
    phase = phase / phase.max()
    state = np.where(surface & (phase > 0.985), 3, 0)
    state = np.where(surface & (phase < np.quantile(phase, 0.05)), 2, state)
    state = np.where(surface & (phase > 0.978) & (phase < 0.98), 1, state)
    osteoid = np.where(ndimage.maximum_filter(state, 2) == 3, 1 - matrix, 0)
    mineral = np.clip(0.75 + 0.1 * local, 0, 1) * (matrix > 0)
    layers = {"bone": matrix, "osteoid": osteoid, "mineral": mineral, "state": state}
    return layers, cells(layers, rng, seed + 1000 + day)


def cells(layers, rng, seed):
    """Return cells of each class where they belong on a drawn bone."""
    rng = np.random.default_rng(seed)
    matrix, state = layers["bone"], layers["state"]
    marrow = np.argwhere(matrix < 0.05)
    inside = np.argwhere(matrix > 0.9)
    eroded, forming = np.argwhere(state == 2), np.argwhere(state == 3)

    def some(where, number):
        return where[rng.permutation(len(where))[:number]].astype(np.int16)

    return {
        "osteoclast": some(eroded, 6),
        "osteoblast": some(forming, 40),
        "osteoclast_precursor": some(marrow, 12),
        "lining_cell": some(np.argwhere((state == 0) & (matrix > 0.5) & (matrix < 0.9)), 60),
        "osteocyte": some(inside, len(inside) // 50),
        "t_cell": some(marrow, 8),
        "adipocyte": some(marrow, 10),
        "macrophage": some(marrow, 3),
    }


def record(years=10, quantities=QUANTITIES):
    """Return readings: a step at day 0 with a little noise, each at its own interval."""
    rng = np.random.default_rng(3)
    kept = Record(quantities)
    for day in range(-365, int(years * 365.25)):
        change = 0.4 * (1 - np.exp(-max(day, 0) / 700))
        values = {}
        for number, quantity in enumerate(quantities):
            if day % quantity.interval == 0:
                sign = -1 if quantity.name in FALLING else 1
                base = -0.5 if quantity.name == "t_score" else 10.0 + number
                values[quantity.name] = base * (1 + sign * change + 0.02 * rng.standard_normal())
        kept.add(day, values)
    return kept


def sites(shape, voxel, number=400, seed=2):
    """Return an event log of sites, deeper ones refilled less."""
    rng = np.random.default_rng(seed)
    layers, _ = bone(shape, 0)
    surface = np.argwhere((layers["bone"] > 0.3) & (layers["bone"] < 0.9))
    where = surface[rng.integers(0, len(surface), number)] * voxel
    opened = np.sort(rng.uniform(-300, 3500, number))
    resorbed = rng.gamma(4, 3e4, number)
    state = rng.choice(
        ["completed", "arrested", "aborted", "active"], number, p=[0.8, 0.1, 0.05, 0.05]
    )
    share = np.where(state == "completed", 0.95, np.where(state == "active", 0.4, 0.05))
    formed = resorbed * share * rng.normal(1, 0.1, number)
    depth = np.where(state == "aborted", 8, 48) * rng.gamma(12, 1 / 12, number)
    end = opened + 40
    return pd.DataFrame(
        {
            "site": np.arange(number), "z": where[:, 0], "y": where[:, 1], "x": where[:, 2],
            "opened": opened, "first_resorbed": opened + 3, "last_resorbed": end,
            "first_formed": np.where(share > 0.3, end + 10, np.nan),
            "last_formed": np.where(share > 0.3, end + 150, np.nan),
            "area": resorbed / 40, "resorbed": resorbed, "formed": formed, "floor": resorbed / 80,
            "floor_depth": depth * resorbed / 80, "erosion_depth": depth,
            "wall_thickness": depth * share, "reversal_time": 10.0, "formation_time": 140.0,
            "state": state, "extent": rng.gamma(3, 50, number),
        }
    )  # fmt: skip


def tracks(log):
    """Return wandering paths of the three farthest sites."""
    rows = []
    for site in log.nlargest(3, "extent").itertuples():
        for step in range(20):
            angle, way = site.site + step / 12, site.extent * step / 19
            y, x = site.y + way * np.sin(angle), site.x + way * np.cos(angle)
            rows.append((site.site, site.opened + 8 * step, site.z, y, x))
    return pd.DataFrame(rows, columns=["site", "day", "z", "y", "x"])


def breaks(number=30):
    """Return perforations and rod losses."""
    rng = np.random.default_rng(4)
    days = np.sort(rng.uniform(0, 3500, number))
    where = rng.uniform(0, 1000, (3, number))
    kind = np.where(rng.random(number) < 0.7, "perforation", "rod")
    return pd.DataFrame(
        dict(zip(["day", "z", "y", "x", "kind"], [days, *where, kind], strict=True))
    )


def results(shape=(1, 128, 128), days=(-180, 0, 1825, 3650), years=10, voxel=10.0):
    """Return complete results with snapshots in memory."""
    kept = record(years)
    log = sites(shape, voxel)
    snapshots = {day: Snapshot.of(day, *bone(shape, day), voxel) for day in days}
    return Results(
        provenance={"version": "0.1.0", "seed": 7, "packages": {"numpy": np.__version__}},
        audit={"mass": {"value": 1e-13, "tolerance": 1e-9, "passed": True}},
        quantities=kept.quantities,
        daily=kept.wide(),
        sites=log,
        breaks=breaks(),
        tracks=tracks(log),
        scenario_text=SCENARIO,
        kept=snapshots,
    )
