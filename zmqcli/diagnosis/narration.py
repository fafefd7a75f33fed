"""libzmq's events in plain English, with who is at the other end: `-v` and `zmqcli monitor`."""

from __future__ import annotations

import errno
import os
import socket
from typing import TYPE_CHECKING, NamedTuple

from zmqcli.diagnosis.events import Ending, EventKind
from zmqcli.diagnosis.processes import connected_process, process_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from zmqcli.diagnosis.events import ConnectionEvent

__all__ = ["Narrator", "Told"]

_PROTOCOL_ERRORS = {
    0x10000000: "zmtp unspecified",
    0x10000001: "zmtp unexpected command",
    0x10000002: "zmtp invalid sequence",
    0x10000003: "zmtp key exchange",
    0x10000011: "zmtp malformed command unspecified",
    0x10000012: "zmtp malformed command message",
    0x10000013: "zmtp malformed command hello",
    0x10000014: "zmtp malformed command initiate",
    0x10000015: "zmtp malformed command error",
    0x10000016: "zmtp malformed command ready",
    0x10000017: "zmtp malformed command welcome",
    0x10000018: "zmtp invalid metadata",
    0x11000001: "zmtp cryptographic",
    0x11000002: "zmtp mechanism mismatch",
    0x20000000: "zap unspecified",
    0x20000001: "zap malformed reply",
    0x20000002: "zap bad request id",
    0x20000003: "zap bad version",
    0x20000004: "zap invalid status code",
    0x20000005: "zap invalid metadata",
    0x30000000: "ws unspecified",
}
"""ZMQ_PROTOCOL_ERROR_* of zmq.h."""
_TEXTS = {
    "connected": "connected to {endpoint}{at}",
    "connect_delayed": "connecting to {endpoint}",
    "connect_retried": "trying {endpoint} again in {value} ms",
    "listening": "listening on {endpoint}",
    "bind_failed": "cannot bind {endpoint}: {error}",
    "accepted": "accepted a connection on {endpoint}{by}",
    "accept_failed": "could not accept a connection on {endpoint}: {error}",
    "closed": "could not connect to {endpoint}",
    "stopped listening": "stopped listening on {endpoint}",
    "close_failed": "could not close {endpoint}: {error}",
    "disconnected": "disconnected: {endpoint}{by}",
    "broke off": "disconnected without a handshake: {endpoint}{by}; its socket type may not fit",
    "handshake_succeeded": "handshake done: {endpoint}{by}, mechanism {mechanism}",
    "handshake_failed_no_detail": "handshake failed: {endpoint}{by}: {error}",
    "handshake_failed_protocol": "handshake failed: {endpoint}{by}: {error}",
    "handshake_failed_auth": "handshake failed: {endpoint}{by}: refused with ZAP status {value}",
}
_ERRNO = ("bind_failed", "accept_failed", "close_failed", "handshake_failed_no_detail")


class Told(NamedTuple):
    """One event, with what is known about it. What is not known is None."""

    event: str
    """libzmq's name for it, in lower case: `connected`."""
    endpoint: str
    """The endpoint of this socket that it is about."""
    peer: str | None
    """tcp: the other end's address and port."""
    pid: int | None
    """ipc: the process at the other end."""
    process: str | None
    """Its name."""
    mechanism: str | None
    """NULL, PLAIN or CURVE, once a handshake is done."""
    value: int | None
    """By event: milliseconds (connect_retried), an errno, a ZMQ_PROTOCOL_ERROR_*, a ZAP status."""
    text: str
    """All of it for a person."""


class _Peer(NamedTuple):
    address: str | None = None
    pid: int | None = None
    process: str | None = None

    def __str__(self) -> str:
        return self.address or (f"{self.process or '?'}, pid {self.pid}" if self.pid is not None else "")


class Narrator:
    """Tells the events of one socket, remembering who is behind which connection."""

    def __init__(self, mechanism: Callable[[], str]) -> None:
        """`mechanism` is asked at each handshake: both ends have the same then."""
        self._mechanism = mechanism
        self._peers: dict[int, _Peer] = {}
        self._listening: set[str] = set()

    def tell(self, event: ConnectionEvent) -> Told:
        """Return an event with what is known about it. Call it for each event, in order, as soon as it comes."""
        name = _name(event.kind)
        said = self._said(name, event)
        peer = self._peer(name, event)
        mechanism = self._mechanism() if name == "handshake_succeeded" else None
        has_value = name in {"connect_retried", "handshake_failed_protocol", "handshake_failed_auth", *_ERRNO}
        text = _TEXTS.get(said, "event {kind} with value {value}: {endpoint}").format(
            kind=event.kind,
            endpoint=event.endpoint,
            value=event.value,
            by=f" by {peer}" if name == "accepted" and str(peer) else f" ({peer})" if str(peer) else "",
            at=f" ({peer})" if str(peer) and str(peer) not in event.endpoint else "",
            mechanism=mechanism,
            error=_error(name, event.value),
        )
        return Told(
            name,
            event.endpoint,
            peer.address,
            peer.pid,
            peer.process,
            mechanism,
            event.value if has_value else None,
            text,
        )

    def _said(self, name: str, event: ConnectionEvent) -> str:
        """Return which text it is: what closes, or ends, shows in what came before."""
        if name == "listening":
            self._listening.add(event.endpoint)
        elif name == "closed" and event.endpoint in self._listening:
            return "stopped listening"
        elif event.ending is Ending.MISFIT and event.sure:
            return "broke off"
        return name

    def _peer(self, name: str, event: ConnectionEvent) -> _Peer:
        """Return who an event is about, where only one connection can be meant."""
        if event.connection is None:
            return _Peer()
        if name in {"connected", "accepted"}:
            self._peers[event.connection] = _look_up(event.connection, event.endpoint)
        if name == "disconnected":
            return self._peers.pop(event.connection, _Peer())
        return self._peers.get(event.connection, _Peer()) if event.sure else _Peer()


def _name(kind: int) -> str:
    """Return libzmq's name of an event in lower case: `connected`."""
    try:
        return EventKind(kind).name.lower()
    except ValueError:
        return f"event_{kind}"


def _look_up(descriptor: int, endpoint: str) -> _Peer:
    try:
        if endpoint.startswith("ipc:"):
            pid = connected_process(descriptor)
            return _Peer(None, pid, None if pid is None else process_name(pid) or None)
        with socket.socket(fileno=os.dup(descriptor)) as connection:
            host, port, *_ = connection.getpeername()
            return _Peer(f"[{host}]:{port}" if ":" in host else f"{host}:{port}")
    except (OSError, ValueError, TypeError):  # gone already, or another kind of address
        return _Peer()


def _error(name: str, value: int) -> str:
    if name == "handshake_failed_protocol":
        return _PROTOCOL_ERRORS.get(value, f"protocol error 0x{value:08x}")
    if name == "handshake_failed_no_detail" and value in {errno.EPIPE, errno.ECONNRESET}:
        return "the other end hung up"
    return os.strerror(value).lower() if name in _ERRNO else ""
