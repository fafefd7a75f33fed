"""What a codec is: bytes of one frame <-> a value."""

from __future__ import annotations

from typing import Any, ClassVar, NoReturn, Protocol, TypeAlias, runtime_checkable

from zmqcli.errors import DecodeError, EncodeError

__all__ = ["UNDECODED", "Codec", "Layer", "ReadsOnly", "TooLarge", "Value"]

Value: TypeAlias = Any
"""A decoded frame: what `json.loads` can give, and for `raw` the frame's own bytes."""


class _Undecoded:
    """The place of a frame that its codec could not decode."""

    def __repr__(self) -> str:
        return "UNDECODED"


UNDECODED = _Undecoded()


class TooLarge(DecodeError):
    """More is inside than `--max-size` allows: what a bomb raises before it goes off."""

    def __init__(self, limit: int, what: str = "") -> None:
        super().__init__(what or f"it decompresses to more than {limit} bytes", hint="--max-size sets the limit")


@runtime_checkable
class Codec(Protocol):
    """Bytes of one frame <-> a value. One small class a file; stateless; made once a run, without arguments.

    The properties are plain class attributes in a codec. What an error says is the reason alone
    (`it ends too early`): the caller puts `frame 1 is not json:` in front.
    """

    @property
    def name(self) -> str:
        """The word for `-x`."""

    @property
    def summary(self) -> str:
        """One line for `zmqcli codecs`."""

    @property
    def writes(self) -> bool:
        """Whether it can encode; a codec that only reads sends raw."""

    @property
    def plain(self) -> bool:
        """Whether a str value is shown as itself (`text`, `hex`) and not as a JSON string."""

    def decode(self, frame: bytes) -> Value:
        """Return the value in `frame`, made of what JSON has. Raise DecodeError when it holds none."""

    def encode(self, value: Value) -> bytes:
        """Return the frame for a value made of what JSON has. Raise EncodeError when there is none."""

    def encode_text(self, text: bytes) -> bytes:
        """Return the frame for the text a user typed or piped. Raise EncodeError when it is not the value's text."""


@runtime_checkable
class Layer(Protocol):
    """What may stand before a `+`: the bytes of a frame <-> the bytes inside. A codec can be a layer too (`hex`)."""

    @property
    def name(self) -> str:
        """The word for `-x`."""

    @property
    def summary(self) -> str:
        """One line for `zmqcli codecs`."""

    def unwrap(self, frame: bytes, limit: int, /) -> bytes:
        """Return what is inside, at most `limit` bytes. Raise DecodeError when it is more, or not of this kind."""

    def wrap(self, data: bytes, /) -> bytes:
        """Return the frame around `data`."""


class ReadsOnly:
    """What a codec that cannot encode is made from. Nobody asks it to: what it would send goes out raw."""

    writes: ClassVar[bool] = False

    def encode(self, _value: Value) -> NoReturn:
        """Raise EncodeError."""
        raise EncodeError("it only reads")

    def encode_text(self, _text: bytes) -> NoReturn:
        """Raise EncodeError."""
        raise EncodeError("it only reads")
