"""Show what passes a proxy: each message with its way, subscriptions as such, replies with the time they took."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from zmqcli.formats.tapped import TappedMessage
from zmqcli.message import as_bytes
from zmqcli.proxy.forward import DIRECTIONS

if TYPE_CHECKING:
    from zmqcli.environment import Environment
    from zmqcli.exchange.sink import Sink
    from zmqcli.message import Batch, Message

__all__ = ["OUTSTANDING", "Requests", "Tap"]

OUTSTANDING = 10_000
"""Requests without a reply that are remembered at most; then those of the client that has asked nothing longest go."""
PER_CLIENT = 1000


class Requests:
    """The requests that wait for their reply, by the envelope that both have.

    A client is known by its routing id(s); among several of its requests the one with the same envelope up to the empty
    frame (REQ_CORRELATE puts a number there) is the one that is answered; without one, the oldest.
    """

    def __init__(self, hops: int = 1) -> None:
        self._hops = hops
        self._waiting: dict[bytes, deque[tuple[bytes, float]]] = {}
        self._count = 0

    def asked(self, message: Message, now: float) -> None:
        """Remember a request."""
        client, envelope = self._envelope(message)
        # Insert it again: a dict keeps the order, so the client that has been silent longest comes first.
        waiting = self._waiting.pop(client, None) or deque()
        self._waiting[client] = waiting
        if len(waiting) >= PER_CLIENT:
            waiting.popleft()
            self._count -= 1
        waiting.append((envelope, now))
        self._count += 1
        while self._count > OUTSTANDING:
            self._count -= len(self._waiting.pop(next(iter(self._waiting))))

    def answered(self, message: Message, now: float) -> float | None:
        """Return how many seconds ago the request of this reply was; None when none is known."""
        client, envelope = self._envelope(message)
        waiting = self._waiting.get(client)
        if not waiting:
            return None
        index = next((at for at, (asked, _) in enumerate(waiting) if asked == envelope), 0)
        started = waiting[index][1]
        del waiting[index]
        self._count -= 1
        if not waiting:
            del self._waiting[client]
        return now - started

    def _envelope(self, message: Message) -> tuple[bytes, bytes]:
        """Return the routing ids as one key, and all frames up to the empty one as another."""
        ids = [as_bytes(frame) for frame in message[: self._hops]]
        more = []
        for frame in message[self._hops :]:
            if not len(frame):
                break
            more.append(as_bytes(frame))
        else:
            more = []  # no empty frame: these are not of the envelope
        return b"\0".join(ids), b"\0".join(more)


class Tap:
    """Shows on stdout what is sent on."""

    def __init__(
        self, environment: Environment, sink: Sink, plain: Sink, *, requests: Requests | None, subscribes: bool
    ) -> None:
        """Show with `sink`; with `plain`, which has no codecs, what is no payload (`subscribes`: the way back)."""
        self._environment = environment
        self._sink = sink
        self._plain = plain
        self._requests = requests
        self._subscribes = subscribes

    def received(self, direction: str, batch: Batch, size: int) -> None:
        """Nothing to show yet: it may be lost or changed on the way."""

    def tick(self) -> float | None:
        """Nothing is ever due."""
        return None

    def finish(self) -> None:
        """All has been shown."""

    def passed(self, direction: str, batch: Batch, size: int) -> None:
        """Show messages that were sent on."""
        tapped = [TappedMessage(message, direction) for message in batch]
        back = direction == DIRECTIONS[1]
        sink, other = self._sink, self._plain
        if self._requests is not None:
            self._match(tapped, self._requests, back=back)
        elif back and self._subscribes:
            sink, other = other, sink
            for message in tapped:
                message.subscription = True
        sink.received = max(sink.received, other.received)  # one sequence
        sink.show([*tapped], size, self._environment.output.write)

    def _match(self, tapped: list[TappedMessage], requests: Requests, *, back: bool) -> None:
        now = self._environment.monotonic()
        for message in tapped:
            if back:
                message.latency = requests.answered(message, now)
            else:
                requests.asked(message, now)
