"""What is read each day: quantities with unit and source, and the growing table of readings."""

from collections.abc import Iterable
from concurrent.futures import Future
from typing import NamedTuple

import numpy as np
import pandas as pd

from remodel_abm.declare import nearest

_FIRST_ROWS = 1024


class Quantity(NamedTuple):
    """A number read off the model, as the tables and axes name it.

    Attributes
    ----------
    name, symbol, unit
        Snake-case name; the symbol as printed (Dempster 2013, Bouxsein 2010); its unit.
    doc, source
        Meaning; the work that defines it.
    interval
        Days between readings. [d]
    """

    name: str
    symbol: str
    unit: str
    doc: str = ""
    source: str = ""
    interval: float = 1.0


class Record:
    """Readings of `quantities`, a row a day; NaN where a quantity was not read.

    Examples
    --------
    >>> record = Record([Quantity("bv_tv", "BV/TV", "%")])
    >>> record.add(0, {"bv_tv": 15.4})
    >>> record.wide()["bv_tv"].tolist()
    [15.4]
    """

    def __init__(self, quantities: list[Quantity]):
        self.quantities = [Quantity(*quantity) for quantity in quantities]
        self._column = {quantity.name: i for i, quantity in enumerate(self.quantities)}
        if len(self._column) != len(self.quantities):
            names = [quantity.name for quantity in self.quantities]
            twice = next(name for name in names if names.count(name) > 1)
            msg = f"quantity {twice!r} is declared twice"
            raise ValueError(msg)
        self._rows = 0
        self._table = self._empty(_FIRST_ROWS)
        self._late: list[tuple[int, tuple[str, ...], Future]] = []

    def _empty(self, rows: int) -> np.ndarray:
        return np.full((rows, len(self.quantities) + 1), np.nan)

    def __len__(self) -> int:
        return self._rows

    def add(
        self,
        day: float,
        values: dict[str, float],
        late: Iterable[tuple[tuple[str, ...], Future]] = (),
    ) -> None:
        """Append one row.

        Parameters
        ----------
        day
            Day of the reading, later than the row before; negative while settling in. [d]
        values
            Reading by name; a quantity left out stays NaN.
        late
            Names of quantities that are still being read, and the future of their readings; who
            looks at the table waits for them.

        Raises
        ------
        KeyError
            If a name was not declared.
        ValueError
            If `day` is not later than the last one.
        """
        if self._rows and not day > self._table[self._rows - 1, 0]:
            msg = f"day {day:g} is not later than day {self._table[self._rows - 1, 0]:g}"
            raise ValueError(msg)
        if self._rows == len(self._table):
            self._table = np.concatenate([self._table, self._empty(self._rows)])
        late = list(late)
        for name in (*values, *(name for names, _ in late for name in names)):
            if name not in self._column:
                msg = f"{name!r} is not a declared quantity{nearest(name, self._column)}"
                raise KeyError(msg)
        self._enter(self._rows, values)
        self._table[self._rows, 0] = day
        self._late += [(self._rows, names, readings) for names, readings in late]
        self._rows += 1

    def _enter(self, row: int, values: dict[str, float]) -> None:
        for name, value in values.items():
            self._table[row, self._column[name] + 1] = value

    def _kept(self) -> np.ndarray:
        """Return the rows there are, once what was late has come in."""
        while self._late:
            row, names, readings = self._late[0]
            self._enter(row, dict(zip(names, readings.result(), strict=True)))
            del self._late[0]
        return self._table[: self._rows]

    def latest(self, name: str) -> float:
        """Return the last reading of a quantity; NaN if it was never read."""
        column = self._kept()[:, self._column[name] + 1]
        for value in column[::-1]:
            if value == value:
                return float(value)
        return float("nan")

    def wide(self) -> pd.DataFrame:
        """Return a column a quantity, indexed by day [d]."""
        table = self._kept()
        index = pd.Index(table[:, 0].copy(), name="day")
        names = [quantity.name for quantity in self.quantities]
        return pd.DataFrame(table[:, 1:].copy(), index=index, columns=names)

    def tidy(self) -> pd.DataFrame:
        """Return a row a day and measure: day, measure, symbol, unit, value."""
        return tidy(self.wide(), self.quantities)

    def arrays(self) -> dict[str, np.ndarray]:
        """Return what a checkpoint must keep."""
        return {
            "readings": self._kept().copy(),
            "names": np.array([quantity.name for quantity in self.quantities], dtype="U64"),
        }

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        """Continue from `arrays`, the answer of `arrays()`.

        Raises
        ------
        ValueError
            If they belong to other quantities.
        """
        if list(arrays["names"]) != list(self._column):
            msg = "the stored readings belong to other quantities"
            raise ValueError(msg)
        kept = np.asarray(arrays["readings"], float)
        self._late, self._rows = [], len(kept)
        spare = self._empty(max(_FIRST_ROWS, self._rows))
        self._table = np.concatenate([kept, spare])


def tidy(wide: pd.DataFrame, quantities: list[Quantity]) -> pd.DataFrame:
    """Return the readings of a wide table as a row a day and measure, without NaN."""
    quantities = [quantity for quantity in quantities if quantity.name in wide]
    values = wide[[quantity.name for quantity in quantities]].to_numpy(float)
    row, column = np.nonzero(~np.isnan(values))
    chosen = {
        key: np.array([getattr(quantity, attribute) for quantity in quantities], object)[column]
        for key, attribute in (
            ("measure", "name"),
            ("symbol", "symbol"),
            ("unit", "unit"),
        )
    }
    return pd.DataFrame(
        {"day": wide.index.to_numpy(float)[row], **chosen, "value": values[row, column]}
    )


def widen(readings: pd.DataFrame, quantities: list[Quantity]) -> pd.DataFrame:
    """Undo `tidy`: a column a quantity, indexed by day [d]."""
    wide = readings.pivot(index="day", columns="measure", values="value")
    names = [quantity.name for quantity in quantities]
    wide = wide.reindex(columns=names).rename_axis(columns=None)
    return wide.astype(float).sort_index()
