"""Sends messages in order, waits for peers and for room, and at the end waits until everything is out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zmqcli.engine.closing import close_delivered
from zmqcli.engine.ending import End, report_end, run
from zmqcli.errors import UndeliveredError
from zmqcli.sockets.connection import Unroutable
from zmqcli.sockets.patterns import Ready
from zmqcli.sockets.poller import Wake

if TYPE_CHECKING:
    from zmqcli.engine.socket_engine import SocketEngine
    from zmqcli.engine.source import Source
    from zmqcli.engine.waiting import Waiting
    from zmqcli.errors import ZmqcliError
    from zmqcli.message import Batch

__all__ = ["CLOSED_SECONDS", "RETRY_SECONDS", "Outbox"]

CLOSED_SECONDS = 0.1
"""The last replies get this long when stdout is closed: the command ends within 0.2 s."""

RETRY_SECONDS = 0.005
"""Between two attempts at a full XPUB or ROUTER. Its POLLOUT stays set, so that polling for it would spin."""

HOLD_SECONDS = 0.002
"""The last message is held back for this long when more may come."""
READING_SECONDS = 1.0
"""A peer that has read nothing for this long is not waited for: it may be stopped for good."""
HOLD_LOOK_SECONDS = 0.001
"""How often the queues are looked at meanwhile."""


class Outbox:
    """The messages of one command that libzmq has not taken yet, and the count of those it has."""

    def __init__(self, engine: SocketEngine, waiting: Waiting) -> None:
        self._engine = engine
        self._waiting = waiting
        self.accepted = 0
        """Messages that libzmq has taken."""
        self.ended_by: ZmqcliError | None = None
        """What ended the sending early. `finish` reports it together with what was not delivered."""
        self._batch: Batch = []
        self._next = 0
        self._departures = 0

    @property
    def pending(self) -> int:
        """How many messages have not been taken yet."""
        return len(self._batch) - self._next

    @property
    def delimited(self) -> bool:
        """Whether the last message begins with an empty frame, as a REP expects it."""
        return bool(self._batch) and not len(self._batch[-1][0])

    @property
    def peer_has_left(self) -> bool:
        """Whether a peer has left since the last send, and another one is there."""
        engine = self._engine
        return self.accepted > 0 and engine.departures != self._departures and engine.connection.peers.count > 0

    def add(self, batch: Batch) -> None:
        """Add messages after those that are pending."""
        if self.pending:
            self._batch = [*self._batch[self._next :], *batch]
        else:
            self._batch = batch
        self._next = 0

    def drop(self) -> None:
        """Give up what libzmq has not taken: a request whose reply is no longer awaited."""
        self._batch, self._next = [], 0

    def push(self, batch: Batch, source: Source) -> None:
        """Send all of `batch`, which came from `source`, waiting as long as it takes: for peers, and for room.

        Once the source has ended and every peer has left, linger starts (End.PATIENCE). After an
        exception, what libzmq has not taken stays pending for `finish`. Raise as `Engine.wait` does.
        """
        self.add(batch)
        engine = self._engine
        while self.pending:
            self.set_patience(last=source.exhausted)
            engine.glance()
            departures = engine.departures
            if not self._has_takers(source):
                self.await_peers(source, 1)
            elif not self.push_on(source) and engine.departures == departures:
                self.wait_to_send()  # nothing wakes it for a peer that left while `push_on` waited
        engine.patience = None

    def push_on(self, source: Source) -> int:
        """Send what libzmq takes without waiting, but the last message only when ipc peers have read the others.

        Return how many were sent. When an ipc peer leaves, nobody can tell what it had read, unless a single small
        message is on its way (last_read.py). A peer that wants all messages does not leave before the last one.
        """
        peers = self._engine.connection.peers
        if not (peers.on_ipc and (self.pending > 1 or not peers.ledger.settled)):
            return self.push_some()
        sent = self.push_some(keep=1)
        if self.pending == 1:
            self._let_be_read(source)
            if self._has_takers(source):  # they may have left meanwhile
                sent += self.push_some()
        return sent

    def _has_takers(self, source: Source) -> bool:
        """Whether enough peers are connected for what is sent (`-w`)."""
        connection = self._engine.connection
        waits = self._engine.limits.wait > 0 and not connection.pattern.routing_ids
        return not waits or connection.enough_peers(source.first_frame, 1)

    def _let_be_read(self, source: Source) -> None:
        """Wait until the ipc peers have read what was sent.

        Do not wait for a peer that has stopped reading, nor when there is more to send. While more may come, wait for
        HOLD_SECONDS at most.
        """
        engine = self._engine
        peers = engine.connection.peers
        ledger, until = peers.ledger, engine.now() + HOLD_SECONDS
        while peers.count and not ledger.settled and (not ledger.queued() or ledger.being_read(READING_SECONDS)):
            interest = Wake.INPUT if source.reads_input and not source.ended else 0
            if engine.wait(interest, until=engine.now() + HOLD_LOOK_SECONDS) & interest:
                source.fill()
            if not source.ended and (not source.reads_input or engine.now() >= until):
                return
            ledger.look()

    def await_peers(self, source: Source, count: int) -> None:
        """Sleep once for peers, and read ahead meanwhile, since the end of stdin changes how long to wait."""
        ahead = source.reads_ahead if self._engine.connection.peers.gone else source.reads_input and not source.ended
        interest = Wake.INPUT if ahead else 0
        if self._engine.wait(interest, until=self._waiting.notice(source.first_frame, count)) & interest:
            source.fill()

    def push_some(self, *, keep: int = 0) -> int:
        """Send what libzmq takes without waiting, except the last `keep` messages. Return how many were sent."""
        before, skipped = self._next, 0
        end = len(self._batch) - keep
        while self._next < end:
            try:
                self._next = self._engine.connection.send_batch(self._batch, self._next, end)
                break
            except Unroutable as error:  # report and skip it; the rest is sent
                self._say_unroutable(error)
                self._next = error.index + 1
                skipped += 1
        sent = self._next - before - skipped
        if sent:
            self._count(sent)
        return sent

    def wait_to_send(self, until: float | None = None) -> None:
        """Sleep until sending may work again, or the clock says `until`."""
        engine = self._engine
        if engine.connection.pattern.always_writable:
            again = engine.now() + RETRY_SECONDS
            engine.wait(until=again if until is None else min(again, until))
        else:
            engine.wait(Wake.SEND, until)

    def set_patience(self, *, last: bool) -> None:
        """Decide when to give up on a peer that left: only when there is nothing more to read (`last`)."""
        engine = self._engine
        peers, limits = engine.connection.peers, engine.limits
        if peers.count or not last or (limits.wait and not peers.handshakes):
            engine.patience = None
        elif engine.patience is None:
            engine.patience = engine.now() + limits.linger

    def finish(self, *, longest: float | None = None, sends_rest: bool = True) -> None:
        """Get everything out within linger, or `longest` seconds, and close.

        What is not known to have arrived makes exit code 5. Without `sends_rest` pending messages count as not sent: a
        request, for example, whose reply would not be seen.
        """
        engine = self._engine
        # Without a peer that wants the message, a signal or -t ends the command at once. Otherwise there is linger.
        early = engine.stopping or self.ended_by is not None
        nobody = not engine.connection.peers.handshakes or (self.accepted == 0 and not self._is_wanted())
        linger = 0.0 if early and nobody else engine.limits.linger
        if longest is not None:
            linger = min(linger, longest)
        engine.stopping = True
        deadline = engine.now() + linger
        if sends_rest and not self._push_rest(deadline):
            deadline = min(deadline, engine.now() + CLOSED_SECONDS)
        closed = close_delivered(
            engine.connection,
            linger=max(0.0, deadline - engine.now()) if self.accepted else 0.0,
            sleep=engine.sleep,
        )
        if self.accepted:
            for what in closed.dropped:
                engine.environment.note(f"a subscriber may miss messages ({what}); --block waits for slow ones")
        self._report(closed.reasons)

    def _report(self, reasons: list[str]) -> None:
        environment = self._engine.environment
        if self.pending:
            reasons.insert(0, f"{_records(self.pending)} not sent")
        if self.ended_by is not None and reasons:
            reasons.insert(0, str(self.ended_by))
        if reasons and (self.accepted or self.pending):
            why = f"{_records(self.accepted)} had been accepted"
            environment.fail(UndeliveredError(f"undelivered: {'; '.join(reasons)}", why=why))
        elif self.ended_by is not None:
            environment.fail(self.ended_by)

    def _is_wanted(self) -> bool:
        """Whether a peer has subscribed to the message that a publisher is about to send. True for other sockets."""
        connection, first = self._engine.connection, self._waiting.first
        is_published = connection.pattern.ready_when is Ready.SUBSCRIPTION and first is not None
        return not is_published or connection.peers.subscribed(first)

    def _push_rest(self, deadline: float) -> bool:
        """Send what is pending until `deadline`. Return False when the closing of stdout has put an end to that."""
        engine = self._engine

        def loop() -> None:
            while self.pending and engine.now() < deadline:
                if engine.limits.wait and not engine.connection.enough_peers(self._waiting.first, 1):
                    engine.wait(until=deadline)  # a publisher would drop it at once, with no subscriber to get it
                elif not self.push_some():
                    self.wait_to_send(deadline)

        end = run(loop)
        report_end(engine.environment, end, late=None)
        return end.kind is not End.OUTPUT_CLOSED

    def _count(self, sent: int) -> None:
        engine = self._engine
        self._departures = engine.departures
        self.accepted += sent
        engine.sent()

    def _say_unroutable(self, error: Unroutable) -> None:
        from zmqcli.formats.routing_id import show_routing_id

        name = show_routing_id(error.routing_id).decode("utf-8", "backslashreplace")
        self._engine.environment.fail(
            UndeliveredError(f"no peer has the routing id {name}", hint="the message was not sent")
        )


def _records(count: int) -> str:
    return "1 record" if count == 1 else f"{count} records"
