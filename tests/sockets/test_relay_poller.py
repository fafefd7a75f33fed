"""One sleep over two connections."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.support.connections import handle_events, until
from zmqcli.sockets.poller import Wake
from zmqcli.sockets.relay_poller import RelayPoller, can_receive, can_send, unread_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.connections import Connections
    from tests.support.outside import Outside
    from zmqcli.message import Batch
    from zmqcli.sockets.connection import Connection

PATIENCE_MS = 5000


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


def test_each_side_by_itself(outside: Outside, pair: tuple[Connection, Connection], pipe: tuple[int, int]) -> None:
    pull, push = pair
    poller = RelayPoller([pull, push], outside.environment, watch_output=True, descriptor=pipe[0])
    until(pull, lambda: pull.peers.count)
    handle_events(push)
    assert poller.wait([Wake.RECEIVE, 0, 0], 0) == ([0, 0], 0)
    assert poller.wait([0, Wake.SEND, 0], PATIENCE_MS).connections == [0, Wake.SEND]
    assert can_send(push)
    assert not can_receive(pull)
    push.send_batch([[b"hello"]])
    assert poller.wait([Wake.RECEIVE, 0, 0], PATIENCE_MS).connections == [Wake.RECEIVE, 0]
    assert can_receive(pull)
    assert poller.wait([0, 0, Wake.OUTPUT], PATIENCE_MS).rest == Wake.OUTPUT
    os.write(pipe[1], b"x")
    assert poller.wait([0, 0, 0], PATIENCE_MS).rest == Wake.INPUT


def test_the_monitor_the_signals_and_a_closed_stdout_always_wake(
    outside: Outside, pair: tuple[Connection, Connection]
) -> None:
    pull, push = pair
    poller = RelayPoller([pull, push], outside.environment, watch_output=True)
    assert poller.wait([0, 0, 0], PATIENCE_MS).connections[0] == Wake.MONITOR
    until(pull, lambda: pull.peers.count)
    handle_events(push)
    os.write(outside.environment.signals._wake, b"\2")
    assert poller.wait([0, 0, 0], None).rest == Wake.SIGNAL
    outside.environment.signals.clear()
    outside.close_output()
    assert poller.wait([0, 0, 0], None).rest == Wake.OUTPUT_CLOSED


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
