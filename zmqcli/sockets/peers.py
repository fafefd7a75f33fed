"""Who is at the other end: connections, handshakes and subscriptions, and what a lost one took along.

Each connection's descriptor is duplicated when its event comes. The duplicate keeps the kernel's connection
open after libzmq has closed its own end, so that its send queue can still be read, and so that an ipc receiver
at its high-water mark does not see the hang-up that makes it drop what it has not read (libzmq #4660).
"""

from __future__ import annotations

import os
import time
from collections import Counter
from typing import TYPE_CHECKING

import zmq

from zmqcli.sockets.kernel import peer_closed, queued, reset, unread

if TYPE_CHECKING:
    from zmqcli.sockets.monitor import Event

__all__ = ["Link", "Peers"]

ONE_READ_BYTES = 10 * 1024
"""What libzmq reads from a connection at once (8192, in_batch_size in config.hpp) as the kernel counts it."""
ONE_READ_SECONDS = 0.0003
"""After so long without a look, an ipc peer may have read that much, and left."""
STUCK_SECONDS = 0.01
"""A queue that has not changed for so long belongs to a peer that does not read."""

CLOSING_SECONDS = 0.002
"""libzmq closes a descriptor just after it has told of the disconnection."""

_OPENED = (int(zmq.EVENT_CONNECTED), int(zmq.EVENT_ACCEPTED))
_HANDSHAKE = int(zmq.EVENT_HANDSHAKE_SUCCEEDED)
_DISCONNECTED = int(zmq.EVENT_DISCONNECTED)
_REPORTS = {
    int(zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL): "handshake failed: the other end hung up or does not speak ZMTP",
    int(
        zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL
    ): "handshake failed: the two ends do not agree on the protocol or mechanism",
    int(zmq.EVENT_HANDSHAKE_FAILED_AUTH): "handshake failed: refused by the other end's authentication",
}


_DOES_NOT_FIT = "it connected and left without a handshake: its socket type may not fit"


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


def _is_the_next(descriptor: int, link: Link) -> bool:
    """Whether our duplicate is not of the connection that was lost but of the next one, which is still open.

    With clients that come and go quickly the descriptor has its next owner before the event is read.
    """
    if not _same_file(descriptor, link.duplicate):
        return False
    time.sleep(CLOSING_SECONDS)
    return _same_file(descriptor, link.duplicate)


def _same_file(one: int, other: int) -> bool:
    try:
        return os.path.sameopenfile(one, other)
    except OSError:  # closed
        return False


class Peers:
    """The connections of one socket, told by its monitor's events and, for XPUB, by its subscriptions."""

    def __init__(self, *, shakes_hands: bool = True) -> None:
        self.links: dict[int, Link] = {}
        self.handshakes = 0
        """Handshakes finished, ever."""
        self.subscriptions: Counter[bytes] = Counter()
        self.names: list[bytes] = []
        """Routing ids of a STREAM's peers, in the order they came."""
        self.report = ""
        """What libzmq last said about a connection that did not come to be."""
        self.losses: list[str] = []
        """Endpoints whose peer left with data outstanding."""
        self.troubles: list[str] = []
        """What a receiver should be told about connections that ended badly; the caller clears it."""
        self._shakes_hands = shakes_hands
        self._closed_before_connecting = False
        self._connected = False
        self._explained = False

    @property
    def count(self) -> int:
        """How many peers there are now: finished handshakes; for STREAM, which has none, the ids it has told of."""
        if not self._shakes_hands:
            return len(self.names)
        return sum(1 for link in self.links.values() if link.handshaken)

    def handle(self, event: Event) -> None:
        """Take one event into account."""
        if event.kind in _OPENED:
            self._opened(event)
        elif event.kind == _HANDSHAKE:
            self._shaken(event.endpoint)
        elif event.kind == _DISCONNECTED:
            self._gone(event.value)
        elif event.kind in _REPORTS and self._shakes_hands:
            self._explain(_REPORTS[event.kind])
        elif event.kind == zmq.EVENT_CLOSED:
            self._closed_before_connecting = True
        elif event.kind == zmq.EVENT_CONNECT_RETRIED:
            self._retried(event.endpoint)

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
        self._closed_before_connecting = False
        self._connected = True
        try:
            duplicate = os.dup(event.value)
        except OSError:  # gone before its event was read
            return
        self.links[event.value] = Link(duplicate, event.endpoint)
        self.links[event.value].handshaken = not self._shakes_hands

    def _explain(self, report: str) -> None:
        """Keep the first reason why a connection did not come to be: what follows it is always the same."""
        if not self._explained:
            self.report = report
        self._explained = True

    def _shaken(self, endpoint: str) -> None:
        self.handshakes += 1
        self._explained = False
        waiting = [link for link in self.links.values() if link.endpoint == endpoint and not link.handshaken]
        if waiting:
            waiting[0].handshaken = True
            waiting[0].guessed = len(waiting) > 1

    def _gone(self, descriptor: int) -> None:
        link = self.links.pop(descriptor, None)
        if link is None:  # gone before its first event was read: only who does not fit is so quick
            self._explain(_DOES_NOT_FIT)
            return
        if link.handshaken and link.guessed:
            # Optimistic: as long as one more connection than handshakes is open, the other one left.
            heir = next((x for x in self.links.values() if x.endpoint == link.endpoint and not x.handshaken), None)
            if heir is not None:
                heir.handshaken = heir.guessed = True
                link.handshaken = False
        if link.handshaken and not _is_the_next(descriptor, link):
            self._left(link)
        elif link.handshaken:
            self.report = "the peer left"
        else:
            self._explain(_DOES_NOT_FIT)
        os.close(link.duplicate)

    def _left(self, link: Link) -> None:
        self.report = "the peer left"
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

    def _retried(self, endpoint: str) -> None:
        connected, self._connected = self._connected, False
        if connected and not self._closed_before_connecting:
            return  # it did connect: why that ended has been said
        self._explained = False
        if not self._closed_before_connecting:
            self.report = "the name does not resolve, or the address cannot be reached; retrying"
        elif not endpoint.startswith("ipc:"):
            self.report = "connection refused, retrying"
        elif endpoint.startswith("ipc://@"):
            self.report = "nobody listens there, retrying"
        else:
            path = endpoint.removeprefix("ipc://")
            why = "no such socket" if not os.path.exists(path) else "nobody listens there"  # noqa: PTH110 # pathlib costs start-up
            self.report = f"{why}, retrying"
        self._closed_before_connecting = False
