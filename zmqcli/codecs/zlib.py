"""Frames in zlib format: RFC 1950."""

from __future__ import annotations

import zlib
from typing import ClassVar

from zmqcli.codecs._api import TooLarge
from zmqcli.errors import DecodeError

__all__ = ["ZlibLayer"]


class ZlibLayer:
    """One zlib stream per frame."""

    name: ClassVar[str] = "zlib"
    summary: ClassVar[str] = "compressed, in front of another codec: zlib+json"

    def unwrap(self, frame: bytes, limit: int, /) -> bytes:
        """Return the decompressed data. Raise DecodeError for more than `limit` bytes, or a broken stream."""
        stream = zlib.decompressobj()
        try:
            data = stream.decompress(frame, limit + 1)  # one byte more than allowed shows that there is too much
        except zlib.error as error:
            raise DecodeError(f"zlib says {error}") from None
        if len(data) > limit:
            raise TooLarge(limit)
        if not stream.eof:
            raise DecodeError("the zlib stream ends too early")
        if stream.unused_data:
            raise DecodeError("more follows the end of the zlib stream")
        return data

    def wrap(self, data: bytes, /) -> bytes:
        """Return the data compressed at zlib's default level."""
        return zlib.compress(data)
