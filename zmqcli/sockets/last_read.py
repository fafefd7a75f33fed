"""Whether the peer of a unix socket had read everything when it closed.

Our send queue is empty after both: the peer read it, or the peer closed and the kernel threw it away. The reset that
would tell (ECONNRESET) goes to libzmq, which drops it. What is left is the order: reading the last byte makes our end
writable, and closing hangs it up later; closing with bytes unread hangs up first and frees them then
(unix_release_sock in Linux's net/unix/af_unix.c). An epoll hands its events out in the order they came, however late
it is asked. So two descriptors of the connection are in one, the first for "writable", the second for "hung up".

"Writable" begins when a quarter of the send buffer is in use, so the buffer is made as small as the kernel lets it be
(4608 bytes, SOCK_MIN_SNDBUF: writable from 1152 on, which is one small write): only for the last few milliseconds,
since libzmq would be slow with it.
"""

from __future__ import annotations

import os
import select
from typing import TYPE_CHECKING

from zmqcli.sockets.kernel import send_buffer, set_send_buffer

if TYPE_CHECKING:
    from typing import Self

__all__ = ["LastRead"]

_HUNG_UP = getattr(select, "EPOLLRDHUP", 0)


class LastRead:
    """Watches one connection; only where there is epoll, which is where unix sockets have a queue to ask (Linux)."""

    @classmethod
    def watch(cls, descriptor: int) -> Self | None:
        """Return a watch on the connection of `descriptor`; None where there can be none."""
        try:
            return cls(descriptor) if _HUNG_UP else None
        except OSError:  # out of descriptors
            return None

    def __init__(self, descriptor: int) -> None:
        """Raise OSError when there is no descriptor left."""
        self.emptied = False
        """Whether the send queue became empty with the peer there, as far as was asked. For the owner to reset."""
        self._hung_up = False
        self._events = select.epoll()
        self._descriptors: list[int] = []
        self._size = send_buffer(descriptor)
        self._original = descriptor
        set_send_buffer(descriptor, 0)
        try:
            for event in (select.EPOLLOUT, _HUNG_UP):
                self._descriptors.append(os.dup(descriptor))
                self._events.register(self._descriptors[-1], event | select.EPOLLET)
        except OSError:
            self.close()
            raise
        self.ask()
        self.emptied &= not self._hung_up  # a peer that was gone already may have emptied it so

    def ask(self) -> None:
        """Take into account what has happened since."""
        for descriptor, _ in self._events.poll(0):
            if descriptor != self._descriptors[0]:
                self._hung_up = True
            elif not self._hung_up:
                self.emptied = True

    def close(self) -> None:
        """Let go of the connection, its buffer as large as before."""
        self._events.close()
        for descriptor in self._descriptors:
            os.close(descriptor)
        self._descriptors.clear()
        set_send_buffer(self._original, self._size)
