"""What /proc shows of an epoll of our own."""

from __future__ import annotations

import os
import select
import sys
from pathlib import Path

import pytest

from zmqcli.delivery.epolls import EPOLL, EVENTFD, Watched, kinds, pending, watched_by

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="epoll and /proc/self/fdinfo are Linux's")


def test_an_epoll_and_what_it_watches() -> None:
    reading, writing = os.pipe()
    with select.epoll() as epoll:
        epoll.register(reading, select.EPOLLIN)
        (entry,) = watched_by(epoll.fileno())

        assert kinds()[epoll.fileno()] == EPOLL
        assert isinstance(entry, Watched)
        assert entry.descriptor == reading
        assert entry.events & select.EPOLLIN
        assert not entry.events & select.EPOLLOUT
    os.close(reading)
    os.close(writing)


def test_a_signalled_eventfd() -> None:
    descriptor = os.eventfd(0)
    before = pending(descriptor)
    os.eventfd_write(descriptor, 3)

    assert kinds()[descriptor] == EVENTFD
    assert (before, pending(descriptor)) == (0, 3)
    os.close(descriptor)


def test_a_number_that_belongs_to_another_file_now() -> None:
    with Path(os.devnull).open("rb") as file, pytest.raises(ValueError, match="not an eventfd"):
        pending(file.fileno())
