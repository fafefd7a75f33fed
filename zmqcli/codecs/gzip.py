"""Frames in gzip format: RFC 1952."""

from __future__ import annotations

import zlib
from typing import ClassVar

from zmqcli.codecs._members import unwrap_members

__all__ = ["GzipLayer"]

_GZIP = 31
"""zlib's window bits for a gzip header: https://zlib.net/manual.html#Advanced"""


class GzipLayer:
    """One or more consecutive gzip members per frame, as the RFC allows."""

    name: ClassVar[str] = "gzip"
    summary: ClassVar[str] = "compressed, in front of another codec: gzip+msgpack"

    def unwrap(self, frame: bytes, limit: int, /) -> bytes:
        """Return the decompressed data. Raise DecodeError for more than `limit` bytes, or a broken member."""
        return unwrap_members("gzip", lambda: zlib.decompressobj(_GZIP), zlib.error, frame, limit)

    def wrap(self, data: bytes, /) -> bytes:
        """Return one member at zlib's default level, without a timestamp, so that equal data gives equal frames."""
        return zlib.compress(data, wbits=_GZIP)
