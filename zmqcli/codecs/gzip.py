"""What a frame in gzip format holds: RFC 1952."""

from __future__ import annotations

import zlib
from typing import ClassVar

from zmqcli.codecs._api import TooLarge
from zmqcli.errors import DecodeError

__all__ = ["GzipLayer"]

_GZIP = 31
"""zlib's window bits for a gzip header: https://zlib.net/manual.html#Advanced"""

_STEP = 1 << 14
"""Bytes given to zlib at a time. At the end of a member it copies what it did not use: a frame of many small members
would otherwise be copied once for each."""


class GzipLayer:
    """One or more gzip members a frame, one after the other, as the RFC has it."""

    name: ClassVar[str] = "gzip"
    summary: ClassVar[str] = "compressed, in front of another codec: gzip+msgpack"

    def unwrap(self, frame: bytes, limit: int, /) -> bytes:
        """Return what decompresses to at most `limit` bytes. Raise DecodeError for more, or a broken member."""
        view = memoryview(frame)
        data = bytearray()
        stream = zlib.decompressobj(_GZIP)
        position = 0
        try:
            while position < len(view):
                if stream.eof:
                    stream = zlib.decompressobj(_GZIP)
                step = view[position : position + _STEP]
                data += stream.decompress(step, limit + 1 - len(data))  # never 0, which would mean no bound
                if len(data) > limit:
                    raise TooLarge(limit)
                position += len(step) - len(stream.unused_data)
        except zlib.error as error:
            raise DecodeError(f"zlib says {error}") from None
        if not stream.eof:
            raise DecodeError("the gzip stream ends too early")
        return bytes(data)

    def wrap(self, data: bytes, /) -> bytes:
        """Return one member at zlib's default level, without a time, so that equal data gives equal frames."""
        return zlib.compress(data, wbits=_GZIP)
