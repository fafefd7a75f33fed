"""Events of a socket's connections: as its monitor yields them, and as `Peers` interprets them.

libzmq names a connection only when it opens and when it ends; of a handshake it names the endpoint. Which connection
that was is decided in one place (sockets/peers.py), and all others read it here. No zmq is needed to read events.
"""

from __future__ import annotations

from enum import Enum, IntEnum
from typing import NamedTuple

__all__ = ["FAILED_HANDSHAKES", "HISTORY", "ConnectionEvent", "Ending", "Event", "EventKind"]

HISTORY = 64
"""Events kept of each endpoint: some twenty attempts to connect."""


class EventKind(IntEnum):
    """libzmq's events, with their numbers in zmq.h (zmq_socket_monitor(3))."""

    CONNECTED = 0x0001
    CONNECT_DELAYED = 0x0002
    CONNECT_RETRIED = 0x0004
    LISTENING = 0x0008
    BIND_FAILED = 0x0010
    ACCEPTED = 0x0020
    ACCEPT_FAILED = 0x0040
    CLOSED = 0x0080
    CLOSE_FAILED = 0x0100
    DISCONNECTED = 0x0200
    MONITOR_STOPPED = 0x0400
    HANDSHAKE_FAILED_NO_DETAIL = 0x0800
    HANDSHAKE_SUCCEEDED = 0x1000
    HANDSHAKE_FAILED_PROTOCOL = 0x2000
    HANDSHAKE_FAILED_AUTH = 0x4000


FAILED_HANDSHAKES = frozenset(
    {
        EventKind.HANDSHAKE_FAILED_NO_DETAIL,
        EventKind.HANDSHAKE_FAILED_PROTOCOL,
        EventKind.HANDSHAKE_FAILED_AUTH,
    }
)


class Event(NamedTuple):
    """One event of one connection."""

    kind: int
    """An EventKind, or a number that a later libzmq has added."""
    value: int
    """By kind: a descriptor, an interval in milliseconds, an errno, a ZMQ_PROTOCOL_ERROR_*, a ZAP status."""
    endpoint: str


class Ending(Enum):
    """How a connection has ended."""

    LEFT = "after its handshake"
    FAILED = "its handshake failed, as libzmq has reported"
    MISFIT = "without a handshake and without a report: the socket types do not fit"


class ConnectionEvent(NamedTuple):
    """An event, and which connection it is about."""

    kind: int
    """An EventKind, or a number that a later libzmq has added."""
    value: int
    """As of Event."""
    endpoint: str
    connection: int | None = None
    """libzmq's descriptor of the connection; None for an event of the endpoint, and where it cannot be known."""
    ending: Ending | None = None
    """Of DISCONNECTED."""
    sure: bool = True
    """Whether no other connection can have been meant."""
