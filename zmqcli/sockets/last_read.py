"""Whether the peer of a unix socket had read the last small message when it closed.

Our send queue is empty after both: the peer read it, or the peer closed and the kernel threw it away. The reset that
would tell (ECONNRESET) goes to libzmq, which drops it. What is left is the order. Reading the message frees it, which
tells our end that it is writable, and closing hangs it up later; closing with it unread hangs up first and frees it
then (unix_release_sock in Linux's net/unix/af_unix.c). An epoll hands its events out in the order they came, however
late it is asked. So two descriptors of the connection are in one, one for "writable", the other for "hung up".

Only for one small message on a queue that was empty: with more, "writable" says that something was read, not all.
(A smaller send buffer would say it of more. But then libzmq writes its 8 KiB in pieces and, when it is closed, loses
the rest: seen in one of four runs of ten senders.)
"""

from __future__ import annotations

import os
import select
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Self

__all__ = ["SMALL_BYTES", "LastRead"]

SMALL_BYTES = 4096
"""A message that libzmq writes, and the kernel keeps, in one piece."""
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
        self.was_read = False
        """Whether something was read with the peer still there, as far as was asked. For the owner to reset."""
        self._hung_up = False
        self._events = select.epoll()
        self._descriptors: list[int] = []
        try:
            for event in (select.EPOLLOUT, _HUNG_UP):
                self._descriptors.append(os.dup(descriptor))
                self._events.register(self._descriptors[-1], event | select.EPOLLET)
        except OSError:
            self.close()
            raise
        self.rearm()  # an empty queue is writable

    def rearm(self) -> None:
        """Start again with the next message: what was read before is no news."""
        self.ask()
        self.was_read = False

    def ask(self) -> None:
        """Take into account what has happened since."""
        for descriptor, _ in self._events.poll(0):
            if descriptor != self._descriptors[0]:
                self._hung_up = True
            elif not self._hung_up:
                self.was_read = True

    def close(self) -> None:
        """Let go of the connection."""
        self._events.close()
        for descriptor in self._descriptors:
            os.close(descriptor)
        self._descriptors.clear()
