"""What the kernel knows about a connection: its queues, its counters, and how it ended.

Asked with ioctl(2) and poll(2) on a descriptor; Python's `socket` module would cost 5 ms at every start.
"""

from __future__ import annotations

import fcntl
import select
import struct
import sys
import termios
from typing import NamedTuple

__all__ = [
    "TcpBytes",
    "TcpCounters",
    "peer_closed",
    "peer_is_gone",
    "queued",
    "reset",
    "set_send_buffer",
    "shut_down",
    "unread",
]

_ZERO = bytes(4)
_RDHUP = getattr(select, "POLLRDHUP", 0)
_TCP, _TCP_INFO = 6, 11
"""IPPROTO_TCP, and the option's number on Linux, tcp(7)."""
_LINGER_ZERO = struct.pack("ii", 1, 0)
_COUNTERS = struct.Struct("=QQ")
_COUNTERS_AT = 120
"""Where tcpi_bytes_acked and tcpi_bytes_received stand in struct tcp_info, linux/tcp.h (Linux 4.1 and later)."""


class TcpBytes(NamedTuple):
    """What has passed over a tcp connection, in bytes."""

    acknowledged: int
    """By the peer's kernel. The SYN of the end that connected counts as one."""
    received: int


class TcpCounters:
    """The byte counters of one tcp connection, which can be asked after its end as well."""

    def __init__(self, descriptor: int) -> None:
        """Take the connection of `descriptor`, which stays the caller's."""
        from _socket import socket  # the module around it would cost 5 ms

        self._socket = socket(fileno=descriptor)

    def read(self) -> TcpBytes | None:
        """Return the counters; None where the kernel has none."""
        try:
            info = self._socket.getsockopt(_TCP, _TCP_INFO, _COUNTERS_AT + _COUNTERS.size)
        except OSError:
            return None
        if sys.platform != "linux" or len(info) < _COUNTERS_AT + _COUNTERS.size:
            return None
        return TcpBytes(*_COUNTERS.unpack_from(info, _COUNTERS_AT))

    def detach(self) -> None:
        """Forget the descriptor without closing it."""
        self._socket.detach()


def shut_down(descriptor: int, *, sending_only: bool = False) -> None:
    """End a connection (shutdown(2)) for everyone who has it open; the descriptor stays its owner's to close.

    If both ways are ended, the last close resets a tcp connection. Otherwise a peer in the middle of a send would hang,
    since its window would never open again.
    """
    from _socket import SHUT_RDWR, SHUT_WR, SO_LINGER, SOL_SOCKET, socket  # see TcpCounters

    try:
        connection = socket(fileno=descriptor)
    except OSError:  # closed
        return
    try:
        if not sending_only:
            connection.setsockopt(SOL_SOCKET, SO_LINGER, _LINGER_ZERO)
        connection.shutdown(SHUT_WR if sending_only else SHUT_RDWR)
    except OSError:  # the connection has ended
        pass
    finally:
        connection.detach()


def queued(descriptor: int) -> int:
    """Return the bytes in the send queue; 0 where that cannot be asked.

    On tcp it is what the peer's kernel has not acknowledged (tcp(7), SIOCOUTQ), on a unix socket what the peer has
    not read (unix(7)).
    """
    return _ioctl(descriptor, termios.TIOCOUTQ)


def unread(descriptor: int) -> int:
    """Return the bytes that have arrived and were not read."""
    return _ioctl(descriptor, termios.FIONREAD)


def peer_closed(descriptor: int) -> bool:
    """Whether the other end has closed its side, or the connection is broken."""
    return bool(_events(descriptor) & (_RDHUP | select.POLLHUP | select.POLLERR))


def peer_is_gone(descriptor: int) -> bool:
    """Whether the other end of a unix socket has closed both ways, and so can no longer read.

    One that has only shut down its own sending (`shutdown(SHUT_WR)`, as relays do) goes on reading.
    """
    return bool(_events(descriptor) & (select.POLLHUP | select.POLLERR))


def set_send_buffer(descriptor: int, size: int) -> int:
    """Set the size of a socket's send buffer, in bytes as the kernel counts them; return the former one.

    The kernel has a smallest size, some 4.5 KiB, and takes that for 0.
    """
    from _socket import SO_SNDBUF, SOL_SOCKET, socket

    with_descriptor = socket(fileno=descriptor)
    try:
        former = int(with_descriptor.getsockopt(SOL_SOCKET, SO_SNDBUF))
        with_descriptor.setsockopt(SOL_SOCKET, SO_SNDBUF, size // 2)  # the kernel doubles it, socket(7)
    except OSError:  # the connection has closed
        return 0
    finally:
        with_descriptor.detach()
    return former


def reset(descriptor: int, *, hang_up_counts: bool) -> bool:
    """Whether the connection ended in an error, as by a peer that closed with data unread (ECONNRESET, EPIPE).

    `hang_up_counts`: on tcp POLLHUP says so too, while our own side is open (a reset: state 7, TCP_CLOSE); on a
    unix socket POLLHUP is any closing.
    """
    return bool(_events(descriptor) & (select.POLLERR | (select.POLLHUP if hang_up_counts else 0)))


def _events(descriptor: int) -> int:
    poll = select.poll()
    poll.register(descriptor, _RDHUP)
    return next((event for _, event in poll.poll(0)), 0)


def _ioctl(descriptor: int, request: int) -> int:
    try:
        return int.from_bytes(fcntl.ioctl(descriptor, request, _ZERO), sys.byteorder)
    except OSError:  # not a socket that can tell (tipc, vsock)
        return 0
