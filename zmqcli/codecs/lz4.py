"""LZ4 frames: https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md."""

from __future__ import annotations

from typing import ClassVar

from zmqcli.codecs._extra import require
from zmqcli.codecs._members import unwrap_members

__all__ = ["Lz4Layer"]


class Lz4Layer:
    """One or more LZ4 frames per frame. Bare blocks are not supported, because they have no end mark."""

    name: ClassVar[str] = "lz4"
    summary: ClassVar[str] = "compressed, in front of another codec: lz4+msgpack"

    def __init__(self) -> None:
        self._library = require("lz4", "lz4", "lz4.frame")

    def unwrap(self, frame: bytes, limit: int, /) -> bytes:
        """Return the decompressed data. Raise DecodeError for more than `limit` bytes, or a broken frame."""
        return unwrap_members("lz4", self._library.LZ4FrameDecompressor, RuntimeError, frame, limit)

    def wrap(self, data: bytes, /) -> bytes:
        """Return one LZ4 frame at the default level, with the size in its header."""
        compressed: bytes = self._library.compress(data)
        return compressed
