"""UTF-8 text (RFC 3629)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from zmqcli.errors import DecodeError, EncodeError

if TYPE_CHECKING:
    from zmqcli.codecs._api import Value

__all__ = ["TextCodec"]


class TextCodec:
    """The value is a str."""

    name: ClassVar[str] = "text"
    summary: ClassVar[str] = "UTF-8 text"
    writes: ClassVar[bool] = True
    plain: ClassVar[bool] = True

    def decode(self, frame: bytes) -> str:
        """Return the text. Raise DecodeError for bytes that are not UTF-8."""
        try:
            return frame.decode()
        except UnicodeDecodeError as error:
            raise DecodeError(_reason(error)) from None

    def encode(self, value: Value) -> bytes:
        """Return the UTF-8 of a str. Raise EncodeError for another type, and for a lone surrogate."""
        if not isinstance(value, str):
            raise EncodeError("the value is not a string")
        try:
            return value.encode()
        except UnicodeEncodeError:
            raise EncodeError("UTF-8 cannot encode a lone surrogate") from None

    def encode_text(self, text: bytes) -> bytes:
        """Return the text unchanged. Raise EncodeError for bytes that are not UTF-8."""
        try:
            text.decode()
        except UnicodeDecodeError as error:
            raise EncodeError(_reason(error)) from None
        return text


def _reason(error: UnicodeDecodeError) -> str:
    return f"byte 0x{error.object[error.start]:02x} at {error.start} is not UTF-8"
