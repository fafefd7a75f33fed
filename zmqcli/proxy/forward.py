"""Passes messages between the two sides of a proxy, and lets observers and faults at them on the way.

Like libzmq's own proxy, it reads a message only when the other side has room. If a message does not fit after all, it
stays here, a batch at most, and nothing more is read until it is out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from zmqcli.engine.outbox import RETRY_SECONDS
from zmqcli.engine.relay import BACKEND, FRONTEND
from zmqcli.errors import OutputClosed, UndeliveredError
from zmqcli.sockets.batches import BATCH_MESSAGES
from zmqcli.sockets.connection import Unroutable
from zmqcli.sockets.poller import Wake, can_receive, can_send, unread_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from zmqcli.engine.relay import Relay
    from zmqcli.message import Batch
    from zmqcli.proxy.handling import Handling
    from zmqcli.sockets.connection import Connection

__all__ = ["DIRECTIONS", "Direction", "Forwarder", "Observer", "directions", "unsent"]

DIRECTIONS = ("frontend>backend", "backend>frontend")
QUIET_SECONDS = 0.02
"""At the end: nothing has come for this long, and nothing is left in the kernel."""
PARTING_SECONDS = 0.25
"""Senders that are still there get this long to hear that this end closes, and to close their side."""
LONGEST_PARTING_SECONDS = 5.0
"""After this long, senders that have still not closed their side are no longer read from."""
PATIENT_SECONDS = 0.5
"""After this, one moment with empty queues is enough: a peer goes on sending, bit by bit."""
DEFAULT_HWM = 1000
"""libzmq's own, zmq_setsockopt(3)."""
KERNEL_BYTES = 10 << 20
"""The kernels at both ends of a connection hold this much at most: tcp_wmem and tcp_rmem, tcp(7)."""


class Observer(Protocol):
    """Looks at what passes: the tap, the rates."""

    def received(self, direction: str, batch: Batch, size: int) -> None:
        """See messages (`size` bytes of frames) that were read."""

    def passed(self, direction: str, batch: Batch, size: int) -> None:
        """See messages that were sent on."""

    def tick(self) -> float | None:
        """Do what is due; return when it is due again."""

    def finish(self) -> None:
        """Do what is left to do at the end."""


