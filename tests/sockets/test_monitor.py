"""libzmq's events, from real sockets."""

from __future__ import annotations

import contextlib
import os
import socket
from typing import TYPE_CHECKING

import pytest
import zmq

from tests.support.peers import endpoint_of, free_port
from zmqcli.sockets.monitor import DRAINED, Monitor
from zmqcli.sockets.protection.connection_limit import Room

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.peers import Peers
    from zmqcli.diagnosis.events import Event


@pytest.fixture
def bound(peers: Peers) -> Iterator[tuple[zmq.Socket[bytes], Monitor]]:
    """Return a bound PULL with its monitor."""
    sock = peers.socket(zmq.PULL)
    monitor = Monitor(sock)
    sock.bind("tcp://127.0.0.1:0")
    yield sock, monitor
    sock.close(linger=0)
    monitor.finish(5)


def take(monitor: Monitor, last: int) -> list[Event]:
    """Return the events up to the first one of kind `last`."""
    events: list[Event] = []
    while not any(event.kind == last for event in events):
        assert monitor.socket.poll(10_000), f"no event {last} after {events}"
        events += monitor.drain()
    return events


def test_events_come_in_order_and_name_their_endpoint(bound: tuple[zmq.Socket[bytes], Monitor], peers: Peers) -> None:
    sock, monitor = bound
    client = peers.socket(zmq.PUSH, connect=endpoint_of(sock))
    events = take(monitor, zmq.EVENT_HANDSHAKE_SUCCEEDED)

    assert [event.kind for event in events] == [
        zmq.EVENT_LISTENING,
        zmq.EVENT_ACCEPTED,
        zmq.EVENT_HANDSHAKE_SUCCEEDED,
    ]
    assert {event.endpoint for event in events} == {endpoint_of(sock)}
    os.fstat(events[1].value)  # an open descriptor
    client.close(linger=0)
    assert take(monitor, zmq.EVENT_DISCONNECTED)[-1].value == events[1].value


def test_draining_does_not_wait(bound: tuple[zmq.Socket[bytes], Monitor]) -> None:
    _, monitor = bound
    take(monitor, zmq.EVENT_LISTENING)

    assert not list(monitor.drain())


def test_a_connection_that_is_refused_is_retried(peers: Peers) -> None:
    sock = peers.socket(zmq.PUSH)
    monitor = Monitor(sock)
    address = f"tcp://127.0.0.1:{free_port()}"
    sock.connect(address)
    events = take(monitor, zmq.EVENT_CONNECT_RETRIED)
    sock.close(linger=0)
    monitor.finish(5)

    assert [event.kind for event in events][:3] == [
        zmq.EVENT_CONNECT_DELAYED,
        zmq.EVENT_CLOSED,
        zmq.EVENT_CONNECT_RETRIED,
    ]
    assert {event.endpoint for event in events} == {address}


def test_a_finished_monitor_lets_its_context_end(peers: Peers) -> None:
    with zmq.Context[zmq.Socket[bytes]]() as context:
        sock = context.socket(zmq.PUSH)
        monitor = Monitor(sock)
        sock.close()
        assert monitor.finish(5)
    assert context.closed
    assert peers.context is not context


def test_a_watched_socket_that_stays_open_is_not_waited_for_longer_than_asked(
    bound: tuple[zmq.Socket[bytes], Monitor],
) -> None:
    _, monitor = bound

    assert not monitor.finish(0.05)


def test_a_full_queue_of_events_does_not_hold_up_the_end(peers: Peers, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody reads until libzmq's I/O thread sleeps over its next event, with the mutex that detaching would need."""
    monkeypatch.setattr("zmqcli.sockets.monitor.QUEUED", 1001)
    sock = peers.socket(zmq.PULL, options={zmq.BACKLOG: 1})
    monitor = Monitor(sock)
    sock.bind("tcp://127.0.0.1:0")
    host, port = endpoint_of(sock).removeprefix("tcp://").split(":")
    with contextlib.suppress(TimeoutError):  # nobody accepts any more
        while True:
            socket.create_connection((host, int(port)), timeout=0.5).close()
    sock.close(linger=0)

    assert monitor.finish(10)


def test_events_are_read_in_lots(peers: Peers) -> None:
    sock = peers.socket(zmq.PUSH)
    monitor = Monitor(sock)
    name = "ipc:///nowhere/at/all"
    for _ in range(DRAINED):
        with pytest.raises(zmq.ZMQError):
            sock.bind(name)
    first = list(monitor.drain())
    rest = list(monitor.drain())
    sock.close(linger=0)
    monitor.finish(5)

    assert len(first) == DRAINED
    assert rest


def test_events_read_ahead_come_first(bound: tuple[zmq.Socket[bytes], Monitor], peers: Peers) -> None:
    sock, monitor = bound
    monitor.guard(Room())
    peers.socket(zmq.PUSH, connect=endpoint_of(sock))

    assert [event.kind for event in monitor.ahead] == [zmq.EVENT_LISTENING]
    assert [event.kind for event in take(monitor, zmq.EVENT_HANDSHAKE_SUCCEEDED)] == [
        zmq.EVENT_LISTENING,
        zmq.EVENT_ACCEPTED,
        zmq.EVENT_HANDSHAKE_SUCCEEDED,
    ]


def test_of_a_connection_without_room_only_the_refusal_is_told(bound: tuple[zmq.Socket[bytes], Monitor]) -> None:
    sock, monitor = bound
    room = Room()
    room._kept = room.limit
    monitor.guard(room)
    host, port = endpoint_of(sock).removeprefix("tcp://").split(":")
    with socket.create_connection((host, int(port))) as refused:
        events = take(monitor, zmq.EVENT_ACCEPT_FAILED)
        while monitor.socket.poll(300):
            events += monitor.drain()

        assert refused.recv(64)[:1] in {b"", b"\xff"}  # libzmq may have begun its greeting
    assert [event.kind for event in events] == [zmq.EVENT_LISTENING, zmq.EVENT_ACCEPT_FAILED]
    assert not room.refuses


def test_the_failure_of_another_handshake_is_told(bound: tuple[zmq.Socket[bytes], Monitor]) -> None:
    sock, monitor = bound
    room = Room()
    monitor.guard(room)
    room._refused.add(-1)  # one whose end has not been told of yet
    host, port = endpoint_of(sock).removeprefix("tcp://").split(":")
    socket.create_connection((host, int(port))).close()

    kinds = [event.kind for event in take(monitor, zmq.EVENT_DISCONNECTED)]
    assert kinds[-2:] == [zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL, zmq.EVENT_DISCONNECTED]


def test_a_refused_connection_that_was_faster_is_told_of(
    bound: tuple[zmq.Socket[bytes], Monitor], peers: Peers
) -> None:
    sock, monitor = bound
    client = peers.socket(zmq.PUSH, connect=endpoint_of(sock))
    assert client.poll(5000, zmq.POLLOUT)
    while monitor.socket.poll(200):  # until its handshake is told of
        monitor.ahead += monitor._read()
    events, monitor.ahead = monitor.ahead, []
    room = Room()
    room._kept = room.limit
    monitor._room = room
    (accepted,) = [event for event in events if event.kind == zmq.EVENT_ACCEPTED]
    assert not room.admit(accepted.value)

    assert take(monitor, zmq.EVENT_DISCONNECTED)[0].value == accepted.value
    assert not room.refuses
    client.close(linger=0)
