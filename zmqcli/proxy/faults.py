"""Faults on purpose: messages delayed, lost, duplicated, damaged or slowed down. One seed gives the same faults again.

Which are dropped, doubled and damaged is drawn from a generator for each fault and direction, once for each message: it
depends on the seed and on the number of the message alone, neither on batches, on time, nor on the other faults.
"""

from __future__ import annotations

import random
from collections import Counter, deque
from typing import TYPE_CHECKING, NamedTuple

from zmqcli.message import as_bytes
from zmqcli.sockets.batches import BATCH_MESSAGES
from zmqcli.sockets.connection import FRAME_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable

    from zmqcli.message import Batch, Message

__all__ = ["HELD_BYTES", "HELD_MESSAGES", "FaultPlan", "Faults", "any_seed", "body_start"]

HELD_MESSAGES = 10_000
HELD_BYTES = 64 << 20
"""The most messages that one direction holds back, unless `--hwm` is given. At that point nothing more is read."""


class FaultPlan(NamedTuple):
    """What the user asked for. Shares are 0 to 1, times in seconds."""

    latency: float = 0.0
    jitter: float = 0.0
    drop: float = 0.0
    duplicate: float = 0.0
    corrupt: float = 0.0
    rate: int | None = None
    """Bytes of frames a second, each direction by itself."""
    seed: int = 0

    @property
    def active(self) -> bool:
        """Whether there is any fault at all."""
        return self.delays or bool(self.drop or self.duplicate or self.corrupt)

    @property
    def delays(self) -> bool:
        """Whether messages are held back."""
        return bool(self.latency or self.jitter or self.rate)


class _Held(NamedTuple):
    due: float
    size: int
    message: Message


def any_seed() -> int:
    """Return a seed for when none is given, short enough to be typed again."""
    return random.randrange(1_000_000)  # noqa: S311 # no secret


def body_start(message: Message, *, routing_ids: int, topics: bool) -> int:
    """Return how many leading frames of a message are no body.

    They are the envelope, up to the first empty frame (RFC 28), which is looked for after `routing_ids` frames when
    there are any, else at the front; on `topics` (publish and subscribe) the first of several frames.
    """
    if topics:
        return 1 if len(message) > 1 else 0
    if not routing_ids:
        return 1 if len(message) > 1 and not len(message[0]) else 0
    empty = next((at for at in range(routing_ids, len(message) - 1) if not len(message[at])), None)
    return min(routing_ids, len(message)) if empty is None else empty + 1


class Faults:
    """The faults of one direction, and what they have done so far."""

    def __init__(
        self, plan: FaultPlan, direction: str, body_start: Callable[[Message], int], limit: int = HELD_MESSAGES
    ) -> None:
        """`body_start` says how many leading frames of a message are never damaged; `limit`: messages held at most."""
        self._plan = plan
        self._body_start = body_start
        self._limit = limit
        self._chances = {
            # The seed as text: the same draws on every version of Python (random.seed, version 2).
            fault: random.Random(f"{plan.seed} {direction} {fault}")  # noqa: S311 # to be repeated, not to be secret
            for fault in ("drop", "duplicate", "corrupt", "jitter")
        }
        self.counts: Counter[str] = Counter()
        """messages, dropped, duplicated, corrupted, delayed."""
        self._held: deque[_Held] = deque()
        self._held_bytes = 0
        self._free_at = 0.0
        self._last_due = 0.0

    @property
    def held(self) -> int:
        """How many messages wait for their time."""
        return len(self._held)

    @property
    def full(self) -> bool:
        """Whether no more may be read: what is held counts towards backpressure."""
        return len(self._held) >= self._limit or self._held_bytes >= HELD_BYTES

    room = BATCH_MESSAGES
    """How many messages may be read at once."""

    def advance(self, now: float) -> None:
        """Nothing goes on by itself here."""

    @property
    def due(self) -> float | None:
        """When the next held message goes on."""
        return self._held[0].due if self._held else None

    def summary(self) -> str:
        """Return what has happened so far, for a person."""
        counts = self.counts
        done = [f"{counts[what]} {what}" for what in ("dropped", "duplicated", "corrupted", "delayed") if counts[what]]
        return ", ".join([f"{counts['messages']} messages", *(done or ["none harmed"])])

    def take(self, batch: Batch, now: float) -> Batch:
        """Let the faults happen to messages read at `now`; return what goes on at once. The rest is held."""
        passing = [copy for message in batch for copy in self._fate(message)]
        if not self._plan.delays:
            return passing
        for message in passing:
            self._hold(message, now)
        return self.release(now)

    def release(self, now: float) -> Batch:
        """Return the held messages whose time has come."""
        held, released = self._held, []
        while held and held[0].due <= now:
            _, size, message = held.popleft()
            self._held_bytes -= size
            released.append(message)
        return released

    def _fate(self, message: Message) -> Batch:
        plan, counts = self._plan, self.counts
        counts["messages"] += 1
        dropped, doubled, damaged = self._hit("drop"), self._hit("duplicate"), self._hit("corrupt")
        if damaged:
            # Drawn for a message that is dropped too: the draws must not depend on the other faults.
            message = self._damage(message, count=not dropped)
        if dropped:
            counts["dropped"] += 1
            return []
        if plan.delays:
            counts["delayed"] += 1
        if doubled:
            counts["duplicated"] += 1
            return [message, message]
        return [message]

    def _hit(self, fault: str) -> bool:
        share: float = getattr(self._plan, fault)
        return share > 0 and self._chances[fault].random() < share

    def _damage(self, message: Message, *, count: bool) -> Message:
        """Return the message with one byte of its body changed; an empty body has none."""
        chance = self._chances["corrupt"]
        where, bits = chance.random(), chance.randint(1, 255)
        start = self._body_start(message)
        at = int(where * sum(map(len, message[start:])))
        for index in range(start, len(message)):
            if at < len(message[index]):
                damaged = bytearray(as_bytes(message[index]))
                damaged[at] ^= bits
                self.counts["corrupted"] += count
                return [*message[:index], bytes(damaged), *message[index + 1 :]]
            at -= len(message[index])
        return message

    def _hold(self, message: Message, now: float) -> None:
        plan = self._plan
        size = sum(map(len, message))
        delay = plan.latency
        if plan.jitter:
            delay = max(0.0, delay + self._chances["jitter"].uniform(-plan.jitter, plan.jitter))
        if plan.rate:
            self._free_at = max(self._free_at, now) + size / plan.rate
        # In order, as on one TCP connection: a late message delays those behind it.
        self._last_due = max(self._last_due, max(now, self._free_at) + delay)
        size += FRAME_BYTES * len(message)
        self._held.append(_Held(self._last_due, size, message))
        self._held_bytes += size
