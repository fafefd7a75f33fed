"""stdin and stdout as descriptors: read in chunks, written in whole batches, polled with the sockets.

Python's own file objects are not used for messages: their buffering hides when a message is out, and a
blocked write cannot be left when a signal comes (PEP 475 retries it).
"""

from __future__ import annotations

import errno
import os
import select
import signal
import stat
import sys
from collections import deque
from contextlib import contextmanager
from enum import Enum
from typing import TYPE_CHECKING

from zmqcli.errors import OutputClosed, ZmqcliError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from zmqcli.message import Frame

__all__ = ["InputStream", "OutputStream", "Stdin", "reserve_standard_descriptors", "unstopped"]

# What one read takes at most. A pipe holds 64 KiB by default; a file fills all of it.
CHUNK_BYTES = 256 * 1024
LONG_CHUNK_BYTES = 4 << 20
"""The same in the middle of a long record, so that most of the following records come in one piece."""
AWAY_SECONDS = 0.25
"""Between two attempts to read a terminal that another job has. No signal says when `fg` gives it back."""


def reserve_standard_descriptors() -> None:
    """Open /dev/null in the place of a closed stdin, stdout or stderr.

    Otherwise the next descriptor that libzmq opens would get its number, and be read as stdin or written as stdout.
    """
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free number: this one
    # Python has noticed that they were closed, and has None there.
    sys.stdout = sys.stdout or open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 # for good
    sys.stderr = sys.stderr or open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 # it stays open


@contextmanager
def unstopped() -> Iterator[None]:
    """Make a read of the terminal fail with EIO in a background job. SIGTTIN would stop the whole job (tty(4)).

    SIGTTIN is blocked only for this thread and only for the read, because a child would inherit the mask.
    """
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTTIN])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


class Stdin(Enum):
    """What stdin is to a command that would read it. The values say why there is nothing to read."""

    USABLE = ""
    NULL = "stdin is /dev/null or closed"
    BACKGROUND = "a background job cannot read the terminal"


class InputStream:
    """Bytes to send, read only when the poller says that there are some."""

    def __init__(self, descriptor: int = 0) -> None:
        self.descriptor = descriptor
        self._terminal = self.is_terminal()  # asked once: a sender reads a chunk in 20 microseconds
        self.away = False
        """Whether the last read found the terminal with another job (Ctrl-Z, `bg`): poll it again in AWAY_SECONDS."""

    def is_terminal(self) -> bool:
        """Whether a person types there."""
        return os.isatty(self.descriptor)

    def what(self) -> Stdin:
        """Tell whether anything can be read here, and if not, why."""
        if self._in_background():
            return Stdin.BACKGROUND
        return Stdin.NULL if self._is_null() else Stdin.USABLE

    def read(self, *, long: bool = False) -> bytes | None:
        """Return the next bytes, b"" at the end, None when there are none yet. Raise ZmqcliError.

        A terminal that belongs to another job has none yet. `long`: the read is in the middle of a long record.
        """
        size = LONG_CHUNK_BYTES if long else CHUNK_BYTES
        self.away = False
        try:
            if not self._terminal:
                return os.read(self.descriptor, size)
            with unstopped():
                return os.read(self.descriptor, size)
        except BlockingIOError:  # another process made this descriptor non-blocking, or read first
            return None
        except OSError as error:
            if error.errno == errno.EIO:  # in the background, or a terminal that is gone
                self.away = self._in_background()
                return None if self.away else b""
            why = os.strerror(error.errno or 0)
            if error.errno == errno.EBADF:  # a closed one is /dev/null by now
                if self._is_null():  # as nohup(1) leaves it
                    return b""
                why = "it is open for writing only"
            raise ZmqcliError("cannot read stdin", why=why) from error

    def _is_null(self) -> bool:
        status = os.fstat(self.descriptor)
        return stat.S_ISCHR(status.st_mode) and status.st_rdev == os.stat(os.devnull).st_rdev  # noqa: PTH116 # pathlib costs start-up

    def _in_background(self) -> bool:
        """Whether this is the terminal of our session and another job is in the foreground (0: no job is)."""
        try:
            return os.tcgetpgrp(self.descriptor) not in {0, os.getpgrp()}
        except OSError:  # no terminal, or one of another session: reading it stops nobody
            return False


class OutputStream:
    """Where messages are printed. What the reader does not take at once stays pending, in order."""

    def __init__(self, descriptor: int = 1) -> None:
        self.descriptor = _without_blocking(descriptor)
        self._pending: deque[memoryview] = deque()

    def is_terminal(self) -> bool:
        """Whether a person reads there."""
        return os.isatty(self.descriptor)

    @property
    def blocked(self) -> bool:
        """Whether bytes are waiting for the reader."""
        return bool(self._pending)

    @property
    def pending_bytes(self) -> int:
        """How many bytes are waiting for the reader."""
        return sum(len(chunk) for chunk in self._pending)

    def write(self, chunks: Iterable[Frame]) -> None:
        """Write `chunks` in order; keep what the reader does not take now. Raise OutputClosed or ZmqcliError."""
        if self._pending:
            self._pending.extend(memoryview(chunk) for chunk in chunks)
            self.flush()
            return
        for chunk in chunks:
            size = len(chunk)
            if size and (self._pending or (written := self._write(chunk)) < size):
                self._pending.append(memoryview(chunk)[0 if self._pending else written :])

    def print_if_room(self, text: str) -> None:
        """Write a line of less than PIPE_BUF (4096) bytes, or nothing when the reader has no room for it now.

        Raise OutputClosed or ZmqcliError.
        """
        if not self._pending and select.select([], [self.descriptor], [], 0)[1]:  # so much fits then: pipe(7)
            self.write([text.encode("utf-8", "backslashreplace")])

    def flush(self) -> bool:
        """Write as much of what is pending as the reader takes. Return whether all is out."""
        while self._pending:
            chunk = self._pending[0]
            written = self._write(chunk)
            if written < len(chunk):
                self._pending[0] = chunk[written:]
                return False
            self._pending.popleft()
        return True

    def _write(self, chunk: Frame | memoryview) -> int:
        try:
            return os.write(self.descriptor, chunk)
        except BlockingIOError:
            return 0
        except BrokenPipeError as error:
            self._pending.clear()
            raise OutputClosed("stdout is closed") from error
        except OSError as error:
            self._pending.clear()
            raise ZmqcliError(
                "cannot write to stdout", why=os.strerror(error.errno or 0), hint="what came before is written"
            ) from error


def _without_blocking(descriptor: int) -> int:
    """Return a descriptor of the same pipe or terminal that never blocks, or the one given.

    O_NONBLOCK belongs to the open file and not to the descriptor: setting it on stdout would change the pipe
    for every process that shares it, for a terminal the shell. Opening it anew through /proc gives an open file of
    our own (Linux); where that cannot be had, writes block, and only a second Ctrl-C leaves them.
    """
    try:
        if stat.S_ISFIFO(os.fstat(descriptor).st_mode) or os.isatty(descriptor):
            flags = os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY
            return os.open(f"/proc/self/fd/{descriptor}", flags)
    except OSError:  # no /proc, another user's pipe or terminal, or a pipe whose reader is gone already
        pass
    return descriptor
