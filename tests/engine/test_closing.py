"""Closing so that what was sent is out, or it is known that it may not be."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest
import zmq

from tests.support.connections import handle_events, until
from tests.support.links import TRANSPORTS, Transport, any_endpoint, known_endpoint
from tests.support.peers import free_port
from zmqcli.engine.closing import close_delivered

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.connections import Connections
    from tests.support.peers import Peers
    from zmqcli.message import Batch
    from zmqcli.sockets.connection import Connection

SHORT = 0.1


def close(connection: Connection, linger: float) -> list[str]:
    """Close as a session does, and return why not everything is known to be out."""
    return close_delivered(connection, linger=linger, sleep=lambda seconds: handle_events(connection, seconds)).reasons


def stuff(connection: Connection) -> int:
    """Send until neither libzmq nor the kernel takes more, and return how many messages that were."""
    batch: Batch = [[bytes(100_000)] for _ in range(500)]
    at = 0
    while connection.socket.poll(50, zmq.POLLOUT) or not connection.peers.ledger.queued():
        at = connection.send_batch(batch, at)
    assert at < len(batch)
    return at


def full_link(connection: Connection, peers: Peers) -> zmq.Socket[bytes]:
    """Return a PULL that does not read: it and the kernel hold all they can."""
    pull = peers.socket(zmq.PULL, options={zmq.RCVHWM: 1, zmq.RCVBUF: 4096}, connect=connection.endpoints[0])
    until(connection, lambda: connection.peers.count)
    return pull


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_what_a_reader_takes_is_delivered(
    transport: Transport, connections: Connections, peers: Peers, short_dir: Path
) -> None:
    push = connections.open("PUSH", bind=any_endpoint(transport, short_dir))
    pull = peers.socket(zmq.PULL, connect=push.endpoints[0])
    until(push, lambda: push.peers.count)
    push.send_batch([[b"%d" % number] for number in range(100)])

    assert close(push, 5.0) == []
    assert [int(pull.recv()) for _ in range(100)] == list(range(100))
    assert push.socket.closed
    assert not push.peers.links


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_slow_reader_gets_the_tail_as_well(
    transport: Transport, connections: Connections, peers: Peers, short_dir: Path
) -> None:
    push = connections.open("PUSH", bind=any_endpoint(transport, short_dir), hwm=10)
    pull = full_link(push, peers)
    sent = stuff(push)
    taken: list[bytes] = []
    reader = threading.Thread(target=lambda: taken.extend(pull.recv() for _ in range(sent)))
    reader.start()
    reasons = close(push, 10.0)
    reader.join(10)

    assert reasons == []
    assert len(taken) == sent


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_reader_that_takes_nothing_is_said_when_linger_ends(
    transport: Transport, connections: Connections, peers: Peers, short_dir: Path
) -> None:
    push = connections.open("PUSH", bind=any_endpoint(transport, short_dir), hwm=1)
    full_link(push, peers)
    stuff(push)
    before = time.monotonic()
    reasons = close(push, SHORT)

    assert SHORT <= time.monotonic() - before < 10 * SHORT
    assert reasons
    assert reasons[0].startswith("a peer had not taken ")
    assert reasons[0].endswith(" bytes when linger ended")


def test_messages_parked_for_a_peer_that_never_came_are_said(connections: Connections) -> None:
    push = connections.open("PUSH", connect=f"tcp://127.0.0.1:{free_port()}")
    push.send_batch([[b"x"]])

    assert close(push, SHORT)[0] == "no peer when linger ended"


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_peer_that_comes_within_linger_is_served(
    transport: Transport, connections: Connections, peers: Peers, short_dir: Path
) -> None:
    address = known_endpoint(transport, short_dir)
    push = connections.open("PUSH", connect=address)
    push.send_batch([[b"late"]])
    pull = peers.socket(zmq.PULL, bind=address)

    assert close(push, 10.0) == []
    assert pull.recv() == b"late"


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_peer_that_leaves_with_data_outstanding_is_said(
    transport: Transport, connections: Connections, peers: Peers, short_dir: Path
) -> None:
    push = connections.open("PUSH", bind=any_endpoint(transport, short_dir), hwm=5)
    pull = full_link(push, peers)
    stuff(push)
    pull.close(linger=0)
    (address,) = push.endpoints

    assert f"{address} went away with data outstanding" in close(push, 5.0)


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_peer_that_took_all_and_left_is_no_loss(
    transport: Transport, connections: Connections, peers: Peers, short_dir: Path
) -> None:
    push = connections.open("PUSH", bind=any_endpoint(transport, short_dir))
    pull = peers.socket(zmq.PULL, connect=push.endpoints[0])
    until(push, lambda: push.peers.count)
    push.send_batch([[b"x"]])
    assert pull.recv() == b"x"
    while push.peers.ledger.queued():
        handle_events(push, 0.001)
    pull.close(linger=0)
    until(push, lambda: not push.peers.count)

    assert close(push, 5.0) == []


def test_nothing_sent_and_no_linger_closes_at_once(connections: Connections) -> None:
    push = connections.open("PUSH", bind="tcp://127.0.0.1:0")
    before = time.monotonic()

    assert close(push, 0.0) == []
    assert time.monotonic() - before < 1


def test_an_xsub_does_not_wait_for_its_own_subscriptions_to_go_to_who_left(
    connections: Connections, peers: Peers
) -> None:
    publisher = peers.socket(zmq.XPUB, bind="tcp://127.0.0.1:0")
    address = publisher.getsockopt_string(zmq.LAST_ENDPOINT)
    xsub = connections.open("XSUB", connect=address, subscriptions=[b"weather"])
    assert publisher.recv() == b"\x01weather"
    publisher.close(linger=0)
    until(xsub, lambda: xsub.peers.handshakes and not xsub.peers.count)
    before = time.monotonic()

    assert close(xsub, 5.0) == []
    assert time.monotonic() - before < 2
