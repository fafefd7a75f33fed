"""Send everything a source has, and see it out: `push`, `pub`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zmqcli.engine.limits import DurationOver, PatienceOver
from zmqcli.errors import Stopped, TimeRanOut
from zmqcli.sockets.poller import Wake

if TYPE_CHECKING:
    from zmqcli.engine.session import Session
    from zmqcli.engine.source import Source
    from zmqcli.message import Batch

__all__ = ["end_early", "next_batch", "send", "start_sending", "wait_for_input"]


def send(session: Session, source: Source) -> None:
    """Send all that `source` has. What ends it early still gets out what had been accepted, within linger."""
    try:
        start_sending(session, source)
        due = session.now()
        while not source.ended:
            if session.limits.interval is not None:
                session.pause(due)
                due += session.limits.interval
            batch = next_batch(session, source)
            session.outbox.push(batch, source)
    except (Stopped, TimeRanOut) as end:
        end_early(session, source, end)
    except DurationOver:
        session.outbox.add(source.stop())
        sent, count = session.outbox.accepted + session.outbox.pending, session.limits.messages
        if count is not None and sent < count:
            session.environment.fail(TimeRanOut("the duration is over", why=f"sent {sent} of {count}"))
    except PatienceOver:
        session.outbox.add(source.stop())
        session.outbox.finish(longest=0.0)  # linger has passed; it says what was not sent
        return
    session.outbox.finish()


def start_sending(session: Session, source: Source) -> None:
    """Wait for `--delay` and for the peers of `-w`."""
    if session.limits.delay:
        session.pause(session.now() + session.limits.delay)
    count = session.limits.wait
    while count and not source.ended and not session.connection.enough_peers(source.first_frame, count):
        session.outbox.await_peers(source, count)


def next_batch(session: Session, source: Source, *, limit: int | None = None) -> Batch:
    """Return what the source has next, one message when sends are paced, none while its time has not come."""
    if source.due:
        session.pause(source.due)
    wait_for_input(session, source)
    return source.take(1 if session.limits.interval is not None else limit)


def wait_for_input(session: Session, source: Source) -> None:
    """Sleep until the source can be taken from."""
    while source.reads_input and not session.wait(Wake.INPUT) & Wake.INPUT:
        pass


def end_early(session: Session, source: Source, end: Stopped | TimeRanOut) -> None:
    """Remember the exit code of what ended the sending; what had been accepted from stdin is still to be sent."""
    session.environment.outcome.add(end.exit_code)
    if isinstance(end, TimeRanOut):
        session.outbox.ended_by = end
    session.outbox.add(source.stop())
