r"""Detects what a frame most likely is, for the codec `auto` and the format `pretty`.

The tests run in this order, and the first that fits names the kind:

    empty       no bytes
    text        UTF-8 without control characters other than tab, newline and carriage return; in particular
        shm     a reference to shared memory: {"shm": NAME, "size": N}
        json    an object or an array, at most 1 MiB
        number  a number as JSON writes it, and nothing else; its value is still the text
    zlib gzip zstd lz4
                by their first bytes; with the kind of the content (`zlib+json`, `gzip+text`, `zstd+binary`) unless it
                is over 1 MiB, or the library is missing
    pickle      protocols 2 to 5, by the first two bytes and the last; decoded (never run) up to 128 KiB
    npy         NumPy's file format, by its first six bytes
    msgpack     an array, map, str or bin of at most 1 MiB that ends where the frame ends
    text        UTF-8 with few control characters: fewer than one byte in four, or one NUL at the end
    binary      everything else

A plug-in codec with an `auto_priority` is tried as well, a higher one first: before all this if it is positive, else
on what would be binary. A frame is of its kind if it decodes.

Only the first 64 KiB are searched for control characters. One kind, `array`, needs two frames: a buffer that follows
the header that pyzmq's documentation sends with NumPy arrays, and has the size that the header gives.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from zmqcli import plug_ins
from zmqcli.codecs._api import ENTRY_POINTS, Layer, ReadsOnly, TooLarge, Value
from zmqcli.codecs._text import parse
from zmqcli.errors import DecodeError, OptionError
from zmqcli.message import as_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zmqcli.message import Frame

__all__ = ["AutoCodec", "Detected", "detect", "detect_message"]

_LARGEST = 1 << 20
"""The largest frame that is parsed, and the most that a compressed frame may decompress to, in bytes."""
_LARGEST_PICKLE = 1 << 17
"""The largest pickle that is decoded, in bytes; decoding takes a second per MiB."""
_PREFIX = 1 << 16
_LAYERS = 2
"""The most layers of compression that are removed."""

_CONTROL = bytes(set(range(0x20)) - set(b"\t\n\r")) + b"\x7f"
_NUMBER = re.compile(r"\s{0,9}-?(?:0|[1-9][0-9]{0,30})(?:\.[0-9]{1,30})?(?:[eE][-+]?[0-9]{1,4})?\s{0,9}")
_MAGIC = {b"\x1f\x8b\x08": "gzip", b"\x28\xb5\x2f\xfd": "zstd", b"\x04\x22\x4d\x18": "lz4"}
_ZLIB = {b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda"}
"""Headers of a 32 KiB window at the four compression levels: RFC 1950, 2.2."""
_NPY = b"\x93NUMPY"
_PICKLE = {bytes([0x80, protocol]) for protocol in range(2, 6)}


class Detected(NamedTuple):
    """The kind that was detected, and the value: the frame's own bytes when nothing better is known."""

    kind: str
    """A short name to print: `json`, `zlib+text`, `binary`."""
    value: Value


class AutoCodec(ReadsOnly):
    """Detects the kind of each frame. It never fails: a frame that fits no other kind is binary."""

    name: ClassVar[str] = "auto"
    summary: ClassVar[str] = "whatever it looks like; reads only, never fails"
    plain: ClassVar[bool] = True

    def decode(self, frame: bytes) -> Value:
        """Return the value that `detect` finds."""
        return detect(frame).value

    def decode_message(self, frames: Sequence[Frame]) -> list[Value]:
        """Return the values of one message's frames."""
        return [found.value for found in detect_message(frames)]


def detect(frame: bytes) -> Detected:
    """Return what `frame` most likely is. The module's docstring gives the order of the tests. Raises nothing."""
    return _detect(frame, _LAYERS)


def detect_message(frames: Sequence[Frame]) -> list[Detected]:
    """Return what each frame of a message most likely is, given the frame before it. Raises nothing."""
    found: list[Detected] = []
    for frame in frames:
        data = as_bytes(frame)
        found.append((_array(found[-1], data) if found else None) or detect(data))
    return found


def _detect(frame: bytes, layers: int) -> Detected:
    if not frame:
        return Detected("empty", "")
    first = _plug_in(frame, before=True)
    return first or _built_in(frame, layers) or _plug_in(frame, before=False) or Detected("binary", frame)


def _plug_in(frame: bytes, *, before: bool) -> Detected | None:
    """Return what a plug-in makes of a frame, of those that come before the built-in tests or after them."""
    for codec in _plug_ins():
        if (codec.auto_priority > 0) is before:
            try:
                return Detected(codec.name, codec.decode(frame))
            except Exception:  # noqa: BLE001, S112 # it is no frame of that kind; third-party code may raise anything
                continue
    return None


