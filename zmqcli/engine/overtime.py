"""Ends the work on a message that would never end by itself: what the engine does when signals.Work is cut short.

A command sees signals, `-t` and `--duration` when it sleeps. A hostile payload, a pattern that backtracks or the user's
own expression may keep it from sleeping. Then the work is given up a second later, and the command ends as if it had
been asleep.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zmqcli.engine.ending import End, Ended, EndReason
from zmqcli.errors import ExitCode, Stopped, StoppedAtOnce

if TYPE_CHECKING:
    from zmqcli.engine.engine import Engine

__all__ = ["bound_work"]

CUT_SHORT = "the message at hand was given up: work on it had not ended after 1s"


def bound_work(engine: Engine, *, at_once: bool = False) -> None:
    """Let what ends `engine` end its work on messages, also that of a proxy's tap or a pipe's transform.

    `at_once`: messages behind the one at hand cannot get out, so nothing is left to do but to end.
    """
    signals, limits = engine.environment.signals, engine.limits
    clock_over = False

    def clock() -> float | None:
        at = None if engine.stopping else engine.ends_at
        return None if at is None else at - engine.now()

    def cut_short() -> BaseException:
        nonlocal clock_over
        engine.environment.note(CUT_SHORT)
        idle = False
        try:
            engine.check_idle()
        except Ended as end:
            idle = True
            reason = end.reason
        else:
            reason = EndReason(End.DURATION)
        if at_once:
            return StoppedAtOnce(signals.received or (ExitCode.TIMEOUT if idle else ExitCode.OK))
        if engine.stopping or clock_over:  # it is ending already, and this was work on what is left to send
            return StoppedAtOnce(signals.received or ExitCode.TIMEOUT)
        if signals.received is not None:
            engine.stopping = True
            return Ended(EndReason(End.STOPPED, Stopped(signals.received)))
        clock_over = True
        return Ended(reason)

    signals.cut = cut_short
    if limits.timeout is not None or limits.duration is not None:
        signals.clock = clock
