"""Raw peers against a real libzmq: they join, and count what it sends."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import zmq

from tests.support.raw_peer import Listener, PeerTimeout, RawPeer, bridge, dial
from tests.support.wire import wire_size

if TYPE_CHECKING:
    from collections.abc import Iterator

COUNT = 100


class Sockets:
    """Real sockets, and where they are bound."""

    def __init__(self) -> None:
        self._context = zmq.Context[zmq.Socket[bytes]]()
        self._made: list[zmq.Socket[bytes]] = []

    def make(self, kind: int) -> zmq.Socket[bytes]:
        self._made.append(self._context.socket(kind))
        return self._made[-1]

    def bound(self, kind: int, endpoint: str) -> tuple[zmq.Socket[bytes], str]:
        sock = self.make(kind)
        sock.bind(endpoint)
        return sock, sock.getsockopt_string(zmq.LAST_ENDPOINT)

    def close(self) -> None:
        for sock in self._made:
            sock.close(linger=0)
        self._context.term()


@pytest.fixture
def sockets() -> Iterator[Sockets]:
    """Return a maker of real sockets, which are closed at the end with what they have not sent."""
    made = Sockets()
    yield made
    made.close()


def send_all(sock: zmq.Socket[bytes]) -> None:
    for number in range(COUNT):
        sock.send(b"%09d" % number)


def test_a_puller_counts_what_a_pusher_sends(sockets: Sockets, endpoint: str) -> None:
    sock, at = sockets.bound(zmq.PUSH, endpoint)
    peer = RawPeer(dial(at)).join("PULL")
    send_all(sock)

    assert peer.read(COUNT * wire_size(9))
    peer.die()
    assert peer.came.numbers() == list(range(COUNT))


def test_it_reads_no_further_than_asked(sockets: Sockets, endpoint: str) -> None:
    sock, at = sockets.bound(zmq.PUSH, endpoint)
    peer = RawPeer(dial(at)).join("PULL")
    send_all(sock)

    assert peer.read(10 * wire_size(9) + 1)
    peer.sock.close()
    assert peer.came.numbers() == list(range(10))


def test_a_subscriber_subscribes(sockets: Sockets, endpoint: str) -> None:
    sock, at = sockets.bound(zmq.XPUB, endpoint)
    peer = RawPeer(dial(at)).join("SUB")
    assert sock.recv() == b"\x01"
    send_all(sock)

    assert peer.read(COUNT * wire_size(9))
    peer.die()
    assert peer.came.numbers() == list(range(COUNT))


def test_a_pusher_is_read(sockets: Sockets, endpoint: str) -> None:
    sock, at = sockets.bound(zmq.PULL, endpoint)
    peer = RawPeer(dial(at)).join("PUSH")
    assert peer.post(b"a", b"", b"b" * 300)

    assert sock.recv_multipart() == [b"a", b"", b"b" * 300]
    peer.die()


def test_messages_over_curve_are_counted(sockets: Sockets) -> None:
    public, secret = zmq.curve_keypair()
    sock = sockets.make(zmq.PUSH)
    sock.curve_publickey, sock.curve_secretkey, sock.curve_server = public, secret, True
    at = f"tcp://127.0.0.1:{sock.bind_to_random_port('tcp://127.0.0.1')}"
    real = sockets.make(zmq.PULL)
    real.curve_publickey, real.curve_secretkey = zmq.curve_keypair()
    real.curve_serverkey = public
    listener = Listener("tcp://127.0.0.1:0")
    real.connect(listener.endpoint)
    near = RawPeer(dial(at))
    with listener.accept() as connection:
        bridge(near, connection, lambda: real.poll(0))
        send_all(sock)

        assert near.read(COUNT * wire_size(9, curve=True))
        assert near.came.secured
        assert near.came.count() == COUNT
    near.die()
    listener.close()


def test_who_says_nothing_is_not_waited_for_for_ever(endpoint: str) -> None:
    with pytest.raises(PeerTimeout):
        dial(endpoint.replace(":0", ":1"), patience=0.05)
    with pytest.raises(PeerTimeout):
        dial(endpoint.replace(":0", ":1"), lives=lambda: False)
