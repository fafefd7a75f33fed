"""libzmq's events about a socket's connections, and what they say in plain English.

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

_TEXTS = {
    int(zmq.EVENT_CONNECTED): "connected to {endpoint}",
    int(zmq.EVENT_CONNECT_DELAYED): "connecting to {endpoint}",
    int(zmq.EVENT_CONNECT_RETRIED): "retrying {endpoint} in {value} ms",
    int(zmq.EVENT_LISTENING): "listening on {endpoint}",
    int(zmq.EVENT_BIND_FAILED): "bind failed on {endpoint}",
    int(zmq.EVENT_ACCEPTED): "accepted a connection on {endpoint}",
    int(zmq.EVENT_ACCEPT_FAILED): "could not accept a connection on {endpoint}",
    int(zmq.EVENT_CLOSED): "closed {endpoint}",
    int(zmq.EVENT_CLOSE_FAILED): "could not close {endpoint}",
    int(zmq.EVENT_DISCONNECTED): "disconnected: {endpoint}",
    int(zmq.EVENT_HANDSHAKE_SUCCEEDED): "handshake done: {endpoint}",
    int(zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL): "handshake failed: {endpoint}",
    int(zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL): "handshake failed, protocol error 0x{value:08x}: {endpoint}",
    int(zmq.EVENT_HANDSHAKE_FAILED_AUTH): "handshake failed, refused with status {value}: {endpoint}",
}


class Event(NamedTuple):
    """One event of one connection."""

    kind: int
    """A `zmq.EVENT_*`."""
    value: int
    """By kind: a descriptor, an interval in milliseconds, an errno, a ZMQ_PROTOCOL_ERROR_*, a ZAP status."""
    endpoint: str

    def __str__(self) -> str:
        text = _TEXTS.get(self.kind, "event {kind} with value {value}: {endpoint}")
        return text.format(kind=self.kind, value=self.value, endpoint=self.endpoint)


class Monitor:
    """The events of one socket, in order."""

    def __init__(self, watched: zmq.Socket[bytes]) -> None:
        self._watched = watched
        self.socket = watched.get_monitor_socket(sum(_TEXTS))

    def drain(self) -> Iterator[Event]:
        """Yield the events that are there now, without waiting."""
        receive = self.socket.recv
        while True:
            try:
                kind, value = _HEADER.unpack(receive(zmq.NOBLOCK))
                yield Event(kind, value, receive().decode("utf-8", "replace"))
            except zmq.Again:
                return

    def close(self) -> None:
        """Detach. A monitor left open makes the context's `term()` hang."""
        self._watched.disable_monitor()
        self.socket.close(linger=0)
