"""Who is at the other end: connections, handshakes and subscriptions, and what a lost one took along.

Each connection's descriptor is duplicated when its event comes. The duplicate keeps the kernel's connection
open after libzmq has closed its own end, so that its send queue can still be read, and so that an ipc receiver
at its high-water mark does not see the hang-up that makes it drop what it has not read (libzmq #4660).
"""

from __future__ import annotations

import os
import time
from collections import Counter, deque
from typing import TYPE_CHECKING

import zmq

from zmqcli.sockets.kernel import peer_closed, queued, reset, unread

if TYPE_CHECKING:
    from zmqcli.sockets.monitor import Event

__all__ = ["HISTORY", "Link", "Peers"]

ONE_READ_BYTES = 10 * 1024
"""What libzmq reads from a connection at once (8192, in_batch_size in config.hpp) as the kernel counts it."""
ONE_READ_SECONDS = 0.0003
"""After so long without a look, an ipc peer may have read that much, and left."""
STUCK_SECONDS = 0.01
"""A queue that has not changed for so long belongs to a peer that does not read."""

_OPENED = (int(zmq.EVENT_CONNECTED), int(zmq.EVENT_ACCEPTED))
_HANDSHAKE = int(zmq.EVENT_HANDSHAKE_SUCCEEDED)
_DISCONNECTED = int(zmq.EVENT_DISCONNECTED)
HISTORY = 64
"""Events kept of each endpoint, for diagnosis.py: some twenty attempts to connect."""


class Link:
    """One connection of the socket."""

    def __init__(self, duplicate: int, endpoint: str) -> None:
        self.duplicate = duplicate
        """Our own descriptor of libzmq's connection."""
        self.endpoint = endpoint
        self.handshaken = False
        self.guessed = False
        """Whether the handshake may have been another's: its event names the endpoint only."""
        self.last_queued = 0
        """Bytes in the kernel's send queue when last looked at, with the peer still there."""
        self._looked_at = 0.0
        self.unchanged_since = 0.0

    @property
    def is_ipc(self) -> bool:
        """Whether this is a unix socket, whose send queue is empty once the peer's libzmq has all."""
        return self.endpoint.startswith("ipc:")

    def look(self) -> int:
        """Return the bytes in the kernel's send queue, and remember them."""
        now_queued = queued(self.duplicate)
        # When a unix socket's peer closes, what it had not read is gone from our queue too: that 0 means nothing.
        if now_queued or not (self.is_ipc and peer_closed(self.duplicate)):
            self._looked_at = time.monotonic()
            if now_queued != self.last_queued:
                self.unchanged_since = self._looked_at
            self.last_queued = now_queued
        return now_queued

    def lost_output(self) -> bool:
        """Whether this connection, now gone, took along bytes its peer had not taken.

        tcp: a reset, or bytes that were never acknowledged; a FIN with an empty queue is a clean leave.
        ipc: a reset that libzmq has not taken before us, or bytes in the queue when it was last looked at. What one
        read takes may have been read since; nobody can tell, and a peer that answers and leaves is the common case.
        """
        if not self.is_ipc or self.was_reset():
            return self.was_reset() or queued(self.duplicate) > 0
        stuck = self._looked_at - self.unchanged_since >= STUCK_SECONDS
        may_have_read = not stuck and time.monotonic() - self._looked_at > ONE_READ_SECONDS
        return self.last_queued > (ONE_READ_BYTES if may_have_read else 0)

    def is_gone(self) -> bool:
        """Whether the peer has closed its side."""
        return peer_closed(self.duplicate)

    def was_reset(self) -> bool:
        """Whether the peer broke it off with bytes unread. On ipc any closing is a hang-up, so that says nothing."""
        return reset(self.duplicate, hang_up_counts=not self.is_ipc)


