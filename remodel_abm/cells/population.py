"""Populations: the cells of one kind as rows of a structured array, and as Mesa agents.

Rows stand in the order (day of arrival, identity), whatever happens elsewhere, so the order in
which neighbours act depends on nothing but themselves. A row is found by its cell's identity,
never by its number, so dead rows can be swept out while agents live.
"""

from collections import defaultdict

import numpy as np

from remodel_abm.rng import combine, decision

COMMON = [
    ("id", "u8"), ("alive", "?"), ("fate", "i1"), ("litter", "i2"), ("buds", "i2"),
    ("born", "f8"), ("z", "i4"), ("y", "i4"), ("x", "i4"),
    ("bz", "i4"), ("by", "i4"), ("bx", "i4"), ("site", "i4"),
]  # fmt: skip
_LITTER = decision("population.litter")
SWEEP_SHARE = 0.25


def dtype_of(kind) -> np.dtype:
    """Return the row of a cell kind: what all cells have, then its own columns."""
    own = [(name, column.dtype) for name, column in kind.columns.items()]
    return np.dtype(COMMON + own, align=True)


class Population:
    """All cells of one kind.

    Parameters
    ----------
    kind : Cell class
        Gives the columns and the kernels.
    rows : structured array, optional
        Rows to start from, for a resumed run.
    """

    def __init__(self, kind, rows: np.ndarray | None = None):
        self.kind = kind
        self.dtype = dtype_of(kind)
        self._rows = np.zeros(64, self.dtype) if rows is None else rows.astype(self.dtype)
        self._used = 0 if rows is None else len(rows)
        self.values = None
        self.version = 0
        self._found: tuple[int, dict[int, int]] = (-1, {})

    @property
    def rows(self) -> np.ndarray:
        """Rows in use, dead ones among them; ask again after births."""
        return self._rows[: self._used]

    def replace(self, rows: np.ndarray) -> None:
        """Stand in the rows of another population of the kind, for a resumed run."""
        self._rows, self._used = rows.astype(self.dtype), len(rows)
        self.version += 1

    @property
    def living(self) -> np.ndarray:
        """Copy of the rows of living cells."""
        rows = self.rows
        return rows[rows["alive"]]

    def __len__(self) -> int:
        return int(np.count_nonzero(self.rows["alive"]))

    def row_of(self, identity: int) -> int:
        """Return the present row of a living cell.

        Raises
        ------
        KeyError
            If no such cell lives.
        """
        if self._found[0] != self.version:
            rows = self.rows
            alive = np.flatnonzero(rows["alive"])
            ids = rows["id"][alive].tolist()
            self._found = self.version, dict(zip(ids, alive.tolist(), strict=True))
        return self._found[1][identity]

    def secrete(self, layers, fields, now) -> None:
        """Let every cell add to the sources of the signals."""
        if self.kind.secrete is not None:
            self.kind.secrete(self.rows, layers, fields, self.values, now)

    def act(self, layers, fields, now) -> None:
        """Let every cell sense, move, resorb or form."""
        if self.kind.act is not None:
            self.kind.act(self.rows, layers, fields, self.values, now)

    def turn_over(self, layers, fields, now) -> None:
        """Let every cell decide on its fate."""
        if self.kind.turn_over is not None:
            self.kind.turn_over(self.rows, layers, fields, self.values, now)

    def admit(self, newborn: np.ndarray, day: float) -> None:
        """Append newborn rows, in the order of their identities."""
        if not len(newborn):
            return
        newborn = newborn[np.argsort(newborn["id"], kind="stable")]
        newborn["alive"], newborn["born"] = True, day
        newborn["fate"] = newborn["litter"] = newborn["buds"] = 0
        end = self._used + len(newborn)
        if end > len(self._rows):
            more = np.zeros(max(end, 2 * len(self._rows)) - len(self._rows), self.dtype)
            self._rows = np.concatenate([self._rows, more])
        self._rows[self._used : end] = newborn
        self._used = end
        self.version += 1

    def leave(self) -> tuple[np.ndarray, np.ndarray]:
        """Take out cells whose fate is sealed; return them, and the cells that bud."""
        rows = self.rows
        gone = rows["fate"] > 0
        leavers = rows[gone]
        buds = rows["buds"] > 0
        parents = rows[buds]
        if len(leavers):
            rows["alive"][gone] = False
            rows["fate"][gone] = 0
            self.version += 1
        if len(parents):
            rows["buds"][buds] = 0
        return leavers, parents

    def sweep(self) -> None:
        """Close the gaps that dead rows left, once they are worth it."""
        rows = self.rows
        alive = rows["alive"]
        lasting = int(np.count_nonzero(alive))
        if self._used - lasting > SWEEP_SHARE * self._used + 8:
            self._rows[:lasting] = rows[alive]
            self._used = lasting
            self.version += 1


def pass_on(populations: dict[str, Population], now) -> None:
    """Move every cell whose fate is sealed to the population it joins, and place daughters."""
    newborn = defaultdict(list)
    for population in populations.values():
        leavers, parents = population.leave()
        kind = population.kind
        for row in leavers:
            heir = kind.fates[row["fate"] - 1]
            if heir in populations:
                _follow(newborn[heir], row, populations[heir].dtype)
        for row in parents:
            if kind.daughter in populations:
                _bud(newborn[kind.daughter], row, populations[kind.daughter].dtype, now)
    for name, rows in newborn.items():
        populations[name].admit(np.concatenate(rows), now.day)
    for population in populations.values():
        population.sweep()


def _follow(newborn, row, dtype) -> None:
    """Let a cell become another kind, or fall into `litter` cells of it."""
    copies = max(1, int(row["litter"]))
    heirs = np.zeros(copies, dtype)
    for name in ("id", "z", "y", "x", "site"):
        heirs[name] = row[name]
    if copies > 1:
        heirs["id"] = [combine(row["id"], np.uint64(_LITTER ^ np.uint64(k))) for k in range(copies)]
    newborn.append(heirs)


def _bud(newborn, row, dtype, now) -> None:
    """Place the daughters of a dividing cell where it put them."""
    daughters = np.zeros(int(row["buds"]), dtype)
    daughters["z"], daughters["y"], daughters["x"] = row["bz"], row["by"], row["bx"]
    daughters["site"] = row["site"]
    first = np.uint64(combine(row["id"], np.uint64(now.tick + (1 << 40))))
    daughters["id"] = [combine(first, np.uint64(k)) for k in range(len(daughters))]
    newborn.append(daughters)
