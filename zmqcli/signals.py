"""SIGINT and SIGTERM as a readable descriptor for the poller."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

from zmqcli.errors import ExitCode, StoppedAtOnce

if TYPE_CHECKING:
    from types import FrameType

__all__ = ["Signals"]

PATIENCE_SECONDS = 1.0
"""For one evaluation of the user's own expression, once a signal has come."""


class Signals:
    """Installs the handlers; `descriptor` is readable once a signal has come.

    A handler that only set a flag would never be seen: poll, recv and send are retried after it (PEP 475).
    """

    def __init__(self, *, installs: bool = True) -> None:
        """`installs`: take the process's signals; without it they only come by `pass_on` (a step of `run`)."""
        self._installs = installs
        self.descriptor, self._wake = os.pipe()
        os.set_blocking(self.descriptor, False)
        os.set_blocking(self._wake, False)  # set_wakeup_fd demands it
        self.received: ExitCode | None = None
        self.evaluations = 0
        """How often an expression of the user's (`-e`, `-E`) was begun with."""
        self.evaluating = False
        """Whether one is at work, so that nobody looks at the descriptor."""
        self._guards = False
        self._seen = 0
        if not installs:  # Python handles signals in its main thread alone
            return
        signal.set_wakeup_fd(self._wake, warn_on_full_buffer=False)
        # Also where SIGINT was inherited as ignored, as in jobs a script starts with `&`.
        signal.signal(signal.SIGINT, self._handle)
        signal.signal(signal.SIGTERM, self._handle)

    def _handle(self, number: int, _frame: FrameType | None) -> None:
        # Only Ctrl-C is taken for impatience: timeout(1) sends its SIGTERM to the child and to the group.
        if self.received is not None and number == signal.SIGINT:
            raise StoppedAtOnce(self.received)
        if self.received is None:
            self.received = ExitCode.INTERRUPTED if number == signal.SIGINT else ExitCode.TERMINATED
            if self._guards:
                self._seen = self.evaluations
                signal.setitimer(signal.ITIMER_REAL, PATIENCE_SECONDS, PATIENCE_SECONDS)

    def guard_evaluations(self) -> None:
        """After a signal, end an evaluation that is at one message for PATIENCE_SECONDS: it may never end by itself."""
        if self._installs:
            self._guards = True
            signal.signal(signal.SIGALRM, self._look)

    def _look(self, _number: int, _frame: FrameType | None) -> None:
        if self.evaluating and self.evaluations == self._seen and self.received is not None:
            raise StoppedAtOnce(self.received, "the expression was ended: it was still at the same message")
        self._seen = self.evaluations

    def pass_on(self, code: ExitCode) -> None:
        """Stop as at the first signal, whose exit code this is. From any thread."""
        if self.received is None:
            self.received = code
            os.write(self._wake, b"\0")

    def clear(self) -> None:
        """Empty the descriptor, so that polling it sleeps again."""
        try:
            os.read(self.descriptor, 512)
        except BlockingIOError:
            pass

    def close(self) -> None:
        """Give the signals back to their default handlers."""
        if self._installs:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            if self._guards:
                signal.setitimer(signal.ITIMER_REAL, 0)
        os.close(self.descriptor)
        os.close(self._wake)
