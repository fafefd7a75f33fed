"""stdin and stdout as descriptors: read in chunks, written in whole batches, polled with the sockets.

Python's own file objects are not used for messages: their buffering hides when a message is out, and a
blocked write cannot be left when a signal comes (PEP 475 retries it).
"""

from __future__ import annotations

import errno
import os
import select
import stat
import sys
from collections import deque
from typing import TYPE_CHECKING

from zmqcli.errors import OutputClosed, ZmqcliError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zmqcli.message import Frame

__all__ = ["InputStream", "OutputStream", "reserve_standard_descriptors"]

# What one read takes at most. A pipe holds 64 KiB by default; a file fills all of it.
CHUNK_BYTES = 256 * 1024
LONG_CHUNK_BYTES = 4 << 20
"""The same in the middle of a long record: so that most of the next ones come in one piece."""


def reserve_standard_descriptors() -> None:
    """Open /dev/null in the place of a closed stdin, stdout or stderr.

    Else the next descriptor libzmq opens would get its number, and be read as stdin or written as stdout.
    """
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free number: this one
    # Python has noticed that they were closed, and has None there.
    sys.stdout = sys.stdout or open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 # for good
    sys.stderr = sys.stderr or open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 # the same


class InputStream:
    """Bytes to be sent, read only when the poller says that there are some."""

    def __init__(self, descriptor: int = 0) -> None:
        self.descriptor = descriptor

    def is_terminal(self) -> bool:
        """Whether a person types there."""
        return os.isatty(self.descriptor)

    def is_null(self) -> bool:
        """Whether this is /dev/null: what a service's stdin is."""
        status = os.fstat(self.descriptor)
        return stat.S_ISCHR(status.st_mode) and status.st_rdev == os.stat(os.devnull).st_rdev  # noqa: PTH116 # pathlib costs start-up

    def read(self, *, long: bool = False) -> bytes | None:
        """Return the next bytes, b"" at the end, None when there are none yet. Raise ZmqcliError.

        `long`: what is read is the middle of a long record.
        """
        try:
            return os.read(self.descriptor, LONG_CHUNK_BYTES if long else CHUNK_BYTES)
        except BlockingIOError:  # somebody made this descriptor non-blocking, or was faster
            return None
        except OSError as error:
            if error.errno == errno.EIO:  # a terminal that is gone
                return b""
            raise ZmqcliError("cannot read stdin", why=os.strerror(error.errno or 0)) from error


class OutputStream:
    """Where messages are shown. What the reader does not take at once stays pending, in order."""

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
        """Write `chunks` in order; keep what does not go now. Raise OutputClosed or ZmqcliError."""
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
        """Write what is pending as far as the reader takes it; return whether all is out."""
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
