"""One connection of a socket, as the kernel sees it: what is on its way, and what a peer that left took along.

Its descriptor is duplicated when its event comes. The duplicate keeps the kernel's connection open after libzmq has
closed its own descriptor. So the kernel can still be asked, and an ipc receiver at its high-water mark does not see the
hang-up that would make it drop what it has not read (libzmq #4660).
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from zmqcli.delivery.kernel_queue import (
    TcpCounters,
    peer_closed,
    peer_is_gone,
    queued,
    reset,
    set_send_buffer,
    shut_down,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from zmqcli.delivery.last_read import LastRead

__all__ = ["Link"]

ONE_READ_BYTES = 10 * 1024
"""What libzmq reads from a connection at once (8192, in_batch_size in config.hpp) as the kernel counts it."""
ONE_READ_SECONDS = 0.0003
"""After this long without a look, an ipc peer may have read that much, and left."""
STUCK_SECONDS = 0.01
"""When a queue has not changed for this long, the peer does not read."""
CLOSING_SECONDS = 0.002
"""libzmq closes a descriptor just after it has reported the disconnection."""
_WATCH_DESCRIPTORS = 3
"""What last_read.py takes for a connection."""
SHORTEST_HANDSHAKE = 14
"""Bytes that a peer sends for one: with ZMTP 2.0 a greeting of 12, and the frame of its routing id (RFC 15)."""
SHORTEST_GREETING = 64
"""Bytes that a peer with ZMTP 3 has sent before its handshake can be done (RFC 37); an older one sends fewer."""


class Link:
    """One connection of the socket."""

    def __init__(self, duplicate: int, endpoint: str, *, number: int = -1, connected: bool = False) -> None:
        """Look at the connection of `duplicate`, our own descriptor of it.

        `number`: libzmq's descriptor. If it could not be duplicated, `duplicate` is the same, and not ours to close.
        `connected`: whether this end has connected, not accepted.
        """
        self.duplicate = duplicate
        self.number = number
        self.endpoint = endpoint
        self.handshaken = False
        self.guessed = False
        """Whether its handshake may be another's: several waited for one, and the event names only the endpoint."""
        self.last_queued = 0
        """Bytes in the kernel's send queue at the last look with the peer still there."""
        self.had_queue = False
        """Whether any look has seen some since everything was last known to be out (ledger.py)."""
        self.written_before = 0
        """Bytes that were written when everything was last known to be out (ledger.py)."""
        self.taken_before = 0
        """Bytes that libzmq had taken from us at that time, or when this connection came."""
        self.owed_messages = self.owed_bytes = 0
        """Replies on their way to this peer, and their bytes on the wire."""
        self._rest = self._send_buffer = 0
        self._shut = False
        """Whether this end has ended its own side."""
        self._syn = int(connected)
        self._counters = TcpCounters(duplicate) if endpoint.startswith("tcp:") else None
        self._looked_at = 0.0
        self._unchanged_since = 0.0
        self._last_read: LastRead | None = None

    @property
    def is_ipc(self) -> bool:
        """Whether this is a unix socket, whose send queue is empty once the peer's libzmq has everything."""
        return self.endpoint.startswith("ipc:")

    @property
    def watched(self) -> bool:
        """Whether the duplicate is our own. Without one nothing is known after libzmq has closed its descriptor."""
        return self.duplicate != self.number

    @property
    def counted(self) -> bool:
        """Whether the kernel counts the bytes, and we can still ask it after libzmq has closed its descriptor."""
        return self._counters is not None and self.watched

    def look(self) -> int:
        """Return the bytes in the kernel's send queue, and remember them."""
        if self._last_read is not None:
            self._last_read.ask()
        now_queued = queued(self.duplicate)
        # When a unix socket's peer closes, what it had not read leaves our queue too, so a 0 means nothing then.
        if now_queued or not (self.is_ipc and peer_is_gone(self.duplicate)):
            self._looked_at = time.monotonic()
            if now_queued != self.last_queued:
                self._unchanged_since = self._looked_at
            self.last_queued = now_queued
            self.had_queue |= now_queued > 0
            if now_queued and self._last_read is not None:
                self._last_read.was_read = False
        return now_queued

    def written(self) -> int | None:
        """Return how many bytes libzmq has written to this connection; None where they are not counted.

        Once the connection is gone: how many of them the peer's kernel has acknowledged.
        """
        counted = None if self._counters is None else self._counters.read()
        return None if counted is None else counted.acknowledged - self._syn + queued(self.duplicate)

    def received(self) -> int | None:
        """Return how many bytes the peer has sent; None where they are not counted."""
        counted = None if self._counters is None else self._counters.read()
        return None if counted is None else counted.received

    def has_greeted(self) -> bool:
        """Whether the peer has sent enough for a handshake, as far as that is known."""
        received = self.received()
        return received is None or received >= SHORTEST_HANDSHAKE

    def is_older(self) -> bool:
        """Whether the peer, whose handshake is done, speaks a ZMTP before version 3, which begins otherwise."""
        received = self.received()
        return received is not None and received < SHORTEST_GREETING

    def watch_last_read(self, has_spare: Callable[[int], bool]) -> None:
        """Prepare to tell with certainty whether an ipc peer reads the next, small message before it leaves.

        Call it with nothing on its way. `has_spare`: whether so many descriptors may be taken.
        """
        if not self.is_ipc:
            return
        if self._last_read is not None:
            self._last_read.rearm()
            return
        if not has_spare(_WATCH_DESCRIPTORS):
            return
        try:
            from zmqcli.delivery.last_read import LastRead  # most commands do without
        except OSError:  # no descriptor is left to read a module with
            return
        self._last_read = LastRead.watch(self.duplicate)

    @property
    def watches_last_read(self) -> bool:
        """Whether the last `watch_last_read` or `watch_rest` could be had."""
        return self._last_read is not None

    def watch_rest(self, has_spare: Callable[[int], bool]) -> None:
        """Prepare to tell with certainty whether an ipc peer reads all that the kernel holds for it before it leaves.

        Write nothing meanwhile. A unix socket counts as writable while less than a quarter of its send buffer is in
        use. With the smallest buffer that is when everything was read, but for one small piece at most. `has_spare`: as
        for `watch_last_read`.
        """
        before = queued(self.duplicate)
        self._send_buffer = set_send_buffer(self.duplicate, 0)
        self.watch_last_read(has_spare)
        # The watch ignores what was read before. What a peer that left meanwhile had read is unknown.
        now_queued = queued(self.duplicate)
        self._rest = before if self.takes_no_more() else now_queued

    def stop_watching_rest(self) -> None:
        """Let as much be written as before."""
        set_send_buffer(self.duplicate, self._send_buffer)

    def has_read_rest(self) -> bool:
        """Whether the peer has read all that `watch_rest` has found."""
        return not self._rest or self.read_last()

    def read_last(self) -> bool:
        """Whether the peer has read the message that `watch_last_read` was called for."""
        if self._last_read is None:
            return False
        self._last_read.ask()
        return self._last_read.was_read

    @property
    def unread_for(self) -> float:
        """How long the queue had held the same bytes, unread, at the last look, in seconds."""
        return self._looked_at - self._unchanged_since if self.last_queued else 0.0

    def lost_output(self) -> bool:
        """Whether this closed connection took along bytes of the kernel's queue that its peer had not received.

        tcp: a reset, or bytes that were never acknowledged; a FIN with an empty queue is a clean leave.
        ipc: a reset that libzmq has not taken before us, or bytes in the queue at the last look. The peer may have
        read what one read takes since then; that cannot be known (but see `watch_last_read`). It gets the benefit of
        the doubt, since a peer that answers and leaves is the common case.
        """
        if self.was_reset():
            return True
        if not self.is_ipc:
            return queued(self.duplicate) > 0
        if self._last_read is not None:
            return self.last_queued > 0 and not self.read_last()
        may_have_read = self.unread_for < STUCK_SECONDS and time.monotonic() - self._looked_at > ONE_READ_SECONDS
        return self.last_queued > (ONE_READ_BYTES if may_have_read else 0)

    def close(self) -> None:
        """Let go of the connection."""
        if self._last_read is not None:
            self._last_read.close()
        if self._counters is not None:
            self._counters.detach()
        if self.watched:
            os.close(self.duplicate)

    def end_sending(self) -> None:
        """Tell the peer that this side sends nothing more; it then closes its own side."""
        self._shut = True
        shut_down(self.duplicate, sending_only=True)

    def shut_down(self) -> None:
        """End the connection both ways: libzmq sees the end of it."""
        self._shut = True
        shut_down(self.duplicate)

    def is_the_next_of(self, descriptor: int) -> bool:
        """Whether this is not the connection that was lost on `descriptor` but the next one, which is still open.

        With clients that come and go quickly, the descriptor has its next owner before the event is read. But if this
        connection's peer has left, it is the one that ended: on a busy machine libzmq just has not closed it yet.
        """
        if self.is_gone() or not self.watched or not _same_file(descriptor, self.duplicate):
            return False
        time.sleep(CLOSING_SECONDS)
        return _same_file(descriptor, self.duplicate)

    def is_gone(self) -> bool:
        """Whether the peer has closed its side, or its half of it."""
        return peer_closed(self.duplicate)

    def takes_no_more(self) -> bool:
        """Whether the peer can no longer read. One that has only ended its own sending still can."""
        return peer_is_gone(self.duplicate)

    def was_reset(self) -> bool:
        """Whether the peer broke the connection off with bytes unread.

        A hang-up is no sign of it on ipc, where every close is one, nor once this end has shut its own side.
        """
        return reset(self.duplicate, hang_up_counts=not (self.is_ipc or self._shut))


def _same_file(one: int, other: int) -> bool:
    try:
        return os.path.sameopenfile(one, other)
    except OSError:  # closed
        return False
