"""Receive and show: `pull`, `sub`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from zmqcli.engine.last_output import flush
from zmqcli.engine.limits import DurationOver
from zmqcli.errors import ExpectationError, Stopped, TimeRanOut
from zmqcli.sockets.batches import BATCH_MESSAGES
from zmqcli.sockets.poller import Wake

if TYPE_CHECKING:
    from zmqcli.engine.session import Session
    from zmqcli.exchange.sink import Sink
    from zmqcli.message import Batch

__all__ = ["Counts", "batch_limit", "end_receiving", "judge", "receive", "show"]


def receive(session: Session, sink: Sink) -> None:
    """Show what arrives until a limit, a signal or the end of stdout."""
    try:
        while (limit := batch_limit(session, sink)) > 0:
            # Asked before, so that what arrived ahead of the last peer's leaving is still taken.
            gone = session.limits.transient and session.connection.peers.gone
            if not gone:
                session.wait(Wake.RECEIVE)
            batch, size = session.connection.receive_batch(limit)
            if batch:
                session.arrived(batch)
                show(session, sink, batch, size)
            elif gone:
                break
    except (Stopped, TimeRanOut, DurationOver) as end:
        end_receiving(session, sink, end)
    else:
        judge(session, sink)
        if session.connection.config.type == "PULL":
            _say_left_over(session)
    session.abandon()


def _say_left_over(session: Session) -> None:
    """Report messages that arrived behind the last one that was wanted: no other receiver gets them."""
    count = len(session.connection.receive_batch()[0])
    if count:
        least = "at least " if count == BATCH_MESSAGES else ""
        session.environment.note(
            f"{least}{_messages(count)} had arrived behind the last one and nobody else gets them; "
            "a PULL without -n prints all that it is sent"
        )


class Counts(Protocol):
    """Where messages go: a sink, or a tally (top/loop.py)."""

    @property
    def shown(self) -> int:
        """How many messages were printed."""

    @property
    def met(self) -> bool:
        """Whether what `--expect` asks for has come."""

    @property
    def unmet(self) -> str | None:
        """What `--expect` asks for and has not come."""


def show(session: Session, sink: Sink, batch: Batch, size: int) -> None:
    """Show a batch. For `-t` only what passes the filters has happened."""
    if sink.filters is None:
        session.touch()
        sink.show(batch, size, session.write)
    elif sink.show(batch, size, session.write):
        session.touch()
    else:
        session.check_idle()


def judge(session: Session, sink: Sink) -> None:
    """Show what was held back; say when no message was what `--expect` asks for."""
    flush(session)
    if sink.unmet is not None:
        session.environment.fail(
            ExpectationError("--expect was not met", why=f"no match in {_messages(sink.shown)} for '{sink.unmet}'")
        )


def batch_limit(session: Session, sink: Counts) -> int:
    """Return how many messages may be taken now: no more than `-n` asks for, none once `--expect` is met."""
    if sink.met:
        return 0
    if session.limits.messages is None:
        return session.most
    return min(session.most, session.limits.messages - sink.shown)


def end_receiving(session: Session, sink: Counts, end: Stopped | TimeRanOut | DurationOver) -> None:
    """Remember the exit code of what ended the receiving, and say how far it had come."""
    environment, count = session.environment, session.limits.messages
    missing = count is not None and sink.shown < count
    flush(session)
    if isinstance(end, Stopped):
        environment.outcome.add(end.exit_code)
    elif isinstance(end, TimeRanOut):
        environment.fail(end)
    elif missing or sink.unmet is not None:
        environment.fail(TimeRanOut("the duration is over"))
    if missing:
        environment.note(f"received {sink.shown} of {count}")
    if sink.unmet is not None:
        environment.note(f"--expect: no match in {_messages(sink.shown)} for '{sink.unmet}'")


def _messages(count: int) -> str:
    return f"{count} message{'' if count == 1 else 's'}"
