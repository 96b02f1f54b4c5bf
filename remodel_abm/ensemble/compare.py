"""Two arms, pair by pair: the same bone and the same draws, so the difference is the treatment.

Effect size is Cohen's dz: the mean of the paired differences over their standard deviation
(Lakens 2013, doi 10.3389/fpsyg.2013.00863).
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from remodel_abm.declare import InputError, nearest
from remodel_abm.ensemble import pooling
from remodel_abm.ensemble.bands import ALL, BANDS, PERIOD, Measured, groups_of, joined, spread
from remodel_abm.ensemble.dataset import Ensemble
from remodel_abm.results import Results, tables
from remodel_abm.results.files import explained, write_atomically
from remodel_abm.results.snapshot import load_snapshot, snapshot_days, snapshot_path

DIFFERENCES = {
    "a": ("string", "", "the arm that is subtracted"),
    "b": ("string", "", "the arm it is subtracted from"),
    **{name: BANDS[name] for name in ("bone", "measure", "symbol", "kind")},
    "unit": ("string", "", "unit of the difference; of changes, percentage points"),
    "day": BANDS["day"],
    "pairs": ("int64", "1", "pairs of runs with a reading in both arms"),
    "mean": ("float64", "see unit", "pooled b less pooled a"),
    "low": ("float64", "see unit", "95 % bootstrap interval of it over pairs, lower end"),
    "high": ("float64", "see unit", "its upper end"),
    "dz": ("float64", "1", "mean of the paired differences over their standard deviation"),
    **{name: BANDS[name] for name in ("median", "p05", "p25", "p75", "p95")},
}
ALIKE = ("origin", "voxel", "nz", "ny", "nx")


@dataclass
class Comparison:
    """What tells arm `b` from arm `a`.

    Attributes
    ----------
    a, b
        Names of the arms.
    table
        Paired differences; columns as in `DIFFERENCES`.
    bands
        The bands of both arms.
    maps
        By bone: mean difference of the bone of the pairs on the last common day of pictures,
        (nz, ny, nx), b less a. [1]
    before
        By bone: the bone on the first such day, mean over both arms and all pairs. [1]
    day, voxel
        Day of the maps [d]; edge of a voxel by bone [um].
    """

    a: str
    b: str
    table: pd.DataFrame
    bands: pd.DataFrame
    maps: dict[str, np.ndarray]
    before: dict[str, np.ndarray]
    day: int | None
    voxel: dict[str, float]

    def at(self, day: float, kind: str = "value", bone: str = ALL) -> pd.DataFrame:
        """Return the differences of every measure at its last period up to `day`."""
        table = self.table
        chosen = table[(table["bone"] == bone) & (table["kind"] == kind) & (table["day"] <= day)]
        last = chosen.groupby("measure", sort=False)["day"].idxmax()
        return chosen.loc[last].set_index("measure")

    def save(self, folder: str | Path) -> Path:
        """Write ``differences.parquet`` and CSV, ``maps.npz`` and the figures.

        Raises
        ------
        InputError
            If the folder cannot be written to.
        """
        from remodel_abm.figures import differences

        folder = Path(folder)
        with explained(folder):
            folder.mkdir(parents=True, exist_ok=True)
        tables.write_table(folder / "differences", self.table, DIFFERENCES)
        if self.maps:
            maps = {f"difference_{bone}": found for bone, found in self.maps.items()}
            maps |= {f"before_{bone}": found for bone, found in self.before.items()}
            write_atomically(folder / "maps.npz", lambda file: np.savez_compressed(file, **maps))
        differences.draw_comparison(self, folder)
        return folder


def compare(ensemble: Ensemble, a: str, b: str, period: float = PERIOD) -> Comparison:
    """Return the paired differences of two arms, `b` less `a`.

    Parameters
    ----------
    ensemble
        Holds both arms.
    a, b
        Names of the arms.
    period
        Days over which readings are averaged. [d]

    Raises
    ------
    InputError
        If an arm is missing, or bones or seeds of the two are not the same.
    """
    check_paired(ensemble, a, b)
    parts = []
    for quantity in ensemble.quantities:
        measured = Measured(ensemble, quantity, period)
        for bone in groups_of(ensemble):
            parts += _difference(measured, a, b, bone)
    table = joined(parts, DIFFERENCES)
    bands = ensemble.bands[ensemble.bands["arm"].isin([a, b])]
    maps, before, day, voxel = _maps(ensemble, a, b)
    return Comparison(a, b, table, bands, maps, before, day, voxel)


def compare_runs(a: str | Path, b: str | Path) -> Comparison:
    """Return the differences of two runs in one bone under one seed, `b` less `a`.

    Raises
    ------
    InputError
        If one is no finished run, or their bones or seeds are not the same.
    """
    names = distinct_names(Path(a).resolve(), Path(b).resolve())
    runs = dict(zip(names, (Results.load(a), Results.load(b)), strict=True))
    return compare(Ensemble.of_runs(runs), *names)


def distinct_names(a: Path, b: Path) -> tuple[str, str]:
    """Return the parts of two paths that tell them apart.

    Examples
    --------
    >>> distinct_names(Path("e/old/seed-1"), Path("e/new/seed-1"))
    ('old', 'new')
    """
    one, two = list(a.parts), list(b.parts)
    while one and two and one[0] == two[0]:
        one, two = one[1:], two[1:]
    while len(one) > 1 and len(two) > 1 and one[-1] == two[-1]:
        one, two = one[:-1], two[:-1]
    return "/".join(one) or a.name, "/".join(two) or b.name


def check_paired(ensemble: Ensemble, a: str, b: str) -> None:
    """Refuse arms whose runs do not pair: the same bones, the same seeds."""
    runs = {}
    for arm in (a, b):
        if arm not in ensemble.arms:
            msg = f"the ensemble has no arm {arm!r}{nearest(arm, ensemble.arms)}; it has: "
            raise InputError(msg + ", ".join(ensemble.arms))
        mine = ensemble.runs[ensemble.runs["arm"] == arm]
        runs[arm] = mine.set_index(["bone", "seed"])
    if a == b:
        msg = f"{a!r} is compared with itself; name two arms"
        raise InputError(msg)
    odd = runs[a].index.symmetric_difference(runs[b].index)
    if len(odd):
        told = "; ".join(_told(arm, runs[arm].index) for arm in (a, b))
        msg = f"{a} and {b} are not paired: bones and seeds differ ({told})"
        raise InputError(msg)
    for column in ALIKE:
        differs = runs[a][column] != runs[b][column].reindex(runs[a].index)
        if differs.any():
            key = differs.index[differs][0]
            msg = (
                f"{a} and {b} are not paired: bone {key[0]} differs in its {column}: "
                f"{runs[a].loc[key, column]} and {runs[b].loc[key, column]}"
            )
            raise InputError(msg)


def _told(arm: str, index) -> str:
    bones, seeds = (sorted({key[i] for key in index}) for i in (0, 1))
    return f"{arm}: {', '.join(bones)} under seed {', '.join(map(str, seeds))}"


def _difference(measured: Measured, a: str, b: str, bone: str) -> list[dict]:
    """Return the paired differences of one measure: rows of `DIFFERENCES`, column by column."""
    first, second = measured.places(a, bone), measured.places(b, bone)
    counts = pooling.draws([measured.keys[place][1] for place in first])
    singles = measured.single(first), measured.single(second)
    samples = measured.samples(first, counts), measured.samples(second, counts)
    parts = []
    for kind in ("value", "change"):
        single = singles[1][kind] - singles[0][kind]
        part = {"a": a, "b": b, "bone": bone, **measured.names(kind), "day": measured.days}
        part |= spread(samples[1][kind] - samples[0][kind], single)
        part |= {"pairs": np.isfinite(single).sum(axis=1), "dz": effect_size(single)}
        if kind == "change":
            part["unit"] = "pp"
        if len(first) < 2:
            part["low"] = part["high"] = np.full(len(single), np.nan)
        parts.append(part)
    return parts


def effect_size(differences: np.ndarray) -> np.ndarray:
    """Return Cohen's dz of (periods, pairs); NaN below two pairs, or where all are the same."""
    seen = np.isfinite(differences)
    number = seen.sum(axis=1)
    filled = np.where(seen, differences, 0.0)
    mean = filled.sum(axis=1) / np.maximum(number, 1)
    square = np.where(seen, (differences - mean[:, None]) ** 2, 0.0).sum(axis=1)
    spread = np.sqrt(square / np.maximum(number - 1, 1))
    able = (number > 1) & (spread > 0)
    return np.divide(mean, spread, out=np.full(len(mean), np.nan), where=able)


