"""SIGINT, SIGTERM and SIGHUP: at first they end the process at once, later they wake the poller.

- Before `Signals()`: the default action, which __main__.py sets before anything else. The process dies by the signal.
- Until `defer()`: nothing is open yet. The handler itself ends the process, with the signal's exit code.
- From then on: the first signal makes `descriptor` readable, and the command ends in good order. A second Ctrl-C raises
  StoppedAtOnce wherever the program is.
- From `settle()` on: the exit code is known, and only the exit is left. A second Ctrl-C ends the process at once.

An alarm ends work on a message that does not end by itself: `Work`.
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
"""Work on a message may go on for this long after a signal, `-t` or `--duration`."""
SPENT_SECONDS = 0.05
"""Processor time, libzmq's threads included. In that time libzmq can receive 64 MiB of empty frames."""
SOON_SECONDS = 0.01
"""The alarm's shortest time. 0 would switch it off."""
UNWIND_SECONDS = 0.5
"""After a second Ctrl-C: StoppedAtOnce is raised again after this time, and after as much again the process ends."""
AGAIN_SECONDS = 2.0
"""Between two attempts to end work: the user's own code may catch what is raised, and go on. Long enough to free the
memory that the work took."""


class Signals:
    """Installs the handlers; `descriptor` is readable once a signal has come.

    A flag alone would not do: poll, recv and send are retried after a handler has run (PEP 475). So the engine sees the
    descriptor when it sleeps. It does not sleep while it decodes, filters or evaluates a message, and a hostile payload
    or a pattern that backtracks may keep it busy for hours. Such work is done `with Work(signals)`: when its time is
    over, SIGALRM's handler raises CutShort.
    """

    def __init__(self, *, installs: bool = True) -> None:
        """`installs`: handle the process's signals. Without it they only come through `pass_on` (a step of `run`)."""
        self.installs = installs
        self.descriptor, self._wake = os.pipe()
        os.set_blocking(self.descriptor, False)
        os.set_blocking(self._wake, False)  # set_wakeup_fd demands it
        self.received: ExitCode | None = None
        self.clock: Callable[[], float | None] | None = None
        """Returns the seconds until `-t` or `--duration` ends the command, negative afterwards. Set by the engine."""
        self.cut: Callable[[], BaseException] = self._cut
        """Returns what to raise when work was cut short. Set by the engine."""
        self.sheltered = False
        """Whether work must not be cut short now: it writes, or it sleeps and sees by itself what ends it."""
        self.spent = False
        """Whether the process has used SPENT_SECONDS of the processor, so that it is time to look at the memory."""
        self._deferred = False
        self._insisted = 0
        self._settled = False
        self._at_work = False
        self._armed = False
        self._began = self._received_at = 0.0
        if not installs:  # Python handles signals in its main thread alone
            return
        signal.set_wakeup_fd(self._wake, warn_on_full_buffer=False)
        # Even if SIGINT was inherited as ignored, as in jobs that a script starts with `&`.
        signal.signal(signal.SIGINT, self._handle)
        signal.signal(signal.SIGTERM, self._handle)
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # as under nohup
            signal.signal(signal.SIGHUP, self._handle)
        signal.signal(signal.SIGALRM, self._look)

    def defer(self) -> None:
        """From here on the command ends itself: it is about to open something, and watches `descriptor`."""
        self._deferred = True

    def settle(self) -> None:
        """Nothing is open any more, and the exit code is known: only flushing stdout can still take time."""
        self._settled = True

    def _handle(self, number: int, _frame: FrameType | None) -> None:
        if self.received is None:
            self._receive(EXIT_CODES[number])
            if not self._deferred:
                # Do not raise: an exception in an import is now and then swallowed (weak references).
                os._exit(EXIT_CODES[number])
        elif number == signal.SIGINT:  # not SIGTERM, which timeout(1) sends twice: to its child and to the group
            self._insist(self.received)

    def _insist(self, code: ExitCode) -> None:
        """End at once. A third Ctrl-C must not interrupt the clean-up that the second one has begun."""
        if self._settled:
            os._exit(code)
        if not self._insisted:
            self._insisted = 1
            # An exception in a destructor or a callback is swallowed, and a clean-up may hang: try again later.
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
        """Let `check` and the alarm cut short what follows. Return whether they already could."""
        before, self._at_work = self._at_work, True
        if self.received is not None or self.clock is not None:
            self._began = time.monotonic()
            if (left := self._left()) < inf:
                self._arm(left)
        return before

    def end(self, *, before: bool) -> None:
        """Let nothing be cut short any more, unless it already could be `before`."""
        self._at_work = before
        if self._armed and not before and not self._insisted:
            self._armed = False
            signal.setitimer(signal.ITIMER_REAL, 0)

    def check(self) -> None:
        """Raise CutShort when the work has had its time. In the main thread the alarm does this by itself."""
        if self._at_work and not self.sheltered and self._left() <= 0:
            raise CutShort

    # Memory

    def watch(self) -> None:
        """Set `spent` and end any sleep each time the process has used SPENT_SECONDS of the processor."""
        if self.installs:
            signal.signal(signal.SIGPROF, self._spend)
            signal.setitimer(signal.ITIMER_PROF, SPENT_SECONDS, SPENT_SECONDS)

    def _spend(self, _number: int, _frame: FrameType | None) -> None:
        self.spent = True

    def since(self) -> float:
        """Return how many seconds ago the first signal came; 0 when none has."""
        return 0.0 if self.received is None else time.monotonic() - self._received_at

    def _left(self) -> float:
        """Return the seconds that the work still has. Work that begins late gets its full time, too."""
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
        """Stop as if the signal with this exit code had come. May be called from any thread."""
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
    """`with Work(signals):` around what is done to a message's bytes, which may be hostile, and around the user's code.

    Whatever ends the command ends this work within another second. Then `Signals.cut` says what to raise.
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
