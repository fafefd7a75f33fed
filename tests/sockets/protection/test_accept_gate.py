"""A listening socket of libzmq's, held by its entry in libzmq's epoll."""

from __future__ import annotations

import os
import socket
import sys
from typing import TYPE_CHECKING

import pytest
import zmq

from tests.support.peers import endpoint_of
from zmqcli.delivery.kernel_queue import shut_down
from zmqcli.sockets.monitor import Monitor
from zmqcli.sockets.protection.accept_gate import Leash

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.links import Transport
    from tests.support.peers import Peers
    from zmqcli.diagnosis.events import Event

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="epoll and /proc/self/fdinfo are Linux's")


def accepted(monitor: Monitor, milliseconds: int) -> list[Event]:
    """Return the connections accepted within a while."""
    events: list[Event] = []
    while monitor.socket.poll(milliseconds):
        events += [event for event in monitor.drain() if event.kind == zmq.EVENT_ACCEPTED]
    return events


def connection(endpoint: str) -> socket.socket:
    """Connect, which the kernel does whether libzmq accepts or not."""
    if endpoint.startswith("ipc://"):
        made = socket.socket(socket.AF_UNIX)
        made.connect(endpoint.removeprefix("ipc://"))
        return made
    host, port = endpoint.removeprefix("tcp://").split(":")
    return socket.create_connection((host, int(port)), timeout=10)


def test_one_connection_at_a_time(peers: Peers, transport: Transport, endpoint: str, short_dir: Path) -> None:
    assert short_dir.exists()
    assert transport in endpoint
    sock = peers.socket(zmq.PULL)
    monitor = Monitor(sock)
    sock.bind(endpoint)
    (listening,) = list(monitor.drain())
    leash = Leash()
    assert leash.put_on(listening.value)
    made = [connection(endpoint_of(sock)) for _ in range(3)]
    counts = [len(accepted(monitor, 200))]
    for _ in range(3):
        leash.next()
        counts.append(len(accepted(monitor, 200)))
    for one in made:
        one.close()
    sock.close(linger=0)

    assert counts == [1, 1, 1, 0]
    assert monitor.finish(5)


def test_what_libzmq_does_not_watch_cannot_be_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zmqcli.sockets.protection.accept_gate._PATIENCE_SECONDS", 0.01)
    reading, writing = os.pipe()
    held = Leash().put_on(reading)
    os.close(reading)
    os.close(writing)

    assert not held


def test_a_connection_is_shut_and_its_descriptor_left() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        shut_down(ours.fileno())

        assert theirs.recv(1) == b""
        os.fstat(ours.fileno())
