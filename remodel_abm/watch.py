"""Who watches a run and who may stop it."""

import contextlib
import signal
import threading


class Stopped(KeyboardInterrupt):
    """A run was asked to stop; the message says on which day, and how to go on."""


class Watcher:
    """What a run tells as it goes; this one keeps it to itself."""

    def say(self, text: str) -> None:
        """Take a sentence worth reading."""

    def begin(self, model) -> None:
        """Take the model before its first step."""

    def lived(self, model) -> None:
        """Take the model after a step."""

    def end(self) -> None:
        """Be told that no more steps come."""


@contextlib.contextmanager
def stop_signals():
    """Collect requests to stop, so that a step is never left half done; a second one ends at once.

    Signals reach the main thread only; elsewhere nothing is caught.
    """
    asked: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield asked
        return

    def note(number, _frame):
        if asked:
            raise KeyboardInterrupt
        asked.append(number)

    kept = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield asked
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)
