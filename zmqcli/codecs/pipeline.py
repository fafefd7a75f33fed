"""Runs all frames of a message through their codecs.

Every command imports this module, and most use only `raw`, so it imports nothing that another codec may need:
`_chain` and `_registry` are imported with the first other name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from zmqcli.codecs._api import UNDECODED
from zmqcli.codecs._text import compact
from zmqcli.codecs.raw import RawCodec
from zmqcli.errors import DecodeError, EncodeError, OptionError
from zmqcli.message import as_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zmqcli.codecs._api import Codec, Value
    from zmqcli.codecs.typed import Type
    from zmqcli.message import Message

__all__ = ["MAX_DECODED", "RAW", "FrameCodecs"]

MAX_DECODED = 256 << 20
"""The most bytes that a codec may decompress one frame to, unless `--max-size` is given."""


class FrameCodecs:
    """The codecs of a run, one for each frame. The last codec also applies to all further frames.

    Position 0 is the first frame after the envelope, also in the frame numbers of errors.
    """

    __slots__ = ("_codecs", "_decode_message", "_type", "is_raw")

    is_raw: bool
    """Whether every codec is raw, so that nothing needs decoding."""

    def __init__(self, codecs: Sequence[Codec], typed: Type | None = None) -> None:
        self._codecs = tuple(codecs)
        self._type = typed
        # Only `auto` sees the whole message, because a header describes the frame after it.
        self._decode_message = getattr(codecs[0], "decode_message", None) if len(codecs) == 1 else None
        self.is_raw = typed is None and all(isinstance(codec, RawCodec) for codec in codecs)

    @classmethod
    def parse(cls, spec: str, max_decoded: int = MAX_DECODED, typed: str | None = None) -> FrameCodecs:
        """Return the codecs for `NAME[,NAME...]`, each a name or a `+` chain. `typed` is the class of `--type`.

        Raise OptionError for unknown names, and for a class that cannot be used.
        """
        codecs = [_codec(name.strip(), spec, max_decoded) for name in spec.split(",")]
        if typed is None:
            return cls(codecs)
        from zmqcli.codecs.typed import Type

        return cls(codecs, Type(typed))

    def codec_at(self, position: int) -> Codec:
        """Return the codec of the frame at `position` (>= 0)."""
        return self._codecs[min(position, len(self._codecs) - 1)]

    def codec_of(self, position: int, count: int) -> Codec:
        """Return the codec of one of `count` frames. With `--type`, the last frame's is the typed codec."""
        codec = self.codec_at(position)
        return self._type.codec(codec) if self._type and position == count - 1 else codec

    def decode(self, message: Message, envelope: int) -> tuple[list[Value], list[DecodeError]]:
        """Return a value for each frame, and an error for each frame that could not be decoded.

        The first `envelope` frames stay bytes. A frame that its codec refuses becomes UNDECODED. The errors are
        worded `frame 1 is not json: ...`.
        """
        values: list[Value] = [as_bytes(frame) for frame in message[:envelope]]
        errors: list[DecodeError] = []
        if self._decode_message and self._type is None:
            return [*values, *self._decode_message(message[envelope:])], errors
        for position, frame in enumerate(message[envelope:]):
            codec = self.codec_of(position, len(message) - envelope)
            try:
                values.append(codec.decode(as_bytes(frame)))
            except Exception as error:  # noqa: BLE001 - a codec may be a plug-in and raise anything
                values.append(UNDECODED)
                errors.append(_refused(DecodeError, position, codec, error))
        return values, errors

    def encode_texts(self, message: Message, envelope: int) -> Message:
        """Encode a message whose frames are the texts of values.

        The first `envelope` frames, and those of a codec that only reads, stay unchanged. Raise EncodeError for the
        first frame that its codec refuses.
        """
        if self.is_raw:
            return message
        encoded = message[:envelope]
        for position, frame in enumerate(message[envelope:]):
            codec = self.codec_of(position, len(message) - envelope)
            try:
                encoded.append(codec.encode_text(as_bytes(frame)) if codec.writes else frame)
            except Exception as error:
                raise _refused(EncodeError, position, codec, error) from error
        return encoded

    def encode_values(self, values: Sequence[Value], envelope: int = 0) -> Message:
        """Encode a message from the values of its frames. The first `envelope` of them are raw.

        The value of a raw frame, and of a codec that only reads, is a str, or `{"base64": ...}` for bytes that are not
        UTF-8. Raise EncodeError for the first value that its codec refuses.
        """
        raw = RawCodec()
        encoded: Message = []
        for position, value in enumerate(values, -envelope):
            codec = self.codec_of(position, len(values) - envelope) if position >= 0 else raw
            if not codec.writes:
                codec = raw
            try:
                encoded.append(codec.encode(value))
            except Exception as error:
                raise _refused(EncodeError, position, codec, error) from error
        return encoded

    @property
    def hands_over(self) -> bool:
        """Whether a frame refers to a resource that passes to the one receiver (`shm`)."""
        return any(getattr(codec, "hands_over", False) for codec in self._codecs)

    def take_back(self) -> None:
        """Free the resources of messages that were not delivered."""
        for codec in self._codecs:
            if getattr(codec, "hands_over", False):
                codec.take_back()  # type: ignore[attr-defined] # what has `hands_over` has `take_back`

    def show(self, position: int, value: Value) -> str:
        r"""Return a decoded value as text: compact JSON, or a `plain` codec's string as it is.

        Bytes (from `raw` or the envelope) are decoded as UTF-8, and invalid ones become `\xNN`.
        """
        if isinstance(value, bytes):
            return value.decode("utf-8", "backslashreplace")
        if isinstance(value, str) and self.codec_at(position).plain:
            return value
        if self._type and (shown := getattr(value, "shown", None)) is not None:
            return str(shown)
        return compact(value)


def _codec(name: str, spec: str, max_decoded: int) -> Codec:
    if name == RawCodec.name:
        return RawCodec()
    if not name:
        raise OptionError(f"a name is missing in the codecs {spec!r}", hint="for example text,json")
    from zmqcli.codecs import _chain  # imports the registry, which `raw` does not need

    return _chain.build(name, max_decoded)


Refusal = TypeVar("Refusal", DecodeError, EncodeError)


def _refused(kind: type[Refusal], position: int, codec: Codec, error: Exception) -> Refusal:
    """Return the data error for a frame that `codec` refuses.

    Any other exception is a bug in the codec, usually a plug-in. It is reported and does not end the stream.
    """
    where = f"frame {position}" if position >= 0 else "an envelope frame"
    if isinstance(error, DecodeError | EncodeError):
        return kind(f"{where} is not {codec.name}: {error.what}", why=error.why, hint=error.hint)
    raised = f"{type(error).__name__}: {error}".partition("\n")[0]
    return kind(f"{where} is not {codec.name}: it raised {raised:.200}", hint="this is a bug in the codec")


RAW = FrameCodecs.parse("raw")
"""The default of every command."""
