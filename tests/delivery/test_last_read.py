"""Whether the peer of a unix socket had read the last small message when it closed, asked only afterwards."""

from __future__ import annotations

import resource
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.kernel_links import KernelLink
from zmqcli.delivery.kernel_queue import queued
from zmqcli.delivery.last_read import LastRead
from zmqcli.delivery.ledger import SMALL_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator

MESSAGE = bytes(SMALL_BYTES)


@pytest.fixture
def link() -> Iterator[KernelLink]:
    with KernelLink("ipc") as made:
        yield made


def test_nothing_was_read_where_nothing_was_sent(link: KernelLink) -> None:
    watch = LastRead(link.near.fileno())
    watch.ask()

    assert not watch.was_read
    watch.close()


def test_a_peer_that_read_it_and_left_has_read_it(link: KernelLink) -> None:
    watch = LastRead(link.near.fileno())
    link.near.sendall(MESSAGE)
    assert len(link.far.recv(8192)) == len(MESSAGE)
    link.leave()
    watch.ask()

    assert watch.was_read
    watch.close()


@pytest.mark.parametrize("taken", [0, 1000])
def test_a_peer_that_left_with_some_of_it_unread_has_not(link: KernelLink, taken: int) -> None:
    watch = LastRead(link.near.fileno())
    link.near.sendall(MESSAGE)
    if taken:
        link.far.recv(taken)
    link.leave()
    assert queued(link.near.fileno()) == 0  # which says nothing
    watch.ask()

    assert not watch.was_read
    watch.close()


def test_a_peer_that_was_gone_before_the_watch_began_tells_nothing(link: KernelLink) -> None:
    link.leave()
    watch = LastRead(link.near.fileno())
    watch.ask()

    assert not watch.was_read
    watch.close()


def test_the_owner_forgets_what_was_before_the_next_bytes(link: KernelLink) -> None:
    watch = LastRead(link.near.fileno())
    link.near.sendall(MESSAGE)
    link.far.recv(8192)
    watch.ask()
    watch.was_read = False
    link.near.sendall(MESSAGE)
    link.leave()
    watch.ask()

    assert not watch.was_read
    watch.close()


def test_nothing_stays_open(link: KernelLink) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    LastRead(link.near.fileno()).close()

    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_without_descriptors_there_is_no_watch(link: KernelLink) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (link.near.fileno(), hard))
    try:
        assert LastRead.watch(link.near.fileno()) is None
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
