"""libzmq's own proxy in its thread: it passes messages, stops when told, and says what it has sent."""

from __future__ import annotations

import select
import threading
from typing import TYPE_CHECKING

import zmq

from tests.support.connections import until
from zmqcli.sockets.native_proxy import NativeProxy

if TYPE_CHECKING:
    from tests.support.connections import Connections
    from tests.support.peers import Peers


def ended(proxy: NativeProxy) -> bool:
    return bool(select.select([proxy.descriptor], [], [], 5)[0])


def test_it_passes_messages_until_it_is_told_to_stop(connections: Connections, peers: Peers) -> None:
    frontend = connections.open("PULL", bind="tcp://127.0.0.1:0")
    backend = connections.open("PUSH", bind="tcp://127.0.0.1:0")
    capture = connections.open("PUB", bind="tcp://127.0.0.1:0")
    proxy = NativeProxy(frontend, backend, capture)
    assert proxy.running
    pull = peers.socket(zmq.PULL, connect=backend.endpoints[0])
    push = peers.socket(zmq.PUSH, connect=frontend.endpoints[0])
    push.send_multipart([b"a", b"b"])
    assert pull.recv_multipart() == [b"a", b"b"]
    assert proxy.sent() == (0, 2)
    proxy.stop()
    assert ended(proxy)
    proxy.close()

    assert not proxy.running
    assert proxy.failure == ""
    assert proxy.sent() == (0, 2)
    until(frontend, lambda: frontend.peers.handshakes)  # the sockets are ours again
    push.send(b"later")
    assert frontend.socket.poll(5000)


def test_it_says_why_it_ended_by_itself(connections: Connections) -> None:
    frontend, backend = (connections.open("PAIR", bind="tcp://127.0.0.1:0") for _ in range(2))
    backend.close(0.0)
    proxy = NativeProxy(frontend, backend, None)
    assert ended(proxy)
    proxy.close()

    assert proxy.failure
    assert "proxy" not in {thread.name for thread in threading.enumerate()}
