"""JSON in UTF-8: RFC 8259. NaN and Infinity, which Python's json accepts, are refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from zmqcli.codecs._text import MAX_DEPTH, compact, parse
from zmqcli.errors import DecodeError, EncodeError

if TYPE_CHECKING:
    from zmqcli.codecs._api import Value

__all__ = ["JsonCodec"]


class JsonCodec:
    """One JSON text per frame; blanks around it are allowed. When an object repeats a key, the last one counts."""

    name: ClassVar[str] = "json"
    summary: ClassVar[str] = "JSON; text is checked and sent byte for byte"
    writes: ClassVar[bool] = True
    plain: ClassVar[bool] = False

    def decode(self, frame: bytes) -> Value:
        """Return the value. Raise DecodeError for malformed JSON, numbers out of range and too deep nesting."""
        try:
            return parse(frame, levels=MAX_DEPTH)
        except ValueError as error:
            raise DecodeError(str(error)) from None

    def encode(self, value: Value) -> bytes:
        """Return compact JSON. Raise EncodeError for NaN, infinities and too deep nesting."""
        try:
            return compact(value, strict=True).encode()
        except (ValueError, TypeError) as error:
            raise EncodeError(str(error)) from None
        except RecursionError:
            raise EncodeError("nested too deeply") from None

    def encode_text(self, text: bytes) -> bytes:
        """Check that the text is JSON and return it unchanged: signed protocols depend on every byte."""
        try:
            parse(text, numbers=False, levels=MAX_DEPTH)
        except ValueError as error:
            raise EncodeError(str(error)) from None
        return text
