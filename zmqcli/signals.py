"""SIGINT, SIGTERM and SIGHUP: an end on the spot at first, later a readable descriptor for the poller.

- Before `Signals()`: the default action, which __main__.py sets first of all. The process dies by the signal.
- Until `defer()`: nothing is open yet. The handler ends the process itself, with the signal's exit code.
- From then on: the first signal makes `descriptor` readable, and the command ends in good order. A second Ctrl-C raises
  StoppedAtOnce wherever the program is.
- From `settle()` on: the exit code is known and only the exit is left. A second Ctrl-C does not wait for it.

Work on a message that does not end by itself is ended by an alarm: `Work`.
"""

from __future__ import annotations

import os
import signal
import time
from math import inf
from typing import TYPE_CHECKING

from zmqcli.errors import CutShort, ExitCode, StoppedAtOnce

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType, TracebackType

__all__ = ["EXIT_CODES", "PATIENCE_SECONDS", "Signals", "Work"]

EXIT_CODES: dict[int, ExitCode] = {
    signal.SIGINT: ExitCode.INTERRUPTED,
    signal.SIGTERM: ExitCode.TERMINATED,
    signal.SIGHUP: ExitCode.HUNG_UP,
}
"""The signals that end a command, and the exit code of each."""

PATIENCE_SECONDS = 1.0
"""What the work at hand still gets after a signal, and after the end of `-t` or `--duration`."""
SPENT_SECONDS = 0.05
"""Of processor time, threads of libzmq included. In that time it can take in 64 MiB of empty frames."""
SOON_SECONDS = 0.01
"""The alarm's shortest time: 0 would be none."""
UNWIND_SECONDS = 0.5
"""What the end after a second Ctrl-C may take before it is raised again, and then before the process just ends."""
AGAIN_SECONDS = 2.0
"""Between attempts to end it: the user's own code may catch what is raised, and go on. Long enough for what was made so
far to be freed."""


