"""One sleep over real sockets, their monitors, pipes and signals."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING

import pytest
import zmq

from tests.support.connections import handle_events, until
from zmqcli.sockets.poller import Poller, Wake, can_receive, can_send, unread_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.connections import Connections
    from tests.support.outside import Outside
    from tests.support.peers import Peers
    from zmqcli.message import Batch
    from zmqcli.sockets.connection import Connection

LONG_MS = 10_000
PATIENCE_MS = 5000


@pytest.fixture
def connection(connections: Connections) -> Connection:
    """Return a bound PAIR whose own events have been taken."""
    made = connections.open("PAIR", bind="tcp://127.0.0.1:0")
    assert list(made.monitor.drain())
    return made


@pytest.fixture
def poller(connection: Connection, outside: Outside) -> Poller:
    return Poller([connection], outside.environment, watch_output=False)


def meet(connection: Connection, peers: Peers) -> zmq.Socket[bytes]:
    peer = peers.socket(zmq.PAIR, connect=connection.endpoints[0])
    until(connection, lambda: connection.peers.count)
    return peer


def test_nothing_happens_until_the_time_is_over(poller: Poller) -> None:
    before = time.monotonic()

    assert poller.wait(Wake.RECEIVE | Wake.SEND | Wake.INPUT, 20.5) == 0
    assert time.monotonic() - before >= 0.0205


def test_a_time_that_no_int_holds_is_no_error(poller: Poller, outside: Outside) -> None:
    outside.type(b"x")

    assert poller.wait(Wake.INPUT, 1e18) == Wake.INPUT


def test_an_event_of_the_monitor_always_wakes(poller: Poller, connection: Connection, peers: Peers) -> None:
    peers.socket(zmq.PAIR, connect=connection.endpoints[0])

    assert poller.wait(0, None) == Wake.MONITOR


def test_a_signal_always_wakes_and_is_cleared_by_its_reader(poller: Poller, outside: Outside) -> None:
    signal.raise_signal(signal.SIGTERM)

    assert poller.wait(0, None) == Wake.SIGNAL
    assert outside.environment.signals.received
    outside.environment.signals.clear()
    assert poller.wait(0, 0) == 0


def test_a_message_wakes_who_asked_for_one(poller: Poller, connection: Connection, peers: Peers) -> None:
    meet(connection, peers).send(b"x")

    assert poller.wait(Wake.RECEIVE, LONG_MS) == Wake.RECEIVE
    assert poller.wait(0, 0) == 0


def test_room_wakes_who_has_something_to_send(poller: Poller, connection: Connection, peers: Peers) -> None:
    assert poller.wait(Wake.SEND, 0) == 0
    meet(connection, peers)

    assert poller.wait(Wake.SEND, LONG_MS) == Wake.SEND


def test_both_at_once_are_both_told(poller: Poller, connection: Connection, peers: Peers, outside: Outside) -> None:
    meet(connection, peers).send(b"x")
    outside.type(b"x")
    everything = Wake.RECEIVE | Wake.SEND | Wake.INPUT | Wake.OUTPUT
    assert poller.wait(Wake.RECEIVE, LONG_MS)

    assert poller.wait(everything, LONG_MS) == everything


def test_stdin_wakes_who_asked_for_it(poller: Poller, outside: Outside) -> None:
    outside.type(b"x")

    assert poller.wait(0, 0) == 0
    assert poller.wait(Wake.INPUT, LONG_MS) == Wake.INPUT


def test_the_end_of_stdin_wakes_too(poller: Poller, outside: Outside) -> None:
    outside.end_input()

    assert poller.wait(Wake.INPUT, LONG_MS) == Wake.INPUT


def test_a_full_stdout_wakes_when_there_is_room(poller: Poller, outside: Outside) -> None:
    output = outside.environment.output
    output.write([bytes(1 << 20)])
    assert output.blocked
    assert poller.wait(Wake.OUTPUT, 0) == 0

    assert outside.shown
    assert poller.wait(Wake.OUTPUT, LONG_MS) == Wake.OUTPUT


def test_the_closing_of_stdout_wakes_who_shows_something(connection: Connection, outside: Outside) -> None:
    shows = Poller([connection], outside.environment, watch_output=True)
    silent = Poller([connection], outside.environment, watch_output=False)
    assert shows.wait(0, 0) == 0
    outside.close_output()

    assert shows.wait(0, LONG_MS) == Wake.OUTPUT_CLOSED
    assert silent.wait(0, 0) == 0
    assert silent.wait(Wake.OUTPUT, LONG_MS) & Wake.OUTPUT_CLOSED


def test_a_file_as_stdin_is_always_readable(connection: Connection, outside: Outside) -> None:
    outside.environment.input.descriptor = os.open(__file__, os.O_RDONLY)
    try:
        poller = Poller([connection], outside.environment, watch_output=True)
        assert poller.wait(Wake.INPUT, LONG_MS) == Wake.INPUT
    finally:
        os.close(outside.environment.input.descriptor)


@pytest.fixture
def pair(connections: Connections) -> tuple[Connection, Connection]:
    """Return a PULL and the PUSH that has connected to it."""
    pull = connections.open("PULL", bind="tcp://127.0.0.1:0")
    push = connections.open("PUSH", connect=pull.endpoints[0])
    until(push, lambda: push.peers.count)
    return pull, push


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    """Return the two ends of a pipe."""
    ends = os.pipe()
    yield ends
    for end in ends:
        os.close(end)


def test_each_socket_by_itself(outside: Outside, pair: tuple[Connection, Connection], pipe: tuple[int, int]) -> None:
    pull, push = pair
    poller = Poller([pull, push], outside.environment, watch_output=True)
    poller.watch(pipe[0])
    until(pull, lambda: pull.peers.count)
    handle_events(push)
    assert poller.wait(Wake.RECEIVE | Wake.CHILD, 0) == 0
    assert poller.wait(Wake.on(1, Wake.SEND), PATIENCE_MS) == Wake.on(1, Wake.SEND)
    assert can_send(push)
    assert not can_receive(pull)
    push.send_batch([[b"hello"]])
    assert poller.wait(Wake.RECEIVE, PATIENCE_MS) == Wake.RECEIVE
    assert can_receive(pull)
    assert poller.wait(Wake.OUTPUT, PATIENCE_MS) == Wake.OUTPUT
    os.write(pipe[1], b"x")
    assert poller.wait(Wake.CHILD, PATIENCE_MS) == Wake.CHILD


def test_the_monitor_the_signals_and_a_closed_stdout_always_wake(
    outside: Outside, pair: tuple[Connection, Connection]
) -> None:
    pull, push = pair
    poller = Poller([pull, push], outside.environment, watch_output=True)
    assert Wake.of(0, poller.wait(0, PATIENCE_MS)) == Wake.MONITOR
    until(pull, lambda: pull.peers.count)
    handle_events(push)
    os.write(outside.environment.signals._wake, b"\2")
    assert poller.wait(0, None) == Wake.SIGNAL
    outside.environment.signals.clear()
    outside.close_output()
    assert poller.wait(0, None) == Wake.OUTPUT_CLOSED


def test_what_the_kernel_holds(connections: Connections) -> None:
    pull = connections.open("PULL", bind="tcp://127.0.0.1:0", hwm=1)
    push = connections.open("PUSH", connect=pull.endpoints[0])
    until(push, lambda: push.peers.count)
    until(pull, lambda: pull.peers.count)
    assert unread_bytes(pull) == 0
    batch: Batch = [[bytes(10_000)]] * 100
    sent = 0

    def stuffed() -> bool:
        nonlocal sent
        sent = push.send_batch(batch, sent)
        return unread_bytes(pull) > 0

    until(pull, stuffed)
