"""Populations: the cells of one kind as rows of a structured array, and as Mesa agents.

Rows stand in the order (day of arrival, identity), whatever happens elsewhere, so the order in
which neighbours act depends on nothing but themselves. A row is found by its cell's identity,
never by its number, so dead rows can be swept out while agents live.
"""

from collections import defaultdict

import numpy as np

from remodel_abm.kernel import Direct, kernel
from remodel_abm.rng import combine, decision

COMMON = [
    ("id", "u8"), ("alive", "?"), ("fate", "i1"), ("litter", "i2"), ("buds", "i2"),
    ("born", "f8"), ("z", "i4"), ("y", "i4"), ("x", "i4"),
    ("bz", "i4"), ("by", "i4"), ("bx", "i4"), ("site", "i4"),
]  # fmt: skip
HANDED_ON = ("z", "y", "x", "site")  # what a cell keeps when it becomes another kind
_LITTER = decision("population.litter")
SWEEP_SHARE = 0.25


@kernel
def _tally(rows, alive, fate, buds):
    """Count the rows alive, with a fate and with buds, of rows as bytes; arguments are offsets.

    As bytes, so that one compiled kernel reads the rows of every kind.
    """
    living, leaving, budding = 0, 0, 0
    for i in range(len(rows)):
        living += rows[i, alive] != 0
        leaving += rows[i, fate] != 0
        budding += rows[i, buds] != 0 or rows[i, buds + 1] != 0
    return living, leaving, budding


@kernel
def _census(rows, alive, column, counts):
    """Count the living by the value of a column of one byte; as `_tally`."""
    for i in range(len(rows)):
        if rows[i, alive] != 0:
            counts[rows[i, column]] += 1


_tallied, _counted = Direct(_tally), Direct(_census)
_BOOK = ("alive", "fate", "buds")


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
        self._hold(np.zeros(64, self.dtype) if rows is None else rows.astype(self.dtype))
        self._used = 0 if rows is None else len(rows)
        self._offsets = [self.dtype.fields[name][1] for name in _BOOK]
        self.values = None
        self.version = 0
        self._found: tuple[int, dict[int, int]] = (-1, {})
        self._kernels = {
            name: Direct(getattr(kind, name))
            for name in ("secrete", "act", "turn_over")
            if getattr(kind, name, None) is not None
        }

    @property
    def rows(self) -> np.ndarray:
        """Rows in use, dead ones among them; ask again after births."""
        return self._rows[: self._used]

    def replace(self, rows: np.ndarray) -> None:
        """Stand in the rows of another population of the kind, for a resumed run."""
        self._hold(rows.astype(self.dtype))
        self._used = len(rows)
        self.version += 1

    def _hold(self, rows: np.ndarray) -> None:
        self._rows, self._bytes = rows, rows.view("u1").reshape(-1, self.dtype.itemsize)

    @property
    def living(self) -> np.ndarray:
        """Copy of the rows of living cells."""
        rows = self.rows
        return rows[rows["alive"]]

    def __len__(self) -> int:
        return int(np.count_nonzero(self.rows["alive"]))

    def count_by(self, column: str) -> list[int]:
        """Return how many cells live with the value 0, 1, 2, 3 in a column of one byte."""
        counts = np.zeros(4, "i8")
        place = self.dtype.fields[column][1]
        _counted(self._bytes[: self._used], self._offsets[0], place, counts)
        return counts.tolist()

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
        self._live("secrete", layers, fields, now)

    def act(self, layers, fields, now) -> None:
        """Let every cell sense, move, resorb or form."""
        self._live("act", layers, fields, now)

    def turn_over(self, layers, fields, now) -> None:
        """Let every cell decide on its fate."""
        self._live("turn_over", layers, fields, now)

    def _live(self, phase, layers, fields, now):
        kernel = self._kernels.get(phase)
        if kernel is not None:
            kernel(self.rows, layers, fields, self.values, now)

    def admit(self, newborn: np.ndarray, day: float) -> None:
        """Append newborn rows, in the order of their identities."""
        if not len(newborn):
            return
        if len(newborn) > 1:
            newborn = newborn[np.argsort(newborn["id"], kind="stable")]
        newborn["alive"], newborn["born"] = True, day
        newborn["fate"] = newborn["litter"] = newborn["buds"] = 0
        end = self._used + len(newborn)
        if end > len(self._rows):
            more = np.zeros(max(end, 2 * len(self._rows)) - len(self._rows), self.dtype)
            self._hold(np.concatenate([self._rows, more]))
        self._rows[self._used : end] = newborn
        self._used = end
        self.version += 1

    def leave(self) -> tuple[np.ndarray, np.ndarray]:
        """Take out cells whose fate is sealed; return them, and the cells that bud."""
        rows = self.rows
        _, leaving, budding = self._tally()
        leavers = parents = rows[:0]
        if leaving:
            gone = rows["fate"] > 0
            leavers = rows[gone]
            rows["alive"][gone] = False
            rows["fate"][gone] = 0
            self.version += 1
        if budding:
            buds = rows["buds"] > 0
            parents = rows[buds]
            rows["buds"][buds] = 0
        return leavers, parents

    def sweep(self) -> None:
        """Close the gaps that dead rows left, once they are worth it."""
        lasting = self._tally()[0]
        if self._used - lasting > SWEEP_SHARE * self._used + 8:
            rows = self.rows
            self._rows[:lasting] = rows[rows["alive"]]
            self._used = lasting
            self.version += 1

    def _tally(self) -> tuple[int, int, int]:
        """Return how many rows are alive, leave and bud."""
        return _tallied(self._bytes[: self._used], *self._offsets)


