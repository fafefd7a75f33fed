"""What can go wrong, and the exit code each thing has.

    ZmqcliError                 1    something failed while running
    ├── UsageError              2    the command line cannot mean anything
    │   ├── EndpointError       2    an endpoint that libzmq would misread or refuse
    │   └── OptionError         2    a socket option, codec or format that does not exist or does not fit
    ├── DataError               3    a record could not be read, or a frame not decoded or encoded
    │   ├── DecodeError         3
    │   └── EncodeError         3
    ├── ExpectationError        4    --expect was not met
    ├── UndeliveredError        5    not everything is known to have arrived
    ├── TimeRanOut            124    -t or --duration ended first
    ├── OutputClosed          141    the reader of stdout is gone
    └── Stopped   129 / 130 / 143    SIGHUP, SIGINT or SIGTERM

An error is raised where the fact is known, worded for the person who typed the command; `cli.py` is
the one place that turns it into a line on stderr and an exit code.
"""

from __future__ import annotations

import errno
import os
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = [
    "FILES_HINT",
    "MEANINGS",
    "RAISE_FILE_LIMIT",
    "TOO_MANY_FILES",
    "CutShort",
    "DataError",
    "DecodeError",
    "EncodeError",
    "EndpointError",
    "ExitCode",
    "ExpectationError",
    "OptionError",
    "OutputClosed",
    "Stopped",
    "StoppedAtOnce",
    "TimeRanOut",
    "UndeliveredError",
    "UsageError",
    "ZmqcliError",
    "decide",
    "unforeseen",
]


TOO_MANY_FILES = "too many open files"
RAISE_FILE_LIMIT = "raise the limit: ulimit -n 4096"
FILES_HINT = f"{RAISE_FILE_LIMIT}; see docs/troubleshooting.md#too-many-open-files"
_MEMORY_HINT = "raise the limit (see ulimit -v), or bound what is kept: --max-size, --hwm"


class ExitCode(IntEnum):
    """Every exit code of `zmqcli`; the page `docs/exit-codes.md` and `--help` are made from this table."""

    OK = 0
    RUNTIME = 1
    USAGE = 2
    DATA = 3
    EXPECTATION = 4
    UNDELIVERED = 5
    TIMEOUT = 124
    HUNG_UP = 129
    INTERRUPTED = 130
    OUTPUT_CLOSED = 141
    TERMINATED = 143


MEANINGS: dict[ExitCode, str] = {
    ExitCode.OK: "all done",
    ExitCode.RUNTIME: "runtime error: address in use, permission denied, a broken peer",
    ExitCode.USAGE: "usage error: the command line cannot be carried out",
    ExitCode.DATA: "a record could not be read, or a frame could not be decoded",
    ExitCode.EXPECTATION: "--expect was not met",
    ExitCode.UNDELIVERED: "undelivered: not everything sent is known to have arrived",
    ExitCode.TIMEOUT: "time ran out (-t or --duration), as timeout(1) says it",
    ExitCode.HUNG_UP: "hung up (SIGHUP: the terminal or the connection to it is gone)",
    ExitCode.INTERRUPTED: "interrupted (SIGINT, Ctrl-C)",
    ExitCode.OUTPUT_CLOSED: "the reader of stdout is gone (as in `| head -1`)",
    ExitCode.TERMINATED: "terminated (SIGTERM)",
}

# Where several apply, the first of these wins. A usage error never meets another: it ends the command at once.
_PRECEDENCE = (
    ExitCode.USAGE,
    ExitCode.OUTPUT_CLOSED,
    ExitCode.INTERRUPTED,
    ExitCode.TERMINATED,
    ExitCode.HUNG_UP,
    ExitCode.TIMEOUT,
    ExitCode.UNDELIVERED,
    ExitCode.RUNTIME,
    ExitCode.EXPECTATION,
    ExitCode.DATA,
)


def decide(codes: Iterable[ExitCode]) -> ExitCode:
    """Return the one exit code of a run in which all of `codes` came up."""
    seen = set(codes)
    return next((code for code in _PRECEDENCE if code in seen), ExitCode.OK)