class Direction:
    """One way through the proxy."""

    def __init__(self, index: int, source: Connection, target: Connection, faults: Handling | None) -> None:
        """`index`: the place of this way in DIRECTIONS."""
        self.name = DIRECTIONS[index]
        self.source_index, self.target_index = (BACKEND, FRONTEND) if index else (FRONTEND, BACKEND)
        self.source = source
        self.target = target
        self.faults = faults
        self.passed = 0
        """Messages sent on."""
        self.closed = False
        """Whether nothing more is to be read."""
        self._pending: Batch = []
        self._next = 0
        self._size = 0
        self.stalled = False
        """Whether something has arrived that is not read, for lack of room or of time."""

    @property
    def waiting(self) -> int:
        """How many messages were read and not sent on."""
        return len(self._pending) - self._next + (self.faults.held if self.faults else 0)

    @property
    def stuck(self) -> bool:
        """Whether there is something to pass on, but no room for it."""
        return self.stalled or bool(self._pending)

    def source_interest(self) -> int:
        """Return what to wait for at the source: nothing while the target has no room."""
        full = self.faults is not None and self.faults.full
        return 0 if self.stuck or full or self.closed else Wake.RECEIVE

    def target_interest(self) -> int:
        """Return what to wait for at the target. One that always claims to have room is tried again by the clock."""
        return Wake.SEND if self.stuck and not self.target.pattern.always_writable else 0

    def due(self, now: float) -> float | None:
        """Return when there is something to do, whatever the sockets say."""
        if self.stuck:
            return now + RETRY_SECONDS if self.target.pattern.always_writable else None
        return self.faults.due if self.faults else None

    def step(self, forwarder: Forwarder, source: int, target: int, now: float) -> tuple[int, int]:
        """Go on as far as possible without waiting; return the messages and bytes that were read."""
        if self.faults is not None:
            self.faults.advance(now)
        if self.stalled and (target & Wake.SEND or self.target.pattern.always_writable):
            self.stalled = False
            source |= Wake.RECEIVE
        if self._pending:
            self._push(forwarder)
        if not self._pending and self.faults is not None:
            self._add(self.faults.release(now), None)
            self._push(forwarder)
        if self._pending or self.closed or not source & Wake.RECEIVE:
            return 0, 0
        if not can_send(self.target):
            self.stalled = can_receive(self.source)  # we may have been woken by a peer that left
            return 0, 0
        return self._take(forwarder, now)

    def _take(self, forwarder: Forwarder, now: float) -> tuple[int, int]:
        batch, size = self.source.receive_batch(BATCH_MESSAGES if self.faults is None else self.faults.room)
        if not batch:
            return 0, 0
        forwarder.relay.touch()
        for observer in forwarder.observers:
            observer.received(self.name, batch, size)
        if self.faults is None:
            self._add(batch, size)
        else:
            self._add(self._harm(batch, now), None)
        self._push(forwarder)
        return len(batch), size

    def _harm(self, batch: Batch, now: float) -> Batch:
        assert self.faults is not None  # noqa: S101 # for mypy
        if self.source.config.type != "XPUB":
            return self.faults.take(batch, now)
        return batch  # subscriptions: without them nothing at all would come

    def _add(self, batch: Batch, size: int | None) -> None:
        self._pending, self._next = batch, 0
        self._size = -1 if size is None else size

    def _push(self, forwarder: Forwarder) -> None:
        while self._next < len(self._pending):
            start = self._next
            try:
                self._next = self.target.send_batch(self._pending, start)
            except Unroutable as error:  # only with ROUTER_MANDATORY, which the user has asked for
                forwarder.relay.environment.fail(
                    UndeliveredError(f"{self.name}: no peer has the routing id 0x{error.routing_id.hex()}")
                )
                self._tell(forwarder, start, error.index)
                self._next = error.index + 1
                continue
            self._tell(forwarder, start, self._next)
            if self._next < len(self._pending):
                return
        self._pending, self._next = [], 0

    def _tell(self, forwarder: Forwarder, start: int, end: int) -> None:
        if end == start:
            return
        self.passed += end - start
        forwarder.relay.touch()
        whole = end - start == len(self._pending)
        batch = self._pending if whole else self._pending[start:end]
        if forwarder.relay.capture is not None:
            forwarder.relay.capture.send_batch(batch)  # a PUB takes everything, and drops for slow subscribers
        if forwarder.observers:
            size = (
                self._size if whole and self._size >= 0 else sum(len(frame) for message in batch for frame in message)
            )
            for observer in forwarder.observers:
                observer.passed(self.name, batch, size)


def directions(frontend: Connection, backend: Connection, faults: Sequence[Handling] = ()) -> list[Direction]:
    """Return the ways that these two types of socket can go, each with its faults if there are any."""
    ways = [(frontend, backend), (backend, frontend)]
    return [
        Direction(index, source, target, faults[index] if faults else None)
        for index, (source, target) in enumerate(ways)
        if source.pattern.can_receive and target.pattern.can_send
    ]


