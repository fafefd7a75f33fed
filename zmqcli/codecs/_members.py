"""Compressed data that is one or more members, one after the other: gzip, zstd, lz4."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from zmqcli.codecs._api import TooLarge
from zmqcli.errors import DecodeError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["unwrap_members"]

_STEP = 1 << 14
"""Bytes given to a stream at a time. At the end of a member it copies what it did not use: a frame of many small
members would otherwise be copied once for each."""


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

    Raise DecodeError when it is none, or cut, or (TooLarge) more than `limit` bytes. `failure`: what a stream raises.
    """
    view = memoryview(frame)
    data = bytearray()
    stream = new_stream()
    position = 0
    try:
        while position < len(view):
            if stream.eof:
                stream = new_stream()
            step = view[position : position + _STEP]
            data += stream.decompress(step, limit + 1 - len(data))  # never 0, which means no bound to zlib
            if len(data) > limit:
                raise TooLarge(limit)
            position += len(step) - len(stream.unused_data or b"")
    except failure as error:
        raise DecodeError(f"{name} says {error}") from None
    if not stream.eof:
        raise DecodeError(f"the {name} stream ends too early")
    return bytes(data)
