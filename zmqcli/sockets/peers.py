"""Who is at the other end: connections, handshakes and subscriptions, and what a lost one took along."""

from __future__ import annotations

import os
from collections import Counter, deque
from typing import TYPE_CHECKING

import zmq

from zmqcli.sockets.kernel import unread
from zmqcli.sockets.link import Link

if TYPE_CHECKING:
    from zmqcli.sockets.monitor import Event
    from zmqcli.sockets.security import SecurityConfig

__all__ = ["HANG_UPS", "HISTORY", "Peers"]

_ACCEPTED = int(zmq.EVENT_ACCEPTED)
_OPENED = (int(zmq.EVENT_CONNECTED), _ACCEPTED)
_HANDSHAKE = int(zmq.EVENT_HANDSHAKE_SUCCEEDED)
_DISCONNECTED = int(zmq.EVENT_DISCONNECTED)
_FAILED = (
    int(zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL),
    int(zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL),
    int(zmq.EVENT_HANDSHAKE_FAILED_AUTH),
)

HISTORY = 64
"""Events kept of each endpoint, for diagnosis.py: some twenty attempts to connect."""
HANG_UPS = 4
"""After so many, within half a second with security, nothing more is to be learned from another attempt."""
UNFINISHED = "connected, but the handshake is not done: are both ends servers?"
"""Two CURVE or two PLAIN servers wait for each other without an event, for HANDSHAKE_IVL (30 s)."""


class Peers:
    """The connections of one socket, told by its monitor's events and, for XPUB, by its subscriptions."""

    def __init__(self, *, shakes_hands: bool = True, security: SecurityConfig | None = None) -> None:
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
        self.on_ipc = False
        """Whether a peer has come over ipc, whose end has to be watched (link.py)."""
        self.unseen = False
        """Whether peers may be there of which libzmq tells nothing: over inproc there is no handshake and no event."""
        self._present = 0
        self._shakes_hands = shakes_hands
        self._security = security
        self._failures: dict[str, str] = {}
        self._refusals: dict[str, bool] = {}
        self._listening: set[str] = set()
        self._hang_ups: Counter[str] = Counter()
        self.explained: set[str] = set()
        """Codes of verdicts that `take_refusals` and the guard tell: nobody has to say them again."""

    @property
    def report(self) -> str:
        """What libzmq last said about a connection that did not come to be; nothing when all is well."""
        if not self.history:
            return ""
        from zmqcli.sockets.diagnosis import last_word
        from zmqcli.sockets.look import look_at_path

        endpoint, events = next(reversed(self.history.items()))
        path = look_at_path(endpoint) if endpoint.startswith("ipc:") else ""
        word = last_word(endpoint, events, path=path, shakes_hands=self._shakes_hands)
        if self._security is not None and not word and self.links and not self.count:
            return UNFINISHED
        return self._failures.get(endpoint, word) if word else word

    @property
    def count(self) -> int:
        """How many peers there are now: finished handshakes; for STREAM, which has none, the ids it has told of.

        One at least where they are unseen: libzmq itself blocks a sender that has none over inproc.
        """
        if not self._shakes_hands:
            return len(self.names)
        return self._present or int(self.unseen)

    @property
    def gone(self) -> bool:
        """Whether every peer that had connected has left."""
        return self.handshakes > 0 and self.count == 0

    def handle(self, event: Event) -> None:
        """Take one event into account."""
        self._remember(event)
        if event.kind == _ACCEPTED:
            self._listening.add(event.endpoint)
        if event.kind in _OPENED:
            self._opened(event)
        elif event.kind == _HANDSHAKE:
            self._shaken(event.endpoint)
        elif event.kind == _DISCONNECTED:
            self._gone(event.value)
        elif event.kind in _FAILED and self._shakes_hands:
            self._failed(event)
        self._present = sum([link.handshaken for link in self.links.values()])

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

    @property
    def being_read(self) -> bool:
        """Whether an ipc peer had something to read when last looked at, and is at it."""
        return any(link.is_ipc and link.last_queued > 0 and not link.stuck for link in self.links.values())

    def watch_last_reads(self, size: int) -> None:
        """Make it certain whether an ipc peer that leaves has taken the next message, of `size` bytes, if it is small.

        To be called with nothing on its way.
        """
        for link in self.links.values():
            link.watch_last_read(size)

    def take_refusals(self) -> list[str]:
        """Return why one end does not let the other in, what has not been returned before."""
        new = [text for text, is_new in self._refusals.items() if is_new]
        self._refusals.update(dict.fromkeys(new, False))
        return new

    def close(self) -> None:
        """Let go of the connections."""
        for link in self.links.values():
            link.close()
        self.links.clear()
        self._present = 0

    def _opened(self, event: Event) -> None:
        try:
            duplicate = os.dup(event.value)
        except OSError:  # gone before its event was read
            return
        if event.value in self.links:  # whose end was not told of
            self._gone(event.value)
        link = self.links[event.value] = Link(duplicate, event.endpoint)
        link.handshaken = not self._shakes_hands
        self.on_ipc |= link.is_ipc

    def _failed(self, event: Event) -> None:
        from zmqcli.sockets.handshakes import explain, is_about_security

        verdict = explain(event, self._security, listens=event.endpoint in self._listening)
        report = verdict.what
        if event.kind != zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL:
            self._failures[event.endpoint] = report  # it says more than a hang-up, which may come first (a race)
        self._failures.setdefault(event.endpoint, report)
        if self._may_be_better_known(event):
            return
        if is_about_security(event, self._security):
            self._refusals.setdefault(f"{event.endpoint}: {verdict}", True)
            self.explained.add(verdict.code)
        elif self._security is not None:
            self.explained.add(verdict.code)  # by the guard

    def _may_be_better_known(self, event: Event) -> bool:
        """Whether this is a hang-up, of which an attempt before or after this one tells more.

        Where mechanisms differ both ends hang up, and which one hears of it instead of finding out is a race, run anew
        each time that libzmq tries again.
        """
        if event.kind != zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL or (self._security and self._security.server):
            return False
        self._hang_ups[event.endpoint] += 1
        seldom = event.endpoint not in self._listening and self._hang_ups[event.endpoint] < HANG_UPS
        return seldom or bool(self.explained)

    def _shaken(self, endpoint: str) -> None:
        self.handshakes += 1
        self._failures.pop(endpoint, None)
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
        if link.handshaken and not link.is_the_next_of(descriptor):
            self._left(link)
        link.close()

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
