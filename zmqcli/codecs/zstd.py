"""Zstandard: RFC 8878. Python 3.14 includes the module; `backports.zstd` provides it for earlier versions."""

from __future__ import annotations

from typing import ClassVar

from zmqcli.codecs._extra import require
from zmqcli.codecs._members import unwrap_members

__all__ = ["ZstdLayer"]


class ZstdLayer:
    """One or more Zstandard frames per frame. The library refuses windows over 128 MiB by default."""

    name: ClassVar[str] = "zstd"
    summary: ClassVar[str] = "compressed, in front of another codec: zstd+json"

    def __init__(self) -> None:
        self._library = require("zstd", "backports.zstd", "compression.zstd", "backports.zstd")

    def unwrap(self, frame: bytes, limit: int, /) -> bytes:
        """Return the decompressed data. Raise DecodeError for more than `limit` bytes, or a broken frame."""
        return unwrap_members("zstd", self._library.ZstdDecompressor, self._library.ZstdError, frame, limit)

    def wrap(self, data: bytes, /) -> bytes:
        """Return one Zstandard frame at the default level, with the size in its header."""
        compressed: bytes = self._library.compress(data)
        return compressed
