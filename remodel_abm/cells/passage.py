"""The passage: cells on their way out of one kind and into another, for a moment at nightfall.

Kernels here see of each row its head, what all cells have, so the same few lines serve every
kind.
"""

import numpy as np

from remodel_abm.kernel import kernel
from remodel_abm.rng import combine, decision

COMMON = [
    ("id", "u8"), ("alive", "?"), ("fate", "i1"), ("litter", "i2"), ("buds", "i2"),
    ("born", "f8"), ("z", "i4"), ("y", "i4"), ("x", "i4"),
    ("bz", "i4"), ("by", "i4"), ("bx", "i4"), ("site", "i4"),
]  # fmt: skip
HEAD = np.dtype(COMMON, align=True)
# A cell on its way: who it is, the number of the kind it joins (-1: none), and what it keeps.
TRAVELLER = np.dtype(
    [("id", "u8"), ("z", "i4"), ("y", "i4"), ("x", "i4"), ("site", "i4"), ("heir", "i4")],
    align=True,
)
_LITTER = decision("population.litter")


def heads(rows: np.ndarray) -> np.ndarray:
    """Return the heads of rows of any kind, in place."""
    flat = rows.view("u1").reshape(len(rows), rows.dtype.itemsize)
    return flat[:, : HEAD.itemsize].view(HEAD)[:, 0]


@kernel
def see_off(rows, used, heirs, travellers, end, joining, tick):
    """Take out cells whose fate is sealed, and write down who comes of them and of their buds.

    Parameters
    ----------
    rows, used
        Heads of a kind, and how many of them are in use.
    heirs
        Number of the kind that each fate leads to, then that of the daughters; -1: none.
    travellers, end
        Rows of `TRAVELLER`, and how many of them are in use.
    joining
        Travellers to each kind, counted up.
    tick
        Number of the step.

    Returns
    -------
    end
        Travellers now; less than 0 if there is no room for so many, and nothing was done.
    leaving, staying
        Cells that left, and cells that live on.
    """
    leaving, staying, room, busy = 0, 0, 0, 0
    for i in range(used):
        goes, buds = rows["fate"][i] > 0, rows["buds"][i] > 0
        leaving += goes
        staying += rows["alive"][i] and not goes
        if goes or buds:
            room += max(1, rows["litter"][i]) if goes else 0
            room += rows["buds"][i] if buds else 0
            busy += 1
            if end + room + busy <= len(travellers):  # the last rows remember who is busy
                travellers["site"][len(travellers) - busy] = i
    if end + room + busy > len(travellers):
        return -(end + room + busy), 0, staying
    for k in range(busy):
        i = travellers["site"][len(travellers) - 1 - k]
        if rows["fate"][i] > 0:
            end = _follow(rows, i, heirs[rows["fate"][i] - 1], travellers, end, joining)
            rows["alive"][i], rows["fate"][i] = False, 0
        if rows["buds"][i] > 0:
            end = _bud(rows, i, heirs[len(heirs) - 1], travellers, end, joining, tick)
            rows["buds"][i] = 0
    return end, leaving, staying


@kernel
def _follow(rows, i, heir, travellers, end, joining):
    """Let a cell become another kind, or fall into `litter` cells of it.

    A cell that stays whole keeps its name.
    """
    if heir < 0:
        return end
    number = max(1, rows["litter"][i])
    for k in range(number):
        one, name = travellers[end], rows["id"][i]
        one["id"] = name if number == 1 else combine(name, _LITTER ^ np.uint64(k))
        one["z"], one["y"], one["x"] = rows["z"][i], rows["y"][i], rows["x"][i]
        one["site"], one["heir"] = rows["site"][i], heir
        end += 1
    joining[heir] += number
    return end


@kernel
def _bud(rows, i, heir, travellers, end, joining, tick):
    """Let a cell's daughters lie where it puts them."""
    if heir < 0:
        return end
    first = combine(rows["id"][i], np.uint64(tick + (1 << 40)))
    for k in range(rows["buds"][i]):
        one = travellers[end]
        one["id"] = combine(first, np.uint64(k))
        one["z"], one["y"], one["x"] = rows["bz"][i], rows["by"][i], rows["bx"][i]
        one["site"], one["heir"] = rows["site"][i], heir
        end += 1
    joining[heir] += rows["buds"][i]
    return end


@kernel
def take_in(rows, used, travellers, order, number, day):
    """Append the travellers to kind `number`, in an order given; return how many rows there are.

    The rows beyond `used` must be nought.
    """
    for k in order:
        one = travellers[k]
        if one["heir"] == number:
            rows["id"][used], rows["alive"][used], rows["born"][used] = one["id"], True, day
            rows["z"][used], rows["y"][used], rows["x"][used] = one["z"], one["y"], one["x"]
            rows["site"][used] = one["site"]
            used += 1
    return used
