"""What a connection that is gone took along, on real tcp and unix connections."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

import pytest

from tests.support.kernel_links import KernelLink
from tests.support.links import TRANSPORTS, Transport
from zmqcli.delivery.link import ONE_READ_BYTES, Link

if TYPE_CHECKING:
    from collections.abc import Iterator

BODY = bytes(2 * ONE_READ_BYTES)


class Ends:
    """A connection of the kernel and the Link that looks at it."""

    def __init__(self, transport: Transport) -> None:
        self.kernel = KernelLink(transport)
        self.link = Link(os.dup(self.kernel.near.fileno()), f"{transport}://here")

    def read(self, size: int) -> None:
        while size:
            size -= len(self.kernel.far.recv(size))

    def take_reset(self) -> None:
        """Do what libzmq does before us: its read gets the reset, and it is gone."""
        with pytest.raises(ConnectionResetError):
            self.kernel.near.recv(1)


@pytest.fixture(params=TRANSPORTS)
def ends(request: pytest.FixtureRequest) -> Iterator[Ends]:
    made = Ends(request.param)
    with made.kernel:
        yield made
        made.link.close()


@pytest.fixture
def ipc() -> Iterator[Ends]:
    made = Ends("ipc")
    with made.kernel:
        yield made
        made.link.close()


def test_a_peer_that_read_all_took_nothing_along(ends: Ends) -> None:
    ends.kernel.near.sendall(BODY)
    ends.read(len(BODY))
    while ends.link.look():  # tcp: until it is acknowledged
        pass
    ends.kernel.leave()

    assert ends.link.is_gone()
    assert not ends.link.lost_output()


def test_a_peer_that_left_something_unread_took_it_along(ends: Ends) -> None:
    ends.kernel.leave(unread=BODY)

    assert ends.link.is_gone()
    assert ends.link.lost_output()


def test_ipc_what_was_queued_at_the_last_look_is_lost_when_libzmq_has_taken_the_reset(ipc: Ends) -> None:
    ipc.kernel.near.sendall(BODY)
    assert ipc.link.look() > ONE_READ_BYTES
    ipc.kernel.leave()
    ipc.take_reset()
    ipc.link.look()  # 0, and says nothing: the peer is gone

    assert ipc.link.lost_output()


@pytest.mark.parametrize("takes_all", [True, False])
def test_ipc_with_its_last_read_watched_it_is_certain_however_late_we_look(ipc: Ends, takes_all: bool) -> None:
    ipc.link.watch_last_read(lambda _: True)
    ipc.kernel.near.sendall(BODY[:2000])
    ipc.link.look()
    ipc.read(2000 if takes_all else 1000)
    ipc.kernel.leave()
    if not takes_all:
        ipc.take_reset()

    assert ipc.link.lost_output() is not takes_all


def test_tcp_has_no_last_read_to_watch() -> None:
    ends = Ends("tcp")
    with ends.kernel:
        ends.link.watch_last_read(lambda _: True)
        ends.kernel.near.sendall(BODY)
        ends.read(len(BODY))
        ends.kernel.leave()

        assert not ends.link.lost_output()
    ends.link.close()


def test_whose_peer_has_left_is_not_taken_for_the_next_connection() -> None:
    ours, theirs = socket.socketpair()
    link = Link(os.dup(ours.fileno()), "tcp://127.0.0.1:5555")

    assert link.is_the_next_of(ours.fileno())
    theirs.close()
    assert not link.is_the_next_of(ours.fileno()), "libzmq may close its own descriptor late"
    ours.close()
    link.close()


def test_the_last_read_is_not_watched_without_spare_descriptors(ipc: Ends) -> None:
    ipc.link.watch_last_read(lambda count: count < 3)

    assert ipc.link._last_read is None
