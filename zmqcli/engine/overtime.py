"""Ends the work on a message that would never end by itself: what the two engines do when signals.Work is cut short.

A command sees signals, `-t` and `--duration` when it sleeps. A hostile payload, a pattern that backtracks or the user's
own expression may keep it from sleeping. Then the work is given up a second later, and the command ends as if it had
been asleep.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zmqcli.engine.limits import DurationOver
from zmqcli.errors import ExitCode, Stopped, StoppedAtOnce, TimeRanOut

if TYPE_CHECKING:
    from collections.abc import Callable

    from zmqcli.engine.engine import Engine
    from zmqcli.engine.relay import Relay

__all__ = ["bound_relay_work", "bound_work"]

CUT_SHORT = "the message at hand was given up: work on it had not ended after 1s"


def bound_work(engine: Engine) -> None:
    """Let what ends `engine` end its work on messages."""
    signals, limits = engine.environment.signals, engine.limits
    clock_over = False

    def clock() -> float | None:
        at = None if engine.stopping else engine.ends_at
        return None if at is None else at - engine.now()

    def cut_short() -> BaseException:
        nonlocal clock_over
        engine.environment.note(CUT_SHORT)
        if engine.stopping or clock_over:  # it is ending already, and this was work on what is left to send
            return StoppedAtOnce(signals.received or ExitCode.TIMEOUT)
        if signals.received is not None:
            engine.stopping = True
            return Stopped(signals.received)
        clock_over = True
        try:
            engine.check_idle()
        except TimeRanOut as error:
            return error
        return DurationOver()

    signals.cut = cut_short
    if limits.timeout is not None or limits.duration is not None:
        signals.clock = clock


def bound_relay_work(relay: Relay, ends: Callable[[], list[float]] = list, *, at_once: bool = False) -> None:
    """Let what ends `relay` end the work of its tap, or of the transform of a pipe.

    `ends`: times (Relay.now) that end it besides `--duration`. `at_once`: messages behind this one cannot get out.
    """
    signals = relay.environment.signals
    over = [] if relay.limits.duration is None else [relay.now() + relay.limits.duration]

    def clock() -> float | None:
        times = [*over, *ends()]
        return min(times) - relay.now() if times and not relay.stopping else None

    def cut_short() -> BaseException:
        relay.environment.note(CUT_SHORT)
        if at_once or relay.stopping:
            idle = any(at <= relay.now() for at in ends())
            return StoppedAtOnce(signals.received or (ExitCode.TIMEOUT if idle else ExitCode.OK))
        return DurationOver() if signals.received is None else Stopped(signals.received)

    signals.cut = cut_short
    if over or ends():
        signals.clock = clock