class ZmqcliError(Exception):
    """An error a user can act on: what failed, why, and what to do next.

    `str()` gives the line without the program's name: `what (why); hint`.
    """

    exit_code = ExitCode.RUNTIME

    def __init__(self, what: str, *, why: str = "", hint: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.why = why
        self.hint = hint

    def __str__(self) -> str:
        why = f" ({self.why})" if self.why else ""
        hint = f"; {self.hint}" if self.hint else ""
        return f"{self.what}{why}{hint}"


class UsageError(ZmqcliError):
    """The command line cannot mean anything."""

    exit_code = ExitCode.USAGE


class EndpointError(UsageError):
    """An endpoint that libzmq would misread or refuse."""


class OptionError(UsageError):
    """A socket option, codec or format that does not exist or does not take that value."""


class DataError(ZmqcliError):
    """A record could not be read, or a frame not decoded or encoded."""

    exit_code = ExitCode.DATA


class DecodeError(DataError):
    """A frame's bytes are not what the codec reads."""


class EncodeError(DataError):
    """A value, or its text, is not what the codec writes."""


class ExpectationError(ZmqcliError):
    """`--expect` was not met."""

    exit_code = ExitCode.EXPECTATION


class UndeliveredError(ZmqcliError):
    """Not everything sent is known to have arrived."""

    exit_code = ExitCode.UNDELIVERED


class TimeRanOut(ZmqcliError):
    """`-t` or `--duration` ended before the work was done."""

    exit_code = ExitCode.TIMEOUT


class OutputClosed(ZmqcliError):
    """The reader of stdout is gone. Said by the exit code alone, as other filters do."""

    exit_code = ExitCode.OUTPUT_CLOSED


class Stopped(ZmqcliError):
    """The first SIGINT, SIGTERM or SIGHUP: stop reading, deliver what was accepted, end."""

    def __init__(self, exit_code: ExitCode) -> None:
        super().__init__("stopped")
        self.exit_code = exit_code


class StoppedAtOnce(BaseException):
    """The second Ctrl-C: raised by the signal handler itself, wherever the program is (PEP 475 retries all else).

    Also what ends a command whose work on a message was cut short when it was ending already.
    """

    def __init__(self, exit_code: ExitCode) -> None:
        super().__init__("stopped at once")
        self.exit_code = exit_code


class CutShort(BaseException):
    """Ends work on a message a second after the command should have ended. Only `signals.Work` catches it."""


def unforeseen(error: BaseException) -> ZmqcliError:
    """Return the error to report for an unexpected exception: something has run out, or it is a bug.

    Descriptors, memory or threads may run out anywhere: any import or pipe may be the first to lack them.
    """
    for cause in _chain(error):
        text = str(cause).lower()
        number = getattr(cause, "errno", None)
        if number in _FILES or any(os.strerror(code).lower() in text for code in _FILES):
            return ZmqcliError("cannot go on", why=TOO_MANY_FILES, hint=FILES_HINT)
        if isinstance(cause, MemoryError) or number == errno.ENOMEM or any(sign in text for sign in _MEMORY_SIGNS):
            return ZmqcliError("cannot go on", why="out of memory", hint=_MEMORY_HINT)
        if isinstance(cause, RuntimeError) and "start new thread" in text:
            why = "no thread can be started: out of memory, or too many processes"
            return ZmqcliError("cannot go on", why=why, hint="see ulimit -v and ulimit -u")
    try:
        os.close(os.dup(2))
    except OSError:  # no descriptor is left, and whatever failed does not say so
        return ZmqcliError("cannot go on", why=TOO_MANY_FILES, hint=FILES_HINT)
    return ZmqcliError(
        f"internal error: {type(error).__name__}: {error}", hint="this is a bug; --debug shows where it is"
    )


_FILES = (errno.EMFILE, errno.ENFILE)
_MEMORY_SIGNS = (
    os.strerror(errno.ENOMEM).lower(),
    "failed to map segment",  # of the dynamic linker, as an ImportError
    "cannot map zero-fill",
)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield an exception and its causes, which may be plainer."""
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        yield cause
        cause = cause.__cause__ or cause.__context__
