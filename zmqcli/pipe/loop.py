"""Take messages, transform them, send them on: `pipe`. Passing them is the proxy's work; this is what ends it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zmqcli.engine.ending import End, Ended, EndReason
from zmqcli.engine.overtime import bound_work
from zmqcli.errors import ExitCode, Stopped, StoppedAtOnce, TimeRanOut
from zmqcli.proxy.forward import directions, unsent
from zmqcli.proxy.lifecycle import proxy

if TYPE_CHECKING:
    from zmqcli.engine.relay import Relay
    from zmqcli.pipe.transform import InOrder

__all__ = ["pipe"]


def pipe(relay: Relay, transform: InOrder, *, descriptor: int | None = None) -> None:
    """Pass messages from the frontend through `transform` to the backend, until it has had all it wants.

    `descriptor`: readable when the transform has something to do. A signal or the end of the time lets what is in hand
    go out, within linger.
    """
    (way,) = directions(relay.frontend, relay.backend, [transform])

    def until() -> bool:
        if transform.closed:
            way.closed = True
        if transform.stopped:
            raise Ended(EndReason(End.STOPPED, Stopped(ExitCode.RUNTIME)))
        return way.closed and not way.waiting

    relay.watch(descriptor)
    relay.says_losses = True
    count = transform.left
    bound_work(relay, at_once=True)
    try:
        proxy(relay, [way], [], until=until)
    except StoppedAtOnce:
        relay.report_undelivered(unsent([way]))
        if count is not None and transform.left:
            relay.environment.outcome.add(ExitCode.TIMEOUT)
            relay.environment.note(f"received {transform.taken} of {count}")
        raise
    if count is not None and transform.left and not transform.stopped:
        if not relay.environment.outcome:
            relay.environment.fail(TimeRanOut("the duration is over"))
        relay.environment.note(f"received {transform.taken} of {count}")
