"""Arrays on the wire: a JSON header and the buffer after it, which is how pyzmq's documentation sends NumPy arrays.

One frame is `{"dtype": "float64", "shape": [2, 3]}`, and the next one is the array's bytes in C order:
https://pyzmq.readthedocs.io/en/latest/howto/serialization.html
"""

from __future__ import annotations

import re
from math import isfinite, prod
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zmqcli.codecs._api import Value

__all__ = ["array_behind", "is_header", "npy"]

_NAMED = re.compile(r"(?:float|int|uint|complex)(8|16|32|64|128)")
"""What `str(dtype)` gives in native byte order, with the size in bits."""
_SHORT = re.compile(r"[<>=|]?[fiucb](1|2|4|8|16)")
"""The array-interface form, with the size in bytes: `<f8`."""

_NPY = re.compile(
    rb"\x93NUMPY[\x01-\x03]\0(?:..|..\0\0)"
    rb"\{'descr': '([^']{1,100})', 'fortran_order': (?:True|False), 'shape': \(([0-9, ]{0,1000})\), \} *\n",
    re.DOTALL,
)
"""https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html: a header is a Python dict."""

_MAX_DIMENSIONS = 64
"""The limit of NumPy 2."""
_MAX_SUMMARY = 64 << 20
"""The largest array, in bytes, of which minimum, maximum and mean are computed."""


def is_header(value: Value) -> bool:
    """Tell whether a decoded frame says that an array follows."""
    match value:
        case {"dtype": str() as dtype, "shape": list() as shape}:
            return _item_size(dtype) > 0 and len(shape) <= _MAX_DIMENSIONS and all(map(_is_size, shape))
    return False


def array_behind(header: Value, buffer: bytes) -> Value:
    """Return a summary of the array in `buffer`, or None when its size is not the one in the header."""
    dtype, shape = header["dtype"], header["shape"]
    if len(buffer) != prod(shape) * _item_size(dtype):
        return None
    return _described(dtype, shape, buffer)


def npy(frame: bytes) -> Value:
    """Return a summary of the array in a frame of NumPy's file format, or None when the header is malformed."""
    matched = _NPY.match(frame)
    if matched is None:
        return None
    dtype, shape = (
        matched[1].decode("utf-8", "replace"),
        [int(size) for size in re.findall(rb"[0-9]{1,18}", matched[2])],
    )
    buffer = frame[matched.end() :]
    fits = _item_size(dtype) > 0 and len(buffer) == prod(shape) * _item_size(dtype)
    return _described(dtype, shape, buffer if fits else b"")


def _described(dtype: str, shape: list[int], buffer: bytes) -> dict[str, Value]:
    """Return dtype and shape, and min, max and mean when NumPy is installed and the numbers are real."""
    known: dict[str, Value] = {"dtype": dtype, "shape": list(shape)}
    if not 0 < len(buffer) <= _MAX_SUMMARY or "c" in dtype:  # complex numbers have no order
        return known
    try:
        import numpy as np
    except ImportError:
        return known
    try:
        with np.errstate(all="ignore"):  # hostile floats overflow a mean
            array = np.frombuffer(buffer, dtype=dtype)
            numbers = {"min": array.min(), "max": array.max(), "mean": array.mean(dtype="float64")}
            known |= {name: _number(number.item()) for name, number in numbers.items()}
    except (TypeError, ValueError):  # a dtype that this NumPy lacks
        pass
    return known


def _item_size(dtype: str) -> int:
    """Return the size of one element in bytes, or 0 for a dtype that is no plain number (objects, strings)."""
    if dtype in {"bool", "?", "|b1"}:
        return 1
    if matched := _NAMED.fullmatch(dtype):
        return int(matched[1]) // 8
    matched = _SHORT.fullmatch(dtype)
    return int(matched[1]) if matched else 0


def _is_size(size: Any) -> bool:
    return type(size) is int and 0 <= size < 1 << 63


def _number(number: Any) -> Value:
    return number if isfinite(number) else {"$float": str(number)}
