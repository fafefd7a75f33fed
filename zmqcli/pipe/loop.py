"""Take messages, transform them, send them on: `pipe`. Passing them is the proxy's work; this is what ends it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zmqcli.engine.overtime import bound_relay_work
from zmqcli.errors import ExitCode, Stopped, StoppedAtOnce, TimeRanOut
from zmqcli.proxy.forward import directions, unsent
from zmqcli.proxy.lifecycle import proxy
from zmqcli.units import format_duration

if TYPE_CHECKING:
    from zmqcli.engine.relay import Relay
    from zmqcli.message import Batch
    from zmqcli.pipe.transform import InOrder

__all__ = ["pipe"]


def pipe(relay: Relay, transform: InOrder, *, timeout: float | None, descriptor: int | None = None) -> None:
    """Pass messages from the frontend through `transform` to the backend, until it has had all it wants.

    `timeout`: seconds without anything happening, then TimeRanOut; `descriptor`: readable when the transform has
    something to do. A signal or the end of the time lets what is in hand go out, within linger.
    """
    (way,) = directions(relay.frontend, relay.backend, [transform])

    def until() -> bool:
        if transform.closed:
            way.closed = True
        if transform.stopped:
            raise Stopped(ExitCode.RUNTIME)
        return way.closed and not way.waiting

    relay.watch(descriptor)
    relay.says_losses = True
    count = transform.left
    idle = [] if timeout is None else [_Idle(relay, timeout)]
    bound_relay_work(relay, lambda: [observer.ends for observer in idle], at_once=True)
    try:
        proxy(relay, [way], idle, until=until)
    except StoppedAtOnce:
        relay.say_undelivered(unsent([way]))
        if count is not None and transform.left:
            relay.environment.outcome.add(ExitCode.TIMEOUT)
            relay.environment.note(f"received {transform.taken} of {count}")
        raise
    if count is not None and transform.left and not transform.stopped:
        if not relay.environment.outcome:
            relay.environment.fail(TimeRanOut("the duration is over"))
        relay.environment.note(f"received {transform.taken} of {count}")


class _Idle:
    """Ends the pipe after an idle time. Messages that arrive or are sent restart it."""

    def __init__(self, relay: Relay, timeout: float) -> None:
        self._relay = relay
        self._timeout = timeout
        self._since = relay.now()

    def received(self, _direction: str, _batch: Batch, _size: int) -> None:
        self._since = self._relay.now()

    passed = received

    @property
    def ends(self) -> float:
        return self._since + self._timeout

    def tick(self) -> float | None:
        if self._relay.now() >= self.ends:
            raise TimeRanOut(f"nothing happened for {format_duration(self._timeout)}")
        return self.ends

    def finish(self) -> None:
        """Nothing is left to do."""
