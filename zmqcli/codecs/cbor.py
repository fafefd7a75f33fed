"""CBOR: RFC 8949. Types that JSON lacks become tagged objects as in `msgpack`, plus `$tag` and `$simple`.

docs/codecs.md lists them.
"""

from __future__ import annotations

import struct
from math import isfinite
from typing import TYPE_CHECKING, Any, ClassVar

from zmqcli.codecs._text import MAX_DEPTH, NOT_FINITE, TOO_DEEP, compact, from_base64, parse, to_base64
from zmqcli.errors import DecodeError, EncodeError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zmqcli.codecs._api import Value

__all__ = ["CborCodec"]

_KEYS = frozenset({"$binary", "$float", "$map", "$simple", "$tag"})
_UNSIGNED, _NEGATIVE, _BYTES, _TEXT, _ARRAY, _MAP, _TAG, _OTHER = range(8)
"""Major types: section 3.1."""
_INDEFINITE = 31
_WORDS = {20: False, 21: True, 22: None}
_SIMPLE = {*range(20), 23, *range(32, 256)}
"""Simple values that JSON lacks; 23 is `undefined`."""
_FLOATS = {25: ">e", 26: ">f", 27: ">d"}
_POSITIVE_BIG, _NEGATIVE_BIG = 2, 3
"""Tags for integers over 64 bits."""
_BIGGEST = 1700
"""The largest integer printed in decimal, in bytes: Python writes at most 4300 digits."""
_64_BITS = 1 << 64
_BREAK = object()


class CborCodec:
    """One CBOR item per frame. It writes definite lengths and 64-bit floats only."""

    name: ClassVar[str] = "cbor"
    summary: ClassVar[str] = "CBOR; its own types as tagged JSON objects"
    writes: ClassVar[bool] = True
    plain: ClassVar[bool] = False

    def decode(self, frame: bytes) -> Value:
        """Return the item in JSON's types. Raise DecodeError when `frame` is not exactly one item."""
        reader = _Reader(frame)
        try:
            value = reader.item(MAX_DEPTH)
        except UnicodeDecodeError:
            raise DecodeError("it holds text that is not UTF-8") from None
        except ValueError as error:
            raise DecodeError(str(error)) from None
        if reader.position < len(frame):
            raise DecodeError("more follows the first item")
        return value

    def encode(self, value: Value) -> bytes:
        """Return the item for a value in JSON's types, with tagged objects converted back.

        Raise EncodeError for a malformed tag, and for a lone surrogate.
        """
        try:
            return b"".join(_written(value, MAX_DEPTH))
        except UnicodeEncodeError:
            raise EncodeError("UTF-8 cannot encode a lone surrogate") from None
        except (ValueError, struct.error) as error:
            raise EncodeError(str(error)) from None

    def encode_text(self, text: bytes) -> bytes:
        """Return the item for JSON text."""
        try:
            value = parse(text)
        except ValueError as error:
            raise EncodeError(str(error)) from None
        return self.encode(value)


