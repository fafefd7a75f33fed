"""Room for connections: how many descriptors this process may still open, and what becomes of one connection too many.

libzmq 4.3.5 cannot do without a descriptor when it accepts. Over ipc it aborts the process (ipc_listener.cpp); over tcp
it asks again at once, for ever, which takes a core. It has no limit of its own on connections, and `unbind` does not
serve as one: it ends the endpoint's connections, too. So a connection that leaves too little room is ended as soon as
the monitor tells of it. Its peer tries again later, as ZeroMQ's peers do; those that are in do not notice.

Where the limit is low libzmq would have run into it before the first event is read: then it is made to accept one
connection at a time (leash.py). Where that cannot be had, or is not needed yet, what is kept free has to last.
"""

from __future__ import annotations

import os
import resource
from typing import TYPE_CHECKING

from zmqcli.errors import TOO_MANY_FILES
from zmqcli.sockets.kernel import shut_down

if TYPE_CHECKING:
    from zmqcli.sockets.leash import Leash

__all__ = ["Room"]

REFUSED = (
    f"new connections are refused until others leave ({TOO_MANY_FILES}, the limit is {{limit}}); "
    "raise the limit: ulimit -n {more}; see docs/troubleshooting.md#too-many-open-files"
)
_KEPT = 4
"""One free descriptor of so many is for others: commands, files, modules, the end, and connections not yet told of."""
_NEAR = 4096
"""From so many descriptors to the limit on, one connection is accepted at a time: libzmq takes 0.1 s for 4096."""
_UNLIMITED = 1 << 30
_DESCRIPTORS = "/proc/self/fd" if os.path.exists("/proc/self/fd") else "/dev/fd"  # noqa: PTH110 # no pathlib: start-up
_EACH = 2
"""Descriptors of a connection: libzmq's, and the duplicate that peers.py keeps."""


class Room:
    """What is left of the limit on open descriptors, for the connections that one socket accepts."""

    def __init__(self) -> None:
        soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        self.limit = _UNLIMITED if soft == resource.RLIM_INFINITY else soft
        """As `ulimit -n` prints it."""
        self.complaint = ""
        """What is to be said once a connection has been refused; who says it empties it."""
        self._complained = False
        self._kept = min(max(0, self.limit - _count()) // _KEPT, _NEAR)
        self._unasked = 0
        self._refused: set[int] = set()
        self._listening: list[int] = []
        self._leash: Leash | None = None

    def listen(self, descriptor: int) -> None:
        """Take note of a socket of libzmq's that listens."""
        self._listening.append(descriptor)
        if self._leash is not None:
            self._leash.put_on(descriptor)
        elif self.limit - _count() < _NEAR:
            self._put_on_leash()

    def admit(self, descriptor: int) -> bool:
        """Return whether a connection just accepted may stay; if not, end it."""
        self._refused.discard(descriptor)
        if self._unasked > 0:
            self._unasked -= 1
            return True
        free = self.limit - _count()
        if free < _NEAR and self._leash is None:
            self._put_on_leash()
        left = free - self._kept
        if left >= _EACH:
            # Asking costs; whoever else in this process takes descriptors, an eighth of what is left may go unasked.
            self._unasked = left // (8 * _EACH)
            return True
        shut_down(descriptor)
        self._refused.add(descriptor)
        if not self._complained:
            self._complained = True
            self.complaint = REFUSED.format(limit=self.limit, more=max(4096, 4 * self.limit))
        return False

    def next(self) -> None:
        """Let libzmq accept again: a connection, or an attempt to accept one, has been told of."""
        if self._leash is not None:
            self._leash.next()

    def was_refused(self, descriptor: int) -> bool:
        """Return whether a connection that has ended is one that was not admitted. To be asked once."""
        if descriptor not in self._refused:
            return False
        self._refused.discard(descriptor)
        return True

    def _put_on_leash(self) -> None:
        from zmqcli.sockets.leash import Leash

        self._leash = Leash()
        for descriptor in self._listening:
            self._leash.put_on(descriptor)


def _count() -> int:
    """Return how many descriptors are open."""
    try:
        # Since Linux 6.2 the size is their number. Before they have to be listed, the longer the more they are.
        return os.stat(_DESCRIPTORS).st_size or len(os.listdir(_DESCRIPTORS))  # noqa: PTH116, PTH208 # as above
    except OSError:
        return _UNLIMITED  # none is left to look with