@cache
def _plug_ins() -> list[Any]:
    """Return the plug-in codecs that declare an `auto_priority`, highest first. Those that are broken are left out."""
    found: list[Any] = []
    for entry in plug_ins.find(ENTRY_POINTS).values():
        try:
            codec: Any = plug_ins.load("codec", entry)
            found.append(codec() if isinstance(codec, type) else codec)
        except Exception:  # noqa: BLE001, S112 # who asks for it by name is told
            continue
    asked = [codec for codec in found if isinstance(getattr(codec, "auto_priority", None), int)]
    return sorted(asked, key=lambda codec: (-codec.auto_priority, codec.name))


def _built_in(frame: bytes, layers: int) -> Detected | None:
    prefix = frame[:_PREFIX]
    control = len(prefix) - len(prefix.translate(None, _CONTROL))
    if not control and (text := _utf8(frame)) is not None:
        return _text(frame, text)
    known = _compressed(frame, layers) or _pickle(frame) or _npy(frame) or _msgpack(frame)
    if known:
        return known
    few = control * 4 < len(prefix) or (control == 1 and frame[2:].endswith(b"\0"))
    if control and few and (text := _utf8(frame)) is not None:
        return Detected("text", text)
    return None


def _utf8(frame: bytes) -> str | None:
    try:
        return frame.decode()
    except UnicodeDecodeError:
        return None


def _text(frame: bytes, text: str) -> Detected:
    if len(frame) > _LARGEST:
        return Detected("text", text)
    if frame.lstrip(b" \t\r\n")[:1] in {b"{", b"["}:
        try:
            value = parse(frame)
        except ValueError:
            return Detected("text", text)
        match value:
            case {"shm": str(), "size": int()} if len(value) == 2:  # noqa: PLR2004 - these two keys only
                return Detected("shm", value)
        return Detected("json", value)
    return Detected("number" if _NUMBER.fullmatch(text) else "text", text)


def _compressed(frame: bytes, layers: int) -> Detected | None:
    name = "zlib" if frame[:2] in _ZLIB else _MAGIC.get(frame[:3]) or _MAGIC.get(frame[:4])
    if not name or not layers:
        return None
    try:
        inside = _detect(_layer(name).unwrap(frame, _LARGEST), layers - 1)
    except (TooLarge, OptionError):
        return Detected(name, frame)
    except DecodeError:
        return None
    return Detected(f"{name}+{inside.kind}", inside.value)


def _layer(name: str) -> Layer:
    """Return the layer for a name in `_MAGIC`, or `zlib`. Raise OptionError when its library is missing."""
    match name:
        case "zlib":
            from zmqcli.codecs.zlib import ZlibLayer

            return ZlibLayer()
        case "gzip":
            from zmqcli.codecs.gzip import GzipLayer

            return GzipLayer()
        case "zstd":
            from zmqcli.codecs.zstd import ZstdLayer

            return ZstdLayer()
        case _:
            from zmqcli.codecs.lz4 import Lz4Layer

            return Lz4Layer()


def _pickle(frame: bytes) -> Detected | None:
    if frame[:2] not in _PICKLE or not frame.endswith(b"."):
        return None
    if len(frame) > _LARGEST_PICKLE:
        return Detected("pickle", frame)
    from zmqcli.codecs.pickle import PickleCodec

    try:
        return Detected("pickle", PickleCodec().decode(frame))
    except DecodeError:
        return None


def _npy(frame: bytes) -> Detected | None:
    if not frame.startswith(_NPY):
        return None
    from zmqcli.codecs._arrays import npy

    value = npy(frame)
    return value and Detected("npy", value)


def _msgpack(frame: bytes) -> Detected | None:
    first = frame[0]
    # Only fixmap, fixarray, fixstr, bin 8 to 32, str 8 to 32, array and map 16 and 32. A single byte holds nothing,
    # and numbers, booleans and extension types fit nearly any bytes.
    if len(frame) < 2 or len(frame) > _LARGEST or not (0x80 <= first < 0xC0 or first in _CONTAINERS):  # noqa: PLR2004 - the types above
        return None
    from zmqcli.codecs.msgpack import MsgpackCodec

    try:
        value = MsgpackCodec().decode(frame)
    except DecodeError:
        return None
    is_odd_text = isinstance(value, dict) and "$str" in value
    return None if is_odd_text else Detected("msgpack", value)


_CONTAINERS = frozenset({0xC4, 0xC5, 0xC6, 0xD9, 0xDA, 0xDB, 0xDC, 0xDD, 0xDE, 0xDF})


def _array(before: Detected, buffer: bytes) -> Detected | None:
    if before.kind != "json" or not isinstance(before.value, dict) or "dtype" not in before.value:
        return None
    from zmqcli.codecs._arrays import array_behind, is_header

    value = array_behind(before.value, buffer) if is_header(before.value) else None
    return value and Detected("array", value)
