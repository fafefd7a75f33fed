"""Watch what comes, and show a tally of it now and then: `top`, `sub --topics`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from zmqcli.engine.ending import End, run
from zmqcli.exchange.finish import Counts, finish
from zmqcli.exchange.receive import batch_limit
from zmqcli.signals import Work
from zmqcli.sockets.poller import Wake

if TYPE_CHECKING:
    from collections.abc import Callable

    from zmqcli.engine.session import Session
    from zmqcli.message import Batch

__all__ = ["Tally", "watch"]


class Tally(Counts, Protocol):
    """Something that counts messages."""

    def add(self, batch: Batch) -> None:
        """Count messages that have just come."""


def watch(session: Session, tally: Tally, every: float, show: Callable[[bool], bytes]) -> None:
    """Give `tally` what arrives until a limit, a signal or the end of stdout.

    `show` makes what goes to stdout every so many seconds, and once more, with True, at the end. While the reader of
    stdout is slow nothing new is made for it, and what comes is still counted.
    """
    output = session.environment.output

    def loop() -> None:
        _collect(session, tally, every, show)
        output.write([show(True)])
        while output.blocked:
            session.wait(Wake.OUTPUT)
            output.flush()

    end = run(loop)
    if end.kind not in {End.DONE, End.OUTPUT_CLOSED}:
        output.write([show(True)])
    finish(session, end, sink=tally)


def _collect(session: Session, tally: Tally, every: float, show: Callable[[bool], bytes]) -> None:
    output, work = session.environment.output, Work(session.environment.signals)
    due = session.now() + every
    while (limit := batch_limit(session, tally)) > 0:
        gone = session.limits.transient and session.connection.peers.gone
        if not gone:
            session.wait(Wake.RECEIVE | (Wake.OUTPUT if output.blocked else 0), due)
        if output.blocked:
            output.flush()
        batch, _ = session.connection.receive_batch(limit)
        if batch:
            session.arrived(batch)
            session.handle_events()  # a subscription may come before the event of its connection
            with work:
                tally.add(batch)
        elif gone:
            return
        if session.now() >= due:
            if not output.blocked:
                with work:
                    table = show(False)
                output.write([table])
            due = max(due + every, session.now())
