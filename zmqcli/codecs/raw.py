"""The frame's bytes, untouched: the default."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from zmqcli.codecs._text import from_base64
from zmqcli.errors import EncodeError

if TYPE_CHECKING:
    from zmqcli.codecs._api import Value

__all__ = ["RawCodec"]


class RawCodec:
    """A value is the frame's own bytes; in JSON a str, or `{"base64": ...}` when they are not UTF-8."""

    name: ClassVar[str] = "raw"
    summary: ClassVar[str] = "the bytes as they are"
    writes: ClassVar[bool] = True
    plain: ClassVar[bool] = True

    def decode(self, frame: bytes) -> bytes:
        """Return the frame itself."""
        return frame

    def encode(self, value: Value) -> bytes:
        """Return the bytes of a str, of `{"base64": ...}`, or of bytes."""
        match value:
            case bytes():
                return value
            case str():
                try:
                    return value.encode()
                except UnicodeEncodeError:
                    raise EncodeError("UTF-8 cannot encode a lone surrogate") from None
            case {"base64": str() as text, **rest} if not rest:
                try:
                    return from_base64(text)
                except ValueError as error:
                    raise EncodeError(str(error)) from None
            case _:
                raise EncodeError('a raw frame is a string or {"base64": "..."}')

    def encode_text(self, text: bytes) -> bytes:
        """Return the text itself."""
        return text
