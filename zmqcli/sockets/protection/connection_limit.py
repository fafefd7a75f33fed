"""Room for connections: how many descriptors this process may still open, and what happens to one connection too many.

libzmq 4.3.5 fails badly when it accepts and has no descriptor left. Over ipc it aborts the process (ipc_listener.cpp);
over tcp it tries again at once, for ever, which takes a core. It has no limit on connections, and `unbind` cannot serve
as one, because it also ends the endpoint's connections. So a connection that leaves too little room is shut down as
soon as the monitor reports it. Its peer tries again later, as ZeroMQ peers do. The other peers do not notice.

With a low limit, libzmq would hit it before the first event is read. Then it is made to accept one connection at a time
(accept_gate.py). Without the leash, the reserve has to last for all connections that the monitor has not reported yet.
docs/decisions/0015-room-for-connections.md
"""

from __future__ import annotations

import os
import resource
from typing import TYPE_CHECKING

from zmqcli.delivery.kernel_queue import shut_down
from zmqcli.errors import TOO_MANY_FILES

if TYPE_CHECKING:
    from zmqcli.sockets.protection.accept_gate import Leash

__all__ = ["Room"]

REFUSED = (
    f"new connections are refused until others leave ({TOO_MANY_FILES}, the limit is {{limit}}); "
    "raise the limit: ulimit -n {more}; see docs/troubleshooting.md#too-many-open-files"
)
_KEPT = 4
"""One in so many free descriptors is reserved: for children, files, modules, and connections not yet reported."""
_LEAST = 3
"""The reserve when hardly any descriptor is free: libzmq's next accept, one that it is just closing, a module."""
_NEAR = 4096
"""With fewer free descriptors than this, one connection is accepted at a time. libzmq accepts 4096 in 0.1 s."""
_UNLIMITED = 1 << 30
_DESCRIPTORS = "/proc/self/fd" if os.path.exists("/proc/self/fd") else "/dev/fd"  # noqa: PTH110 # no pathlib: start-up
_EACH = 2
"""Descriptors of a connection: libzmq's, and the duplicate that peers.py keeps."""


class Room:
    """Decides which connections of one socket may stay, by what is left of the limit on open descriptors."""

    def __init__(self) -> None:
        soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        self.limit = _UNLIMITED if soft == resource.RLIM_INFINITY else soft
        """As `ulimit -n` prints it."""
        self.complaint = ""
        """What to tell the user after a connection was refused; the caller clears it."""
        self._complained = self._closed = False
        self._kept = max(_LEAST, min((self.limit - _count()) // _KEPT, _NEAR))
        self._unasked = 0
        self._refused: set[int] = set()
        self._listening: list[int] = []
        self._leash: Leash | None = None

    def listen(self, descriptor: int) -> None:
        """Add a listening socket of libzmq's."""
        self._listening.append(descriptor)
        if self._leash is not None:
            self._leash.put_on(descriptor)
        elif self.limit - _count() < _NEAR:
            self._put_on_leash()

    def admit(self, descriptor: int) -> bool:
        """Return whether a connection just accepted may stay; if not, end it."""
        self._refused.discard(descriptor)
        if self._closed:
            return self._refuse(descriptor)
        if self._unasked > 0:
            self._unasked -= 1
            return True
        free = self.limit - _count()
        if free < _NEAR and self._leash is None:
            self._put_on_leash()
        left = free - self._kept
        if left >= _EACH:
            # Counting costs time, so an eighth of what is left is admitted without it. The rest is for others.
            self._unasked = left // (8 * _EACH)
            return True
        if not self._complained:
            self._complained = True
            self.complaint = REFUSED.format(limit=self.limit, more=max(4096, 4 * self.limit))
        return self._refuse(descriptor)

    def close(self) -> None:
        """Admit no connection from now on: the socket is about to be closed."""
        self._closed = True

    def _refuse(self, descriptor: int) -> bool:
        shut_down(descriptor)
        self._refused.add(descriptor)
        return False

    def has_spare(self, count: int) -> bool:
        """Return whether `count` descriptors are free besides the reserve, for what can be done without."""
        return self.limit - _count() - self._kept >= count

    def next(self) -> None:
        """Let libzmq accept again, after the monitor has reported a connection or a failed attempt."""
        if self._leash is not None:
            self._leash.next()

    @property
    def refuses(self) -> bool:
        """Whether a refused connection has not been reported as ended yet."""
        return bool(self._refused)

    def was_refused(self, descriptor: int) -> bool:
        """Return whether a connection that has ended had not been admitted. Ask once for each connection."""
        if descriptor not in self._refused:
            return False
        self._refused.discard(descriptor)
        return True

    def _put_on_leash(self) -> None:
        from zmqcli.sockets.protection.accept_gate import Leash

        self._leash = Leash()
        for descriptor in self._listening:
            self._leash.put_on(descriptor)


def _count() -> int:
    """Return how many descriptors are open."""
    try:
        # Since Linux 6.2 the size is their number. On older kernels they have to be listed, which takes longer.
        return os.stat(_DESCRIPTORS).st_size or len(os.listdir(_DESCRIPTORS))  # noqa: PTH116, PTH208 # as above
    except OSError:
        return _UNLIMITED  # no descriptor is left to count with
