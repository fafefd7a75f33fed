"""A deadline for everything that `probe` waits for. Every wait also ends at a signal, and when stdout is closed."""

from __future__ import annotations

import select
from typing import TYPE_CHECKING

from zmqcli.errors import OutputClosed, Stopped

if TYPE_CHECKING:
    from zmqcli.environment import Environment

__all__ = ["Deadline"]


class Deadline:
    """The time that is left for all waits together."""

    def __init__(self, environment: Environment, seconds: float, *, watch_output: bool = True) -> None:
        """Start the clock. `watch_output`: something goes to stdout, so that its closing ends the waiting."""
        self.environment = environment
        self.seconds = seconds
        self.now = environment.monotonic
        self._ends = self.now() + seconds
        self._watch_output = watch_output

    @property
    def left(self) -> float:
        """Seconds, 0 when there are none left."""
        return max(0.0, self._ends - self.now())

    def wait(self, descriptor: int = -1, events: int = select.POLLIN, seconds: float | None = None) -> bool:
        """Sleep until `events` are there, or for `seconds`, or until the end; return whether they are.

        Raise Stopped, OutputClosed.
        """
        limit = self.left if seconds is None else min(seconds, self.left)
        signals, output = self.environment.signals, self.environment.output.descriptor
        poll = select.poll()
        poll.register(signals.descriptor, select.POLLIN)
        if self._watch_output:
            poll.register(output, 0)  # the closing of the other end needs no asking for
        if descriptor >= 0:
            poll.register(descriptor, events)
        ready = dict(poll.poll(limit * 1000))
        if signals.received:
            raise Stopped(signals.received)
        if self._watch_output and ready.get(output, 0) & select.POLLERR:
            raise OutputClosed("stdout is closed")
        return descriptor in ready
