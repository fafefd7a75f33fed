"""As much of ZMTP 3.1 as a peer needs that joins, reads, counts and sends. No sockets, no clock: bytes only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zmqcli.zmtp.protocol import SIGNATURE, command, properties

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["GREETING", "Decoder", "frame", "ready", "subscribe", "wire_size"]

GREETING = SIGNATURE + b"\x03\x01" + b"NULL".ljust(20, b"\0") + bytes(32)
"""Version 3.1, mechanism NULL."""

_MORE, _LONG, _COMMAND = 1, 2, 4
_SHORT_BYTES = 255
_CURVE_MESSAGE = b"\x07MESSAGE"
CURVE_OVERHEAD = len(_CURVE_MESSAGE) + 8 + 16 + 1
"""What a CURVE frame has beside the body: its name, the nonce, the authenticator, the flags (RFC 26)."""


def ready(socket_type: str, identity: bytes = b"") -> bytes:
    """Return the READY of a NULL peer."""
    return command(b"READY", properties(Socket_Type=socket_type.encode(), Identity=identity))


def subscribe(prefix: bytes = b"") -> bytes:
    """Return a subscription, which is a command since 3.1."""
    return command(b"SUBSCRIBE", prefix)


def frame(body: bytes, *, more: bool = False) -> bytes:
    """Return one frame of a message."""
    flags = _MORE if more else 0
    if len(body) <= _SHORT_BYTES:
        return bytes([flags, len(body)]) + body
    return bytes([flags | _LONG]) + len(body).to_bytes(8, "big") + body


def wire_size(body: int, *, curve: bool = False) -> int:
    """Return the bytes that a message of one frame takes on the wire."""
    size = body + (CURVE_OVERHEAD if curve else 0)
    return size + (2 if size <= _SHORT_BYTES else 9)


class Decoder:
    """All bytes of one direction of a connection, in the order they came."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.start = 0
        """Where the messages begin: behind the greeting and the last command of the handshake."""
        self.secured = False
        """Whether the greeting names CURVE."""

    def feed(self, data: bytes) -> None:
        """Take what came next."""
        self.data += data

    @property
    def body_bytes(self) -> int:
        """How much has come after the handshake, whole messages and parts."""
        return len(self.data) - self.start if self.start else 0

    def joined(self, commands: int = 1) -> bool:
        """Whether the greeting and that many commands of the handshake have come whole. Remembers where they end."""
        if self.start:
            return True
        if len(self.data) < len(GREETING):
            return False
        self.secured = self.data[12:17] == b"CURVE"
        frames = _frames(self.data, len(GREETING))
        for _ in range(commands):
            at = next(frames, None)
            if at is None:
                return False
            if not at[0] & _COMMAND:
                raise ValueError("a message came before the handshake was over")
        self.start = at[2] if commands and at else len(GREETING)
        return True

    def numbers(self, upto: int | None = None) -> list[int]:
        """Return what the messages that have come whole begin with, their numbers; among the first `upto` bytes."""
        # The loop of `_frames`, with nothing copied: 300,000 messages are usual.
        data, at, found = self.data, self.start, list[int]()
        total = self._end(upto)
        while at + 2 <= total:
            flags = data[at]
            head = 9 if flags & _LONG else 2
            if at + head > total:
                break
            size = int.from_bytes(data[at + 1 : at + head], "big")
            if at + head + size > total:
                break
            if not flags & (_COMMAND | _MORE) and size:
                found.append(int(data[at + head : at + head + 9]))
            at += head + size
        return found

    def count(self, upto: int | None = None) -> int:
        """Return how many messages have come whole, for those that cannot be read (CURVE)."""
        total = self._end(upto)
        return sum(end <= total and not flags & (_COMMAND | _MORE) for flags, _, end in _frames(self.data, self.start))

    def _end(self, upto: int | None) -> int:
        """Return up to where there are messages: nowhere before the handshake is done."""
        if not self.start:
            return 0
        return len(self.data) if upto is None else upto


def _frames(data: bytearray, at: int) -> Iterator[tuple[int, int, int]]:
    """Yield flags, start and end of the body of every frame that is whole."""
    while at + 2 <= len(data):
        flags = data[at]
        head = 9 if flags & _LONG else 2
        if len(data) < at + head:
            return
        start = at + head
        end = start + int.from_bytes(data[at + 1 : start], "big")
        if len(data) < end:
            return
        yield flags, start, end
        at = end
