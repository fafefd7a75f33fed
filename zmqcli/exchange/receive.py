"""Receive and show: `pull`, `sub`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from zmqcli.errors import Stopped, TimeRanOut
from zmqcli.exchange.limits import DurationOver
from zmqcli.sockets.connection import BATCH_MESSAGES
from zmqcli.sockets.poller import Wake

if TYPE_CHECKING:
    from zmqcli.exchange.session import Session
    from zmqcli.exchange.sink import Sink

__all__ = ["Counts", "batch_limit", "end_receiving", "receive"]


def receive(session: Session, sink: Sink) -> None:
    """Show what arrives until a limit, a signal or the end of stdout."""
    try:
        while (limit := batch_limit(session, sink)) > 0:
            # Asked before, so that what arrived ahead of the last peer's leaving is still taken.
            gone = session.limits.transient and session.gone
            if not gone:
                session.wait(Wake.RECEIVE)
            batch, size = session.connection.receive_batch(limit)
            if batch:
                session.arrived(batch)
                sink.show(batch, size, session.write)
            elif gone:
                break
    except (Stopped, TimeRanOut, DurationOver) as end:
        end_receiving(session, sink, end)
    session.abandon()


class Counts(Protocol):
    """Where messages go: a sink, or a tally (top.py)."""

    shown: int
    """How many messages have gone there."""


def batch_limit(session: Session, sink: Counts) -> int:
    """Return how many messages may be taken now: no more than `-n` asks for."""
    if session.limits.messages is None:
        return BATCH_MESSAGES
    return min(BATCH_MESSAGES, session.limits.messages - sink.shown)


def end_receiving(session: Session, sink: Counts, end: Stopped | TimeRanOut | DurationOver) -> None:
    """Remember the exit code of what ended the receiving, and say how far it had come."""
    environment, count = session.environment, session.limits.messages
    missing = count is not None and sink.shown < count
    session.flush()
    if isinstance(end, Stopped):
        environment.outcome.add(end.exit_code)
    elif isinstance(end, TimeRanOut):
        environment.fail(end)
    elif missing:
        environment.fail(TimeRanOut("the duration is over"))
    if missing:
        environment.note(f"received {sink.shown} of {count}")
