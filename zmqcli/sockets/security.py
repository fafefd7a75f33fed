"""Sets the security options of a socket. Loaded only by a command that was asked for security."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import zmq

from zmqcli.errors import UsageError, ZmqcliError
from zmqcli.sockets.curve import new_pair

if TYPE_CHECKING:
    from zmqcli.security.config import SecurityConfig
    from zmqcli.sockets.config import SocketConfig
    from zmqcli.sockets.zap import ZapHandler

__all__ = ["secure"]

CURVE_OVERHEAD = 33
"""Bytes that CURVE adds to a frame (RFC 26, MESSAGE): name 8, nonce 8, box 16, flags 1."""
CURVE_SMALLEST = 1024
"""Bytes a frame must be allowed for CURVE: its INITIATE has 257, and what it says of the socket, the routing id too."""
DOMAIN = b"zmqcli"
"""Any name: NULL asks ZAP only with one (RFC 27), and the handler is our own."""


def secure(socket: zmq.Socket[Any], config: SocketConfig) -> ZapHandler | None:
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
    from zmqcli.sockets.zap import ZapHandler

    socket.setsockopt(zmq.ZAP_DOMAIN, DOMAIN)
    return ZapHandler(socket.context, security)


def _set_curve(socket: zmq.Socket[Any], security: SecurityConfig) -> None:
    public, secret = security.public_key, security.secret_key
    if not secret:
        public, secret = new_pair()
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
