"""Send everything a source has, and see it out: `push`, `pub`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zmqcli.engine.ending import run
from zmqcli.exchange.finish import finish
from zmqcli.sockets.poller import Wake

if TYPE_CHECKING:
    from zmqcli.engine.session import Session
    from zmqcli.engine.source import Source
    from zmqcli.message import Batch

__all__ = ["next_batch", "send", "start_sending", "wait_for_input"]


def send(session: Session, source: Source) -> None:
    """Send all that `source` has. What ends it early still gets out what had been accepted, within linger."""

    def loop() -> None:
        start_sending(session, source)
        due = session.now()
        while not source.ended:
            if session.limits.interval is not None:
                session.pause(due)
                due += session.limits.interval
            batch = next_batch(session, source)
            session.outbox.push(batch, source)

    finish(session, run(loop), source=source)


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
