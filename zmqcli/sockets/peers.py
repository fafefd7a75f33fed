"""Who is at the other end: connections, handshakes and subscriptions."""

from __future__ import annotations

import errno
import os
import time
from collections import Counter, deque
from typing import TYPE_CHECKING

import zmq

from zmqcli.delivery.kernel_queue import queued, unread
from zmqcli.delivery.ledger import Ledger
from zmqcli.delivery.link import Link
from zmqcli.diagnosis.events import FAILED_HANDSHAKES, HISTORY, ConnectionEvent, Ending, EventKind
from zmqcli.errors import RAISE_FILE_LIMIT, TOO_MANY_FILES

if TYPE_CHECKING:
    from zmqcli.diagnosis.events import Event
    from zmqcli.message import ReceivedFrame
    from zmqcli.security.config import SecurityConfig

__all__ = ["HANG_UPS", "Peers"]

_OPENED = frozenset({EventKind.CONNECTED, EventKind.ACCEPTED})

READING_SECONDS = 0.001
READING_STEPS = 10
"""An ipc peer gets this many looks, this far apart, to read the end of our greeting."""
HANG_UPS = 4
"""After this many (half a second, with security) another attempt tells nothing new."""
UNFINISHED = "connected, but the handshake is not done: are both ends servers?"
"""Two CURVE or two PLAIN servers wait for each other without an event, for HANDSHAKE_IVL (30 s)."""


