"""What a frame in gzip format holds: RFC 1952."""

from __future__ import annotations

import zlib
from typing import ClassVar

from zmqcli.codecs._members import unwrap_members

__all__ = ["GzipLayer"]

_GZIP = 31
"""zlib's window bits for a gzip header: https://zlib.net/manual.html#Advanced"""


class GzipLayer:
    """One or more gzip members a frame, one after the other, as the RFC has it."""

    name: ClassVar[str] = "gzip"
    summary: ClassVar[str] = "compressed, in front of another codec: gzip+msgpack"

    def unwrap(self, frame: bytes, limit: int, /) -> bytes:
        """Return what decompresses to at most `limit` bytes. Raise DecodeError for more, or a broken member."""
        return unwrap_members("gzip", lambda: zlib.decompressobj(_GZIP), zlib.error, frame, limit)

    def wrap(self, data: bytes, /) -> bytes:
        """Return one member at zlib's default level, without a time, so that equal data gives equal frames."""
        return zlib.compress(data, wbits=_GZIP)
