"""Who subscribes to what at a real XPUB."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
import zmq

from tests.support.connections import handle_events, until
from zmqcli.top.subscribers import Subscribers

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.connections import Connections
    from tests.support.peers import Peers
    from zmqcli.sockets.connection import Connection


class Publisher:
    """An XPUB whose subscriptions are taken as they come."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.subscribers = Subscribers(connection.peers)

    @property
    def rows(self) -> list[tuple[bytes, list[str]]]:
        """What is known now."""
        batch, _ = self._connection.receive_batch()
        handle_events(self._connection)
        for message in batch:
            self.subscribers.take(message)
        return self.subscribers.rows()

    def until(self, *expected: tuple[bytes, int]) -> None:
        """Wait until there are exactly these prefixes, with so many subscribers each."""
        until(self._connection, lambda: [(prefix, len(names)) for prefix, names in self.rows] == [*expected])


@pytest.fixture
def publisher(connections: Connections, short_dir: Path) -> Publisher:
    connection = connections.open("XPUB", bind="tcp://127.0.0.1:0")
    connection.keeps_properties = True  # as `top` sets it: whose subscription a message is
    connection.socket.bind(f"ipc://{short_dir}/x")
    connection.endpoints.append(f"ipc://{short_dir}/x")
    return Publisher(connection)


def test_peers_by_address_and_process(publisher: Publisher, peers: Peers) -> None:
    tcp, ipc = publisher._connection.endpoints
    first = peers.socket(zmq.SUB, connect=tcp)
    first.setsockopt(zmq.SUBSCRIBE, b"a")
    publisher.until((b"a", 1))
    second = peers.socket(zmq.SUB, connect=ipc)
    second.setsockopt(zmq.SUBSCRIBE, b"\xff")
    publisher.until((b"a", 1), (b"\xff", 1))
    second.setsockopt(zmq.SUBSCRIBE, b"a")
    publisher.until((b"a", 2), (b"\xff", 1))

    (a, (address, process)), (binary, (other,)) = publisher.rows
    assert (a, binary) == (b"a", b"\xff")
    assert address.startswith("127.0.0.1:")
    assert process == other
    assert process.startswith(f"pid {os.getpid()} (")


def test_they_change_their_mind_and_leave(publisher: Publisher, peers: Peers) -> None:
    tcp, _ = publisher._connection.endpoints
    sub = peers.socket(zmq.SUB, connect=tcp, options={zmq.SUBSCRIBE: b"a"})
    sub.setsockopt(zmq.SUBSCRIBE, b"b")
    publisher.until((b"a", 1), (b"b", 1))
    sub.setsockopt(zmq.UNSUBSCRIBE, b"a")
    publisher.until((b"b", 1))
    sub.close(linger=0)
    publisher.until()


def test_two_at_one_address_are_told_apart(publisher: Publisher, peers: Peers) -> None:
    tcp, _ = publisher._connection.endpoints
    first, second = (peers.socket(zmq.SUB, connect=tcp, options={zmq.SUBSCRIBE: b"a"}) for _ in range(2))
    publisher.until((b"a", 2))
    first.close(linger=0)
    publisher.until((b"a", 1))
    second.close(linger=0)


def test_a_message_from_below_is_no_subscription(publisher: Publisher, peers: Peers) -> None:
    tcp, _ = publisher._connection.endpoints
    xsub = peers.socket(zmq.XSUB, connect=tcp)
    for frames in ([b"hello"], [b""], [b"he", b"\x01no"], [b"\x00never"], [b"\x01real"]):
        xsub.send_multipart(frames)

    publisher.until((b"real", 1))
