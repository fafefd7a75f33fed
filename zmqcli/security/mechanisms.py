"""What a socket has to show, and asks of others: CURVE (RFC 26), PLAIN (RFC 24), and who may come in (ZAP, RFC 27).

Loaded only by a command that was asked for security.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import zmq

from zmqcli.errors import UsageError, ZmqcliError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zmqcli.security.allow_list import AllowList
    from zmqcli.sockets.config import SocketConfig
    from zmqcli.sockets.zap import Guard

__all__ = ["SecurityConfig", "secure"]

CURVE_OVERHEAD = 33
"""Bytes that CURVE adds to a frame (RFC 26, MESSAGE): name 8, nonce 8, box 16, flags 1."""
CURVE_SMALLEST = 1024
"""Bytes a frame must be allowed for CURVE: its INITIATE has 257, and what it says of the socket, the routing id too."""
DOMAIN = b"zmqcli"
"""Any name: NULL asks ZAP only with one (RFC 27), and the handler is our own."""


class SecurityConfig(NamedTuple):
    """The mechanism, the side of it this socket is on, and its credentials. `repr()` shows none of them."""

    mechanism: str
    """CURVE, PLAIN, or NULL with an allow-list of addresses."""
    server: bool
    """Whether this side decides who comes in; it may bind or connect."""
    public_key: bytes = b""
    """Our own, in Z85; a CURVE client without gets a pair made for each socket."""
    secret_key: bytes = b""
    server_key: bytes = b""
    """The public key of the server that a CURVE client trusts."""
    user: bytes = b""
    password: bytes = b""
    passwords: Mapping[bytes, bytes] = {}
    """By user, for a PLAIN server."""
    allow: AllowList | None = None
    """Who may come in; None: whoever has the server's key or a password."""

    def __repr__(self) -> str:
        return f"SecurityConfig({self.mechanism} {self.side})"

    @property
    def side(self) -> str:
        """`server` or `client`."""
        return "server" if self.server else "client"


def secure(socket: zmq.Socket[Any], config: SocketConfig) -> Guard | None:
    """Set what `config.security` asks for, before the first bind or connect.

    Return who answers for a server, to be served by the caller's poller. Raise ZmqcliError where it cannot be.
    """
    security = config.security
    assert security is not None, "asked for"  # noqa: S101 # the caller's mistake
    _check(config, security)
    if security.mechanism == "CURVE":
        _set_curve(socket, security)
        socket.setsockopt(zmq.MAXMSGSIZE, config.max_size + CURVE_OVERHEAD)
    elif security.mechanism == "PLAIN" and security.server:
        socket.setsockopt(zmq.PLAIN_SERVER, 1)
    elif security.mechanism == "PLAIN":
        socket.setsockopt(zmq.PLAIN_USERNAME, security.user)
        socket.setsockopt(zmq.PLAIN_PASSWORD, security.password)
    if not security.server:
        return None
    from zmqcli.sockets.zap import Guard

    socket.setsockopt(zmq.ZAP_DOMAIN, DOMAIN)
    return Guard(socket.context, security)


def _set_curve(socket: zmq.Socket[Any], security: SecurityConfig) -> None:
    public, secret = security.public_key, security.secret_key
    if not secret:
        public, secret = zmq.curve_keypair()
    socket.setsockopt(zmq.CURVE_PUBLICKEY, public)
    socket.setsockopt(zmq.CURVE_SECRETKEY, secret)
    if security.server:
        socket.setsockopt(zmq.CURVE_SERVER, 1)
    else:
        socket.setsockopt(zmq.CURVE_SERVERKEY, security.server_key)


def _check(config: SocketConfig, security: SecurityConfig) -> None:
    if any(endpoint.transport == "inproc" for endpoint in (*config.binds, *config.connects)):
        raise UsageError("inproc has no security", why="it never leaves the process", hint="leave the options out")
    if security.mechanism != "CURVE":
        return
    if not zmq.has("curve"):
        raise ZmqcliError("this libzmq is built without CURVE", hint="the wheel of pyzmq has it")
    if config.max_size < CURVE_SMALLEST:
        raise UsageError(
            f"--max-size {config.max_size} is too small for CURVE",
            why="its handshake would be refused, too",
            hint=f"give at least {CURVE_SMALLEST}",
        )
