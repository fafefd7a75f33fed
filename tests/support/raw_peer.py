"""Peers on plain sockets: they know to the byte what their kernel received and what they read.

To the other end a peer that is killed is the same as one that closes with bytes unread, and one that is stopped the
same as one that does not read. These peers do the latter: what they had is still known afterwards.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import socket
import struct
import sys
import termios
import time
from typing import TYPE_CHECKING, Self

from tests.support.wire import GREETING, Decoder, frame, ready, subscribe

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["PATIENCE", "Listener", "PeerTimeout", "RawPeer", "bridge", "dial"]

CHUNK = 262_144
PATIENCE = 20.0
"""Seconds for what happens at once: a connection, a handshake."""
_LINGER = struct.pack("ii", 1, 0)


class PeerTimeout(Exception):
    """What had to happen did not happen in time."""


def dial(endpoint: str, patience: float = PATIENCE, *, lives: Callable[[], bool] = lambda: True) -> socket.socket:
    """Connect to an endpoint of a command that `lives`, and may be about to bind it."""
    end = time.monotonic() + patience
    while True:
        sock, address = _socket_for(endpoint)
        try:
            sock.connect(address)
        except OSError:
            sock.close()
            if time.monotonic() > end or not lives():
                raise PeerTimeout(f"nobody listens at {endpoint}") from None
            time.sleep(0.002)
        else:
            return sock


def _socket_for(endpoint: str) -> tuple[socket.socket, str | tuple[str, int]]:
    if endpoint.startswith("ipc://"):
        return socket.socket(socket.AF_UNIX), endpoint.removeprefix("ipc://")
    host, _, port = endpoint.removeprefix("tcp://").rpartition(":")
    return socket.socket(socket.AF_INET), (host, int(port))


class Listener:
    """Where a command connects to."""

    def __init__(self, endpoint: str) -> None:
        self._sock, address = _socket_for(endpoint)
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._sock.bind(address)
        self._sock.listen(64)
        name = self._sock.getsockname()
        self.endpoint = f"ipc://{name}" if isinstance(name, str) else f"tcp://127.0.0.1:{name[1]}"

    def accept(self, patience: float = PATIENCE, *, lives: Callable[[], bool] = lambda: True) -> socket.socket:
        """Return the next connection of a command that `lives`."""
        end = time.monotonic() + patience
        self._sock.settimeout(0.05)
        while True:
            try:
                return self._sock.accept()[0]
            except TimeoutError:
                if time.monotonic() > end or not lives():
                    raise PeerTimeout("the command does not connect") from None

    def close(self) -> None:
        """Listen no more; connections go on."""
        self._sock.close()


class RawPeer:
    """One connection to the command; of the type `kind` once it has joined."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.came = Decoder()
        self.over = False
        """Whether the command has closed its end, and all it sent is read."""
        self.reset = False
        """Whether it broke the connection off."""
        self.closed = False

    def join(self, kind: str, identity: bytes = b"", patience: float = PATIENCE) -> RawPeer:
        """Do the handshake of a NULL peer, and subscribe to everything if it is a subscriber."""
        self.send(GREETING + ready(kind, identity))
        end = time.monotonic() + patience
        while not self.came.joined():
            if self.over or time.monotonic() > end:
                raise PeerTimeout("no handshake")
            self._receive(end - time.monotonic(), 1 << 14)
        if kind == "SUB":  # not before: libzmq refuses what comes ahead of its own READY
            self.send(subscribe())
        return self

    def read(self, until: float = float("inf"), patience: float = PATIENCE) -> bool:
        """Read until so many bytes of messages have come, or the command closes. Return whether they came.

        No more than those are read.
        """
        end = time.monotonic() + patience
        while self.came.body_bytes < until:
            left = end - time.monotonic()
            if self.over or self.closed or left <= 0:
                return False
            self._receive(left, int(min(CHUNK, until - self.came.body_bytes)))
        return True

    def read_what_is_there(self, quiet: float = 0.0) -> None:
        """Read until nothing more has come for a moment."""
        while not self.over and self._receive(quiet, CHUNK):
            pass

    def _receive(self, patience: float, most: int) -> bool:
        self.sock.settimeout(None)
        if not select.select([self.sock], [], [], max(0.0, patience))[0]:
            return False
        try:
            data = self.sock.recv(most)
        except OSError:
            data, self.reset = b"", True
        self.over = not data
        self.came.feed(data)
        return True

    def send(self, data: bytes, patience: float = PATIENCE) -> bool:
        """Send all of it; return whether it went."""
        self.sock.settimeout(patience)
        try:
            self.sock.sendall(data)
        except OSError:
            return False
        return True

    def pour(self, data: bytes, times: int) -> bool:
        """Send the same bytes again and again; return whether the other end was there for all of them."""
        return all(self.send(data) for _ in range(times))

    def send_some(self, data: bytes, patience: float) -> int:
        """Send as much as goes within `patience` seconds; return how much did."""
        end = time.monotonic() + patience
        self.sock.settimeout(None)
        went = 0
        view = memoryview(data)
        while went < len(data):
            if not select.select([], [self.sock], [], max(0.0, end - time.monotonic()))[1]:
                break
            try:
                went += self.sock.send(view[went : went + CHUNK], socket.MSG_DONTWAIT)
            except OSError:
                break
        return went

    @property
    def outstanding(self) -> int:
        """How much of what was sent the other end's kernel has not acknowledged; over ipc, what it has not read."""
        if self.sock.fileno() < 0:  # closed meanwhile, by another thread
            return 0
        return int.from_bytes(fcntl.ioctl(self.sock, termios.TIOCOUTQ, bytes(4)), sys.byteorder)

    def flush(self, patience: float) -> bool:
        """Wait until nothing is outstanding; return whether that came to be."""
        end = time.monotonic() + patience
        while self.outstanding:
            if time.monotonic() > end:
                return False
            time.sleep(0.001)
        return True

    def close(self) -> None:
        """Close as a program does that has sent all and read all."""
        self.read_what_is_there()
        self.closed = True
        self.sock.close()

    def post(self, *frames: bytes) -> bool:
        """Send one message."""
        last = len(frames) - 1
        return self.send(b"".join(frame(body, more=at < last) for at, body in enumerate(frames)))

    def half_close(self) -> None:
        """Say that nothing more will be sent, as relays do, and go on reading."""
        with contextlib.suppress(OSError):
            self.sock.shutdown(socket.SHUT_WR)

    def die(self) -> None:
        """Close at once, as the kernel does for a process that is killed.

        Over tcp what the kernel had when the command closed its end counts as received: it was acknowledged, and nobody
        is there any more who could be told that it was not read.
        """
        if self.closed:
            return
        if self.sock.family == socket.AF_INET and self._left_alone():
            self.read_what_is_there()
        self.closed = True
        self.sock.close()

    def _left_alone(self) -> bool:
        """Whether the command has closed its end."""
        poll = select.poll()
        poll.register(self.sock, select.POLLRDHUP)
        return bool(poll.poll(0))

    def break_off(self) -> None:
        """Close with a reset, over tcp."""
        with contextlib.suppress(OSError):
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER)
        self.die()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.die()


def bridge(near: RawPeer, far: socket.socket, nudge: Callable[[], object], *, subscribes: bool = False) -> None:
    """Let a real CURVE peer at `far` shake hands with the command at `near`; afterwards `near` counts for itself.

    What is encrypted cannot be read, but its frames can be counted, and that is what the peer's kernel had. `nudge` has
    the real peer do what it has to do: one that is bound subscribes only when its socket is used.
    """
    end = time.monotonic() + PATIENCE
    other = Decoder()
    # Two commands from each end: HELLO and INITIATE, WELCOME and READY.
    while not (near.came.joined(2) and other.joined(2) and (other.body_bytes or not subscribes)):
        if time.monotonic() > end:
            raise PeerTimeout("no CURVE handshake")
        nudge()
        for sock in select.select([near.sock, far], [], [], 0.02)[0]:
            data = os.read(sock.fileno(), 1 << 14)
            if not data:
                raise PeerTimeout("a CURVE peer left in the handshake")
            if sock is far:
                other.feed(data)
                near.send(data)
            else:
                near.came.feed(data)
                far.sendall(data)
