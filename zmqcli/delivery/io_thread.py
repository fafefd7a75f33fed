"""Whether libzmq's I/O threads have nothing left to do, as Linux shows it in /proc/self.

libzmq cannot be asked what it has taken and not yet written. It has nothing left when three things are true together:

- Its I/O threads (named `ZMQbg/IO/N`, libzmq 4.3 and later) sleep, and did not run during the look.
- No command waits in their mailboxes. Each mailbox is an eventfd, whose count is in its fdinfo.
- Their epolls do not wait to write to the connection. An engine asks for EPOLLOUT from the moment it has something to
  write until it finds nothing more (stream_engine_base.cpp, `restart_output` and `out_event`).

An engine that failed to write does not ask for EPOLLOUT either, so the caller must check that the peer is still there.
Without such a /proc, `IoThreads.idle` returns None.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from zmqcli.delivery.epolls import EPOLL, EVENTFD, kinds, pending, watched_by

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["IoThreads"]

_TASKS = "/proc/self/task"
_WANTS_TO_WRITE = 0x4
"""EPOLLOUT."""


class _Epoll(NamedTuple):
    """One epoll of an I/O thread."""

    descriptor: int
    mailbox: int
    """The eventfd whose count is not 0 while commands are waiting."""


class IoThreads:
    """The I/O threads of all contexts of this process. What was found is kept until it is out of date."""

    def __init__(self) -> None:
        self._threads: list[str] = []
        self._epolls: list[_Epoll] = []

    def idle(self, connections: Iterable[int]) -> bool | None:
        """Whether nothing is on its way from this process to `connections`, which are libzmq's own descriptors.

        None: unknown, because the threads are running or there is no such /proc.
        """
        try:
            wanted = set(connections)
            runs = self._runs()
            if runs is None:
                return None
            found = self._look(wanted)
            if found is None:  # a new context, or a connection that has closed
                self._find_epolls()
                found = self._look(wanted)
            if found and not (self._asleep() and self._runs() == runs):
                return None
        except (OSError, ValueError, IndexError):  # no such /proc, or a descriptor that was closed meanwhile
            return None
        return found

    def _runs(self) -> list[str] | None:
        """Return how often each thread was scheduled; None when there is no thread."""
        self._threads = self._threads or _io_threads()
        try:
            return [_read(f"{_TASKS}/{thread}/schedstat").split()[2] for thread in self._threads] or None
        except OSError:  # of a context that has ended
            self._threads = _io_threads()
            return [_read(f"{_TASKS}/{thread}/schedstat").split()[2] for thread in self._threads] or None

    def _asleep(self) -> bool:
        # "PID (NAME) STATE ...", proc_pid_stat(5); the name is in brackets and may contain some
        states = (_read(f"{_TASKS}/{thread}/stat").rpartition(")")[2].split()[0] for thread in self._threads)
        return all(state == "S" for state in states)

    def _look(self, wanted: set[int]) -> bool | None:
        """Whether no epoll waits to write and every mailbox is empty; None if a connection is in none of the epolls."""
        seen: set[int] = set()
        idle = bool(self._epolls) or not wanted
        for epoll in self._epolls:
            if pending(epoll.mailbox) != 0:
                idle = False
            for watched in watched_by(epoll.descriptor):
                if watched.descriptor in wanted:
                    seen.add(watched.descriptor)
                    idle = idle and not watched.events & _WANTS_TO_WRITE
        return idle if seen == wanted else None

    def _find_epolls(self) -> None:
        self._threads = _io_threads()
        found = kinds()
        self._epolls = []
        for number in (number for number, kind in found.items() if kind == EPOLL):
            mailboxes = [at.descriptor for at in watched_by(number) if found.get(at.descriptor) == EVENTFD]
            if mailboxes:  # else it is not libzmq's
                self._epolls.append(_Epoll(number, mailboxes[0]))


def _io_threads() -> list[str]:
    threads = os.listdir(_TASKS)  # noqa: PTH208 # no module can be loaded when descriptors have run out
    return [thread for thread in threads if _read(f"{_TASKS}/{thread}/comm").startswith("ZMQbg/IO/")]


def _read(path: str) -> str:
    with open(path, encoding="utf-8", errors="replace") as file:  # noqa: PTH123 # no module can be loaded when descriptors have run out
        return file.read()