class Peers:
    """The connections of one socket, told by its monitor's events and, for XPUB, by its subscriptions."""

    def __init__(
        self, *, shakes_hands: bool = True, security: SecurityConfig | None = None, ledger: Ledger | None = None
    ) -> None:
        self.links: dict[int, Link] = {}
        """The open connections, by libzmq's descriptor."""
        self.ledger = ledger or Ledger()
        """What was sent to them, and what has become of it."""
        self.opened = 0
        """Connections ever."""
        self.handshakes = 0
        """Handshakes finished, ever."""
        self.subscriptions: Counter[bytes] = Counter()
        self.names: list[bytes] = []
        """Routing ids of a STREAM's peers, in the order they came."""
        self.history: dict[str, deque[ConnectionEvent]] = {}
        """The last events of each endpoint; the endpoint that was last heard of comes last."""
        self.troubles: list[str] = []
        """What to tell the user about connections that ended badly; the caller clears it."""
        self.unread: list[str] = []
        """What to tell about messages that senders took back, or left here unread; the caller clears it."""
        self.only_receives = False
        """Whether this socket sends nothing. A reset then concerns what the peer has sent."""
        self.on_ipc = False
        """Whether a peer has come over ipc; how it leaves has to be watched (link.py)."""
        self.unseen = False
        """Whether there may be peers that libzmq does not report: over inproc there is no handshake and no event."""
        self._present = 0
        self._refused: Counter[str] = Counter()
        """Connections that were shut because no descriptor was left, by endpoint."""
        self._unseen_handshakes: Counter[str] = Counter()
        """Handshakes of connections that were gone before they could be looked at, by endpoint."""
        self._unfinished_ends: Counter[str] = Counter()
        """Failed handshakes by endpoint, whose connections have not ended yet."""
        self._failed_just_now: str | None = None
        """The endpoint of the last event, if that was the failure of a handshake."""
        self._unwatched: str | None = None
        """The endpoint of a connection that could not be duplicated, until the user has been told."""
        self._told_unwatched = False
        self._shakes_hands = shakes_hands
        self._security = security
        self._failures: dict[str, str] = {}
        self._refusals: dict[str, bool] = {}
        self._listening: set[str] = set()
        self._hang_ups: Counter[str] = Counter()
        self.explained: set[str] = set()
        """Codes of verdicts that `take_refusals` or the ZAP handler has told the user already."""

    @property
    def report(self) -> str:
        """What libzmq last said about a connection that failed; empty when all is well."""
        if not self.history:
            return ""
        from zmqcli.diagnosis.look import look_at_path
        from zmqcli.diagnosis.rules import last_word

        endpoint, events = next(reversed(self.history.items()))
        path = look_at_path(endpoint) if endpoint.startswith("ipc:") else ""
        word = last_word(endpoint, events, path=path, shakes_hands=self._shakes_hands)
        if self._security is not None and not word and self.links and not self.count:
            return UNFINISHED
        return self._failures.get(endpoint, word) if word else word

    @property
    def count(self) -> int:
        """How many peers there are now: finished handshakes, or for STREAM, which has none, the ids it has reported.

        At least one where peers are unseen: over inproc libzmq itself blocks a sender without a peer.
        """
        if not self._shakes_hands:
            return len(self.names)
        return self._present or int(self.unseen)

    @property
    def gone(self) -> bool:
        """Whether every peer that had connected has left."""
        return self.handshakes > 0 and self.count == 0

    def handle(self, event: Event) -> ConnectionEvent:
        """Take one event into account. Return it with the connection that it is about."""
        connection, ending, sure = self._interpret(event)
        seen = ConnectionEvent(*event, connection, ending, sure)
        failed = event.kind in FAILED_HANDSHAKES and self._shakes_hands
        self._remember(seen)
        if failed:
            self._unfinished_ends[event.endpoint] += 1
            self._failed(seen)
        self._failed_just_now = event.endpoint if failed else None
        self._present = sum([link.handshaken for link in self.links.values()])
        return seen

    def _interpret(self, event: Event) -> tuple[int | None, Ending | None, bool]:
        """Return the connection of an event, how it has ended if it has, and whether no other one can be meant."""
        if event.kind in _OPENED:
            if event.kind == EventKind.ACCEPTED:
                self._listening.add(event.endpoint)
            self._opened(event)
            return event.value, None, True
        if event.kind == EventKind.ACCEPT_FAILED and event.value == errno.EMFILE:
            self._refused[event.endpoint] += 1
        elif event.kind == EventKind.HANDSHAKE_SUCCEEDED:
            return self._shaken(event.endpoint)
        elif event.kind == EventKind.DISCONNECTED:
            link = self.links.get(event.value)
            ending = self._gone(event.value, event.endpoint, finished=self._had_finished(event))
            return event.value, ending, link is not None and not link.guessed
        elif event.kind in FAILED_HANDSHAKES:
            waiting = self._unfinished(event.endpoint)
            return (waiting[0].number if len(waiting) == 1 else None), None, True
        return None, None, True

    def _remember(self, event: ConnectionEvent) -> None:
        events = self.history.pop(event.endpoint, None)
        if events is None:
            events = deque(maxlen=HISTORY)
        events.append(event)
        self.history[event.endpoint] = events

    def handle_subscription(self, message: bytes) -> None:
        """Take an XPUB's message into account: 1 or 0, and a prefix. Other messages mean nothing here."""
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

    def link_of(self, frame: ReceivedFrame) -> Link | None:
        """Return the connection that a received frame came over, while it is there; None over inproc."""
        try:
            return self.links.get(int(frame.get("__fd")))  # libzmq's ZMQ_SRCFD, zmq_msg_get(3)
        except (zmq.ZMQError, ValueError):
            return None

    def type_of(self, frame: ReceivedFrame) -> str:
        """Return the socket type of the sender of a frame; empty where libzmq does not say."""
        try:
            return str(frame.get("Socket-Type"))
        except zmq.ZMQError:
            return ""

    def take_unwatched(self) -> str | None:
        """Return, once, a note about a connection that cannot be watched; None without one."""
        if self._unwatched is None or self._told_unwatched:
            return None
        self._told_unwatched = True
        return (
            f"a connection on {self._unwatched} cannot be watched ({TOO_MANY_FILES}): "
            f"what it takes along when it leaves counts as lost; {RAISE_FILE_LIMIT}"
        )

    def take_refusals(self) -> list[str]:
        """Return why one end does not let the other in: only texts that have not been returned before."""
        new = [text for text, is_new in self._refusals.items() if is_new]
        self._refusals.update(dict.fromkeys(new, False))
        return new

    def close(self) -> None:
        """Let go of the connections."""
        self.ledger.close()
        for link in self.links.values():
            link.close()
        self.links.clear()
        self._present = 0

    def _opened(self, event: Event) -> None:
        self.opened += 1
        number = event.value
        try:
            duplicate = os.dup(number)
        except OSError as error:
            if error.errno != errno.EMFILE:  # gone before its event was read
                return
            duplicate = number  # it can be looked at for as long as libzmq has it open
            self._unwatched = event.endpoint
        if number in self.links:  # its end was not reported
            self._gone(number, self.links[number].endpoint, finished=self.links[number].handshaken)
        link = Link(duplicate, event.endpoint, number=number, connected=event.kind != EventKind.ACCEPTED)
        self.links[number] = link
        self.on_ipc |= link.is_ipc
        if not self._shakes_hands:
            self._shake(link)

    def _failed(self, event: ConnectionEvent) -> None:
        from zmqcli.diagnosis.handshakes import explain, is_about_security

        verdict = explain(event, self._security, listens=event.endpoint in self._listening)
        report = verdict.what
        if event.kind != EventKind.HANDSHAKE_FAILED_NO_DETAIL:
            self._failures[event.endpoint] = report  # it says more than a hang-up, which may come first (a race)
        self._failures.setdefault(event.endpoint, report)
        if self._may_be_better_known(event):
            return
        if is_about_security(event, self._security):
            self._refusals.setdefault(f"{event.endpoint}: {verdict}", True)
            self.explained.add(verdict.code)
        elif self._security is not None:
            self.explained.add(verdict.code)  # by the ZAP handler

    def _may_be_better_known(self, event: ConnectionEvent) -> bool:
        """Whether this is a hang-up, and an earlier or a later attempt may tell more.

        When mechanisms differ, both ends hang up. It is a race which one finds out the reason and which one only sees
        the hang-up, and each attempt runs it anew.
        """
        if event.kind != EventKind.HANDSHAKE_FAILED_NO_DETAIL or (self._security and self._security.server):
            return False
        self._hang_ups[event.endpoint] += 1
        seldom = event.endpoint not in self._listening and self._hang_ups[event.endpoint] < HANG_UPS
        return seldom or bool(self.explained)

    def _shaken(self, endpoint: str) -> tuple[int | None, None, bool]:
        """Take a handshake into account. Return what `_interpret` returns of it."""
        self.handshakes += 1
        self._failures.pop(endpoint, None)
        waiting = self._unfinished(endpoint)
        if not waiting and self._refused[endpoint]:  # one that was shut for want of descriptors, a moment too late
            self._refused[endpoint] -= 1
            self.ledger.left_unseen(endpoint)
            self.ledger.let_leave()
        elif waiting:
            likely = _most_likely(waiting)
            self._shake(likely)
            for link in waiting:
                link.guessed = len(waiting) > 1
            return likely.number, None, not likely.guessed
        else:
            self._unseen_handshakes[endpoint] += 1
        return None, None, True

    def _had_finished(self, event: Event) -> bool:
        """Whether the connection that has ended had finished its handshake.

        libzmq reports a handshake that failed, and then, mostly right after it, the end of that connection
        (stream_engine_base.cpp, `error`).
        """
        link = self.links.get(event.value)
        told = self._unfinished_ends[event.endpoint] > 0 and not (link and link.handshaken)
        if not (told or self._failed_just_now == event.endpoint):
            return True
        self._unfinished_ends[event.endpoint] -= 1
        return False

    def _unfinished(self, endpoint: str) -> list[Link]:
        return [link for link in self.links.values() if link.endpoint == endpoint and not link.handshaken]

    def _shake(self, link: Link) -> None:
        link.handshaken = True
        self.ledger.joined(link)

    def _take_back(self, link: Link) -> None:
        link.handshaken = False
        self.ledger.withdrew(link)

    def _gone(self, number: int, endpoint: str, *, finished: bool) -> Ending:
        """Take the end of a connection into account, and return how it ended.

        `finished`: whether its handshake had been done, as far as libzmq has reported no failure.
        """
        link = self.links.pop(number, None)
        if link is None or (link.handshaken and link.is_the_next_of(number)):
            shaken = link is not None or self._unseen_handshakes[endpoint] > 0
            self._gone_unseen(endpoint, link, finished=finished)
            return _ending(finished=finished, shaken=shaken)
        if link.handshaken is not finished:
            self._correct(link, finished=finished)
        if not (link.handshaken and self._left(link)):
            link.close()
        return _ending(finished=finished, shaken=link.handshaken)

    def _correct(self, link: Link, *, finished: bool) -> None:
        """Exchange the handshake that was given to the wrong connection, now that one of the two has ended."""
        guessed = [x for x in self.links.values() if x.endpoint == link.endpoint and x.guessed]
        others = [x for x in guessed if x.handshaken is finished]
        if not finished:
            self._take_back(link)
            if others:
                self._shake(others[-1])
        elif others and link.guessed:  # else no handshake was reported: its type did not fit
            self._take_back(others[0])
            self._shake(link)

    def _gone_unseen(self, endpoint: str, link: Link | None, *, finished: bool) -> None:
        """Take the end of an unknown connection into account; `link` is the next one on the same descriptor."""
        if link is not None:
            self._take_back(link)
            link.close()
        elif not finished or not self._unseen_handshakes[endpoint]:
            return
        else:
            self._unseen_handshakes[endpoint] -= 1
        self.ledger.left_unseen(endpoint)

    def _left(self, link: Link) -> bool:
        """Take leave of a peer; return whether the ledger keeps its link."""
        kept = self.ledger.left(link)
        if not link.is_gone():
            self.troubles.append(
                f"connection on {link.endpoint} dropped by this end "
                "(a message larger than --max-size, a missed heartbeat or a broken peer)"
            )
        elif link.is_ipc and (lost := unread(link.duplicate)):
            self.unread.append(
                f"{lost} bytes lost on {link.endpoint} (the sender closed while this end was at its "
                "high-water mark, libzmq #4660); receive with --hwm 0, or let the sender wait"
            )
        elif self.only_receives and link.was_reset():
            self.unread.append(f"{link.endpoint}: a sender broke off its connection; what it sent last may be missing")
        return kept


def _ending(*, finished: bool, shaken: bool) -> Ending:
    if not finished:
        return Ending.FAILED
    return Ending.LEFT if shaken else Ending.MISFIT


def _most_likely(waiting: list[Link]) -> Link:
    """Return the connection that has most likely finished its handshake: the event names only the endpoint.

    It is not one that has not greeted us, or has not read our greeting. Of the others it is most likely the newest,
    since a handshake is quick.
    """
    able = [link for link in waiting if link.has_greeted()] or waiting
    for _ in range(READING_STEPS):
        if len(able) == 1 or not able[-1].is_ipc:
            break
        if reading := [link for link in able if not queued(link.duplicate)]:
            able = reading
            break
        time.sleep(READING_SECONDS)
    return able[-1]
