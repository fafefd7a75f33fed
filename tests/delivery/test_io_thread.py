"""Whether libzmq has something left to write, told from outside of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import zmq

from tests.support.connections import until
from tests.support.links import TRANSPORTS, Transport, any_endpoint
from zmqcli.delivery.io_thread import IoThreads

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.connections import Connections
    from tests.support.peers import Peers

MANY = 100_000


def becomes(threads: IoThreads, numbers: list[int], expected: bool) -> bool:
    """Whether it is as expected now, or in a moment: the threads may be at work."""
    return any(threads.idle(numbers) is expected for _ in range(MANY))


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_idle_until_there_is_more_than_the_kernel_takes(
    transport: Transport, connections: Connections, peers: Peers, short_dir: Path
) -> None:
    push = connections.open("PUSH", bind=any_endpoint(transport, short_dir), hwm=10)
    pull = peers.socket(zmq.PULL, options={zmq.RCVHWM: 1, zmq.RCVBUF: 4096}, connect=push.endpoints[0])
    until(push, lambda: push.peers.count)
    numbers = [link.number for link in push.peers.links.values()]
    threads = IoThreads()
    assert becomes(threads, numbers, expected=True)

    sent = 0
    while push.socket.poll(50, zmq.POLLOUT):
        sent += push.send_batch([[bytes(100_000)]])
    assert threads.idle(numbers) is False

    for _ in range(sent):
        pull.recv()
    assert becomes(threads, numbers, expected=True)


def test_what_was_just_sent_is_on_its_way_until_it_is_written(connections: Connections, peers: Peers) -> None:
    push = connections.open("PUSH", bind="tcp://127.0.0.1:0")
    peers.socket(zmq.PULL, connect=push.endpoints[0])
    until(push, lambda: push.peers.count)
    (link,) = push.peers.links.values()
    threads = IoThreads()
    for _ in range(200):
        before = link.written()
        assert before is not None
        push.send_batch([[b"x"]])
        assert becomes(threads, [link.number], expected=True)
        assert link.written() == before + 3


def test_a_connection_that_no_thread_has_cannot_be_told_of(connections: Connections) -> None:
    connections.open("PUSH", bind="tcp://127.0.0.1:0")

    assert IoThreads().idle([987]) is None
