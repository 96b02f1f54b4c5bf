"""How bone was lost: plates perforated, rods cut, islands cut off, or surfaces thinned (T40, T41).

Loss is what the last picture lacks of the first, space by space: bone cut off from the rest is an
island; what lies within a trabecular thickness of a break belongs to the nearest one; the rest is
thinning. In a section plates and rods look alike, so the shares mean something in volumes only.
"""

import numpy as np
import pandas as pd
from scipy import ndimage
from scipy.spatial import cKDTree

from remodel_abm.declare import InputError
from remodel_abm.ensemble import pooling
from remodel_abm.ensemble.compare import common_days
from remodel_abm.results.snapshot import Snapshot, load_snapshot, snapshot_path

REACH = 170.0  # um, a trabecular thickness (P01)
FULL = 0.5  # share of a voxel from which it counts as bone
REFILL = 365.0  # d after a break by which the unit that made it has come to rest (P22b)
PINHOLE = 40.0  # um; with bone no farther from its middle than this, a break is a pinhole
WAYS = ("perforation", "rod", "island", "thinning")


def loss_shares(ensemble, start: int | None = None, stop: int | None = None) -> pd.DataFrame:
    """Return the share of the net loss of bone by how it went, for each arm.

    Parameters
    ----------
    ensemble : Ensemble
        With pictures on both days in every run of an arm.
    start, stop
        Days of the pictures; each arm's first from day 0 on, and its last, without. [d]

    Returns
    -------
    DataFrame
        arm, way (`WAYS`), volume [mm3], share_of_loss [%] of all loss with its 95 % interval
        (low, high) over runs, share_of_breaks [%]: of what was lost by breaks, as T40 counts.
        NaN where more was gained than lost.

    Raises
    ------
    InputError
        If there are no two days with pictures in every run of an arm.
    """
    rows = []
    for arm in ensemble.arms:
        days = _days(ensemble, arm, start, stop)
        runs = ensemble.runs[ensemble.runs["arm"] == arm]
        lost = np.array([_lost(ensemble, run, *days) for run in runs.itertuples()])
        counts = pooling.draws(runs["bone"])
        summed = counts @ lost
        total = summed.sum(axis=1, keepdims=True)
        shares = 100.0 * np.divide(
            summed, total, out=np.full(summed.shape, np.nan), where=total > 0
        )
        low, high = pooling.interval(shares)
        broken = summed[0, :3].sum()
        for place, way in enumerate(WAYS):
            of_breaks = 100.0 * summed[0, place] / broken if place < 3 and broken > 0 else np.nan
            rows.append(
                {"arm": arm, "way": way, "volume": summed[0, place],
                 "share_of_loss": shares[0, place], "low": low[place], "high": high[place],
                 "share_of_breaks": of_breaks}
            )  # fmt: skip
    return pd.DataFrame(rows)


def rebuilt(ensemble, between: dict[str, tuple[int, int]] | None = None) -> pd.DataFrame:
    """Return what became of breaks: refilled by the unit that made them, or rebuilt later (K05).

    A lacuna may go through a strut and still be refilled by its own osteoblasts. What is open in
    the first picture a year or more later, when that unit is at rest, has outlasted it.

    Parameters
    ----------
    ensemble : Ensemble
        With pictures between the first and the last; an arm without any is left out.
    between
        By arm, the days of two pictures: breaks a year or more older than the first are looked at
        in these two alone, and other arms are left out. [d]

    Returns
    -------
    DataFrame
        arm, kind; breaks with a picture a year or more later and the last one after it [1];
        lasting: those that outlasted their unit [1]; rebuilt: of the lasting, places that hold
        bone in the last picture [%], NaN of none; wide: of the lasting, those farther from
        bone than `PINHOLE` [1]; wide_rebuilt: of these, places that hold bone in the last
        picture [%].
    """
    rows = []
    for arm, days in (_followed(ensemble) if between is None else between).items():
        runs = ensemble.runs[ensemble.runs["arm"] == arm].itertuples()
        fates = pd.concat([_fates(ensemble, run, days) for run in runs], ignore_index=True)
        for kind in WAYS[:2]:
            mine = fates[fates["kind"] == kind]
            lasting = mine[mine["gap"] > 0.0]
            wide = lasting[lasting["gap"] > PINHOLE]
            rows.append(
                (arm, kind, len(mine), len(lasting), 100.0 * lasting["rebuilt"].mean(),
                 len(wide), 100.0 * wide["rebuilt"].mean())
            )  # fmt: skip
    columns = ["arm", "kind", "breaks", "lasting", "rebuilt", "wide", "wide_rebuilt"]
    return pd.DataFrame(rows, columns=columns)


def _followed(ensemble) -> dict[str, list[int]]:
    """Return the days of all pictures, of arms with some between the first and the last. [d]"""
    days = {arm: [d for d in common_days(ensemble, [arm]) if d >= 0] for arm in ensemble.arms}
    return {arm: found for arm, found in days.items() if len(found) > 2}


def _fates(ensemble, run, days) -> pd.DataFrame:
    """Return of each break of a run: kind; gap to bone a year later [um]; rebuilt at the end."""
    *between, last = days
    mine = _breaks_of(ensemble, run, 0.0, last)
    looked = np.searchsorted(between, mine["day"].to_numpy() + REFILL)
    mine, looked = mine[looked < len(between)], looked[looked < len(between)]
    gap = np.zeros(len(mine))
    for one in np.unique(looked):
        then = looked == one
        gap[then] = gaps(_picture(ensemble, run, between[one]), mine[then])
    again = gaps(_picture(ensemble, run, last), mine) == 0.0
    return pd.DataFrame({"kind": mine["kind"], "gap": gap, "rebuilt": again})


