"""Whether the peer of a unix socket had read the last small message when it closed.

Our send queue is empty in both cases: the peer read the message, or it closed and the kernel threw the message away.
The reset that would tell (ECONNRESET) goes to libzmq, which drops it. What remains is the order of two events. A peer
that reads the message and then closes makes our end first writable, then hung up. A peer that closes with the message
unread makes it first hung up, then writable (unix_release_sock in Linux's net/unix/af_unix.c). An epoll returns events
in the order they came, however late it is asked. So one epoll watches two descriptors of the connection, one for
"writable", the other for "hung up".

This works only for one small message on an empty queue: with more, "writable" says that some was read, not all. With
the smallest send buffer it works for more (`Link.watch_rest`), but only once libzmq has written everything: with a
small one libzmq writes its 8 KiB in pieces, and loses the rest when it is closed:
seen in one of four runs of ten senders.
"""

from __future__ import annotations

import os
import select
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Self

__all__ = ["LastRead"]

_HUNG_UP = getattr(select, "EPOLLRDHUP", 0)


class LastRead:
    """Watches one connection. Linux only: other systems have no epoll, and no queue of a unix socket to ask."""

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
        """Whether the peer had read something before it hung up, as of the last `ask`. The owner resets it."""
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
        """Start again with the next message, and forget what was read before."""
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
