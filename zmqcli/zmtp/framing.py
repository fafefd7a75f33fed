"""How many bytes a message, and a handshake, are on the wire: ZMTP 3 as libzmq 4.3 writes it (RFC 37, RFC 26).

The kernel counts bytes, and libzmq takes messages. Comparing the two tells whether a message has been written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from zmqcli.message import Batch

__all__ = ["CURVE_BYTES", "Framing", "handshake_bytes"]

SHORT_HEADER = 2
"""Flags and a length of one byte, for a frame of up to 255 bytes."""
LONG_HEADER = 9
"""Flags and a length of eight bytes."""
LONGEST_SHORT = 255
CURVE_BYTES = 33
"""What CURVE adds to a frame: `\\x07MESSAGE`, 8 bytes of nonce, 16 of authentication, 1 of flags (RFC 26)."""
GREETING = 64
CURVE_HELLO, CURVE_WELCOME = 200, 168
CURVE_INITIATE, CURVE_READY = 257, 30
"""Without the metadata, RFC 26."""
_TELLS_IDENTITY = ("REQ", "DEALER", "ROUTER")
"""Types whose READY carries the routing id (mechanism.cpp, `add_basic_properties`)."""


class Framing(NamedTuple):
    """What one socket adds to the bytes of its messages."""

    routing_ids: int = 0
    """Leading frames that name the peer for libzmq, and are not sent."""
    delimiters: int = 0
    """Empty frames that libzmq puts in front of each message: 1 for the replies of a REP to a REQ."""
    extra: int = 0
    """Bytes added to each frame: 33 with CURVE."""
    framed: bool = True
    """Whether there are headers: a STREAM has none."""

    @property
    def longest_short(self) -> int:
        """The longest frame whose header has a length of one byte, in bytes."""
        return LONGEST_SHORT - self.extra

    def size(self, batch: Batch, start: int, end: int) -> int:
        """Return the bytes on the wire of the messages from `start` up to `end`."""
        skipped, limit = self.routing_ids, self.longest_short
        sizes = [len(frame) for message in batch[start:end] for frame in (message[skipped:] if skipped else message)]
        long_frames = sum([size > limit for size in sizes]) if sizes and max(sizes) > limit else 0
        return self.total(end - start, sum(sizes), len(sizes), long_frames)

    def total(self, messages: int, payload: int, frames: int, long_frames: int) -> int:
        """Return the bytes on the wire of messages that have `payload` bytes in `frames` frames.

        `long_frames` of them are longer than `longest_short`. Routing ids, which are not sent, are not counted.
        """
        if not self.framed:
            return payload
        headers = (SHORT_HEADER + self.extra) * (frames + self.delimiters * messages)
        return payload + headers + (LONG_HEADER - SHORT_HEADER) * long_frames


def handshake_bytes(
    socket_type: str, mechanism: str, *, identity: int = 0, server: bool = False, credentials: int = 0
) -> int:
    """Return how many bytes this end writes for a handshake with a ZMTP 3 peer.

    `mechanism`: NULL, PLAIN or CURVE. `identity`, `credentials`: bytes of the routing id, of PLAIN's user and password
    together.
    """
    metadata = _property("Socket-Type", len(socket_type))
    if socket_type in _TELLS_IDENTITY:
        metadata += _property("Identity", identity)
    if mechanism == "NULL":
        commands = [len("_READY") + metadata]
    elif mechanism == "PLAIN" and server:
        commands = [len("_WELCOME"), len("_READY") + metadata]
    elif mechanism == "PLAIN":
        commands = [len("_HELLO") + 2 + credentials, len("_INITIATE") + metadata]
    elif server:
        commands = [CURVE_WELCOME, CURVE_READY + metadata]
    else:
        commands = [CURVE_HELLO, CURVE_INITIATE + metadata]
    return GREETING + sum(size + (LONG_HEADER if size > LONGEST_SHORT else SHORT_HEADER) for size in commands)


def _property(name: str, value: int) -> int:
    """Return the size of one property: a length of one byte, the name, a length of four, the value."""
    return 1 + len(name) + 4 + value
