"""MessagePack: https://github.com/msgpack/msgpack/blob/master/spec.md.

JSON has no bytes, extension types, timestamps or keys that are not strings. They are written as objects with one
tagged key (`docs/codecs.md`), losslessly in both directions. A map whose only key looks like a tag is written as
`$map`, so an object with one tagged key is never ambiguous.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from math import isfinite
from typing import TYPE_CHECKING, Any, ClassVar

import msgpack  # type: ignore[import-untyped] # the package ships no types

from zmqcli.codecs._text import MAX_DEPTH, NOT_FINITE, TOO_DEEP, compact, from_base64, parse, to_base64
from zmqcli.errors import DecodeError, EncodeError

if TYPE_CHECKING:
    from collections.abc import Callable

    from zmqcli.codecs._api import Value

__all__ = ["MsgpackCodec"]

_TAGS = frozenset({"$binary", "$ext", "$timestamp", "$map", "$float", "$str"})

_LEVELS = MAX_DEPTH - 2
"""Levels that arrays and maps may nest; the tag around a leaf adds up to two ($ext)."""

_TIMESTAMP = -1
"""The extension type that the specification assigns to timestamps."""
_EXT_CODES = range(-128, 128)
_ISO = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]{1,9}))?Z")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_YEAR_1 = -62_135_596_800
_YEAR_10000 = 253_402_300_800
"""The first and the last year of ISO 8601 and datetime, in seconds since 1970."""


class MsgpackCodec:
    """One MessagePack object per frame. Types that JSON lacks become tagged objects (`docs/codecs.md`)."""

    name: ClassVar[str] = "msgpack"
    summary: ClassVar[str] = "MessagePack; its own types as tagged JSON objects"
    writes: ClassVar[bool] = True
    plain: ClassVar[bool] = False

    def decode(self, frame: bytes) -> Value:
        """Return the object in JSON's types. Raise DecodeError when `frame` is not exactly one object."""
        try:
            # unpackb limits every length in the frame to the frame's own length. surrogateescape keeps the bytes of
            # a str that is not UTF-8 (raw=True would keep them too, but turn every str into bytes).
            unpacked = msgpack.unpackb(
                frame,
                strict_map_key=False,
                unicode_errors="surrogateescape",
                object_pairs_hook=_Pairs,
                ext_hook=_ext_to_json,
            )
            return _to_json(unpacked, _LEVELS)
        except msgpack.ExtraData:
            raise DecodeError("more follows the first object") from None
        except msgpack.StackError:
            raise DecodeError(TOO_DEEP) from None
        except msgpack.FormatError:
            raise DecodeError("it holds the byte 0xc1, which MessagePack never uses") from None
        except ValueError as error:
            incomplete = "incomplete" in str(error) or "exceeds max_" in str(error)
            raise DecodeError("it ends too early" if incomplete else str(error)) from None
        except MemoryError:  # nested arrays can each claim as many elements as the frame has bytes
            raise DecodeError("it claims more elements than there is memory for") from None

    def encode(self, value: Value) -> bytes:
        """Return the object for a value in JSON's types, with tagged objects converted back.

        Raise EncodeError for a malformed tag, a lone surrogate, and an integer over 64 bits.
        """
        chunks: list[bytes] = []
        try:
            _Writer(chunks.append).write(value, _LEVELS)
        except UnicodeEncodeError:
            raise EncodeError(
                "UTF-8 cannot encode a lone surrogate", hint='write bytes as {"$str": "<base64>"}'
            ) from None
        except OverflowError:
            raise EncodeError("an integer does not fit in 64 bits") from None
        except ValueError as error:
            raise EncodeError(str(error)) from None
        except RecursionError:  # the error for a malformed tag prints its content, which may nest too deeply
            raise EncodeError(TOO_DEEP) from None
        return b"".join(chunks)

    def encode_text(self, text: bytes) -> bytes:
        """Return the object for JSON text."""
        try:
            value = parse(text)
        except ValueError as error:
            raise EncodeError(str(error)) from None
        return self.encode(value)


class _Pairs(list[tuple[Any, Any]]):
    """A map, kept as pairs: a dict would lose equal keys, and cannot have a map as a key."""


def _ext_to_json(code: int, data: bytes) -> dict[str, Value]:
    return {"$ext": [code, to_base64(data)]}


def _to_json(value: Any, levels: int) -> Value:
    """Return an unpacked object in JSON's types. Raise ValueError when it has more than `levels` levels."""
    kind = type(value)
    if kind is list:
        if levels < 1:
            raise ValueError(TOO_DEEP)
        return [_to_json(item, levels - 1) for item in value]
    if kind is _Pairs:
        return _pairs_to_json(value, levels)
    leaf = _LEAVES.get(kind)
    return leaf(value) if leaf else value  # None, bool, int, or a dict from _ext_to_json


