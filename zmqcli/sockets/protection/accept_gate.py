"""Makes libzmq accept one connection at a time, and the next one only when it is told to (Linux).

libzmq accepts in its I/O thread as fast as connections come: hundreds before Python hears of the first. Over ipc it
aborts the process when it has no descriptor for one (connection_limit.py), and it has no option that limits
connections. But it accepts only when its epoll reports the listening socket. We make the socket's entry in that epoll
one-shot (EPOLLONESHOT), so that it falls silent after one connection until it is armed again. The entry keeps the
pointer that libzmq put there, as /proc/self/fdinfo shows it (epolls.py). Nothing else of libzmq is touched.
"""

from __future__ import annotations

import ctypes
import platform
import select
import time

from zmqcli.delivery.epolls import EPOLL, kinds, watched_by

__all__ = ["Leash"]

_MOD = 3
_ONCE = select.EPOLLIN | select.EPOLLONESHOT if hasattr(select, "EPOLLONESHOT") else 0
_PATIENCE_SECONDS = 0.2
"""How long libzmq's I/O thread gets to make the entry. It does so as soon as it runs."""
_LOOK_SECONDS = 0.0002

_libc = ctypes.CDLL(None)


class _Entry(ctypes.Structure):
    """`struct epoll_event`, packed on x86-64 alone (epoll.h)."""

    _fields_ = (("events", ctypes.c_uint32), ("data", ctypes.c_uint64))
    if platform.machine() == "x86_64":
        _pack_ = 1


class Leash:
    """The listening sockets of one socket."""

    def __init__(self) -> None:
        self._entries: dict[int, tuple[int, _Entry]] = {}

    def put_on(self, descriptor: int) -> bool:
        """Hold a listening socket to one connection at a time, and let it accept one. Return False if that fails."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while _ONCE and (found := _find(descriptor)) is None and time.monotonic() < deadline:
            time.sleep(_LOOK_SECONDS)
        if not _ONCE or found is None:
            return False
        epoll, data = found
        self._entries[descriptor] = epoll, _Entry(_ONCE, data)
        self.next()
        return True

    def next(self) -> None:
        """Let each listening socket accept one more connection."""
        for descriptor, (epoll, entry) in self._entries.items():
            _libc.epoll_ctl(epoll, _MOD, descriptor, ctypes.byref(entry))


def _find(descriptor: int) -> tuple[int, int] | None:
    """Return the epoll that watches a socket, and the data of its entry; None before libzmq has made it."""
    try:
        for epoll in [number for number, kind in kinds().items() if kind == EPOLL]:
            for watched in watched_by(epoll):
                # libzmq makes the entry first, and then says what it waits for
                if watched.descriptor == descriptor and watched.events & select.EPOLLIN:
                    return epoll, watched.data
    except (OSError, ValueError):  # no such /proc, or one in another form
        pass
    return None
