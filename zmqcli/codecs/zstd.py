"""Zstandard: RFC 8878. Python 3.14 has it; before, `backports.zstd` is the same module."""

from __future__ import annotations

from typing import ClassVar

from zmqcli.codecs._extra import require
from zmqcli.codecs._members import unwrap_members

__all__ = ["ZstdLayer"]


class ZstdLayer:
    """One or more Zstandard frames a frame. Windows over 128 MiB are refused by the library's own default."""

    name: ClassVar[str] = "zstd"
    summary: ClassVar[str] = "compressed, in front of another codec: zstd+json"

    def __init__(self) -> None:
        self._library = require("zstd", "backports.zstd", "compression.zstd", "backports.zstd")

    def unwrap(self, frame: bytes, limit: int, /) -> bytes:
        """Return what decompresses to at most `limit` bytes. Raise DecodeError for more, or a broken frame."""
        return unwrap_members("zstd", self._library.ZstdDecompressor, self._library.ZstdError, frame, limit)

    def wrap(self, data: bytes, /) -> bytes:
        """Return one frame at the default level, its size in its header."""
        compressed: bytes = self._library.compress(data)
        return compressed
