"""JSON in UTF-8: RFC 8259. NaN and Infinity, which Python's json would take, are not JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from zmqcli.codecs._text import MAX_DEPTH, compact, parse
from zmqcli.errors import DecodeError, EncodeError

if TYPE_CHECKING:
    from zmqcli.codecs._api import Value

__all__ = ["JsonCodec"]


class JsonCodec:
    """One JSON text a frame, blanks around it allowed; of equal keys in an object the last counts."""

    name: ClassVar[str] = "json"
    summary: ClassVar[str] = "JSON; text is checked and sent byte for byte"
    writes: ClassVar[bool] = True
    plain: ClassVar[bool] = False

    def decode(self, frame: bytes) -> Value:
        """Return the value. Raise DecodeError for what is not JSON, and for numbers and nesting past all bounds."""
        try:
            return parse(frame, levels=MAX_DEPTH)
        except ValueError as error:
            raise DecodeError(str(error)) from None

    def encode(self, value: Value) -> bytes:
        """Return compact JSON. Raise EncodeError for NaN, infinities and nesting past all bounds."""
        try:
            return compact(value, strict=True).encode()
        except (ValueError, TypeError) as error:
            raise EncodeError(str(error)) from None
        except RecursionError:
            raise EncodeError("nested too deep") from None

    def encode_text(self, text: bytes) -> bytes:
        """Return the text itself, once it is known to be JSON: signed protocols depend on every byte of it."""
        try:
            parse(text, numbers=False, levels=MAX_DEPTH)
        except ValueError as error:
            raise EncodeError(str(error)) from None
        return text
