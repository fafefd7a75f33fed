"""libzmq's events about a socket's connections; in plain English: narration.py.

Events are parsed here, because `zmq.utils.monitor` imports asyncio (90 ms). The monitor is attached before the first
bind or connect, and its events are always read: once QUEUED of them wait, libzmq's I/O thread stalls.

A stalled I/O thread sleeps while it holds a mutex, and `zmq_socket_monitor(socket, NULL)`, the documented way to detach
a monitor, waits for that mutex. Nothing ever wakes either of them: 20 of 21 commands out of descriptors were deaf to
SIGTERM. So we avoid that function. libzmq detaches the monitor itself when the watched socket is closed, and says so in
a last event; `finish` reads up to that one.
"""

from __future__ import annotations

import errno
import struct
import time
from typing import TYPE_CHECKING

import zmq

from zmqcli.diagnosis.events import FAILED_HANDSHAKES, Event, EventKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zmqcli.sockets.protection.connection_limit import Room

__all__ = ["Monitor"]

_HEADER = struct.Struct("=Hi")
"""Frame 0 of an event: its number and its value (zmq_socket_monitor(3))."""

_WATCHED = sum(EventKind)
QUEUED = 10_000
"""Events that may wait to be read, 3 MB. libzmq's default of 2000 is used up by a burst of 1000 connections."""
_THEIR_HWM = 1000
"""What libzmq's end of the monitor adds to ours."""
DRAINED = 1000
"""Events read at once. Between two lots the engine sees signals and the clock, however fast events come."""


_POLLIN = int(zmq.POLLIN)


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
        """Events already read, which polling the socket does not show. The next `drain` yields them first."""
        self._room: Room | None = None
        self._failure: Event | None = None
        """A failed handshake that may be that of a refused connection: the next event tells."""

    def drain(self) -> Iterator[Event]:
        """Yield the events that are there now, DRAINED at most, without waiting. The poller wakes us for the rest."""
        if self.ahead:
            ahead, self.ahead = self.ahead, []
            yield from ahead
        if self._room is None:
            yield from self._read()
        else:
            yield from self._admitted(self._room)

    def guard(self, room: Room) -> None:
        """Let `room` decide about each connection accepted from now on. Call it after the last bind."""
        self._room = room
        for event in self._read():
            self.ahead.append(event)
            if event.kind == EventKind.LISTENING:
                room.listen(event.value)

    def admit_no_more(self) -> None:
        """Refuse each connection that is accepted from now on."""
        if self._room is not None:
            self._room.close()

    def take_complaint(self) -> str:
        """Return, once, what to tell the user about connections refused for want of descriptors; else an empty text."""
        if self._room is None or not self._room.complaint:
            return ""
        complaint, self._room.complaint = self._room.complaint, ""
        return complaint

    def finish(self, seconds: float) -> bool:
        """Read events for at most `seconds` until libzmq has let go of the watched socket, which is closed already.

        Return whether it has. Only then is the monitor closed: one left open would make the context's `term()` hang,
        but one closed too early would stall the I/O thread at its next event.
        """
        self._room = None  # the descriptors that it knows are libzmq's no longer
        deadline = time.monotonic() + seconds
        while (rest := deadline - time.monotonic()) > 0:
            if not self.socket.poll(int(min(rest * 1000 + 1, 1 << 30))):
                continue
            if any(event.kind == EventKind.MONITOR_STOPPED for event in self.drain()):
                self.socket.close(linger=0)
                return True
        return False

    def detach(self) -> None:
        """Let go of a watched socket in a shared context, where libzmq may keep it until its inproc peers have noticed.

        This has to call the function that waits for the mutex (see above). So the queue is emptied first, and the I/O
        thread does not hold the mutex.
        """
        for _ in range(QUEUED // DRAINED):
            if not any(True for _ in self._read()):
                break
        try:
            self._watched.monitor(None, 0)
        except zmq.ContextTerminated:  # somebody else ends the context, and waits for the sockets to be closed
            pass
        self.socket.close(linger=0)

    def _admitted(self, room: Room) -> Iterator[Event]:
        """Yield events. A connection that there is no room for is reported as refused, and nothing else.

        Unless it was faster than the refusal, and had finished its handshake: libzmq may have given it messages, so its
        end has to be known.
        """
        for event in self._read():
            refused = event.kind == EventKind.DISCONNECTED and room.was_refused(event.value)
            failure, self._failure = self._failure, None
            if failure is not None:
                if refused and failure.endpoint == event.endpoint:
                    continue
                yield failure
            if event.kind in FAILED_HANDSHAKES and room.refuses:
                self._failure = event  # libzmq reports the end of that connection right after this
            else:
                yield _admit(room, event)

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


def _admit(room: Room, event: Event) -> Event:
    """Let `room` see an event; return the one to report."""
    if event.kind == EventKind.ACCEPTED:
        admitted = room.admit(event.value)
        room.next()
        return event if admitted else Event(EventKind.ACCEPT_FAILED, errno.EMFILE, event.endpoint)
    if event.kind == EventKind.ACCEPT_FAILED:
        room.next()
    elif event.kind == EventKind.LISTENING:
        room.listen(event.value)
    return event
