"""Plain connections with a deadline: connect, send, receive. Nothing here waits longer than it was told to."""

from __future__ import annotations

import errno
import os
import select
import socket
from typing import TYPE_CHECKING

from zmqcli.diagnosis.processes import connected_process, process_name
from zmqcli.errors import ZmqcliError
from zmqcli.units import format_duration

if TYPE_CHECKING:
    from zmqcli.probe.deadline import Deadline
    from zmqcli.probe.resolve import Address

__all__ = ["Wire", "listen_locally"]

_PIECE_BYTES = 4096
_RETRY_SECONDS = 0.01
"""From one trial to the next while a unix socket's backlog is full: nothing tells when it no longer is."""


def listen_locally() -> socket.socket:
    """Return a listener on a free port of this machine alone."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(1)
    return listener


class Wire:
    """One connection: bytes out, bytes in."""

    def __init__(self, connection: socket.socket, deadline: Deadline) -> None:
        """Take over a connection."""
        self.data = b""
        """What has come and was not dropped yet."""
        self.over = False
        """Whether nothing more will come."""
        self._socket = connection
        self._deadline = deadline
        connection.setblocking(False)

    @classmethod
    def connect(cls, address: Address, deadline: Deadline) -> Wire:
        """Connect. Raise ZmqcliError when it is refused, impossible, or takes too long."""
        connection = socket.socket(address.family, socket.SOCK_STREAM)
        wire = cls(connection, deadline)
        try:
            wire._connect(address)
        except BaseException:
            wire.close()
            raise
        return wire

    @classmethod
    def accept(cls, listener: socket.socket, deadline: Deadline) -> Wire:
        """Return the next connection of a listener. Raise ZmqcliError when none comes."""
        if not deadline.wait(listener.fileno()):
            raise ZmqcliError("nobody connected")
        return cls(listener.accept()[0], deadline)

    def _connect(self, address: Address) -> None:
        while True:
            code = self._socket.connect_ex(address.where)
            if code == errno.EINPROGRESS:
                if not self._deadline.wait(self._socket.fileno(), select.POLLOUT):
                    code = errno.ETIMEDOUT
                else:
                    code = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if code != errno.EAGAIN:
                break
            if not self._deadline.left:
                raise ZmqcliError(
                    f"{address.text} takes no more connections", why="its backlog is full", hint="its program is stuck"
                )
            self._deadline.wait(seconds=_RETRY_SECONDS)
        if not code and address.family != socket.AF_UNIX and self._socket.getsockname() == self._socket.getpeername():
            code = errno.ECONNREFUSED  # a free port of the range for clients: we have met ourselves
        if code:
            raise _refusal(code, address, self._deadline)

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
                if not self._deadline.wait(self._socket.fileno(), select.POLLOUT):
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
        limit = self._deadline.left if seconds is None else min(seconds, self._deadline.left)
        ends = self._deadline.now() + limit
        while not self.over and self._deadline.wait(self._socket.fileno(), seconds=limit):
            try:
                piece = self._socket.recv(_PIECE_BYTES)
            except BlockingIOError:  # poll(2) may be wrong about what is there
                limit = max(0.0, ends - self._deadline.now())
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


def _refusal(code: int, address: Address, deadline: Deadline) -> ZmqcliError:
    """Return in a person's words why there is no connection."""
    where = address.text
    if code == errno.ETIMEDOUT:
        return ZmqcliError(
            f"{where} did not answer within {format_duration(deadline.seconds)}",
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
