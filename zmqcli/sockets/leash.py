"""A listening socket of libzmq's that accepts one connection at a time, each only when it is told to (Linux).

libzmq accepts in its I/O thread as fast as connections come, hundreds before Python hears of the first. What it has no
descriptor for aborts the process over ipc (room.py), and no option of libzmq's limits it. But it accepts only when its
epoll tells it to, and what an epoll tells can be changed from outside: the entry of the listening socket is made
one-shot (EPOLLONESHOT), so that it falls silent after one connection until it is set again. Nothing else of libzmq's is
touched: the entry keeps the pointer that libzmq put there, which /proc/self/fdinfo shows (proc(5), since Linux 3.8).
"""

from __future__ import annotations

import ctypes
import platform
import select
import time

from zmqcli.sockets.epolls import EPOLL, kinds, watched_by

__all__ = ["Leash"]

_MOD = 3
_ONCE = select.EPOLLIN | select.EPOLLONESHOT if hasattr(select, "EPOLLONESHOT") else 0
_PATIENCE_SECONDS = 0.2
"""For libzmq's I/O thread to make the entry: it does so as soon as it runs."""
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
        """Let a listening socket accept one connection more. Return False where that cannot be had."""
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
        """Let each of them accept one connection more."""
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
