"""What a codec is: bytes of one frame <-> a value."""

from __future__ import annotations

from typing import Any, ClassVar, NoReturn, Protocol, TypeAlias, runtime_checkable

from zmqcli.errors import DecodeError, EncodeError

__all__ = ["ENTRY_POINTS", "UNDECODED", "Codec", "Layer", "ReadsOnly", "TooLarge", "Value"]

ENTRY_POINTS = "zmqcli.codecs"
"""The entry-point group of plug-in codecs. A plug-in cannot take the name of a built-in one."""

Value: TypeAlias = Any
"""A decoded frame: what `json.loads` can give, and for `raw` the frame's own bytes."""


class _Undecoded:
    """Stands in for a frame that its codec could not decode."""

    def __repr__(self) -> str:
        return "UNDECODED"


UNDECODED = _Undecoded()


class TooLarge(DecodeError):
    """A frame decompresses to more than `--max-size` allows. It is raised before the whole is decompressed."""

    def __init__(self, limit: int, what: str = "") -> None:
        super().__init__(what or f"it decompresses to more than {limit} bytes", hint="--max-size sets the limit")


@runtime_checkable
class Codec(Protocol):
    """Bytes of one frame <-> a value. A codec is stateless, and is made once per run, without arguments.

    A codec defines the properties as plain class attributes. Its errors give only the reason (`it ends too early`),
    and the caller puts `frame 1 is not json:` in front.
    """

    @property
    def name(self) -> str:
        """The word for `-x`."""

    @property
    def summary(self) -> str:
        """One line for `zmqcli codecs`."""

    @property
    def writes(self) -> bool:
        """Whether it can encode. With a codec that cannot, frames are sent raw."""

    @property
    def plain(self) -> bool:
        """Whether a str value is printed as it is (`text`, `hex`) and not as a JSON string."""

    def decode(self, frame: bytes) -> Value:
        """Return the value in `frame`, in JSON's types. Raise DecodeError when it holds none."""

    def encode(self, value: Value) -> bytes:
        """Return the frame for a value in JSON's types. Raise EncodeError when the codec cannot hold it."""

    def encode_text(self, text: bytes) -> bytes:
        """Return the frame for the text that a user typed or piped. Raise EncodeError when it is no valid text."""


@runtime_checkable
class Layer(Protocol):
    """What may stand before a `+`: bytes of a frame <-> the bytes inside it. A codec can also be a layer (`hex`)."""

    @property
    def name(self) -> str:
        """The word for `-x`."""

    @property
    def summary(self) -> str:
        """One line for `zmqcli codecs`."""

    def unwrap(self, frame: bytes, limit: int, /) -> bytes:
        """Return the bytes inside. Raise DecodeError for more than `limit` bytes, or for another kind of frame."""

    def wrap(self, data: bytes, /) -> bytes:
        """Return the frame around `data`."""


class ReadsOnly:
    """Base class of a codec that cannot encode. Frames are sent raw instead, so its encoders are never called."""

    writes: ClassVar[bool] = False

    def encode(self, _value: Value) -> NoReturn:
        """Raise EncodeError."""
        raise EncodeError("it only reads")

    def encode_text(self, _text: bytes) -> NoReturn:
        """Raise EncodeError."""
        raise EncodeError("it only reads")