def struts_or_thickness(ensemble, day: float) -> pd.DataFrame:
    """Return how architecture changed up to a day: women lose struts, men thin (T41).

    Returns
    -------
    DataFrame
        arm, measure (bv_tv, tb_n, tb_th, tb_sp, conn_d), change [%] with 95 % interval.
    """
    bands = ensemble.bands
    chosen = bands[
        bands["measure"].isin(["bv_tv", "tb_n", "tb_th", "tb_sp", "conn_d"])
        & (bands["kind"] == "change") & (bands["bone"] == "all") & (bands["day"] <= day)
    ]  # fmt: skip
    last = chosen.groupby(["arm", "measure"], sort=False)["day"].idxmax()
    table = chosen.loc[last, ["arm", "measure", "day", "mean", "low", "high"]]
    return table.rename(columns={"mean": "change"}).reset_index(drop=True)


def lost_by_way(first: Snapshot, last: Snapshot, breaks: pd.DataFrame) -> np.ndarray:
    """Return the net loss by way, in the order of `WAYS`. [voxel]

    Parameters
    ----------
    first, last
        The bone before and after.
    breaks
        day, z, y, x [um], kind: what broke between.
    """
    before, after = first.matrix(), last.matrix()
    way = np.full(before.shape, WAYS.index("thinning"))
    if len(breaks):
        codes = breaks["kind"].map(WAYS.index).to_numpy()
        tree = cKDTree(breaks[["z", "y", "x"]].to_numpy(float))
        moved = np.argwhere(before != after)
        distance, nearest = tree.query(_places(moved, first), distance_upper_bound=REACH)
        near = np.isfinite(distance)
        way[tuple(moved[near].T)] = codes[nearest[near]]
    lost = before - after
    # An island is lost to the skeleton though it is still there.
    cut = islands(after > FULL) & (before > FULL)
    way[cut], lost[cut] = WAYS.index("island"), before[cut]
    already = islands(before > FULL)
    lost[already] = 0.0
    return np.bincount(way.ravel(), weights=lost.ravel(), minlength=len(WAYS))


def islands(bone: np.ndarray) -> np.ndarray:
    """Return which voxels belong to no piece that reaches the walls, nor to the largest."""
    labels, count = ndimage.label(bone, np.ones((3, 3, 3)))
    if count < 2:
        return np.zeros(bone.shape, bool)
    sizes = np.bincount(labels.ravel())
    held = {int(np.argmax(sizes[1:])) + 1}
    for axis in (i for i in range(3) if bone.shape[i] > 1):
        for wall in (0, -1):
            held |= set(np.unique(np.take(labels, wall, axis=axis)).tolist())
    return bone & ~np.isin(labels, sorted(held - {0}))


def gaps(picture: Snapshot, breaks: pd.DataFrame) -> np.ndarray:
    """Return how far the nearest bone lies from the place of each break, 0 on it. (breaks,) [um]"""
    bone, edges = picture.matrix() > FULL, _edges(picture)
    where = np.floor(breaks[["z", "y", "x"]].to_numpy(float) / edges).astype(int)
    apart = ndimage.distance_transform_edt(~bone) * picture.voxel
    return apart[tuple(np.clip(where, 0, np.array(bone.shape) - 1).T)]


def _edges(picture: Snapshot) -> np.ndarray:
    """Return the edges of a voxel along z, y, x; a section lies in one layer. [um]"""
    return np.array([np.inf if picture.flat else picture.voxel, picture.voxel, picture.voxel])


def _places(voxels: np.ndarray, picture: Snapshot) -> np.ndarray:
    edges = _edges(picture)
    edges[~np.isfinite(edges)] = 0.0
    return (voxels + 0.5) * edges


def _days(ensemble, arm, start, stop) -> tuple[int, int]:
    days = [day for day in common_days(ensemble, [arm]) if day >= 0]
    start = (days[0] if days else None) if start is None else start
    stop = (days[-1] if days else None) if stop is None else stop
    if start not in days or stop not in days or start >= stop:
        msg = f"{arm}: losses need pictures on two days in every run; days with pictures: {days}"
        raise InputError(msg)
    return start, stop


def _picture(ensemble, run, day: int) -> Snapshot:
    return load_snapshot(snapshot_path(ensemble.folder / run.folder, day))


def _breaks_of(ensemble, run, since: float, upto: float) -> pd.DataFrame:
    table = ensemble.breaks
    mine = (table["arm"] == run.arm) & (table["bone"] == run.bone) & (table["seed"] == run.seed)
    mine = table[mine & (table["day"] >= since) & (table["day"] <= upto)]
    return mine.assign(z=0.0) if run.nz == 1 else mine


def _lost(ensemble, run, start: int, stop: int) -> np.ndarray:
    """Return the loss of one run by way. [mm3]"""
    pictures = (_picture(ensemble, run, day) for day in (start, stop))
    voxels = lost_by_way(*pictures, _breaks_of(ensemble, run, start, stop))
    return voxels * run.tissue_volume / (run.nz * run.ny * run.nx)
