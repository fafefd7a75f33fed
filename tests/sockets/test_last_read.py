"""Whether the peer of a unix socket had read everything when it closed, asked only afterwards."""

from __future__ import annotations

import resource
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.kernel_links import KernelLink
from zmqcli.sockets.kernel import queued, send_buffer
from zmqcli.sockets.last_read import LastRead

if TYPE_CHECKING:
    from collections.abc import Iterator

BODY = bytes(20_000)


@pytest.fixture
def link() -> Iterator[KernelLink]:
    with KernelLink("ipc") as made:
        made.near.sendall(BODY)
        yield made


def read_all(link: KernelLink) -> None:
    left = len(BODY)
    while left:
        left -= len(link.far.recv(left))


def test_a_peer_that_read_all_and_left_has_emptied_the_queue(link: KernelLink) -> None:
    watch = LastRead(link.near.fileno())
    read_all(link)
    link.leave()
    watch.ask()

    assert watch.emptied
    watch.close()


def test_a_peer_that_left_with_something_unread_has_not(link: KernelLink) -> None:
    watch = LastRead(link.near.fileno())
    link.far.recv(1000)
    link.leave()
    assert queued(link.near.fileno()) == 0  # which says nothing
    watch.ask()

    assert not watch.emptied
    watch.close()


def test_what_a_peer_emptied_before_the_watch_began_counts(link: KernelLink) -> None:
    read_all(link)
    watch = LastRead(link.near.fileno())

    assert watch.emptied
    watch.close()


def test_a_peer_that_was_gone_before_the_watch_began_tells_nothing(link: KernelLink) -> None:
    link.leave()
    watch = LastRead(link.near.fileno())
    watch.ask()

    assert not watch.emptied
    watch.close()


def test_the_owner_forgets_what_was_before_the_next_bytes(link: KernelLink) -> None:
    watch = LastRead(link.near.fileno())
    read_all(link)
    watch.ask()
    watch.emptied = False
    link.near.sendall(bytes(2000))
    link.leave()
    watch.ask()

    assert not watch.emptied
    watch.close()


def test_the_buffer_is_as_large_as_before_and_nothing_stays_open(link: KernelLink) -> None:
    before = send_buffer(link.near.fileno()), len(list(Path("/proc/self/fd").iterdir()))
    watch = LastRead(link.near.fileno())
    assert send_buffer(link.near.fileno()) < 10_000
    watch.close()

    assert (send_buffer(link.near.fileno()), len(list(Path("/proc/self/fd").iterdir()))) == before


def test_without_descriptors_there_is_no_watch(link: KernelLink) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (link.near.fileno(), hard))
    try:
        assert LastRead.watch(link.near.fileno()) is None
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
