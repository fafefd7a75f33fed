"""SIGINT, SIGTERM and SIGHUP: an end on the spot at first, later a readable descriptor for the poller.

- Before `Signals()`: the default action, which __main__.py sets first of all. The process dies by the signal.
- Until `defer()`: nothing is open yet. The handler ends the process itself, with the signal's exit code.
- From then on: the first signal makes `descriptor` readable, and the command ends in good order. A second Ctrl-C raises
  StoppedAtOnce wherever the program is.
- From `settle()` on: the exit code is known and only the exit is left. A second Ctrl-C does not wait for it.
"""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

from zmqcli.errors import ExitCode, StoppedAtOnce

if TYPE_CHECKING:
    from types import FrameType

__all__ = ["EXIT_CODES", "Signals"]

EXIT_CODES: dict[int, ExitCode] = {
    signal.SIGINT: ExitCode.INTERRUPTED,
    signal.SIGTERM: ExitCode.TERMINATED,
    signal.SIGHUP: ExitCode.HUNG_UP,
}
"""The signals that end a command, and the exit code of each."""
PATIENCE_SECONDS = 1.0
"""For one evaluation of the user's own expression, once a signal has come."""
UNWIND_SECONDS = 0.5
"""What the end after a second Ctrl-C may take before it is raised again, and then before the process just ends."""


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
        self._deferred = False
        self._insisted = 0
        self._settled = False
        if not installs:  # Python handles signals in its main thread alone
            return
        signal.set_wakeup_fd(self._wake, warn_on_full_buffer=False)
        # Also where SIGINT was inherited as ignored, as in jobs a script starts with `&`.
        signal.signal(signal.SIGINT, self._handle)
        signal.signal(signal.SIGTERM, self._handle)
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # as under nohup
            signal.signal(signal.SIGHUP, self._handle)

    def defer(self) -> None:
        """Leave the end to the command from here on: it is about to have something open, and sees to `descriptor`."""
        self._deferred = True

    def settle(self) -> None:
        """Nothing is open any more, and the exit code is known: only flushing stdout can still take time."""
        self._settled = True

    def _handle(self, number: int, _frame: FrameType | None) -> None:
        if self.received is None:
            self.received = EXIT_CODES[number]
            if not self._deferred:
                # Raising is no way out here: what an import raises is now and then swallowed (weak references).
                os._exit(self.received)
            if self._guards:
                self._seen = self.evaluations
                signal.setitimer(signal.ITIMER_REAL, PATIENCE_SECONDS, PATIENCE_SECONDS)
        elif number == signal.SIGINT:  # only Ctrl-C is impatience: timeout(1) sends its SIGTERM to child and group
            self._insist()

    def _insist(self) -> None:
        """Get out at once; a third Ctrl-C must not break off the tidying that the second one has begun."""
        assert self.received is not None  # noqa: S101 # a second signal has had a first
        if self._settled:
            os._exit(self.received)
        if not self._insisted:
            self._insisted = 1
            # What is raised in a destructor or a callback is swallowed, and a clean-up may hang.
            signal.signal(signal.SIGALRM, self._hurry)
            signal.setitimer(signal.ITIMER_REAL, UNWIND_SECONDS, UNWIND_SECONDS)
            raise StoppedAtOnce(self.received)

    def _hurry(self, _number: int, _frame: FrameType | None) -> None:
        assert self.received is not None  # noqa: S101 # `_insist` alone installs this
        self._insisted += 1
        if self._settled or self._insisted > 2:  # noqa: PLR2004 # the second time it was raised again
            os._exit(self.received)
        raise StoppedAtOnce(self.received)

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
            if signal.getsignal(signal.SIGHUP) == self._handle:
                signal.signal(signal.SIGHUP, signal.SIG_DFL)
            if self._guards:
                signal.setitimer(signal.ITIMER_REAL, 0)
        os.close(self.descriptor)
        os.close(self._wake)
