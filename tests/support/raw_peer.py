"""A ZMTP peer made of a plain socket: it can send what no libzmq would."""

from __future__ import annotations

import socket
import struct
from typing import Self

__all__ = ["RawPeer"]

DEADLINE = 20.0
GREETING = b"\xff" + bytes(8) + b"\x7f\x03\x00NULL" + bytes(16) + b"\x00" + bytes(31)


class RawPeer:
    """Has done its handshake; what follows is the test's."""

    def __init__(self, endpoint: str, kind: bytes) -> None:
        """Connect as a socket of type `kind` (`PUSH`)."""
        transport, _, address = endpoint.partition("://")
        if transport == "ipc":
            self._socket = socket.socket(socket.AF_UNIX)
            self._socket.settimeout(DEADLINE)
            self._socket.connect(address)
        else:
            host, _, port = address.rpartition(":")
            self._socket = socket.create_connection((host, int(port)), DEADLINE)
        body = b"\x05READY\x0bSocket-Type" + struct.pack(">I", len(kind)) + kind + b"\x08Identity\0\0\0\0"
        self._socket.sendall(GREETING + b"\x04" + bytes([len(body)]) + body)
        self._read(64)
        self._read(self._read(2)[1])

    def _read(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            more = self._socket.recv(count - len(data))
            assert more, "the other end has hung up"
            data += more
        return data

    def send(self, data: bytes) -> None:
        """Send bytes as they are."""
        self._socket.sendall(data)

    def pour(self, data: bytes, times: int) -> bool:
        """Send the same bytes again and again; return whether the other end was there for all of them."""
        try:
            for _ in range(times):
                self._socket.sendall(data)
        except OSError:
            return False
        return True

    def close(self) -> None:
        """Leave."""
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