class Peers:
    """The connections of one socket, told by its monitor's events and, for XPUB, by its subscriptions."""

    def __init__(self, *, shakes_hands: bool = True) -> None:
        self.links: dict[int, Link] = {}
        self.handshakes = 0
        """Handshakes finished, ever."""
        self.subscriptions: Counter[bytes] = Counter()
        self.names: list[bytes] = []
        """Routing ids of a STREAM's peers, in the order they came."""
        self.history: dict[str, deque[Event]] = {}
        """The last events of each endpoint; the endpoint that was last heard of comes last."""
        self.losses: list[str] = []
        """Endpoints whose peer left with data outstanding."""
        self.troubles: list[str] = []
        """What a receiver should be told about connections that ended badly; the caller clears it."""
        self._shakes_hands = shakes_hands

    @property
    def report(self) -> str:
        """What libzmq last said about a connection that did not come to be; nothing when all is well."""
        if not self.history:
            return ""
        from zmqcli.sockets.diagnosis import last_word
        from zmqcli.sockets.look import look_at_path

        endpoint, events = next(reversed(self.history.items()))
        path = look_at_path(endpoint) if endpoint.startswith("ipc:") else ""
        return last_word(endpoint, events, path=path, shakes_hands=self._shakes_hands)

    @property
    def count(self) -> int:
        """How many peers there are now: finished handshakes; for STREAM, which has none, the ids it has told of."""
        if not self._shakes_hands:
            return len(self.names)
        return sum(1 for link in self.links.values() if link.handshaken)

    def handle(self, event: Event) -> None:
        """Take one event into account."""
        self._remember(event)
        if event.kind in _OPENED:
            self._opened(event)
        elif event.kind == _HANDSHAKE:
            self._shaken(event.endpoint)
        elif event.kind == _DISCONNECTED:
            self._gone(event.value)

    def _remember(self, event: Event) -> None:
        events = self.history.pop(event.endpoint, None)
        if events is None:
            events = deque(maxlen=HISTORY)
        events.append(event)
        self.history[event.endpoint] = events

    def handle_subscription(self, message: bytes) -> None:
        """Take an XPUB's message into account: 1 and a prefix, or 0 and a prefix; others mean nothing here."""
        prefix = message[1:]
        if message[:1] == b"\x01":
            self.subscriptions[prefix] += 1
        elif message[:1] == b"\x00" and prefix in self.subscriptions:
            self.subscriptions[prefix] -= 1
            if not self.subscriptions[prefix]:
                del self.subscriptions[prefix]

    def handle_name(self, routing_id: bytes) -> bool:
        """Take a STREAM's message `[id, b""]` into account; return whether it says that the peer has come."""
        if routing_id in self.names:
            self.names.remove(routing_id)
            return False
        self.names.append(routing_id)
        self.handshakes += 1
        return True

    def subscribed(self, first_frame: bytes | None) -> bool:
        """Whether somebody wants a message with that first frame; with None, any message at all."""
        return any(first_frame is None or first_frame.startswith(prefix) for prefix in self.subscriptions)

    def queued(self) -> int:
        """Return the bytes in the kernel's send queues, and remember them for each connection."""
        return sum([link.look() for link in self.links.values()])

    def moved_within(self, seconds: float) -> bool:
        """Whether a send queue was seen to change so shortly ago."""
        now = time.monotonic()
        return any(now - link.unchanged_since < seconds for link in self.links.values())

    def close(self) -> None:
        """Let go of the connections."""
        for link in self.links.values():
            os.close(link.duplicate)
        self.links.clear()

    def _opened(self, event: Event) -> None:
        try:
            duplicate = os.dup(event.value)
        except OSError:  # gone before its event was read
            return
        self.links[event.value] = Link(duplicate, event.endpoint)
        self.links[event.value].handshaken = not self._shakes_hands

    def _shaken(self, endpoint: str) -> None:
        self.handshakes += 1
        waiting = [link for link in self.links.values() if link.endpoint == endpoint and not link.handshaken]
        if waiting:
            waiting[0].handshaken = True
            waiting[0].guessed = len(waiting) > 1

    def _gone(self, descriptor: int) -> None:
        link = self.links.pop(descriptor, None)
        if link is None:  # gone before its first event was read
            return
        if link.handshaken and link.guessed:
            # Optimistic: as long as one more connection than handshakes is open, the other one left.
            heir = next((x for x in self.links.values() if x.endpoint == link.endpoint and not x.handshaken), None)
            if heir is not None:
                heir.handshaken = heir.guessed = True
                link.handshaken = False
        if link.handshaken:
            self._left(link)
        os.close(link.duplicate)

    def _left(self, link: Link) -> None:
        if link.lost_output() and link.endpoint not in self.losses:
            self.losses.append(link.endpoint)
        if not link.is_gone():
            self.troubles.append(
                f"connection on {link.endpoint} dropped by this end "
                "(a message larger than --max-size, a missed heartbeat or a broken peer)"
            )
        elif link.is_ipc and (lost := unread(link.duplicate)):
            self.troubles.append(
                f"{lost} bytes lost on {link.endpoint} (the sender closed while this end was at its "
                "high-water mark, libzmq #4660); receive with --hwm 0, or let the sender wait"
            )
