"""What the kernel knows about a connection: its queues, and how it ended.

Asked with ioctl(2) and poll(2) on a descriptor; Python's `socket` module would cost 5 ms at every start.
"""

from __future__ import annotations

import fcntl
import select
import sys
import termios

__all__ = ["peer_closed", "queued", "reset", "unread"]

_ZERO = bytes(4)
_RDHUP = getattr(select, "POLLRDHUP", 0)


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