def _maps(ensemble: Ensemble, a: str, b: str):
    """Return mean differences and mean first bone by bone, their day, and the voxel edges."""
    found, first, voxel = {}, {}, {}
    days = common_days(ensemble, (a, b))
    if not days:
        return {}, {}, None, {}
    lived = ensemble.runs[ensemble.runs["arm"] == a]
    for bone, runs in lived.groupby("bone", sort=False):
        changes, starts = [], []
        for seed in runs["seed"]:
            one, two = (ensemble.place(arm, bone, seed) for arm in (a, b))
            changes.append(_matrix(two, days[-1]) - _matrix(one, days[-1]))
            starts += [_matrix(one, days[0]), _matrix(two, days[0])]
        found[bone], first[bone] = np.mean(changes, axis=0), np.mean(starts, axis=0)
        voxel[bone] = load_snapshot(snapshot_path(one, days[0])).voxel
    return found, first, days[-1], voxel


def _matrix(place: Path, day: int) -> np.ndarray:
    return load_snapshot(snapshot_path(place, day)).matrix()


def common_days(ensemble: Ensemble, arms) -> list[int]:
    """Return the days of pictures that every run of these arms has. [d]"""
    runs = ensemble.runs[ensemble.runs["arm"].isin(list(arms))]
    days = [set(snapshot_days(ensemble.folder / place)) for place in runs["folder"]]
    return sorted(set.intersection(*days)) if days else []