class Signals:
    """Installs the handlers; `descriptor` is readable once a signal has come.

    A handler that only set a flag would never be seen: poll, recv and send are retried after it (PEP 475). The engine
    sees the descriptor when it sleeps. While it decodes, filters or evaluates a message it does not sleep, and a
    hostile payload or a pattern that backtracks may keep it at that for hours: such work is done `with Work(signals)`,
    where SIGALRM's handler raises CutShort when the time is over.
    """

    def __init__(self, *, installs: bool = True) -> None:
        """`installs`: take the process's signals; without it they only come by `pass_on` (a step of `run`)."""
        self.installs = installs
        self.descriptor, self._wake = os.pipe()
        os.set_blocking(self.descriptor, False)
        os.set_blocking(self._wake, False)  # set_wakeup_fd demands it
        self.received: ExitCode | None = None
        self.clock: Callable[[], float | None] | None = None
        """Seconds until `-t` or `--duration` ends the command, below 0 afterwards; told by the engine that has such."""
        self.cut: Callable[[], BaseException] = self._cut
        """What ends the command once work was cut short; the engine knows."""
        self.sheltered = False
        """Whether the work at hand must not be broken off now: it writes, or sleeps and sees all that ends it."""
        self.spent = False
        """Whether the processor was used for a while: time to look at the memory."""
        self._deferred = False
        self._insisted = 0
        self._settled = False
        self._at_work = False
        self._armed = False
        self._began = self._received_at = 0.0
        if not installs:  # Python handles signals in its main thread alone
            return
        signal.set_wakeup_fd(self._wake, warn_on_full_buffer=False)
        # Also where SIGINT was inherited as ignored, as in jobs a script starts with `&`.
        signal.signal(signal.SIGINT, self._handle)
        signal.signal(signal.SIGTERM, self._handle)
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # as under nohup
            signal.signal(signal.SIGHUP, self._handle)
        signal.signal(signal.SIGALRM, self._look)

    def defer(self) -> None:
        """Leave the end to the command from here on: it is about to have something open, and sees to `descriptor`."""
        self._deferred = True

    def settle(self) -> None:
        """Nothing is open any more, and the exit code is known: only flushing stdout can still take time."""
        self._settled = True

    def _handle(self, number: int, _frame: FrameType | None) -> None:
        if self.received is None:
            self._receive(EXIT_CODES[number])
            if not self._deferred:
                # Raising is no way out here: what an import raises is now and then swallowed (weak references).
                os._exit(EXIT_CODES[number])
        elif number == signal.SIGINT:  # only Ctrl-C is impatience: timeout(1) sends its SIGTERM to child and group
            self._insist(self.received)

    def _insist(self, code: ExitCode) -> None:
        """Get out at once; a third Ctrl-C must not break off the tidying that the second one has begun."""
        if self._settled:
            os._exit(code)
        if not self._insisted:
            self._insisted = 1
            # What is raised in a destructor or a callback is swallowed, and a clean-up may hang.
            signal.setitimer(signal.ITIMER_REAL, UNWIND_SECONDS, UNWIND_SECONDS)
            raise StoppedAtOnce(code)

    def _hurry(self, code: ExitCode) -> None:
        self._insisted += 1
        if self._settled or self._insisted > 2:  # noqa: PLR2004 # the second time it was raised again
            os._exit(code)
        raise StoppedAtOnce(code)

    def _receive(self, code: ExitCode) -> None:
        self.received, self._received_at = code, time.monotonic()
        if self._at_work:
            self._arm(PATIENCE_SECONDS)

    # Work that may never end

    def begin(self) -> bool:
        """Let `check` and the alarm end what is done from here on; return whether they did so before."""
        before, self._at_work = self._at_work, True
        if self.received is not None or self.clock is not None:
            self._began = time.monotonic()
            if (left := self._left()) < inf:
                self._arm(left)
        return before

    def end(self, *, before: bool) -> None:
        """Let nothing be broken off any more, unless it was so `before`."""
        self._at_work = before
        if self._armed and not before and not self._insisted:
            self._armed = False
            signal.setitimer(signal.ITIMER_REAL, 0)

    def check(self) -> None:
        """Raise CutShort when the work at hand has had its time. The alarm does so by itself in the main thread."""
        if self._at_work and not self.sheltered and self._left() <= 0:
            raise CutShort

    # Memory

    def watch(self) -> None:
        """Set `spent`, and wake whoever sleeps, each time the process has used SPENT_SECONDS of the processor."""
        if self.installs:
            signal.signal(signal.SIGPROF, self._spend)
            signal.setitimer(signal.ITIMER_PROF, SPENT_SECONDS, SPENT_SECONDS)

    def _spend(self, _number: int, _frame: FrameType | None) -> None:
        self.spent = True

    def since(self) -> float:
        """Return how many seconds ago the first signal came, 0 while none has."""
        return 0.0 if self.received is None else time.monotonic() - self._received_at

    def _left(self) -> float:
        """Return the seconds that the work at hand still has: work that begins late has its time, too."""
        now = time.monotonic()
        left = inf if self.received is None else max(self._received_at, self._began) - now
        if self.clock is not None and (clock := self.clock()) is not None:
            left = min(left, max(clock, self._began - now))
        return left + PATIENCE_SECONDS

    def _arm(self, seconds: float) -> None:
        if self.installs and not self._insisted:
            self._armed = True
            signal.setitimer(signal.ITIMER_REAL, max(seconds, SOON_SECONDS), AGAIN_SECONDS)

    def _look(self, _number: int, _frame: FrameType | None) -> None:
        if self._insisted:
            self._hurry(self.received or ExitCode.INTERRUPTED)
        self.check()

    def _cut(self) -> BaseException:
        return StoppedAtOnce(self.received or ExitCode.TIMEOUT)

    def pass_on(self, code: ExitCode) -> None:
        """Stop as at the first signal, whose exit code this is. From any thread."""
        if self.received is None:
            self._receive(code)
            os.write(self._wake, b"\0")

    def clear(self) -> None:
        """Empty the descriptor, so that polling it sleeps again."""
        try:
            os.read(self.descriptor, 512)
        except BlockingIOError:
            pass

    def close(self) -> None:
        """Give the signals back to their default handlers."""
        if self.installs:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.setitimer(signal.ITIMER_PROF, 0)
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            if signal.getsignal(signal.SIGHUP) == self._handle:
                signal.signal(signal.SIGHUP, signal.SIG_DFL)
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
        os.close(self.descriptor)
        os.close(self._wake)


class Work:
    """`with Work(signals):` what is done to a message's bytes, which come from anybody, or by the user's own code.

    What ends the command ends this a second later at the latest; then `Signals.cut` says what is raised.
    """

    __slots__ = ("_before", "_signals")

    def __init__(self, signals: Signals) -> None:
        self._signals = signals
        self._before = False

    def __enter__(self) -> None:
        self._before = self._signals.begin()

    def __exit__(
        self, kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._signals.end(before=self._before)
        if kind is CutShort and not self._before:
            raise self._signals.cut() from None
