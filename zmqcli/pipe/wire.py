"""How `pipe` and its workers talk: msgpack values, one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgpack  # type: ignore[import-untyped] # the package ships no types

if TYPE_CHECKING:
    from typing import BinaryIO

__all__ = ["Broken", "pack", "unpacker"]

LARGEST_BYTES = (1 << 32) - 1
"""The largest value, and the most that is buffered of one: the limit of msgpack's own lengths."""
_READ_BYTES = 1 << 18
_ERRORS = "surrogatepass"

Broken = (ValueError, msgpack.UnpackException)
"""What an unpacker raises when the bytes are no msgpack, or too many."""


def pack(value: Any) -> bytes:
    """Return `value` as bytes. Raise ValueError when a part of it is larger than LARGEST_BYTES."""
    packed: bytes = msgpack.packb(value, unicode_errors=_ERRORS)
    return packed


def unpacker(source: BinaryIO | None = None) -> msgpack.Unpacker:
    """Return an iterator over the values in `source`, or in what it is fed. `source` must not be buffered."""
    return msgpack.Unpacker(source, read_size=_READ_BYTES, max_buffer_size=LARGEST_BYTES, unicode_errors=_ERRORS)
