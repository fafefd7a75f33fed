"""Plain connections with a deadline: connect, send, receive. Nothing here waits longer than it was told to.

Every wait also ends at a signal, and when the reader of stdout has gone.
"""

from __future__ import annotations

import errno
import os
import select
import socket
from typing import TYPE_CHECKING

from zmqcli.diagnosis.processes import connected_process, process_name
from zmqcli.errors import OutputClosed, Stopped, ZmqcliError
from zmqcli.units import format_duration

if TYPE_CHECKING:
    from zmqcli.environment import Environment
    from zmqcli.probe.resolve import Address

__all__ = ["Patience", "Wire", "listen_locally"]

_PIECE_BYTES = 4096
_RETRY_SECONDS = 0.01
"""From one trial to the next while a unix socket's backlog is full: nothing tells when it no longer is."""


class Patience:
    """How long is waited in all."""

    def __init__(self, environment: Environment, seconds: float, *, watch_output: bool = True) -> None:
        """Start the clock. `watch_output`: something goes to stdout, so that its closing ends the waiting."""
        self.environment = environment
        self.seconds = seconds
        self.now = environment.monotonic
        self._ends = self.now() + seconds
        self._watch_output = watch_output

    @property
    def left(self) -> float:
        """Seconds, 0 when there are none left."""
        return max(0.0, self._ends - self.now())

    def wait(self, descriptor: int = -1, events: int = select.POLLIN, seconds: float | None = None) -> bool:
        """Sleep until `events` are there, or for `seconds`, or until the end; return whether they are.

        Raise Stopped, OutputClosed.
        """
        limit = self.left if seconds is None else min(seconds, self.left)
        signals, output = self.environment.signals, self.environment.output.descriptor
        poll = select.poll()
        poll.register(signals.descriptor, select.POLLIN)
        if self._watch_output:
            poll.register(output, 0)  # the closing of the other end needs no asking for
        if descriptor >= 0:
            poll.register(descriptor, events)
        ready = dict(poll.poll(limit * 1000))
        if signals.received:
            raise Stopped(signals.received)
        if self._watch_output and ready.get(output, 0) & select.POLLERR:
            raise OutputClosed("stdout is closed")
        return descriptor in ready


def listen_locally() -> socket.socket:
    """Return a listener on a free port of this machine alone."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(1)
    return listener


class Wire:
    """One connection: bytes out, bytes in."""

    def __init__(self, connection: socket.socket, patience: Patience) -> None:
        """Take over a connection."""
        self.data = b""
        """What has come and was not dropped yet."""
        self.over = False
        """Whether nothing more will come."""
        self._socket = connection
        self._patience = patience
        connection.setblocking(False)

    @classmethod
    def connect(cls, address: Address, patience: Patience) -> Wire:
        """Connect. Raise ZmqcliError when it is refused, impossible, or takes too long."""
        connection = socket.socket(address.family, socket.SOCK_STREAM)
        wire = cls(connection, patience)
        try:
            wire._connect(address)
        except BaseException:
            wire.close()
            raise
        return wire

    @classmethod
    def accept(cls, listener: socket.socket, patience: Patience) -> Wire:
        """Return the next connection of a listener. Raise ZmqcliError when none comes."""
        if not patience.wait(listener.fileno()):
            raise ZmqcliError("nobody connected")
        return cls(listener.accept()[0], patience)

    def _connect(self, address: Address) -> None:
        while True:
            code = self._socket.connect_ex(address.where)
            if code == errno.EINPROGRESS:
                if not self._patience.wait(self._socket.fileno(), select.POLLOUT):
                    code = errno.ETIMEDOUT
                else:
                    code = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if code != errno.EAGAIN:
                break
            if not self._patience.left:
                raise ZmqcliError(
                    f"{address.text} takes no more connections", why="its backlog is full", hint="its program is stuck"
                )
            self._patience.wait(seconds=_RETRY_SECONDS)
        if not code and address.family != socket.AF_UNIX and self._socket.getsockname() == self._socket.getpeername():
            code = errno.ECONNREFUSED  # a free port of the range for clients: we have met ourselves
        if code:
            raise _refusal(code, address, self._patience)

    @property
    def process(self) -> str:
        """Who is at the other end of a unix socket: `pid 123 (python3)`; nothing where it cannot be known."""
        if self._socket.family != socket.AF_UNIX or (pid := connected_process(self._socket.fileno())) is None:
            return ""
        name = process_name(pid)
        return f"pid {pid} ({name})" if name else f"pid {pid}"

    def send(self, data: bytes) -> None:
        """Send all of it; a peer that is gone, or takes nothing, is noticed when reading."""
        while data:
            try:
                data = data[self._socket.send(data) :]
            except BlockingIOError:
                if not self._patience.wait(self._socket.fileno(), select.POLLOUT):
                    return
            except OSError:
                return

    def end_sending(self) -> None:
        """Tell the peer that we have said all."""
        try:
            self._socket.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def receive(self, seconds: float | None = None) -> bool:
        """Wait for more bytes, at most `seconds`; return whether some came. `over` tells when none ever will."""
        limit = self._patience.left if seconds is None else min(seconds, self._patience.left)
        ends = self._patience.now() + limit
        while not self.over and self._patience.wait(self._socket.fileno(), seconds=limit):
            try:
                piece = self._socket.recv(_PIECE_BYTES)
            except BlockingIOError:  # poll(2) may be wrong about what is there
                limit = max(0.0, ends - self._patience.now())
                continue
            except OSError:  # reset
                piece = b""
            self.data += piece
            self.over = not piece
            return bool(piece)
        return False

    def drop(self, size: int) -> bytes:
        """Take `size` bytes off what has come, and return them."""
        taken, self.data = self.data[:size], self.data[size:]
        return taken

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()


def _refusal(code: int, address: Address, patience: Patience) -> ZmqcliError:
    """Return in a person's words why there is no connection."""
    where = address.text
    if code == errno.ETIMEDOUT:
        return ZmqcliError(
            f"{where} did not answer within {format_duration(patience.seconds)}",
            why="the host is down, or a firewall drops the packets",
        )
    if code == errno.ECONNREFUSED and address.family == socket.AF_UNIX:
        kind = "" if where.startswith("@") else ", the socket file is a left-over"
        return ZmqcliError(
            f"nobody listens on {where}", why=f"connection refused{kind}", hint="start the side that binds"
        )
    if code == errno.ECONNREFUSED:
        return ZmqcliError(
            f"nothing listens on {where}",
            why="connection refused",
            hint="start the side that binds; see its ports on that host: ss -ltn",
        )
    if code in {errno.EACCES, errno.EPERM}:
        return ZmqcliError(f"may not connect to {where}", why=_words(OSError(code, "")), hint="ask as a user who may")
    if code == errno.EPROTOTYPE:
        return ZmqcliError(f"{where} is no stream socket", why="another program's datagram socket")
    return ZmqcliError(f"cannot connect to {where}", why=_words(OSError(code, "")))


def _words(error: OSError) -> str:
    return os.strerror(error.errno or 0).lower()
