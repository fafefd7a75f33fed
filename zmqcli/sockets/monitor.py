"""libzmq's events about a socket's connections; in plain English: narration.py.

Events are parsed here: `zmq.utils.monitor` imports asyncio, 90 ms. The monitor is attached before the first
bind or connect and drained always: about 2000 events that nobody reads stall libzmq's I/O thread.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

import zmq

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Event", "Monitor"]

_HEADER = struct.Struct("=Hi")
"""Frame 0 of an event: its number and its value (zmq_socket_monitor(3))."""

_WATCHED = (
    zmq.EVENT_CONNECTED
    | zmq.EVENT_CONNECT_DELAYED
    | zmq.EVENT_CONNECT_RETRIED
    | zmq.EVENT_LISTENING
    | zmq.EVENT_BIND_FAILED
    | zmq.EVENT_ACCEPTED
    | zmq.EVENT_ACCEPT_FAILED
    | zmq.EVENT_CLOSED
    | zmq.EVENT_CLOSE_FAILED
    | zmq.EVENT_DISCONNECTED
    | zmq.EVENT_HANDSHAKE_SUCCEEDED
    | zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL
    | zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL
    | zmq.EVENT_HANDSHAKE_FAILED_AUTH
)


_POLLIN = int(zmq.POLLIN)


class Event(NamedTuple):
    """One event of one connection."""

    kind: int
    """A `zmq.EVENT_*`."""
    value: int
    """By kind: a descriptor, an interval in milliseconds, an errno, a ZMQ_PROTOCOL_ERROR_*, a ZAP status."""
    endpoint: str


class Monitor:
    """The events of one socket, in order."""

    def __init__(self, watched: zmq.Socket[bytes]) -> None:
        self._watched = watched
        self.socket = watched.get_monitor_socket(_WATCHED)

    def drain(self) -> Iterator[Event]:
        """Yield the events that are there now, without waiting."""
        receive = self.socket.recv
        while True:
            try:
                kind, value = _HEADER.unpack(receive(zmq.NOBLOCK))
                yield Event(kind, value, receive().decode("utf-8", "replace"))
            except zmq.Again:
                return

    def has_events(self) -> bool:
        """Whether there are events to drain."""
        return bool(int(self.socket.getsockopt(zmq.EVENTS)) & _POLLIN)

    def close(self) -> None:
        """Detach. A monitor left open makes the context's `term()` hang."""
        try:
            self._watched.disable_monitor()
        except zmq.ContextTerminated:  # somebody else ends the context, and waits for the sockets to be closed
            pass
        self.socket.close(linger=0)
