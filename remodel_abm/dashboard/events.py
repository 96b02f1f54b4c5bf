"""What a run can be asked to stop at."""

import math
from typing import Any, NamedTuple


class Event(NamedTuple):
    """Something that one reading, or several together, show to have happened."""

    title: str
    readings: tuple[str, ...]
    reached: Any  # (reading, reading at the start) -> bool

    def begin(self, session) -> None:
        """Remember where the arms stood."""
        session.event_start = [self._read(arm) for arm in session.arms]

    def has_come(self, session) -> bool:
        """Tell whether it has happened in any arm."""
        return any(self._where(session))

    def _read(self, arm) -> float:
        values = [arm.model.record.latest(name) for name in self.readings]
        return sum(value for value in values if not math.isnan(value))

    def _where(self, session) -> list[bool]:
        return [
            self.reached(self._read(arm), before)
            for arm, before in zip(session.arms, session.event_start, strict=True)
        ]

    def told(self, session) -> str:
        """Return the sentence that says where it happened."""
        pairs = zip(session.arms, self._where(session), strict=True)
        names = [arm.name for arm, there in pairs if there]
        arms = f" in arm {' and '.join(names)}" if len(session.arms) > 1 else ""
        return f"{self.title}{arms}: day {session.arms[0].day:.0f}."


EVENTS = {
    # In a section a plate that is perforated looks like a rod that is cut.
    "perforation": Event(
        "A perforation or cut strut",
        ("perforations", "rod_losses"),
        lambda now, before: now > before,
    ),
    "osteopenia": Event("T-score below -1", ("t_score",), lambda now, _: now < -1.0),
    "osteoporosis": Event("T-score below -2.5", ("t_score",), lambda now, _: now < -2.5),
}
