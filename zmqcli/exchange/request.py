"""Ask and wait for the answer, one message at a time: `req`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zmqcli.engine.last_output import flush
from zmqcli.engine.limits import DurationOver, PatienceOver
from zmqcli.errors import Stopped, TimeRanOut
from zmqcli.exchange.receive import judge
from zmqcli.exchange.send import end_early, next_batch, start_sending
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
    try:
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
    except (Stopped, TimeRanOut) as end:
        flush(session)
        end_early(session, source, end)
    except (DurationOver, PatienceOver):
        flush(session)
        session.outbox.add(source.stop())
        if awaiting or session.outbox.pending:
            session.environment.fail(TimeRanOut("no reply before the duration was over", why=session.situation()))
        elif sink.unmet is not None:
            session.environment.fail(TimeRanOut("the duration is over", why="--expect was not met"))
    else:
        judge(session, sink)
    session.outbox.finish(sends_rest=False)


def _ask(session: Session, message: Message, source: Source, sink: Sink, reopen: Callable[[], Connection]) -> None:
    for left in range(session.limits.retry, -1, -1):
        try:
            session.outbox.push([message], source)
            session.touch()
            _show_reply(session, sink)
        except TimeRanOut:
            if not left:
                raise TimeRanOut(
                    f"no reply within {format_duration(session.limits.timeout or 0.0)}", why=session.situation()
                ) from None
            session.environment.note(f"no reply, sending again ({left} left)")
            session.abandon()
            session.reopen(reopen())
        else:
            return


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
