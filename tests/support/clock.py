"""A clock that a test owns: the sockets are real, and time passes only when a command would sleep."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zmqcli.engine.engine import Engine
    from zmqcli.sockets.poller import Poller

__all__ = ["Clock", "own_time"]

REAL_MS = 20.0
"""A real event gets this long to arrive before the clock moves."""


class Clock:
    """Seconds, which the test moves on."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class _Poller:
    """Waits for real events for a moment, and then moves the clock to the end of the sleep."""

    def __init__(self, poller: Poller, clock: Clock) -> None:
        self._poller = poller
        self._clock = clock

    def wait(self, interest: int, milliseconds: float | None) -> int:
        woken = self._poller.wait(interest, REAL_MS if milliseconds is None else min(milliseconds, REAL_MS))
        if not woken and milliseconds is not None:
            self._clock.now += milliseconds / 1000
        return woken

    def __getattr__(self, name: str) -> object:
        return getattr(self._poller, name)


def own_time(engine: Engine, clock: Clock) -> None:
    """Let `engine`, whose environment has `clock` already, sleep in the time of the clock."""
    engine.poller = _Poller(engine.poller, clock)  # type: ignore[assignment] # it is one where it matters
