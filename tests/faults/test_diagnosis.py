"""A diagnosis changes nothing that another program sees or counts: what the others see while a command is stuck."""

from __future__ import annotations

import signal
import socket
import struct
import sys
from typing import TYPE_CHECKING

import pytest
import zmq

from tests.support.peers import endpoint_of, free_port

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.peers import Peers
    from tests.support.processes import Zmqcli

HINT = "see docs/troubleshooting.md#"
ONE_PEER = [zmq.Event.ACCEPTED, zmq.Event.HANDSHAKE_SUCCEEDED, zmq.Event.DISCONNECTED]


class Watched:
    """A plain socket, and every event of its connections."""

    def __init__(self, peers: Peers, kind: int, endpoint: str, options: dict[int, int]) -> None:
        self.socket = peers.socket(kind, options=options)
        self._monitor = peers.socket(zmq.PAIR)
        self.socket.monitor("inproc://events", zmq.EVENT_ALL & ~zmq.EVENT_LISTENING)
        self._monitor.connect("inproc://events")
        self.socket.bind(endpoint)

    def events(self, count: int) -> list[zmq.Event]:
        """Return the first `count` events, and those that are there already beside them."""
        found: list[zmq.Event] = []
        while len(found) < count or self._monitor.poll(0):
            number, _ = struct.unpack("=Hi", self._monitor.recv_multipart()[0])
            found.append(zmq.Event(number))
        return found

    def close(self) -> None:
        """End the events, which would keep the context from ending."""
        self.socket.disable_monitor()


def test_a_message_that_nobody_wants_is_not_published(zmqcli: Zmqcli, late_endpoint: str) -> None:
    sub = zmqcli.start("sub", "-c", late_endpoint, "-s", "Weather")
    pub = zmqcli.start("pub", "-b", late_endpoint, "-t", "3", "weather", "72F")
    sub.wait_stderr(f"{HINT}prefix-matches-nothing")
    pub.wait_stderr(f"{HINT}no-matching-subscriber")

    said = pub.finish().ended(124).stderr.splitlines()[-1]
    assert said.startswith("zmqcli: undelivered: nothing happened for 3s")
    assert said.endswith("1 record not sent (0 records had been accepted)")
    assert sub.stop().stdout == b""


def test_a_signal_publishes_nothing_that_nobody_wants(zmqcli: Zmqcli, late_endpoint: str) -> None:
    zmqcli.start("sub", "-c", late_endpoint, "-s", "Weather")
    pub = zmqcli.start("pub", "-b", late_endpoint, "weather", "72F")
    pub.wait_stderr(f"{HINT}no-matching-subscriber")

    said = pub.stop(signal.SIGTERM).ended(143).stderr.splitlines()[-1]
    assert said == "zmqcli: undelivered: 1 record not sent (0 records had been accepted)"


def test_a_publisher_sees_the_subscription_that_was_asked_for(zmqcli: Zmqcli, peers: Peers, endpoint: str) -> None:
    publisher = Watched(peers, zmq.XPUB, endpoint, {zmq.XPUB_VERBOSER: 1})
    sub = zmqcli.start("sub", "-c", endpoint_of(publisher.socket), "-s", "Weather")
    sub.wait_stderr(f"{HINT}prefix-matches-nothing")
    sub.stop()

    assert publisher.events(len(ONE_PEER)) == ONE_PEER
    assert [publisher.socket.recv() for _ in range(2)] == [b"\x01Weather", b"\x00Weather"]
    assert not publisher.socket.poll(0)
    publisher.close()


@pytest.mark.parametrize(
    ("kind", "command", "code"),
    [
        (zmq.REP, ["req", "-t", "3"], "router-does-not-answer"),
        (zmq.ROUTER, ["req", "-t", "3"], "router-does-not-answer"),
        (zmq.REP, ["dealer", "-t", "3"], "missing-delimiter"),
        (zmq.REP, ["dealer"], "missing-delimiter"),  # ends after a second, and says it then
    ],
)
def test_a_peer_sees_one_connection(
    kind: int, command: list[str], code: str, zmqcli: Zmqcli, peers: Peers, endpoint: str
) -> None:
    peer = Watched(peers, kind, endpoint, {})
    result = zmqcli(*command, "-c", endpoint_of(peer.socket), "x")

    assert f"{HINT}{code}" in result.stderr
    assert peer.events(len(ONE_PEER)) == ONE_PEER
    peer.close()


def test_a_port_of_the_other_family_is_not_connected_to(zmqcli: Zmqcli) -> None:
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as listener:
        listener.setblocking(False)
        pull = zmqcli.start("pull", "-c", str(listener.getsockname()[1]))
        pull.wait_stderr(HINT)

        with pytest.raises(BlockingIOError):
            listener.accept()


def test_something_silent_is_not_asked(zmqcli: Zmqcli) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        pull = zmqcli.start("pull", "-c", str(listener.getsockname()[1]))
        with listener.accept()[0]:
            pull.wait_stderr(f"{HINT}silent-port")
            listener.setblocking(False)
            with pytest.raises(BlockingIOError):
                listener.accept()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a connection is tried")
def test_a_live_socket_file_is_not_connected_to(zmqcli: Zmqcli, peers: Peers, short_dir: Path) -> None:
    path = short_dir / "in"
    peer = Watched(peers, zmq.PULL, f"ipc://{path}", {})
    zmqcli("push", "-b", str(path), "x").error(1, "address in use")
    push = peers.socket(zmq.PUSH, connect=f"ipc://{path}")
    push.send(b"a connection that is one")

    assert peer.socket.recv() == b"a connection that is one"
    assert peer.events(2) == [zmq.Event.ACCEPTED, zmq.Event.HANDSHAKE_SUCCEEDED]
    peer.close()


def test_a_probe_is_no_peer(zmqcli: Zmqcli, late_endpoint: str, short_dir: Path) -> None:
    ready = short_dir / "ready"
    push = zmqcli.start("push", "-b", late_endpoint, "--ready-file", str(ready), "--ready-when", "peer", "job")
    pub_endpoint = f"tcp://127.0.0.1:{free_port()}"
    pub = zmqcli.start("pub", "-b", pub_endpoint, "weather")
    push.wait_stderr("waiting for a peer")
    pub.wait_stderr("waiting for a subscriber")
    assert b"PUSH" in zmqcli("probe", late_endpoint).ok().stdout
    assert b"PUB" in zmqcli("probe", pub_endpoint).ok().stdout

    assert not ready.exists()
    assert zmqcli("pull", "-c", late_endpoint, "-n", "1").ok().stdout == b"job\n"
    assert zmqcli("sub", "-c", pub_endpoint, "-n", "1").ok().stdout == b"weather\n"
    push.finish().ok()
    pub.finish().ok()
