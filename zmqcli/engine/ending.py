"""Why a loop has ended, and what exit code and words that makes."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from zmqcli.errors import OutputClosed, TimeRanOut

if TYPE_CHECKING:
    from collections.abc import Callable

    from zmqcli.environment import Environment
    from zmqcli.errors import ZmqcliError
    from zmqcli.message import Message

__all__ = ["DONE", "End", "EndReason", "Ended", "report_end", "run"]


class End(Enum):
    """The kinds of end that a loop can come to."""

    DONE = "it has done its work"
    STOPPED = "a signal, or --on-error stop"
    IDLE = "-t"
    DURATION = "--duration"
    PATIENCE = "linger has passed while what is left waits for a peer to come back"
    OUTPUT_CLOSED = "the reader of stdout is gone"


class EndReason(NamedTuple):
    """Why a loop has ended."""

    kind: End
    error: ZmqcliError | None = None
    """What has the exit code, and for IDLE the words: for STOPPED, IDLE and OUTPUT_CLOSED."""


DONE = EndReason(End.DONE)


class Ended(Exception):  # no error: it carries the reason up to `run`, past whatever the loop was doing
    """Something ends the loop. Raised by `Engine.wait`, and caught by `run`."""

    def __init__(self, reason: EndReason, *, reply: Message | None = None) -> None:
        super().__init__(reason.kind.value)
        self.reason = reason
        self.reply = reply
        """What a peer gets whose answer was being made, envelope included; None if none was."""


def run(loop: Callable[[], None]) -> EndReason:
    """Run `loop` and return why it has ended. Errors other than the closing of stdout are raised."""
    try:
        loop()
    except Ended as end:
        return end.reason
    except OutputClosed as error:
        return EndReason(End.OUTPUT_CLOSED, error)
    return DONE


def report_end(environment: Environment, end: EndReason, *, late: str | None, why: str = "") -> None:
    """Report why a loop has ended: an idle time, or `late` at the end of --duration. The exit code has the rest.

    `late`: what to say if the time was over before the work was done; None if nothing is missing.
    """
    if end.kind is End.IDLE and end.error is not None:
        environment.fail(end.error)
    elif end.kind is End.DURATION and late is not None:
        environment.fail(TimeRanOut(late, why=why))
    elif end.error is not None:
        environment.outcome.add(end.error.exit_code)
