"""Bytes as padded base64: RFC 4648, section 4."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from zmqcli.codecs._text import from_base64, to_base64
from zmqcli.errors import DecodeError, EncodeError

if TYPE_CHECKING:
    from zmqcli.codecs._api import Value

__all__ = ["Base64Codec"]


class Base64Codec:
    """Any bytes, read and written as base64. Before a `+` the frame itself is base64."""

    name: ClassVar[str] = "base64"
    summary: ClassVar[str] = "any bytes, as base64"
    writes: ClassVar[bool] = True
    plain: ClassVar[bool] = True

    def decode(self, frame: bytes) -> str:
        """Return the frame as one line of base64."""
        return to_base64(frame)

    def encode(self, value: Value) -> bytes:
        """Return the bytes of base64 in a str."""
        if not isinstance(value, str):
            raise EncodeError("the value is not a string")
        # A character that UTF-8 cannot encode becomes "?", which is not base64.
        return self.encode_text(value.encode("utf-8", "replace"))

    def encode_text(self, text: bytes) -> bytes:
        """Return the bytes of base64; blanks around it are allowed."""
        try:
            return from_base64(text.strip())
        except ValueError as error:
            raise EncodeError(str(error)) from None

    def unwrap(self, frame: bytes, _limit: int, /) -> bytes:
        """Return the bytes of a frame of base64. They are fewer than the frame's, so no limit is needed."""
        try:
            return self.encode_text(frame)
        except EncodeError as error:
            raise DecodeError(error.what) from None

    def wrap(self, data: bytes, /) -> bytes:
        """Return a frame with one line of base64."""
        return to_base64(data).encode()
