"""The wire: of every picture only what changed travels, some hundred of 200,000 numbers a day."""

import numpy as np

SPARSE = 0.2  # a changed number takes five bytes; beyond this share the whole travels


class Wire:
    """What the browser holds of the ground of all arms."""

    def __init__(self):
        self.frame = 0
        self._held: list[np.ndarray] = []

    def forget(self) -> None:
        """Send the next picture whole, to a browser that holds none."""
        self._held = []

    def changes(self, grounds: list[bytes]) -> tuple[int, list[bytes]]:
        """Return the number of the picture that these build on, and what is to be sent of each.

        Returns
        -------
        since : int
            0 if they are sent whole.
        bodies : list of bytes
            Whole, or places (uint32) of what changed, then the new values (uint8).
        """
        now = [np.frombuffer(ground, np.uint8) for ground in grounds]
        since = self.frame if [len(a) for a in now] == [len(b) for b in self._held] else 0
        pairs = zip(now, self._held, strict=True) if since else ()
        places = [np.flatnonzero(a != b).astype("<u4") for a, b in pairs]
        if sum(map(len, places)) > SPARSE * sum(map(len, now)):
            since = 0
        self._held = now
        self.frame += 1
        if not since:
            return 0, grounds
        parts = zip(now, places, strict=True)
        return since, [where.tobytes() + ground[where].tobytes() for ground, where in parts]
