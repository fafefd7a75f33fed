"""What the epolls of this process watch, as /proc/self/fdinfo shows it: proc_pid_fdinfo(5), Linux 3.8 and later.

libzmq's I/O threads sleep in an epoll each. Where there is no such /proc, every function raises OSError.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["EPOLL", "EVENTFD", "Watched", "kinds", "pending", "watched_by"]

EPOLL, EVENTFD = "[eventpoll]", "[eventfd]"
_DESCRIPTORS = "/proc/self/fd"
_ABOUT = "/proc/self/fdinfo"


class Watched(NamedTuple):
    """One entry of an epoll."""

    descriptor: int
    events: int
    """What the epoll waits for: EPOLLIN, EPOLLOUT."""
    data: int
    """What the epoll returns with an event; libzmq puts a pointer there."""


def kinds() -> dict[int, str]:
    """Return what each open descriptor is: EPOLL, EVENTFD, or a text of no interest here."""
    found = {}
    for name in os.listdir(_DESCRIPTORS):  # noqa: PTH208 # no module can be loaded when descriptors have run out
        try:
            target = os.readlink(f"{_DESCRIPTORS}/{name}")  # noqa: PTH115 # no module can be loaded when descriptors have run out
        except OSError:  # the descriptor of the listing itself, or one closed since
            continue
        found[int(name)] = target.removeprefix("anon_inode:")
    return found


def watched_by(epoll: int) -> Iterator[Watched]:
    """Yield the entries of an epoll."""
    for line in _about(epoll):
        if line.startswith("tfd:"):
            _, descriptor, _, events, _, data, *_ = line.split()
            yield Watched(int(descriptor), int(events, 16), int(data, 16))


def pending(eventfd: int) -> int:
    """Return the count of an eventfd: 0 when nobody has signalled it since it was last read."""
    for line in _about(eventfd):
        if line.startswith("eventfd-count:"):
            return int(line.split()[1], 16)
    raise ValueError("not an eventfd")  # the number belongs to another file now


def _about(descriptor: int) -> list[str]:
    with open(f"{_ABOUT}/{descriptor}", encoding="ascii", errors="replace") as file:  # noqa: PTH123 # no module can be loaded when descriptors have run out
        return file.readlines()
