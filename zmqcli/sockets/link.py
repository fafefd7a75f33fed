"""One connection of a socket, as the kernel sees it: what is on its way, and what a peer that left took along.

Its descriptor is duplicated when its event comes. The duplicate keeps the kernel's connection open after libzmq has
closed its own end, so that its send queue can still be read, and so that an ipc receiver at its high-water mark does
not see the hang-up that makes it drop what it has not read (libzmq #4660).
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from zmqcli.sockets.kernel import peer_closed, queued, reset

if TYPE_CHECKING:
    from zmqcli.sockets.last_read import LastRead

__all__ = ["Link"]

ONE_READ_BYTES = 10 * 1024
"""What libzmq reads from a connection at once (8192, in_batch_size in config.hpp) as the kernel counts it."""
ONE_READ_SECONDS = 0.0003
"""After so long without a look, an ipc peer may have read that much, and left."""
STUCK_SECONDS = 0.01
"""A queue that has not changed for so long belongs to a peer that does not read."""

CLOSING_SECONDS = 0.002
"""libzmq closes a descriptor just after it has told of the disconnection."""


class Link:
    """One connection of the socket."""

    def __init__(self, duplicate: int, endpoint: str) -> None:
        self.duplicate = duplicate
        """Our own descriptor of libzmq's connection."""
        self.endpoint = endpoint
        self.handshaken = False
        self.guessed = False
        """Whether the handshake may have been another's: its event names the endpoint only."""
        self.last_queued = 0
        """Bytes in the kernel's send queue when last looked at, with the peer still there."""
        self._looked_at = 0.0
        self._unchanged_since = 0.0
        self._last_read: LastRead | None = None

    @property
    def is_ipc(self) -> bool:
        """Whether this is a unix socket, whose send queue is empty once the peer's libzmq has all."""
        return self.endpoint.startswith("ipc:")

    def look(self) -> int:
        """Return the bytes in the kernel's send queue, and remember them."""
        if self._last_read is not None:
            self._last_read.ask()
        now_queued = queued(self.duplicate)
        # When a unix socket's peer closes, what it had not read is gone from our queue too: that 0 means nothing.
        if now_queued or not (self.is_ipc and peer_closed(self.duplicate)):
            self._looked_at = time.monotonic()
            if now_queued != self.last_queued:
                self._unchanged_since = self._looked_at
            self.last_queued = now_queued
            if now_queued and self._last_read is not None:
                self._last_read.was_read = False
        return now_queued

    def watch_last_read(self, size: int) -> None:
        """Make it certain whether an ipc peer takes what comes, `size` bytes, before it leaves; the queue is empty."""
        if self.is_ipc and self._last_read is None:
            from zmqcli.sockets.last_read import SMALL_BYTES, LastRead  # most commands do without

            self._last_read = LastRead.watch(self.duplicate) if size <= SMALL_BYTES else None

    @property
    def stuck(self) -> bool:
        """Whether the peer was not seen to read for a while."""
        return self._looked_at - self._unchanged_since >= STUCK_SECONDS

    def lost_output(self) -> bool:
        """Whether this connection, now gone, took along bytes its peer had not taken.

        tcp: a reset, or bytes that were never acknowledged; a FIN with an empty queue is a clean leave.
        ipc: a reset that libzmq has not taken before us, or bytes in the queue when it was last looked at. What one
        read takes may have been read since; nobody can tell (but see `watch_last_read`), and a peer that answers and
        leaves is the common case.
        """
        if self.was_reset():
            return True
        if not self.is_ipc:
            return queued(self.duplicate) > 0
        if self._last_read is not None:
            self._last_read.ask()
            return self.last_queued > 0 and not self._last_read.was_read
        may_have_read = not self.stuck and time.monotonic() - self._looked_at > ONE_READ_SECONDS
        return self.last_queued > (ONE_READ_BYTES if may_have_read else 0)

    def close(self) -> None:
        """Let go of the connection."""
        if self._last_read is not None:
            self._last_read.close()
        os.close(self.duplicate)

    def is_the_next_of(self, descriptor: int) -> bool:
        """Whether this is not the connection that was lost on `descriptor` but the next one, which is still open.

        With clients that come and go quickly the descriptor has its next owner before the event is read. When its peer
        has left, it is this one: libzmq may only not have closed it yet, on a busy machine for longer than we wait.
        """
        if self.is_gone() or not _same_file(descriptor, self.duplicate):
            return False
        time.sleep(CLOSING_SECONDS)
        return _same_file(descriptor, self.duplicate)

    def is_gone(self) -> bool:
        """Whether the peer has closed its side."""
        return peer_closed(self.duplicate)

    def was_reset(self) -> bool:
        """Whether the peer broke it off with bytes unread. On ipc any closing is a hang-up, so that says nothing."""
        return reset(self.duplicate, hang_up_counts=not self.is_ipc)


def _same_file(one: int, other: int) -> bool:
    try:
        return os.path.sameopenfile(one, other)
    except OSError:  # closed
        return False
