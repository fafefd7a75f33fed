"""Sends a recording with the gaps it was recorded with (`--replay`)."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from zmqcli.sockets.batches import BATCH_MESSAGES
from zmqcli.units import format_duration

if TYPE_CHECKING:
    from zmqcli.engine.source import Source
    from zmqcli.environment import Environment
    from zmqcli.message import Batch, Message

__all__ = ["LONGEST_PAUSE", "ReplaySource"]

LONGEST_PAUSE = 3600.0
"""Longest wait between two messages, in seconds. A clock that was set may have left a gap of years."""


class ReplaySource:
    """The records of a source, each at its time: the recorded gaps, `speed` times as fast.

    Each due time is counted from the one before, not from the moment of sending, so delays do not add up. A record
    without a time, or with an earlier one than the last, is sent at once. `-t` does not count a pause, so no pause is
    longer than LONGEST_PAUSE.
    """

    first_frame = None

    def __init__(self, source: Source, environment: Environment, speed: float) -> None:
        self._source = source
        self._environment = environment
        self._speed = speed
        self._queue: deque[Message] = deque()
        self._due: float | None = None  # of the first in the queue, or else of the last taken
        self._recorded: float | None = None  # when that was recorded
        self._taken = 0
        self._judged = False  # whether `_due` is that of the first in the queue

    @property
    def reads_input(self) -> bool:
        """Whether stdin is to be read before the next can be known."""
        return not self._queue

    @property
    def ended(self) -> bool:
        """Whether all was taken."""
        return not self._queue and self._source.ended

    exhausted = ended
    reads_ahead = False
    """What is read before its time is no reason to read more."""

    @property
    def due(self) -> float:
        """When the next message is to go (`Environment.monotonic`); 0 while it is not known."""
        if not self._queue:
            return 0.0
        if not self._judged:
            self._judged = True
            recorded = getattr(self._queue[0], "recorded", None)
            if self._due is None:
                self._due = self._environment.monotonic()
            elif recorded is not None and self._recorded is not None:
                self._due += self._pause(recorded - self._recorded)
            if recorded is not None:
                self._recorded = recorded
        return self._due or 0.0

    def _pause(self, gap: float) -> float:
        """Return how long to wait for a recorded gap, in seconds: 0 where the clock was set back."""
        pause = max(0.0, gap) / self._speed
        if pause <= LONGEST_PAUSE:
            return pause
        self._environment.note(
            f"message {self._taken + 1}: the pause of {format_duration(pause)} before it is shortened to an hour "
            "(was the clock set while it was recorded?)"
        )
        return LONGEST_PAUSE

    def take(self, limit: int | None = None) -> Batch:
        """Return the messages whose time has come."""
        if not self._queue:
            self.fill()
        batch: list[Message] = []
        now = self._environment.monotonic()
        while self._queue and len(batch) < (limit or BATCH_MESSAGES) and self.due <= now:
            batch.append(self._queue.popleft())
            self._taken += 1
            self._judged = False
        return batch

    def stop(self) -> Batch:
        """Send nothing more: what was read and whose time has not come is only counted."""
        left = len(self._queue) + len(self._source.stop())
        self._queue.clear()
        if left:
            self._environment.note(f"the replay stopped with {left} record{'' if left == 1 else 's'} read and not sent")
        return []

    def fill(self) -> None:
        """Read ahead once."""
        self._queue.extend(self._source.take())
