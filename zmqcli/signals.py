"""SIGINT and SIGTERM as a readable descriptor for the poller."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

from zmqcli.errors import ExitCode, StoppedAtOnce

if TYPE_CHECKING:
    from types import FrameType

__all__ = ["Signals"]


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
        os.close(self.descriptor)
        os.close(self._wake)
