"""A proxy from its start to its end, with either way of passing messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zmqcli.engine.ending import End, report_end, run
from zmqcli.engine.outbox import CLOSED_SECONDS
from zmqcli.errors import ZmqcliError
from zmqcli.proxy.forward import Forwarder
from zmqcli.proxy.native import Native

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from zmqcli.engine.relay import Relay
    from zmqcli.proxy.forward import Direction, Observer

__all__ = ["proxy"]

STILL_SENDING = "libzmq's proxy was still waiting for a peer to take messages when linger ended"


def proxy(
    relay: Relay,
    ways: Sequence[Direction],
    observers: Sequence[Observer],
    *,
    native: bool = False,
    until: Callable[[], bool] = lambda: False,
) -> None:
    """Pass messages until a signal, the end of the time, or the closing of stdout; then get out what is in flight.

    `until`: our own loop also ends as soon as it holds.

    `native`: libzmq's own proxy does it, and nothing is looked at.
    """
    environment = relay.environment
    linger = relay.limits.linger
    forwarder = Forwarder(relay, ways, observers)
    hands = Native(relay, forwarder) if native else None
    try:
        end = run(hands.run if hands else lambda: forwarder.run(until))
        report_end(environment, end, late=None)
        if end.kind is End.OUTPUT_CLOSED:
            forwarder.observers = ()
            linger = min(linger, CLOSED_SECONDS)
    except ZmqcliError as error:  # a full disk under the tap is no reason to lose what is in flight
        environment.fail(error)
        forwarder.observers = ()
    relay.begin_ending()
    deadline = relay.now() + linger
    if hands is not None and not hands.stop(deadline):
        relay.report_undelivered([STILL_SENDING])
        return
    reasons = forwarder.drain(deadline)
    for observer in forwarder.observers:
        observer.finish()
    report_end(environment, run(relay.flush), late=None)
    for way in ways:
        if way.faults is not None:
            environment.note(f"{way.name}: {way.faults.summary()}")
    relay.report_undelivered([*reasons, *relay.close(deadline)])
