"""JSON and base64 text, without the edges of Python's `json` and `binascii`, which are loaded at the first use."""

from __future__ import annotations

from functools import cache
from math import isinf
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import json
    from typing import NoReturn

    from zmqcli.codecs._api import Value

__all__ = ["MAX_DEPTH", "NOT_FINITE", "TOO_DEEP", "compact", "from_base64", "parse", "to_base64"]

MAX_DEPTH = 256
"""Levels of arrays and objects a decoded value may have.

Python recurses near 1000 deep (`sys.getrecursionlimit`), the stack it starts from included. What passes this bound
can always be shown, queried and sent again, also by code that takes two or three calls a level.
"""
TOO_DEEP = f"nested deeper than {MAX_DEPTH} levels of JSON"
NOT_FINITE = {"nan": float("nan"), "inf": float("inf"), "-inf": float("-inf")}
"""What `{"$float": ...}` says; JSON has no word for them."""


def compact(value: Value, *, strict: bool = False) -> str:
    r"""Return `value` as JSON text without blanks, non-ASCII unescaped; it can always be encoded as UTF-8.

    A lone surrogate (`"\ud800"` is JSON, but not a character) makes the whole text escaped ASCII. A value that
    has no JSON text (of a plug-in) is written as the string that Python shows. With `strict` such a value raises
    TypeError, ValueError or RecursionError, and NaN and the infinities ValueError.
    """
    try:
        text = _encoder(ascii_only=False, nan=not strict).encode(value)
    except (TypeError, ValueError, RecursionError):
        if strict:
            raise
        text = _encoder(ascii_only=False, nan=True).encode(repr(value))
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            return _encoder(ascii_only=True, nan=not strict).encode(value)
    return text


def parse(text: bytes, *, numbers: bool = True, levels: int = MAX_DEPTH + 16) -> Value:
    """Return the value of JSON text in UTF-8 (RFC 8259). Raise ValueError, worded for a person, when it has none.

    A number that Python cannot hold (1e400, or more digits than `sys.get_int_max_str_digits`) is refused, unless
    `numbers` is false: then each number stays its text, for a caller that only checks the grammar. `levels` leaves
    room for what may stand around a decoded value (a jsonl envelope, a query's result).
    """
    try:
        value = _decoder(numbers=numbers).decode(text.decode())
    except UnicodeDecodeError as error:
        raise ValueError(f"byte 0x{text[error.start]:02x} at {error.start} is not UTF-8") from None
    except RecursionError:
        raise ValueError(f"nested deeper than {levels} levels") from None
    except ValueError as error:
        # What follows a semicolon is advice to Python programmers (sys.set_int_max_str_digits).
        raise ValueError(str(error).partition(";")[0]) from None
    # Counting brackets is nearly free and clears all but large texts of the walk through the value.
    if text.count(b"[") + text.count(b"{") > levels and _is_deeper(value, levels):
        raise ValueError(f"nested deeper than {levels} levels")
    return value


def to_base64(data: bytes) -> str:
    """Return the bytes as base64 with padding (RFC 4648, section 4), in one line."""
    from binascii import b2a_base64

    return b2a_base64(data, newline=False).decode()


def from_base64(text: str | bytes) -> bytes:
    """Return the bytes of base64 with padding and nothing else in it. Raise ValueError, worded for a person."""
    from binascii import a2b_base64

    try:
        return a2b_base64(text, strict_mode=True)
    except ValueError as error:  # binascii.Error is one
        raise ValueError(str(error).lower()) from None


def _is_deeper(value: Value, levels: int) -> bool:
    """Tell whether `value` has more than `levels` levels of lists and dicts. Level by level: it cannot recurse."""
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(levels):
        if not level:
            return False
        level = [
            child
            for parent in level
            for child in (parent.values() if isinstance(parent, dict) else parent)
            if isinstance(child, dict | list)
        ]
    return bool(level)


@cache
def _encoder(*, ascii_only: bool, nan: bool) -> json.JSONEncoder:
    import json

    return json.JSONEncoder(separators=(",", ":"), ensure_ascii=ascii_only, allow_nan=nan)


@cache
def _decoder(*, numbers: bool) -> json.JSONDecoder:
    import json

    if not numbers:
        return json.JSONDecoder(parse_constant=_refuse_constant, parse_float=str, parse_int=str)
    return json.JSONDecoder(parse_constant=_refuse_constant, parse_float=_finite)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if isinf(number):
        raise ValueError(f"{text:.40} is beyond the range of a double")
    return number
