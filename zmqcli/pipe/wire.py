"""How `pipe` and its workers talk: msgpack values, one after the other, each of at most LARGEST_BYTES."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgpack  # type: ignore[import-untyped] # the package ships no types

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["READ_BYTES", "ValueReader", "WireError", "pack"]

LARGEST_BYTES = (1 << 32) - 1
"""Of one value, packed. It is also the limit of msgpack's own lengths."""
READ_BYTES = 1 << 18
"""What either end reads at once."""
_ERRORS = "surrogatepass"


class WireError(ValueError):
    """A value is too large, or the bytes are no values."""


def pack(value: Any) -> bytes:
    """Return `value` as bytes. Raise WireError when that are more than LARGEST_BYTES."""
    try:
        data: bytes = msgpack.packb(value, unicode_errors=_ERRORS)
    except (ValueError, OverflowError) as error:
        raise WireError(str(error)) from error
    if len(data) > LARGEST_BYTES:
        raise WireError(f"{len(data)} bytes, and a worker takes {LARGEST_BYTES} at most")
    return data


class ValueReader:
    """Makes values of the bytes that come, in pieces of any size."""

    def __init__(self) -> None:
        self._unpacker = msgpack.Unpacker(max_buffer_size=LARGEST_BYTES, unicode_errors=_ERRORS)
        self._came = self._used = 0

    def feed(self, piece: bytes) -> Iterator[Any]:
        """Take the next bytes, and yield the values that they complete. Raise WireError for what is wrong."""
        self._came += len(piece)
        try:
            self._unpacker.feed(piece)
            for value in self._unpacker:
                self._used = self._unpacker.tell()
                yield value
        except (ValueError, msgpack.UnpackException) as error:
            raise WireError(f"not msgpack: {error}") from error
        if self._came - self._used > LARGEST_BYTES:  # the items of a list leave msgpack's buffer, but not the memory
            raise WireError(f"a value has more than {LARGEST_BYTES} bytes")
