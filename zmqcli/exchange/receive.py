"""Receive and show: `pull`, `sub`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zmqcli.engine.ending import End, run
from zmqcli.exchange.finish import finish, messages
from zmqcli.sockets.batches import BATCH_MESSAGES
from zmqcli.sockets.poller import Wake

if TYPE_CHECKING:
    from zmqcli.engine.session import Session
    from zmqcli.exchange.finish import Counts
    from zmqcli.exchange.sink import Sink
    from zmqcli.message import Batch

__all__ = ["batch_limit", "receive", "show"]


def receive(session: Session, sink: Sink) -> None:
    """Show what arrives until a limit, a signal or the end of stdout."""

    def loop() -> None:
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

    end = run(loop)
    if end.kind is End.DONE and session.connection.config.type == "PULL":
        _say_left_over(session)
    finish(session, end, sink=sink)


def _say_left_over(session: Session) -> None:
    """Report messages that arrived behind the last one that was wanted: no other receiver gets them."""
    count = len(session.connection.receive_batch()[0])
    if count:
        least = "at least " if count == BATCH_MESSAGES else ""
        session.environment.note(
            f"{least}{messages(count)} had arrived behind the last one and nobody else gets them; "
            "a PULL without -n prints all that it is sent"
        )


def show(session: Session, sink: Sink, batch: Batch, size: int) -> None:
    """Show a batch. For `-t` only what passes the filters has happened."""
    if sink.filters is None:
        session.touch()
        sink.show(batch, size, session.write)
    elif sink.show(batch, size, session.write):
        session.touch()
    else:
        session.check_idle()


def batch_limit(session: Session, sink: Counts) -> int:
    """Return how many messages may be taken now: no more than `-n` asks for, none once `--expect` is met."""
    if sink.met:
        return 0
    if session.limits.messages is None:
        return session.most
    return min(session.most, session.limits.messages - sink.shown)
