"""Bytes as hexadecimal digits."""

from __future__ import annotations

from binascii import unhexlify
from typing import TYPE_CHECKING, ClassVar

from zmqcli.errors import DecodeError, EncodeError

if TYPE_CHECKING:
    from zmqcli.codecs._api import Value

__all__ = ["HexCodec"]


class HexCodec:
    """Any bytes, read and written as hex digits. Before a `+` the frame itself is hex digits."""

    name: ClassVar[str] = "hex"
    summary: ClassVar[str] = "any bytes, as hex digits"
    writes: ClassVar[bool] = True
    plain: ClassVar[bool] = True

    def decode(self, frame: bytes) -> str:
        """Return two lower-case digits for each byte."""
        return frame.hex()

    def encode(self, value: Value) -> bytes:
        """Return the bytes of the digits in a str."""
        if not isinstance(value, str):
            raise EncodeError("the value is not a string")
        # A character that UTF-8 cannot encode becomes "?", which is no digit.
        return self.encode_text(value.encode("utf-8", "replace"))

    def encode_text(self, text: bytes) -> bytes:
        """Return the bytes of digits in either case; blanks around them are allowed."""
        try:
            return unhexlify(text.strip())
        except ValueError as error:  # binascii.Error is one
            raise EncodeError(str(error).lower()) from None

    def unwrap(self, frame: bytes, _limit: int, /) -> bytes:
        """Return the bytes of a frame of hex digits. They are half as many, so no limit is needed."""
        try:
            return self.encode_text(frame)
        except EncodeError as error:
            raise DecodeError(error.what) from None

    def wrap(self, data: bytes, /) -> bytes:
        """Return a frame of hex digits."""
        return data.hex().encode()
