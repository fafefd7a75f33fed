"""libzmq's events about a socket's connections; in plain English: narration.py.

Events are parsed here: `zmq.utils.monitor` imports asyncio, 90 ms. The monitor is attached before the first
bind or connect and read always: events that nobody reads stall libzmq's I/O thread once QUEUED of them wait.

That thread then sleeps with a mutex in its hands which `zmq_socket_monitor(socket, NULL)`, the documented way to detach
a monitor, waits for. Nothing would ever wake either of them: 20 of 21 commands out of descriptors were deaf to SIGTERM.
So that function is not called where it can be avoided. libzmq detaches the monitor itself when the watched socket is
closed, and says so in a last event; `finish` reads up to that one.
"""

from __future__ import annotations

import errno
import struct
import time
from typing import TYPE_CHECKING, NamedTuple

import zmq

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zmqcli.sockets.room import Room

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
    | zmq.EVENT_MONITOR_STOPPED
)
_ACCEPTED = int(zmq.EVENT_ACCEPTED)
_ACCEPT_FAILED = int(zmq.EVENT_ACCEPT_FAILED)
_LISTENING = int(zmq.EVENT_LISTENING)
_DISCONNECTED = int(zmq.EVENT_DISCONNECTED)
_STOPPED = int(zmq.EVENT_MONITOR_STOPPED)

QUEUED = 10_000
"""Events that may wait to be read, 3 MB. libzmq's own 2000 are two connections each of a burst that a bind may meet."""
_THEIR_HWM = 1000
"""What libzmq's end of the monitor adds to ours."""
DRAINED = 1000
"""Events read at once: signals and the clock are looked at between two lots, however fast events come."""


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
        # A name of its own: pyzmq's has the number of a descriptor, used again before libzmq gives up the name.
        name = f"inproc://monitor-{id(self)}-{time.monotonic_ns()}"
        watched.monitor(name, _WATCHED)
        self.socket: zmq.Socket[bytes] = watched.context.socket(zmq.PAIR)
        self.socket.setsockopt(zmq.RCVHWM, QUEUED - _THEIR_HWM)
        self.socket.connect(name)
        self.ahead: list[Event] = []
        """Events read ahead, which the socket therefore does not tell of: the next `drain` yields them first."""
        self._room: Room | None = None

    def drain(self) -> Iterator[Event]:
        """Yield events that are there now, without waiting: at most DRAINED, the poller tells of more."""
        if self.ahead:
            ahead, self.ahead = self.ahead, []
            yield from ahead
        room = self._room
        for event in self._read():
            if room is None:
                yield event
            elif (seen := _admit(room, event)) is not None:
                yield seen

    def guard(self, room: Room) -> None:
        """Ask `room` about each connection that is accepted from now on. To be called once all binds are done."""
        self._room = room
        for event in self._read():
            self.ahead.append(event)
            if event.kind == _LISTENING:
                room.listen(event.value)

    def take_complaint(self) -> str:
        """Return what is to be said about connections refused for want of descriptors: once, else nothing."""
        if self._room is None or not self._room.complaint:
            return ""
        complaint, self._room.complaint = self._room.complaint, ""
        return complaint

    def finish(self, seconds: float) -> bool:
        """Read what comes until libzmq has let go of the watched socket, which is closed; at most for so long.

        Return whether it has. A monitor left open makes the context's `term()` hang, and so it is closed then; else it
        stays open, since an end that is gone would stall the I/O thread at its next event.
        """
        self._room = None  # the descriptors that it knows are libzmq's no longer
        deadline = time.monotonic() + seconds
        while (rest := deadline - time.monotonic()) > 0:
            if not self.socket.poll(int(min(rest * 1000 + 1, 1 << 30))):
                continue
            if any(event.kind == _STOPPED for event in self.drain()):
                self.socket.close(linger=0)
                return True
        return False

    def detach(self) -> None:
        """Let go of a watched socket that libzmq may keep for long: over inproc until its peers have noticed.

        What waits is read first, so that the I/O thread does not sleep over it: no other way is left where the context
        is shared (see above).
        """
        for _ in range(QUEUED // DRAINED):
            if not any(True for _ in self._read()):
                break
        try:
            self._watched.monitor(None, 0)
        except zmq.ContextTerminated:  # somebody else ends the context, and waits for the sockets to be closed
            pass
        self.socket.close(linger=0)

    def _read(self) -> Iterator[Event]:
        receive = self.socket.recv
        try:
            for _ in range(DRAINED):
                kind, value = _HEADER.unpack(receive(zmq.NOBLOCK))
                yield Event(kind, value, receive().decode("utf-8", "replace"))
        except zmq.Again:
            return

    def has_events(self) -> bool:
        """Whether there are events to drain."""
        return bool(self.ahead) or bool(int(self.socket.getsockopt(zmq.EVENTS)) & _POLLIN)


def _admit(room: Room, event: Event) -> Event | None:
    """Return what is to be known of an event: of a connection there is no room for, only that it was refused."""
    if event.kind == _ACCEPTED:
        admitted = room.admit(event.value)
        room.next()
        return event if admitted else Event(_ACCEPT_FAILED, errno.EMFILE, event.endpoint)
    if event.kind == _ACCEPT_FAILED:
        room.next()
    elif event.kind == _LISTENING:
        room.listen(event.value)
    elif event.kind == _DISCONNECTED and room.was_refused(event.value):
        return None
    return event
