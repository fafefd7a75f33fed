"""Ask and wait for the answer, one message at a time: `req`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zmqcli.engine.ending import End, Ended, EndReason, run
from zmqcli.errors import TimeRanOut
from zmqcli.exchange.finish import finish
from zmqcli.exchange.send import next_batch, start_sending
from zmqcli.sockets.poller import Wake
from zmqcli.units import format_duration

if TYPE_CHECKING:
    from collections.abc import Callable

    from zmqcli.engine.session import Session
    from zmqcli.engine.source import Source
    from zmqcli.exchange.sink import Sink
    from zmqcli.message import Message
    from zmqcli.sockets.connection import Connection

__all__ = ["request"]


def request(session: Session, source: Source, sink: Sink, reopen: Callable[[], Connection]) -> None:
    """Send each message of `source` and show its reply.

    With `--retry` a request without a reply goes out again on a fresh socket made by `reopen` (the Lazy Pirate of
    the ZeroMQ guide, chapter 4); a late reply to the old one cannot arrive there.
    """
    awaiting = False

    def loop() -> None:
        nonlocal awaiting
        if session.limits.retry:
            session.pause(session.now() + session.limits.delay)  # no peer is a reason to try again, too
        else:
            start_sending(session, source)
        due = session.now()
        while not source.ended and not sink.met:
            if session.limits.interval is not None:
                session.pause(due)
                due += session.limits.interval
            for message in next_batch(session, source, limit=1):
                awaiting = True
                _ask(session, message, source, sink, reopen)
                awaiting = False

    end = run(loop)
    awaits_reply = awaiting or bool(session.outbox.pending)
    finish(session, end, source=source, sink=sink, awaits_reply=awaits_reply, sends_rest=False)


def _ask(session: Session, message: Message, source: Source, sink: Sink, reopen: Callable[[], Connection]) -> None:
    for left in range(session.limits.retry, -1, -1):

        def ask() -> None:
            session.outbox.push([message], source)
            session.touch()
            _show_reply(session, sink)

        end = run(ask)
        if end.kind is End.DONE:
            return
        if end.kind is not End.IDLE:
            raise Ended(end)
        if left:
            session.environment.note(f"no reply, sending again ({left} left)")
            session.abandon()
            session.reopen(reopen())
    waited = format_duration(session.limits.timeout or 0.0)
    raise Ended(EndReason(End.IDLE, TimeRanOut(f"no reply within {waited}", why=session.situation())))


def _show_reply(session: Session, sink: Sink) -> None:
    told = False
    while True:
        session.wait(Wake.RECEIVE)
        batch, size = session.connection.receive_batch(1)
        if batch:
            session.connection.peers.ledger.answered()
            session.arrived(batch)
            session.touch()  # also for a reply that the filters leave out: it is the answer
            sink.show(batch, size, session.write)
            return
        if session.connection.peers.gone and not told:
            told = True
            session.environment.note("the peer left before it replied; -t and --retry bound the wait")
