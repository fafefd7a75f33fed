"""A closer look: at names, paths and peers; what it leaves behind at a peer is nothing."""

from __future__ import annotations

import os
import resource
import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
import zmq

from tests.sockets.support import connected
from tests.support.peers import endpoint_of, free_port
from zmqcli.sockets.config import SocketConfig
from zmqcli.sockets.facts import Evidence
from zmqcli.sockets.look import (
    find_listener,
    look_at_name,
    look_at_path,
    look_at_peer,
    out_of_descriptors,
    tap,
    uses_ipv6,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.support.peers import Peers

TCP = "tcp://127.0.0.1:0"


@contextmanager
def server(serve: Callable[[socket.socket], object]) -> Iterator[str]:
    """Give the endpoint of a plain server that serves one connection."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def run() -> None:
            connection, _ = listener.accept()
            with connection:
                serve(connection)

        thread = threading.Thread(target=run)
        thread.start()
        yield f"tcp://127.0.0.1:{listener.getsockname()[1]}"
        thread.join(10)


def await_end(connection: socket.socket) -> None:
    """Read until the other end has closed, with data unread or not."""
    try:
        while connection.recv(1000):
            pass
    except ConnectionResetError:
        pass


# Names and paths


def addresses(*families: int) -> Callable[..., list[Any]]:
    return lambda *_, **__: [(family,) for family in families]


def test_a_name_and_its_families() -> None:
    def unknown(*_: object, **__: object) -> list[Any]:
        raise socket.gaierror

    endpoint = "tcp://host:5555"
    assert look_at_name(endpoint, ipv6=False, resolve=unknown) == Evidence(resolves=False)
    for families, ipv6, fits in [
        ([socket.AF_INET6], False, False),
        ([socket.AF_INET6], True, True),
        ([socket.AF_INET, socket.AF_INET6], False, True),
    ]:
        found = look_at_name(endpoint, ipv6=ipv6, resolve=addresses(*families))
        assert found == Evidence(resolves=True, fits_family=fits)
    assert look_at_name("tcp://nobody.invalid:1", ipv6=False).resolves is False
    assert look_at_name("tcp://127.0.0.1:0;127.0.0.1:1", ipv6=False).resolves


def test_the_option_ipv6(peers: Peers) -> None:
    assert not uses_ipv6(peers.socket(zmq.PULL))
    assert uses_ipv6(peers.socket(zmq.PULL, options={zmq.IPV6: 1}))


def test_paths(short_dir: Path) -> None:
    path = short_dir / "x"
    assert look_at_path(f"ipc://{path}") == "missing"
    path.touch()
    assert look_at_path(f"ipc://{path}") == "not a socket"
    path.unlink()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
    assert look_at_path(f"ipc://{path}") == "stale"
    assert look_at_path(f"ipc://{path}/below") == "missing"
    assert not look_at_path("ipc://@name")


@pytest.mark.skipif(os.getuid() == 0, reason="to root nothing is forbidden")
def test_forbidden_paths(short_dir: Path) -> None:
    path = short_dir / "x"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
    path.chmod(0)
    assert look_at_path(f"ipc://{path}") == "forbidden"
    short_dir.chmod(0)
    assert look_at_path(f"ipc://{path}") == "forbidden"
    short_dir.chmod(0o700)


def test_what_listens_in_the_other_family() -> None:
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as listener:
        port = listener.getsockname()[1]
        assert find_listener(f"tcp://127.0.0.1:{port}") == Evidence(elsewhere=f"tcp://[::1]:{port}")
        assert find_listener(f"tcp://localhost:{port}") == Evidence(elsewhere=f"tcp://[::1]:{port}")
        assert find_listener(f"tcp://192.0.2.1:{port}") == Evidence()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        assert find_listener(f"tcp://[::1]:{port}") == Evidence(elsewhere=f"tcp://127.0.0.1:{port}")
    assert find_listener(f"tcp://127.0.0.1:{free_port()}") == Evidence()


def test_no_descriptor_is_left() -> None:
    assert not out_of_descriptors()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, hard))
    try:
        assert out_of_descriptors()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


# Peers


@pytest.mark.parametrize(
    "kind", ["PUB", "XPUB", "SUB", "XSUB", "PUSH", "PULL", "REQ", "REP", "DEALER", "ROUTER", "PAIR"]
)
def test_the_type_of_a_peer(kind: str, peers: Peers) -> None:
    peer = peers.socket(getattr(zmq, kind), bind=TCP)

    assert look_at_peer(endpoint_of(peer)) == Evidence(speaks="ZMTP", mechanism="NULL", socket_type=kind)


def test_the_mechanism_of_a_peer(peers: Peers) -> None:
    _, secret = zmq.curve_keypair()
    curve = peers.socket(zmq.PULL, options={zmq.CURVE_SERVER: 1, zmq.CURVE_SECRETKEY: secret}, bind=TCP)
    plain = peers.socket(zmq.PULL, options={zmq.PLAIN_SERVER: 1}, bind=TCP)

    assert look_at_peer(endpoint_of(curve)) == Evidence(speaks="ZMTP", mechanism="CURVE")
    assert look_at_peer(endpoint_of(plain)) == Evidence(speaks="ZMTP", mechanism="PLAIN")


def test_no_message_goes_to_who_only_looks(peers: Peers) -> None:
    """A PUSH sends in turn: were the looker one of its peers, every second message would be gone."""
    push = peers.socket(zmq.PUSH, bind=TCP)
    pull = peers.socket(zmq.PULL, connect=endpoint_of(push))
    push.send(b"first")
    assert pull.recv() == b"first"
    for number in range(10):
        assert look_at_peer(endpoint_of(push)).socket_type == "PUSH"
        push.send(b"%d" % number)

    assert [pull.recv() for _ in range(10)] == [b"%d" % number for number in range(10)]


@pytest.mark.parametrize(
    ("first", "answer", "expected"),
    [
        (b"SSH-2.0-OpenSSH_9.9\r\n", b"", Evidence(speaks="an SSH server")),
        (b"", b"HTTP/1.0 404 Not Found\r\n\r\n", Evidence(speaks="an HTTP server")),
        (b"", b"\x15\x03\x01\x00\x02\x02\x46", Evidence(speaks="a TLS server")),
        (b"hello\n", b"", Evidence(speaks="")),
        (b"\xff\0\0\0\0\0\0\0\x01\x7f\x03", b"", Evidence(speaks="ZMTP")),
        (b"\xff\0\0\0\0\0\0\0\x01\x7f\x03" + bytes(600), b"", Evidence(speaks="ZMTP")),
        (b"\xff" * 1000, b"", Evidence(speaks="ZMTP")),
    ],
)
def test_what_a_port_begins_with(first: bytes, answer: bytes, expected: Evidence) -> None:
    def serve(connection: socket.socket) -> None:
        connection.sendall(first)
        if answer:
            connection.recv(100)
            connection.sendall(answer)
        await_end(connection)

    with server(serve) as endpoint:
        assert look_at_peer(endpoint) == expected


def test_a_silent_port_and_one_that_hangs_up() -> None:
    with server(await_end) as endpoint:
        assert look_at_peer(endpoint) == Evidence(silent=True)
    with server(lambda _: None) as endpoint:
        assert look_at_peer(endpoint) == Evidence(closes=True)
    assert look_at_peer(f"tcp://127.0.0.1:{free_port()}") == Evidence()


# The tap


def test_a_tap_hears_what_the_subscription_does_not(peers: Peers) -> None:
    publisher = peers.socket(zmq.XPUB, bind=TCP)
    config = SocketConfig("SUB", connects=[connected(endpoint_of(publisher))], subscriptions=[b"wether"])
    heard: list[list[bytes]] = []
    thread = threading.Thread(target=lambda: heard.append(tap(config, 5.0, lambda frame: frame.startswith(b"wether"))))
    thread.start()
    assert publisher.recv() == b"\x01"
    publisher.send_multipart([b"wether.report", b"x"])
    publisher.send_multipart([b"weather" * 100, b"x"])
    thread.join(10)

    assert heard[0][-1] == (b"weather" * 100)[:64]
    assert publisher.recv() == b"\x00"  # it is gone


def test_a_tap_that_hears_nothing_ends(peers: Peers) -> None:
    publisher = peers.socket(zmq.PUB, bind=TCP)
    config = SocketConfig("SUB", connects=[connected(endpoint_of(publisher))], subscriptions=[b"wether"])

    assert tap(config, 0.1, lambda _: False) == []
