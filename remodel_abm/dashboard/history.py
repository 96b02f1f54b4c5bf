"""The past of an arm: states to go on from and pictures to scrub through, in bounded memory."""

from bisect import bisect_right

import numpy as np
import pyarrow as pa

MOST_STATES = 96
MOST_PICTURE_BYTES = 64 * 2**20


def pack(arrays: dict[str, np.ndarray]) -> dict[str, tuple]:
    """Return arrays as compressed bytes that share no memory with them."""
    return {
        name: (array.dtype, array.shape, _small(np.ascontiguousarray(array).tobytes()))
        for name, array in arrays.items()
    }


def unpack(packed: dict[str, tuple]) -> dict[str, np.ndarray]:
    """Return the arrays that `pack` took, bit for bit."""
    return {
        name: np.frombuffer(_whole(body), dtype).reshape(shape).copy()
        for name, (dtype, shape, body) in packed.items()
    }


def _small(body: bytes) -> tuple[int, bytes]:
    return len(body), pa.compress(body, codec="zstd", asbytes=True)


def _whole(small: tuple[int, bytes]) -> bytes:
    size, body = small
    return pa.decompress(body, size, codec="zstd", asbytes=True) if size else b""


class States:
    """Whole states by tick. Beyond `most` every other of the older ones is let go.

    The first is kept for ever, so every tick lived can be reached again by living on from one.
    """

    def __init__(self, most: int = MOST_STATES):
        self.most = most
        self.packed: dict[int, dict[str, tuple]] = {}

    def keep(self, tick: int, arrays: dict[str, np.ndarray]) -> None:
        """Take in the state at a tick."""
        self.packed[tick] = pack(arrays)
        if len(self.packed) > self.most:
            ticks = sorted(self.packed)
            for tick in ticks[1 : -self.most // 4 : 2]:
                del self.packed[tick]

    def before(self, tick: int) -> int:
        """Return the last tick up to `tick` that has a state."""
        ticks = sorted(self.packed)
        return ticks[bisect_right(ticks, tick) - 1]

    def at(self, tick: int) -> dict[str, np.ndarray]:
        """Return the state at a tick that has one."""
        return unpack(self.packed[tick])

    def until(self, tick: int) -> "States":
        """Return a past that ends at `tick`; what is kept is shared, as none of it changes."""
        twin = States(self.most)
        twin.packed = {one: state for one, state in self.packed.items() if one <= tick}
        return twin


class Pictures:
    """Pictures by tick, a tick in `stride`; the stride doubles when `budget` bytes are full."""

    def __init__(self, budget: int = MOST_PICTURE_BYTES, stride: int = 2):
        self.budget, self.stride = budget, stride
        self.kept: dict[int, tuple[dict, list[bytes]]] = {}
        self.size = 0

    def wants(self, tick: int) -> bool:
        """Tell whether the picture of a tick is to be kept and is not there yet."""
        return tick % self.stride == 0 and tick not in self.kept

    def keep(self, tick: int, head: dict, buffers: list[bytes]) -> None:
        """Take in the picture of a tick."""
        self.kept[tick] = head, [_small(body) for body in buffers]
        self.size += self._size(tick)
        while self.size > self.budget:
            self.stride *= 2
            self.kept = {one: kept for one, kept in self.kept.items() if one % self.stride == 0}
            self.size = sum(map(self._size, self.kept))

    def _size(self, tick: int) -> int:
        return sum(len(body) for _, body in self.kept[tick][1])

    def near(self, tick: int) -> tuple[dict, list[bytes]] | None:
        """Return the picture nearest to a tick."""
        if not self.kept:
            return None
        head, bodies = self.kept[min(self.kept, key=lambda one: abs(one - tick))]
        return head, [_whole(body) for body in bodies]

    def until(self, tick: int) -> "Pictures":
        """Return the pictures up to `tick`."""
        twin = Pictures(self.budget, self.stride)
        twin.kept = {one: kept for one, kept in self.kept.items() if one <= tick}
        twin.size = sum(map(twin._size, twin.kept))
        return twin
