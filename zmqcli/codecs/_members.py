"""Compressed data made of one or more consecutive members: gzip, zstd, lz4."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from zmqcli.codecs._api import TooLarge
from zmqcli.errors import DecodeError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["unwrap_members"]

_STEP = 1 << 14
"""The most bytes given to a stream at once. At the end of a member the stream copies the bytes it did not use."""
_SHORT_STEP = 1 << 7
"""The bytes given to a stream first. They are few, so that many short members cause little copying."""
_MEMBER_BYTES = 1 << 14
"""Each member counts as this many bytes of output. Empty members cost time (10 microseconds for 9 bytes of zstd) but
add no output, so a limit on output alone would never stop a long series of them."""
_FEWEST = 64
"""Members that are allowed under any limit."""


class _Stream(Protocol):
    """What Python's decompressors have in common."""

    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes | None: ...

    def decompress(self, data: memoryview, max_length: int, /) -> bytes: ...


def unwrap_members(
    name: str, new_stream: Callable[[], _Stream], failure: type[Exception], frame: bytes, limit: int
) -> bytes:
    """Return what all members of `frame` decompress to.

    Raise DecodeError for malformed or truncated data, and TooLarge for more than `limit` bytes or too many members.
    `failure` is the exception that a stream raises.
    """
    most = max(_FEWEST, limit // _MEMBER_BYTES)
    view = memoryview(frame)
    data = bytearray()
    stream = new_stream()
    position = 0
    members = 1
    size = _SHORT_STEP
    try:
        while position < len(view):
            if stream.eof:
                members += 1
                if members > most:
                    raise TooLarge(limit, f"it holds more than {most} {name} streams")
                stream, size = new_stream(), _SHORT_STEP
            step = view[position : position + size]
            data += stream.decompress(step, limit + 1 - len(data))  # never 0, which zlib takes as no limit
            if len(data) > limit:
                raise TooLarge(limit)
            position += len(step) - len(stream.unused_data or b"")
            size = _STEP
    except failure as error:
        raise DecodeError(f"{name} says {error}") from None
    if not stream.eof:
        raise DecodeError(f"the {name} stream ends too early")
    return bytes(data)
