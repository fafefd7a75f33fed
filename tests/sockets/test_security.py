"""What a socket is set to, as far as libzmq tells; that it works, tests/e2e/test_security.py shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import zmq

from tests.support.connections import bound
from zmqcli.errors import UsageError
from zmqcli.security.allow_list import AllowList
from zmqcli.security.config import SecurityConfig
from zmqcli.sockets.config import SocketConfig
from zmqcli.sockets.security import CURVE_OVERHEAD

if TYPE_CHECKING:
    from tests.support.connections import Connections
    from tests.support.outside import Outside

PUBLIC, SECRET = zmq.curve_keypair()
SERVER_KEY = zmq.curve_keypair()[0]
CURVE_SERVER = SecurityConfig("CURVE", server=True, public_key=PUBLIC, secret_key=SECRET)
CURVE_CLIENT = SecurityConfig("CURVE", server=False, server_key=SERVER_KEY)
PLAIN_SERVER = SecurityConfig("PLAIN", server=True, passwords={b"bob": b"hunter2"})
PLAIN_CLIENT = SecurityConfig("PLAIN", server=False, user=b"bob", password=b"hunter2")
NULL_SERVER = SecurityConfig("NULL", server=True, allow=AllowList({}, []))


@pytest.mark.parametrize(
    ("security", "mechanism", "options"),
    [
        (CURVE_SERVER, zmq.CURVE, {zmq.CURVE_SERVER: 1, zmq.ZAP_DOMAIN: b"zmqcli"}),
        (CURVE_CLIENT, zmq.CURVE, {zmq.CURVE_SERVER: 0, zmq.ZAP_DOMAIN: b""}),
        (PLAIN_SERVER, zmq.PLAIN, {zmq.PLAIN_SERVER: 1, zmq.ZAP_DOMAIN: b"zmqcli"}),
        (PLAIN_CLIENT, zmq.PLAIN, {zmq.PLAIN_SERVER: 0, zmq.PLAIN_USERNAME: b"bob", zmq.ZAP_DOMAIN: b""}),
        (NULL_SERVER, zmq.NULL, {zmq.ZAP_DOMAIN: b"zmqcli"}),
    ],
    ids=["curve-server", "curve-client", "plain-server", "plain-client", "null-server"],
)
def test_a_side_of_a_mechanism(
    connections: Connections, security: SecurityConfig, mechanism: int, options: dict[int, object]
) -> None:
    connection = connections.open("PULL", bind="tcp://127.0.0.1:0", security=security)

    assert connection.socket.mechanism == mechanism
    for option, value in options.items():
        read = connection.socket.getsockopt(option)
        assert (read.rstrip(b"\0") if isinstance(read, bytes) else read) == value
    assert (connection.zap_handler is not None) == security.server


@pytest.mark.parametrize("own", [(b"", b""), (PUBLIC, SECRET)], ids=["ephemeral", "persistent"])
def test_a_client_without_a_certificate_has_a_new_key_each_time(
    connections: Connections, outside: Outside, own: tuple[bytes, bytes]
) -> None:
    server = connections.open("PULL", bind="tcp://127.0.0.1:0", security=CURVE_SERVER)
    client = CURVE_CLIENT._replace(server_key=PUBLIC, public_key=own[0], secret_key=own[1])
    outside.environment.verbose = True
    assert server.zap_handler is not None
    for _ in range(2):
        connections.open("PUSH", connect=server.endpoints[0], security=client)
        assert server.zap_handler.socket.poll(5000)
        server.zap_handler.serve(outside.environment)

    assert len(outside.said) == 2
    assert (outside.said[0] == outside.said[1]) == bool(own[0])


def test_a_limit_of_size_is_one_of_what_the_user_gets(connections: Connections) -> None:
    connection = connections.open("PULL", bind="tcp://127.0.0.1:0", security=CURVE_SERVER, max_size=2000)

    assert connection.socket.maxmsgsize == 2000 + CURVE_OVERHEAD


def test_a_limit_that_keeps_the_handshake_out_is_refused(connections: Connections) -> None:
    with pytest.raises(UsageError, match="--max-size 1023 is too small for CURVE"):
        connections.open("PULL", bind="tcp://127.0.0.1:0", security=CURVE_SERVER, max_size=1023)


def test_the_smallest_limit_lets_the_handshake_in(connections: Connections) -> None:
    server = connections.open("PULL", bind="tcp://127.0.0.1:0", security=CURVE_SERVER, max_size=1024)
    client = connections.open(
        "DEALER",
        connect=server.endpoints[0],
        security=CURVE_CLIENT._replace(server_key=PUBLIC),
        identity=b"x" * 255,
        max_size=1024,
    )
    assert server.zap_handler is not None
    assert server.zap_handler.socket.poll(5000), "the server read the client's INITIATE, its longest command"
    assert client.socket.mechanism == zmq.CURVE


def test_inproc_has_none(connections: Connections) -> None:
    with pytest.raises(UsageError, match="inproc has no security"):
        connections.open("PULL", bind="inproc://x", security=PLAIN_CLIENT)


def test_two_guarded_sockets_of_one_process_do_not_share_a_handler(connections: Connections) -> None:
    context = zmq.Context[zmq.Socket[bytes]]()
    first, second = [
        connections.open("PULL", bind="tcp://127.0.0.1:0", security=PLAIN_SERVER, context=context) for _ in range(2)
    ]

    assert first.zap_handler is not second.zap_handler
    context.term()  # at once: neither has a socket in it


def test_nothing_secret_is_shown_by_repr() -> None:
    config = SocketConfig("PULL", binds=[bound("tcp://127.0.0.1:0")], security=PLAIN_CLIENT)

    for security in (CURVE_SERVER, PLAIN_SERVER, PLAIN_CLIENT):
        assert "hunter2" not in repr(security)
        assert SECRET.decode() not in repr(security)
    assert "hunter2" not in repr(config)
    assert "PLAIN client" in repr(config)