def pass_on(populations: dict[str, Population], now) -> None:
    """Move every cell whose fate is sealed to the population it joins, and place daughters."""
    newborn, left = defaultdict(list), []
    for population in populations.values():
        leavers, parents = population.leave()
        kind = population.kind
        if len(leavers):
            left.append(population)
            for code in sorted(set(leavers["fate"].tolist())):
                heir = kind.fates[code - 1]
                if heir in populations:
                    rows = leavers[leavers["fate"] == code]
                    newborn[heir].append(_follow(rows, populations[heir].dtype))
        if len(parents) and kind.daughter in populations:
            newborn[kind.daughter].append(_bud(parents, populations[kind.daughter].dtype, now))
    for name, rows in newborn.items():
        populations[name].admit(_joined(rows), now.day)
    for population in left:
        population.sweep()


def _joined(parts: list[np.ndarray]) -> np.ndarray:
    """Return rows of one type after each other; `np.concatenate` would compare their types."""
    if len(parts) == 1:
        return parts[0]
    rows = np.zeros(sum(map(len, parts)), parts[0].dtype)
    end = 0
    for part in parts:
        rows[end : end + len(part)] = part
        end += len(part)
    return rows


def _follow(rows, dtype) -> np.ndarray:
    """Let cells become another kind, or each fall into `litter` cells of it."""
    ids, copies = rows["id"], [max(1, number) for number in rows["litter"].tolist()]
    if max(copies) > 1:
        ids = [one for pair in zip(ids, copies, strict=True) for one in _pieces(*pair)]
        rows = np.repeat(rows, copies)
    heirs = np.zeros(len(rows), dtype)
    for name in HANDED_ON:
        heirs[name] = rows[name]
    heirs["id"] = ids
    return heirs


def _pieces(identity, number) -> list:
    """Return the identities of what a cell falls into; a cell that stays whole keeps its own."""
    if number == 1:
        return [identity]
    return [combine(identity, np.uint64(_LITTER ^ np.uint64(k))) for k in range(number)]


def _bud(parents, dtype, now) -> np.ndarray:
    """Place the daughters of dividing cells where these put them."""
    daughters = np.zeros(parents["buds"].sum(), dtype)
    for name, place in (("z", "bz"), ("y", "by"), ("x", "bx"), ("site", "site")):
        daughters[name] = np.repeat(parents[place], parents["buds"])
    first = (np.uint64(combine(one, np.uint64(now.tick + (1 << 40)))) for one in parents["id"])
    daughters["id"] = [
        combine(key, np.uint64(k))
        for key, number in zip(first, parents["buds"].tolist(), strict=True)
        for k in range(number)
    ]
    return daughters
