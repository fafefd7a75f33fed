"""What the kernel says of real tcp and unix connections."""

from __future__ import annotations

import os
import select
from typing import TYPE_CHECKING

import pytest

from tests.support.kernel_links import KernelLink
from tests.support.links import TRANSPORTS, Transport
from zmqcli.delivery.kernel_queue import peer_closed, queued, reset, unread

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(params=TRANSPORTS)
def pair(request: pytest.FixtureRequest) -> Iterator[KernelLink]:
    with KernelLink(request.param) as made:
        yield made


def test_an_idle_connection_has_nothing_queued_nothing_unread_and_is_well(pair: KernelLink) -> None:
    near = pair.near.fileno()

    assert (queued(near), unread(near)) == (0, 0)
    assert not peer_closed(near)
    assert not reset(near, hang_up_counts=True)


def test_what_the_peer_does_not_read_is_queued_until_it_does(pair: KernelLink) -> None:
    sent = pair.fill()
    assert queued(pair.near.fileno()) > 0

    while sent:
        sent -= len(pair.far.recv(1 << 20))
    poll = select.poll()
    poll.register(pair.near, select.POLLOUT)
    assert poll.poll(5000)
    while queued(pair.near.fileno()):  # tcp: the last acknowledgement is on its way
        poll.poll(1)


def test_what_has_arrived_is_unread_until_it_is_read(pair: KernelLink) -> None:
    pair.far.sendall(b"12345")
    pair.wait()

    assert unread(pair.near.fileno()) == 5
    pair.near.recv(3)
    assert unread(pair.near.fileno()) == 2


def test_a_peer_that_leaves_cleanly_has_closed_and_reset_nothing(pair: KernelLink) -> None:
    pair.leave()

    assert peer_closed(pair.near.fileno())
    assert not reset(pair.near.fileno(), hang_up_counts=False)


def test_a_peer_that_shuts_its_side_only_has_closed_it(pair: KernelLink) -> None:
    pair.far.shutdown(1)
    pair.wait(select.POLLRDHUP)

    assert peer_closed(pair.near.fileno())
    assert not reset(pair.near.fileno(), hang_up_counts=False)


def test_a_peer_that_leaves_with_bytes_unread_has_reset_the_connection(pair: KernelLink) -> None:
    pair.leave(unread=b"not read")

    assert peer_closed(pair.near.fileno())
    assert reset(pair.near.fileno(), hang_up_counts=False)


@pytest.mark.parametrize(("transport", "hang_up"), [("tcp", False), ("ipc", True)])
def test_a_clean_leave_is_a_hang_up_on_ipc_only(transport: Transport, hang_up: bool) -> None:
    with KernelLink(transport) as link:
        link.leave()

        assert reset(link.near.fileno(), hang_up_counts=True) is hang_up


def test_a_tcp_reset_is_still_seen_after_somebody_took_its_error() -> None:
    with KernelLink("tcp") as link:
        link.leave(unread=b"not read")
        with pytest.raises(ConnectionResetError):
            link.near.recv(1)

        assert not reset(link.near.fileno(), hang_up_counts=False)
        assert reset(link.near.fileno(), hang_up_counts=True)


def test_what_cannot_be_asked_is_0() -> None:
    descriptor = os.open(os.devnull, os.O_RDONLY)
    try:
        assert (queued(descriptor), unread(descriptor)) == (0, 0)
    finally:
        os.close(descriptor)
