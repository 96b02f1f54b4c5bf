"""Populations: the cells of one kind as rows of a structured array, and as Mesa agents.

Rows stand in the order of their places when they were last lined up, newcomers behind them by day
of arrival and identity, so the order in which neighbours act depends on nothing that happens
elsewhere. A row is found by its cell's identity, never by its number, so dead rows can be swept
out while agents live.
"""

import numpy as np

from remodel_abm.cells.passage import COMMON, TRAVELLER, heads, see_off, take_in
from remodel_abm.kernel import Direct, kernel

FIRST_ROWS = 64
SWEEP_SHARE = 0.25
USUAL_SHARE = 16  # a day moves fewer than one in so many cells; else rows are made as needed


@kernel
def _census(rows, alive, column, counts):
    """Count the living by the value of a column of one byte; arguments are offsets.

    Of rows as bytes, so that one compiled kernel reads the rows of every kind.
    """
    for i in range(len(rows)):
        if rows[i, alive] != 0:
            counts[rows[i, column]] += 1


@kernel
def _close_gaps(words, rows, used):
    """Move the living up to the front, in their order, all columns as words of eight bytes."""
    kept = 0
    for i in range(used):
        if rows["alive"][i]:
            if kept < i:
                for k in range(words.shape[1]):
                    words[kept, k] = words[i, k]
            kept += 1


_counted, _swept = Direct(_census), Direct(_close_gaps)


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
        self._offsets = {name: place for name, (_, place) in self.dtype.fields.items()}
        self.values = None
        self.version = 0
        self._hold(np.zeros(0, self.dtype) if rows is None else rows.astype(self.dtype))
        self._see_off, self._take_in = Direct(see_off), Direct(take_in)
        self._heirs: tuple[dict, np.ndarray] | None = None
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

    @property
    def used(self) -> int:
        """Number of rows in use."""
        return self._used

    def replace(self, rows: np.ndarray) -> None:
        """Stand in the rows of another population of the kind, for a resumed run."""
        self._hold(rows.astype(self.dtype))
        self.version += 1

    def _hold(self, rows: np.ndarray, used: int | None = None) -> None:
        """Let cells live in these rows; few rows get some to spare."""
        self._used = len(rows) if used is None else used
        if len(rows) < FIRST_ROWS:
            rows = np.concatenate([rows, np.zeros(FIRST_ROWS - len(rows), self.dtype)])
        self._rows, self._heads = rows, heads(rows)
        self._bytes = rows.view("u1").reshape(len(rows), self.dtype.itemsize)

    @property
    def living(self) -> np.ndarray:
        """Copy of the rows of living cells."""
        rows = self.rows
        # As plain bytes: columns copied one by one take ten times as long.
        return rows.view(f"V{self.dtype.itemsize}")[rows["alive"]].view(self.dtype)

    def __len__(self) -> int:
        return int(np.count_nonzero(self._rows["alive"][: self._used]))

    def count_by(self, column: str) -> list[int]:
        """Return how many cells live with the value 0, 1, 2, 3 in a column of one byte."""
        counts = np.zeros(4, "i8")
        places = self._offsets["alive"], self._offsets[column]
        _counted(self._bytes[: self._used], *places, counts)
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
        self._make_room(len(newborn))
        end = self._used + len(newborn)
        self._rows[self._used : end] = newborn
        self._used = end
        self.version += 1

    def _make_room(self, number: int) -> None:
        """Let there be so many rows, all nought, behind those in use."""
        used, end = self._used, self._used + number
        if end > len(self._rows):
            rows, old = np.zeros(max(end, 2 * len(self._rows)), self.dtype), self._bytes
            self._hold(rows, used)
            self._bytes[: len(old)] = old
        self._bytes[used:end] = 0

    def take_in(self, travellers, order, day: float, number: int = 0, most: int | None = None):
        """Append the `TRAVELLER` rows to kind `number`, at most `most`, in an order given."""
        self._make_room(len(travellers) if most is None else most)
        used = self._take_in(self._heads, self._used, travellers, order, number, float(day))
        self.version += used > self._used
        self._used = used

    def see_off(self, travellers, end: int, joining, populations, tick: int):
        """Take out cells whose fate is sealed, and add who comes of them to the travellers.

        Returns
        -------
        travellers, end, leaving, staying
            The rows, which may have had to grow; how many are in use; cells that left and stayed.
        """
        given = end, joining, tick
        heirs = self._numbers_of_heirs(populations)
        after, leaving, staying = self._see_off(self._heads, self._used, heirs, travellers, *given)
        if after < 0:
            travellers = np.concatenate([travellers, np.zeros(-after, TRAVELLER)])
            after, leaving, staying = self._see_off(
                self._heads, self._used, heirs, travellers, *given
            )
        self.version += leaving > 0
        return travellers, after, leaving, staying

    def _numbers_of_heirs(self, populations) -> np.ndarray:
        """Return the numbers of the kinds that its fates lead to, and of its daughters' kind."""
        if self._heirs is None or self._heirs[0] is not populations:
            numbers = {name: number for number, name in enumerate(populations)}
            names = (*self.kind.fates, self.kind.daughter)
            heirs = np.array([numbers.get(name, -1) for name in names])
            self._heirs = populations, heirs
        return self._heirs[1]

    def line_up(self) -> None:
        """Put living rows in the order of their places, so that neighbours share cache lines."""
        rows = self.rows
        living = np.flatnonzero(rows["alive"])
        order = living[np.lexsort([rows[axis][living] for axis in "xyz"])]
        plain = rows.view(f"V{self.dtype.itemsize}")
        plain[: len(order)] = plain[order]
        self._used = len(order)
        self.version += 1

    def sweep(self, lasting: int | None = None) -> None:
        """Close the gaps that dead rows left, once they are worth it; `lasting` cells live."""
        lasting = len(self) if lasting is None else lasting
        if self._used - lasting > SWEEP_SHARE * self._used + 8:
            _swept(self._bytes.view("u8"), self._heads, self._used)
            self._used = lasting
            self.version += 1


def pass_on(populations: dict[str, Population], now) -> None:
    """Move every cell whose fate is sealed to the population it joins, and place daughters."""
    room = sum(population.used for population in populations.values()) // USUAL_SHARE
    travellers, end, stayed = np.empty(max(FIRST_ROWS, room), TRAVELLER), 0, {}
    joining = np.zeros(len(populations), "i8")
    for number, population in enumerate(populations.values()):
        travellers, end, leaving, staying = population.see_off(
            travellers, end, joining, populations, now.tick
        )
        if leaving:
            stayed[number] = staying
    numbers = joining.tolist()
    if end:
        order = travellers["id"][:end].argsort(kind="stable")
        for number, population in enumerate(populations.values()):
            if numbers[number]:
                population.take_in(travellers, order, now.day, number, numbers[number])
    for number, population in enumerate(populations.values()):
        if number in stayed:
            population.sweep(stayed[number] + numbers[number])
