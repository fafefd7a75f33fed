"""Send and receive at the same time: `dealer`, `pair`, `router`, `stream`, `xpub`, `xsub`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zmqcli.engine.ending import Ended, run
from zmqcli.engine.outbox import RETRY_SECONDS
from zmqcli.exchange.finish import finish
from zmqcli.exchange.receive import batch_limit, show
from zmqcli.sockets.poller import Wake

if TYPE_CHECKING:
    from collections.abc import Callable

    from zmqcli.engine.session import Session
    from zmqcli.engine.source import Source
    from zmqcli.exchange.sink import Sink
    from zmqcli.message import Batch, Message

__all__ = ["converse", "note_subscriptions", "without_delimiter"]

QUIET_SECONDS = 1.0
"""Seconds without a message after the end of stdin that end the conversation."""


def without_delimiter(batch: Batch) -> Batch:
    """Take off the empty frame that a REP's replies start with (`dealer --envelope`)."""
    return [message[1:] if len(message) > 1 and not len(message[0]) else message for message in batch]


def note_subscriptions(session: Session) -> Callable[[Batch], Batch]:
    """Return a filter that shows everything and counts an XPUB's subscriptions: they are its peers."""
    session.reads_subscriptions = True

    def note(batch: Batch) -> Batch:
        for message in batch:
            session.connection.peers.handle_subscription(bytes(message[0]))
        return batch

    return note


def converse(
    session: Session,
    source: Source,
    sink: Sink,
    *,
    answer: Callable[[Message], Message | None] | None = None,
    incoming: Callable[[Batch], Batch] | None = None,
    lockstep: bool = False,
) -> None:
    """Send what `source` has and show what comes, until a limit or the end of both.

    `answer` makes a reply for each message (`router --echo`); `incoming` sees what arrives first, and returns what
    is to be shown; `lockstep` sends the next message only after something has come for the last one.
    """
    session.counts_sends = answer is None or sink.filters is None
    conversation = _Conversation(session, source, sink, answer, incoming, lockstep=lockstep)
    finish(session, run(conversation.run), source=source, sink=sink)


class _Conversation:
    """The two directions of one socket, and when each may go on."""

    def __init__(
        self,
        session: Session,
        source: Source,
        sink: Sink,
        answer: Callable[[Message], Message | None] | None,
        incoming: Callable[[Batch], Batch] | None,
        *,
        lockstep: bool,
    ) -> None:
        self._session = session
        self._source = source
        self._sink = sink
        self._answer = answer
        self._incoming = incoming
        self._lockstep = lockstep
        self._awaiting = False
        limits = session.limits
        self._due = session.now() + limits.delay
        self._started = source.ended or not limits.wait
        # A service goes on, and so does a command with a limit, until the limit.
        self._for_ever = source.ended or any(
            limit is not None for limit in (limits.messages, limits.timeout, limits.duration)
        )
        self._quiet_at: float | None = None

    def run(self) -> None:
        """Go on until a limit, `--transient`, or the end of stdin and of what it brought."""
        session, outbox = self._session, self._session.outbox
        while batch_limit(session, self._sink) > 0:
            gone = session.limits.transient and session.connection.peers.gone
            outbox.set_patience(last=self._source.exhausted and outbox.pending > 0)
            session.paced_until = 0.0 if self._source.ended else self._next_due
            woken = Wake.RECEIVE if gone else session.wait(self._interest(), self._until())
            took = bool(woken & Wake.RECEIVE) and self._take_in()
            if gone and not took:
                break
            if outbox.pending:
                if self._may_push():
                    outbox.push_on(self._source)
                elif woken & Wake.INPUT:
                    self._source.fill()
            elif not self._source.ended:
                self._go_on(readable=bool(woken & Wake.INPUT))
            if self._over():
                break
        session.patience = None

    def _go_on(self, *, readable: bool) -> None:
        """Send what is next if its time has come; while the first peers are awaited, read ahead.

        Who turns out to have nothing to send needs no peer.
        """
        if not self._held_back():
            if readable or not self._source.reads_input:
                self._send_next()
        elif readable:
            self._source.fill()

    def _interest(self) -> int:
        interest = Wake.RECEIVE
        if self._session.outbox.pending:
            # What is asked of a service must not pile up here while its replies cannot go out.
            interest = 0 if self._answer else interest
            if not self._may_push():
                return interest | (Wake.INPUT if self._source.reads_ahead else 0)
            polls = not self._session.connection.pattern.always_writable
            return interest | Wake.SEND if polls else interest
        if self._source.ended or not self._source.reads_input or (self._held_back() and self._started):
            return interest
        return interest | Wake.INPUT

    def _until(self) -> float | None:
        now = self._session.now()
        if self._session.outbox.pending:
            retries = self._may_push() and self._session.connection.pattern.always_writable
            return now + RETRY_SECONDS if retries else None
        if self._source.ended:
            return self._quiet_at
        if self._held_back() and not self._started:
            return self._session.waiting.notice(self._source.first_frame, self._session.limits.wait)
        if now < self._next_due:
            return self._next_due
        return None if self._held_back() or self._source.reads_input else now

    def _may_push(self) -> bool:
        """Whether there is a peer to send to. A peer that left is waited for."""
        session = self._session
        return bool(
            not session.limits.wait or not session.connection.peers.gone or session.connection.pattern.routing_ids
        )

    def _held_back(self) -> bool:
        """Whether the next message has to wait: for the first peers, for its time, for a reply."""
        session = self._session
        if not self._started:
            self._started = session.connection.enough_peers(self._source.first_frame, session.limits.wait)
            if not self._started:
                return True
        return session.now() < self._next_due or (self._lockstep and self._awaiting)

    @property
    def _next_due(self) -> float:
        return max(self._due, self._source.due)

    def _take_in(self) -> bool:
        session = self._session
        batch, size = session.connection.receive_batch(batch_limit(session, self._sink))
        if self._incoming is not None:
            batch = self._incoming(batch)
        if not batch:
            return False
        session.arrived(batch)
        self._awaiting = False
        self._quiet_at = None
        if self._answer is not None:
            # Answer before printing: the peer must not wait because the reader of stdout has left.
            self._reply(batch, self._answer)
        show(session, self._sink, batch, size)
        return True

    def _reply(self, batch: Batch, answer: Callable[[Message], Message | None]) -> None:
        replies: list[Message] = []
        try:
            for message in batch:
                made = answer(message)
                if made is not None:
                    replies.append(made)
        except Ended as end:
            if end.reply is not None:
                replies.append(end.reply)
            raise
        finally:
            self._session.outbox.add(replies)
            self._session.outbox.push_some()

    def _send_next(self) -> None:
        interval = self._session.limits.interval
        batch = self._source.take(1 if interval is not None or self._lockstep else None)
        if interval is not None:
            self._due += interval
        if batch:
            self._awaiting = True
            self._quiet_at = None
            self._session.outbox.add(batch)
            if self._may_push():
                self._session.outbox.push_on(self._source)

    def _over(self) -> bool:
        if self._for_ever or not self._source.ended or self._session.outbox.pending:
            return False
        now = self._session.now()
        if self._quiet_at is None:
            self._quiet_at = now + QUIET_SECONDS
        if now < self._quiet_at:
            return False
        self._session.waiting.last_hint()
        return True
