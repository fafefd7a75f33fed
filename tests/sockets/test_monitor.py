"""libzmq's events, from real sockets."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
import zmq

from tests.support.peers import endpoint_of, free_port
from zmqcli.sockets.monitor import Event, Monitor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.peers import Peers


@pytest.fixture
def bound(peers: Peers) -> Iterator[tuple[zmq.Socket[bytes], Monitor]]:
    """Return a bound PULL with its monitor."""
    sock = peers.socket(zmq.PULL)
    monitor = Monitor(sock)
    sock.bind("tcp://127.0.0.1:0")
    yield sock, monitor
    monitor.close()


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
    monitor.close()

    assert [event.kind for event in events][:3] == [
        zmq.EVENT_CONNECT_DELAYED,
        zmq.EVENT_CLOSED,
        zmq.EVENT_CONNECT_RETRIED,
    ]
    assert str(events[2]) == f"retrying {address} in {events[2].value} ms"


def test_a_closed_monitor_lets_its_context_end(peers: Peers) -> None:
    with zmq.Context[zmq.Socket[bytes]]() as context:
        sock = context.socket(zmq.PUSH)
        monitor = Monitor(sock)
        monitor.close()
        sock.close()
    assert context.closed
    assert peers.context is not context


EVENTS = {
    name: int(value)
    for name, value in vars(zmq).items()
    if name.startswith("EVENT_") and isinstance(value, zmq.Event) and value.bit_count() == 1
}
# Pipe statistics answer a request that nobody here makes; the end of monitoring is known to who ends it.
NOT_WATCHED = {"EVENT_MONITOR_STOPPED", "EVENT_PIPES_STATS"}


@pytest.mark.parametrize("name", sorted(set(EVENTS) - NOT_WATCHED))
def test_every_event_of_libzmq_is_said_in_plain_english(name: str) -> None:
    text = str(Event(EVENTS[name], 0x11000001, "tcp://127.0.0.1:1"))

    assert "tcp://127.0.0.1:1" in text
    assert not text.startswith("event ")
    assert "{" not in text


def test_an_event_of_a_later_libzmq_is_said_by_its_number() -> None:
    assert str(Event(1 << 15, 7, "tcp://x:1")) == "event 32768 with value 7: tcp://x:1"


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        (zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL, 0x11000001, "handshake failed, protocol error 0x11000001: ipc:///x"),
        (zmq.EVENT_HANDSHAKE_FAILED_AUTH, 400, "handshake failed, refused with status 400: ipc:///x"),
        (zmq.EVENT_CONNECTED, 12, "connected to ipc:///x"),
    ],
)
def test_what_an_events_value_means_is_said_and_a_descriptor_is_not(kind: int, value: int, text: str) -> None:
    assert str(Event(int(kind), value, "ipc:///x")) == text