class Forwarder:
    """Both ways of one proxy."""

    def __init__(self, relay: Relay, ways: Sequence[Direction], observers: Sequence[Observer] = ()) -> None:
        self.relay = relay
        self.ways = ways
        self.observers = observers
        relay.counters.append(self._sent)

    def _sent(self, side: Connection) -> int:
        return sum(way.passed for way in self.ways if way.target is side)

    def run(self, until: Callable[[], bool] = lambda: False) -> None:
        """Pass messages on until `until()` holds or something ends it: raise as `Engine.wait` does."""
        output = self.relay.environment.output
        while not until():
            ticks = [observer.tick() for observer in self.observers]
            if output.blocked:  # a slow reader of the tap holds the proxy back
                self.relay.wait(Wake.OUTPUT, _first(ticks))
                output.flush()
            else:
                self._round(_first(ticks))

    def _round(self, until: float | None) -> tuple[int, int]:
        """Sleep once, then do what can be done; return the messages and bytes that were read."""
        relay = self.relay
        interest = 0
        for way in self.ways:
            interest |= Wake.on(way.source_index, way.source_interest()) | Wake.on(
                way.target_index, way.target_interest()
            )
        now = relay.now()
        woken = relay.wait(interest, _first([until, *(way.due(now) for way in self.ways)]))
        now = relay.now()
        messages = size = 0
        for way in self.ways:
            read = way.step(self, Wake.of(way.source_index, woken), Wake.of(way.target_index, woken), now)
            messages, size = messages + read[0], size + read[1]
        return messages, size

    def drain(self, deadline: float) -> list[str]:
        """Pass on what had arrived when the end was asked for, until `deadline`. Return what did not get through.

        Peers that go on sending cannot prolong this: no more is read than the queues of libzmq and of the kernels can
        have held.
        """
        relay = self.relay
        last_read = relay.now()
        patient_until = last_read + PATIENT_SECONDS
        messages = sum(_queue_bound(way.source) for way in self.ways)
        size = sum(KERNEL_BYTES * way.source.peers.opened for way in self.ways)
        while relay.now() < deadline:
            if messages <= 0 and size <= 0:
                self._close_ways()
            busy = [way for way in self.ways if (way.waiting or way.stuck) and not self._hopeless(way)]
            quiet = QUIET_SECONDS if busy or relay.now() < patient_until else 0.0
            read = self._last_round(min(deadline, relay.now() + quiet))
            messages, size = (messages - read[0], size) if messages > 0 else (0, size - read[1])
            if busy or read[0]:
                last_read = relay.now()
            elif relay.now() - last_read >= quiet and self._empty():
                self._part(deadline)
                break
        self._close_ways()
        return unsent(self.ways)

    def _last_round(self, until: float) -> tuple[int, int]:
        try:
            return self._round(until)
        except OutputClosed as error:
            self.relay.environment.outcome.add(error.exit_code)
            self.observers = ()
            return 0, 0

    def _part(self, deadline: float) -> None:
        """Turn away the senders of work that are still there, and pass on what they had sent.

        Otherwise what arrives between the last look and the end would be lost without a report.
        """
        relay = self.relay
        sources = [way.source for way in self.ways if not way.closed and way.source.config.type == "PULL"]
        for source in sources:
            source.turn_senders_away()
        parted = min(deadline, relay.now() + PARTING_SECONDS)
        while relay.now() < parted and any(source.peers.links for source in sources):
            self._last_round(parted)
        last_chance = relay.now() + LONGEST_PARTING_SECONDS
        while relay.now() < deadline and not self._empty():
            if relay.now() >= last_chance and any(source.peers.links for source in sources):
                self._close_ways()  # a sender that does not close its side could send for ever
            self._last_round(min(deadline, relay.now() + QUIET_SECONDS))

    def _close_ways(self) -> None:
        """Read nothing more. What still arrives is lost, and is reported."""
        for way in self.ways:
            way.stalled |= not way.closed and not self._hopeless(way) and can_receive(way.source)
            way.closed = True

    def _empty(self) -> bool:
        return all(
            self._hopeless(way) or not (way.stuck or way.waiting or (unread_bytes(way.source) and not way.closed))
            for way in self.ways
        )

    def _hopeless(self, way: Direction) -> bool:
        """Whether a signal ends the proxy and this way never had a peer to send to."""
        return self.relay.environment.signals.received is not None and not way.target.peers.handshakes


def unsent(ways: Sequence[Direction]) -> list[str]:
    """Return what does not get through on each way, for a person."""
    counts = [(way.name, way.waiting, "" if way.waiting == 1 else "s") for way in ways if way.waiting]
    reasons = [f"{name}: {count} message{plural} not sent on" for name, count, plural in counts]
    return reasons + [f"{way.name}: messages have arrived that nobody took" for way in ways if way.stalled]


def _queue_bound(connection: Connection) -> float:
    hwm = DEFAULT_HWM if connection.config.hwm is None else connection.config.hwm
    return connection.peers.opened * (hwm + DEFAULT_HWM) if hwm else float("inf")  # ours and the peer's


def _first(times: Sequence[float | None]) -> float | None:
    return min((at for at in times if at is not None), default=None)
