"""What a run can be asked to stop at."""

from typing import Any, NamedTuple


class Event(NamedTuple):
    """Something that a reading shows to have happened."""

    title: str
    reading: str
    reached: Any  # (reading, reading at the start) -> bool

    def begin(self, session) -> None:
        """Remember where the arms stood."""
        session.event_start = [arm.model.record.latest(self.reading) for arm in session.arms]

    def has_come(self, session) -> bool:
        """Tell whether it has happened in any arm."""
        return any(self._where(session))

    def _where(self, session) -> list[bool]:
        return [
            self.reached(arm.model.record.latest(self.reading), before)
            for arm, before in zip(session.arms, session.event_start, strict=True)
        ]

    def told(self, session) -> str:
        """Return the sentence that says where it happened."""
        pairs = zip(session.arms, self._where(session), strict=True)
        names = [arm.name for arm, there in pairs if there]
        arms = f" in arm {' and '.join(names)}" if len(session.arms) > 1 else ""
        return f"{self.title}{arms}: day {session.arms[0].day:.0f}."


EVENTS = {
    "perforation": Event(
        "A perforation", "perforations", lambda now, before: now > (before if before > 0 else 0)
    ),
    "rod": Event("A rod was cut", "rod_losses", lambda now, before: now > max(before, 0)),
    "osteopenia": Event("T-score below -1", "t_score", lambda now, before: now < -1.0),
    "osteoporosis": Event("T-score below -2.5", "t_score", lambda now, before: now < -2.5),
}