class _Reader:
    """Reads item after item. It allocates only for what it has read, so a false length costs nothing."""

    def __init__(self, frame: bytes) -> None:
        self._frame = frame
        self.position = 0

    def item(self, levels: int, *, breaks: bool = False) -> Any:
        """Return the next item; with `breaks` it may be _BREAK. Raise ValueError when it is malformed."""
        first = self._take(1)[0]
        major, info = first >> 5, first & 31
        if major == _OTHER:
            return self._other(info, breaks=breaks)
        number = self._number(info, indefinite=_BYTES <= major <= _MAP)
        if major == _UNSIGNED:
            return number
        if major == _NEGATIVE:
            return -1 - number  # type: ignore[operator] # not indefinite
        if major in {_BYTES, _TEXT}:
            data = self._string(major, number)
            return data.decode() if major == _TEXT else {"$binary": to_base64(data)}
        if levels < 4:  # noqa: PLR2004 - {"$map": [[key, {"$binary": ...}]]}
            raise ValueError(TOO_DEEP)
        if major == _ARRAY:
            return list(self._items(number, levels - 1))
        return self._map(number, levels) if major == _MAP else self._tagged(number, levels)

    def _take(self, size: int) -> bytes:
        start, self.position = self.position, self.position + size
        if self.position > len(self._frame):
            raise ValueError("it ends too early")
        return self._frame[start : self.position]

    def _number(self, info: int, *, indefinite: bool) -> int | None:
        """Return the argument of an initial byte (section 3), or None for an indefinite length."""
        if info < 24:  # noqa: PLR2004 - the number itself
            return info
        if info < 28:  # noqa: PLR2004 - in the next 1, 2, 4 or 8 bytes
            return int.from_bytes(self._take(1 << info - 24), "big")
        if info == _INDEFINITE and indefinite:
            return None
        raise ValueError(f"it holds the reserved length {info}")

    def _string(self, major: int, size: int | None) -> bytes:
        if size is not None:
            return self._take(size)
        chunks = []
        while (first := self._take(1)[0]) != 0xFF:  # noqa: PLR2004 - the break code
            if first >> 5 != major:
                raise ValueError("a string in chunks has a chunk of another type")
            chunks.append(self._take(self._number(first & 31, indefinite=False) or 0))
        return b"".join(chunks)

    def _items(self, count: int | None, levels: int) -> Iterator[Any]:
        if count is None:
            while (value := self.item(levels, breaks=True)) is not _BREAK:
                yield value
            return
        for _ in range(count):
            yield self.item(levels)

    def _map(self, count: int | None, levels: int) -> Value:
        items = list(self._items(None if count is None else 2 * count, levels - 3))
        if len(items) % 2:
            raise ValueError("a key has no value")
        pairs = list(zip(items[::2], items[1::2], strict=True))
        mapping = {key: value for key, value in pairs if isinstance(key, str)}
        if len(mapping) < len(pairs) or (len(pairs) == 1 and not _KEYS.isdisjoint(mapping)):
            return {"$map": [list(pair) for pair in pairs]}
        return mapping

    def _tagged(self, number: int | None, levels: int) -> Value:
        value = self.item(levels - 2)
        match number, value:
            case ((2 | 3), {"$binary": str() as text}):
                data = from_base64(text)
                if len(data) <= _BIGGEST:
                    big = int.from_bytes(data, "big")
                    return big if number == _POSITIVE_BIG else -1 - big
        return {"$tag": [number, value]}

    def _other(self, info: int, *, breaks: bool) -> Any:
        if info in _WORDS:
            return _WORDS[info]
        if info in _FLOATS:
            data = self._take(1 << info - 24)
            (number,) = struct.unpack(_FLOATS[info], data)
            return number if isfinite(number) else {"$float": str(number)}
        if info == _INDEFINITE and breaks:
            return _BREAK
        simple = self._take(1)[0] if info == 24 else info  # noqa: PLR2004 - in the next byte
        if simple not in _SIMPLE or (info == 24 and simple < 32):  # noqa: PLR2004 - section 3.3
            raise ValueError("it holds a break or a simple value in an invalid place")
        return {"$simple": simple}


def _written(value: Value, levels: int) -> Iterator[bytes]:
    """Yield `value` in chunks. Raise ValueError for a value that CBOR cannot hold."""
    if levels < 0:
        raise ValueError(TOO_DEEP)
    match value:
        case bool() | None:
            yield {False: b"\xf4", True: b"\xf5", None: b"\xf6"}[value]
        case int():
            yield _integer(value)
        case float() if isfinite(value):
            yield b"\xfb" + struct.pack(">d", value)
        case str():
            data = value.encode()
            yield _head(_TEXT, len(data)) + data
        case list():
            yield _head(_ARRAY, len(value))
            for item in value:
                yield from _written(item, levels - 1)
        case dict() if len(value) == 1 and not _KEYS.isdisjoint(value):
            [(key, content)] = value.items()
            yield from _written_tagged(key, content, levels)
        case dict():
            yield from _written_pairs(value.items(), levels - 1)
        case _:
            raise ValueError(f"{value!r:.60} is not JSON")


def _written_pairs(pairs: Any, levels: int) -> Iterator[bytes]:
    yield _head(_MAP, len(pairs))
    for key, value in pairs:
        yield from _written(key, levels)
        yield from _written(value, levels)


def _written_tagged(key: str, content: Value, levels: int) -> Iterator[bytes]:
    match key, content:
        case "$binary", str():
            data = from_base64(content)
            yield _head(_BYTES, len(data)) + data
        case "$float", "nan" | "inf" | "-inf":
            yield b"\xfb" + struct.pack(">d", NOT_FINITE[content])
        case "$simple", int() if type(content) is int and content in _SIMPLE:
            yield bytes([0xE0 | content]) if content < 24 else bytes([0xF8, content])  # noqa: PLR2004 - section 3.3
        case "$tag", [int() as number, inner] if type(number) is int and 0 <= number < _64_BITS:
            yield _head(_TAG, number)
            yield from _written(inner, levels - 2)
        case "$map", list() if all(isinstance(pair, list) and len(pair) == 2 for pair in content):  # noqa: PLR2004 - a pair
            yield from _written_pairs(content, levels - 3)
        case _:
            raise ValueError(f"{compact(content):.60} is not valid in {key}")


def _integer(value: int) -> bytes:
    major, number = (_UNSIGNED, value) if value >= 0 else (_NEGATIVE, -1 - value)
    if number < _64_BITS:
        return _head(major, number)
    data = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return _head(_TAG, _POSITIVE_BIG if value >= 0 else _NEGATIVE_BIG) + _head(_BYTES, len(data)) + data


def _head(major: int, number: int) -> bytes:
    """Return the initial byte and its argument in the shortest form."""
    if number < 24:  # noqa: PLR2004 - section 3
        return bytes([major << 5 | number])
    power = max(0, (number.bit_length() - 1).bit_length() - 3)
    return bytes([major << 5 | 24 + power]) + number.to_bytes(1 << power, "big")