def _pairs_to_json(pairs: _Pairs, levels: int) -> Value:
    plain = all(type(key) is str and _str_to_json(key) is key for key, _ in pairs)
    distinct = plain and len({key for key, _ in pairs}) == len(pairs)
    tagged = len(pairs) == 1 and plain and pairs[0][0] in _TAGS
    used = 1 if distinct and not tagged else 3  # {"$map": [[key, value]]}
    if levels < used:
        raise ValueError(TOO_DEEP)
    if used == 1:
        mapping = {}
        for key, value in pairs:
            mapping[key] = _to_json(value, levels - 1)
        return mapping
    items = []
    for key, value in pairs:
        items.append([_to_json(key, levels - used), _to_json(value, levels - used)])
    return {"$map": items}


def _str_to_json(value: str) -> Value:
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            return {"$str": to_base64(value.encode("utf-8", "surrogateescape"))}
    return value


def _float_to_json(value: float) -> Value:
    return value if isfinite(value) else {"$float": str(value)}


def _bytes_to_json(value: bytes) -> Value:
    return {"$binary": to_base64(value)}


def _timestamp_to_json(value: Any) -> Value:
    if _YEAR_1 <= value.seconds < _YEAR_10000:
        moment = (_EPOCH + timedelta(seconds=value.seconds)).replace(tzinfo=None)
        return {"$timestamp": f"{moment.isoformat()}.{value.nanoseconds:09}Z"}
    return _ext_to_json(_TIMESTAMP, value.to_bytes())


_LEAVES: dict[type, Callable[[Any], Value]] = {
    str: _str_to_json,
    float: _float_to_json,
    bytes: _bytes_to_json,
    msgpack.Timestamp: _timestamp_to_json,
}


class _Writer:
    """Writes a value in chunks, because packb cannot write maps with equal or unhashable keys."""

    def __init__(self, emit: Callable[[bytes], object]) -> None:
        self._emit = emit
        self._packer = msgpack.Packer()

    def write(self, value: Value, levels: int) -> None:
        """Emit `value`. Raise ValueError or OverflowError for a value that MessagePack cannot hold."""
        kind = type(value)
        if kind is dict:
            if len(value) == 1:
                [(key, content)] = value.items()
                if key in _TAGS:
                    self._write_tagged(key, content, levels)
                    return
            self._write_pairs(value.items(), levels - 1)
        elif kind is list:
            if levels < 1:
                raise ValueError(TOO_DEEP)
            self._emit(self._packer.pack_array_header(len(value)))
            for item in value:
                self.write(item, levels - 1)
        elif kind is float and not isfinite(value):
            raise ValueError(f'{value} is not JSON; write {{"$float": "{value}"}}')
        else:
            self._emit(self._packer.pack(value))

    def _write_pairs(self, pairs: Any, levels: int) -> None:
        if levels < 0:
            raise ValueError(TOO_DEEP)
        self._emit(self._packer.pack_map_header(len(pairs)))
        for key, value in pairs:
            self.write(key, levels)
            self.write(value, levels)

    def _write_tagged(self, tag: str, content: Value, levels: int) -> None:
        match tag, content:
            case "$binary", str():
                self._emit(self._packer.pack(from_base64(content)))
            case "$str", str():
                text = from_base64(content).decode("utf-8", "surrogateescape")
                self._emit(msgpack.packb(text, unicode_errors="surrogateescape"))
            case "$float", "nan" | "inf" | "-inf":
                self._emit(self._packer.pack(NOT_FINITE[content]))
            case "$timestamp", str():
                self._emit(self._packer.pack(_timestamp(content)))
            case "$ext", [int() as code, str() as data] if type(code) is int and code in _EXT_CODES:
                self._emit(self._packer.pack(_ext(code, from_base64(data))))
            case "$map", list() if all(isinstance(pair, list) and len(pair) == 2 for pair in content):  # noqa: PLR2004 - a pair
                self._write_pairs(content, levels - 3)
            case _:
                raise ValueError(f"{_short(content)} is not valid in {tag}")


def _timestamp(text: str) -> Any:
    matched = _ISO.fullmatch(text)
    if matched is None:
        raise ValueError(f"{_short(text)} is not a timestamp like 2026-11-23T12:00:00.000000001Z")
    try:
        moment = datetime.fromisoformat(f"{matched[1]}+00:00")
    except ValueError as error:
        raise ValueError(f"{_short(text)} is not a timestamp: {error}") from None
    return msgpack.Timestamp((moment - _EPOCH) // timedelta(seconds=1), int((matched[2] or "").ljust(9, "0")))


def _ext(code: int, data: bytes) -> Any:
    if code == _TIMESTAMP:
        msgpack.Timestamp.from_bytes(data)  # raises ValueError for a timestamp that no receiver could read
    # _make bypasses the constructor, which refuses the negative codes that the specification reserves.
    return msgpack.ExtType._make((code, data))


def _short(content: Value) -> str:
    return f"{compact(content):.60}"
