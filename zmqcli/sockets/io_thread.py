"""Whether libzmq's I/O threads have nothing left to do: what Linux's /proc tells of this very process.

libzmq offers no way to ask what it has taken and not yet written. Three things together tell that there is nothing:

- its I/O threads (named `ZMQbg/IO/N`, libzmq 4.3 and later) sleep, and did not run while they were looked at;
- no command waits in their mailboxes: each is an eventfd, whose count is in its fdinfo;
- their epoll does not ask to write to the connection: an engine asks for EPOLLOUT from the moment it has something to
  write until it finds that it has nothing more (stream_engine_base.cpp, `restart_output` and `out_event`).

An engine that failed to write asks no more either: whoever asks here has to see for himself that the peer is there.
Where there is no such /proc, `IoThreads.idle` returns None.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from zmqcli.sockets.epolls import EPOLL, EVENTFD, kinds, pending, watched_by

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
    """The eventfd that says that commands are waiting."""


class IoThreads:
    """The I/O threads of all contexts of this process. What is found once is kept until it no longer fits."""

    def __init__(self) -> None:
        self._threads: list[str] = []
        self._epolls: list[_Epoll] = []

    def idle(self, connections: Iterable[int]) -> bool | None:
        """Whether nothing is on its way from this process to `connections`, libzmq's own descriptors.

        False: something is. None: it cannot be known, because the threads are running, or there is no such /proc.
        """
        try:
            wanted = set(connections)
            runs = self._runs()
            if runs is None:
                return None
            found = self._look(wanted)
            if found is None:  # a new context, or a connection that is gone
                self._find_epolls()
                found = self._look(wanted)
            if found and not (self._asleep() and self._runs() == runs):
                return None
        except (OSError, ValueError, IndexError):  # no such /proc, or a descriptor that was closed meanwhile
            return None
        return found

    def _runs(self) -> list[str] | None:
        """Return how often each thread was given a processor, None without any thread."""
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
        """Whether no epoll wants to write and no mailbox is full; None where a connection is in none of them."""
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
    threads = os.listdir(_TASKS)  # noqa: PTH208 # pathlib costs start-up
    return [thread for thread in threads if _read(f"{_TASKS}/{thread}/comm").startswith("ZMQbg/IO/")]


def _read(path: str) -> str:
    with open(path, encoding="utf-8", errors="replace") as file:  # noqa: PTH123 # pathlib costs start-up
        return file.read()
