"""The options of a socket, set before it binds or connects: those of its type, of the config, and the user's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import zmq

from zmqcli.errors import UsageError
from zmqcli.sockets.patterns import PATTERNS
from zmqcli.zmtp.framing import CURVE_BYTES, Framing, handshake_bytes

if TYPE_CHECKING:
    from zmqcli.delivery.ledger import Ledger
    from zmqcli.sockets.config import SocketConfig
    from zmqcli.sockets.zap import ZapHandler

__all__ = ["CONFLATING", "DEAF", "MECHANISMS", "count_bytes", "set_options"]

CONFLATING = ("PUSH", "PULL", "SUB", "DEALER")
"""Types that honour ZMQ_CONFLATE (zmq_setsockopt(3)); PUB too, but `pub` drives an XPUB."""

MECHANISMS = {0: "NULL", 1: "PLAIN", 2: "CURVE", 3: "GSSAPI"}
"""By the value of the option MECHANISM (zmq.h)."""
_WRITES_MORE = (
    "DISCONNECT_MSG",
    "HEARTBEAT_IVL",
    "HELLO_MSG",
    "METADATA",
    "PROBE_ROUTER",
    "REQ_CORRELATE",
    "ROUTER_RAW",
    "XPUB_WELCOME_MSG",
)
"""Options that make libzmq write bytes that are no message of ours."""
DEAF = ("PUSH", "SCATTER")
"""Types that neither we nor libzmq ever read from. (libzmq itself reads the subscriptions of a PUB.)"""
LONGEST_COMMAND = 1 << 13
"""A peer of those sends no longer frame than this: a handshake's, with metadata of its own."""

RETRY_MS = 20
"""The first wait before connecting again. Each further wait is twice as long."""
LONGEST_RETRY_MS = 200
"""libzmq's own waits are 100 to 200 ms, from the first one on."""


def set_options(socket: zmq.Socket[bytes], config: SocketConfig) -> ZapHandler | None:
    """Set all of them. For a server with security return what answers ZAP's questions about clients.

    Raise UsageError where the type has no such option.
    """
    zap_handler = None
    _set_type_options(socket, config)
    # What a peer sends to a deaf socket stays in libzmq's queue, even after that peer has left. A lower RCVHWM would
    # make that less, but a connection whose input is stopped does not see its peer leave, and stays for ever.
    deaf = config.type in DEAF
    socket.setsockopt(zmq.MAXMSGSIZE, min(config.max_size, LONGEST_COMMAND) if deaf else config.max_size)
    if any(endpoint.ipv6 for endpoint in (*config.binds, *config.connects)):
        socket.setsockopt(zmq.IPV6, 1)
    if config.hwm is not None:
        socket.set_hwm(config.hwm)
    if config.identity is not None:
        socket.setsockopt(zmq.ROUTING_ID, config.identity)
    if config.heartbeat_ms is not None:
        socket.setsockopt(zmq.HEARTBEAT_IVL, config.heartbeat_ms)
        socket.setsockopt(zmq.HEARTBEAT_TIMEOUT, 2 * config.heartbeat_ms)
    if config.conflate and config.type not in CONFLATING:
        raise UsageError(f"{config.type} has no --conflate", why=f"libzmq has it for {', '.join(CONFLATING)}")
    if config.conflate:
        socket.setsockopt(zmq.CONFLATE, 1)
    if config.security is not None:
        from zmqcli.sockets.security import secure

        zap_handler = secure(socket, config)
    if config.security is None and not any(option.name == "RECONNECT_IVL" for option in config.options):
        # Of two commands that start together, the one that connects is often there first. Not with security: a client
        # that a server refuses would be back after the first wait, each time (session_base.cpp, a new connecter).
        socket.setsockopt(zmq.RECONNECT_IVL, RETRY_MS)
        socket.setsockopt(zmq.RECONNECT_IVL_MAX, LONGEST_RETRY_MS)
    for option in config.options:
        option.apply(socket)
    return zap_handler


def _set_type_options(socket: zmq.Socket[bytes], config: SocketConfig) -> None:
    if PATTERNS[config.type].balances and len(config.connects) > 1:
        # With several peers IMMEDIATE keeps round robin from parking messages at dead ones. With one it would lose 995
        # of 1000 queued messages when the peer restarts.
        socket.setsockopt(zmq.IMMEDIATE, 1)
    if config.type == "XPUB":
        # Every subscription and its end, from every peer: else the second subscriber of a topic is not seen.
        socket.setsockopt(zmq.XPUB_VERBOSER, 1)
        socket.setsockopt(zmq.XPUB_NODROP, int(config.block))
    elif config.type == "ROUTER":
        socket.setsockopt(zmq.ROUTER_MANDATORY, 1)
    elif config.type == "REQ" and config.correlate:
        socket.setsockopt(zmq.REQ_CORRELATE, 1)
    elif config.type == "SUB":
        for prefix in config.subscriptions:
            socket.setsockopt(zmq.SUBSCRIBE, prefix)


def count_bytes(socket: zmq.Socket[bytes], config: SocketConfig, ledger: Ledger) -> None:
    """Let the ledger count bytes, if we know all that libzmq writes on this socket. Its options must be set."""
    mechanism = MECHANISMS.get(int(socket.getsockopt(zmq.MECHANISM)), "")
    if (
        mechanism not in {"NULL", "PLAIN", "CURVE"}
        or config.heartbeat_ms
        or any(option.name in _WRITES_MORE for option in config.options)
    ):
        return
    if config.type == "STREAM":
        ledger.count(Framing(routing_ids=1, framed=False), 0)
        return
    server, credentials = False, 0
    if mechanism == "PLAIN":
        server = bool(socket.getsockopt(zmq.PLAIN_SERVER))
        credentials = _length(socket, zmq.PLAIN_USERNAME) + _length(socket, zmq.PLAIN_PASSWORD)
    elif mechanism == "CURVE":
        server = bool(socket.getsockopt(zmq.CURVE_SERVER))
    framing = Framing(
        routing_ids=PATTERNS[config.type].routing_ids,
        delimiters=int(config.type == "REP"),
        extra=CURVE_BYTES if mechanism == "CURVE" else 0,
    )
    identity = _length(socket, zmq.ROUTING_ID)
    size = handshake_bytes(config.type, mechanism, identity=identity, server=server, credentials=credentials)
    ledger.count(framing, size)


def _length(socket: zmq.Socket[bytes], option: int) -> int:
    value = socket.getsockopt(option)
    return len(value) if isinstance(value, bytes) else 0
