"""JSON and base64 text, stricter than Python's `json` and `binascii`, which are imported at the first use."""

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
"""Levels of arrays and objects that a decoded value may have.

Python's recursion limit is 1000 calls (`sys.getrecursionlimit`), including those already on the stack. A value within
this bound can always be printed, queried and sent again, even by code that makes two or three calls a level.
"""
TOO_DEEP = f"nested deeper than {MAX_DEPTH} levels of JSON"
NOT_FINITE = {"nan": float("nan"), "inf": float("inf"), "-inf": float("-inf")}
"""The numbers that JSON cannot write; `{"$float": ...}` holds their names."""


def compact(value: Value, *, strict: bool = False) -> str:
    r"""Return `value` as JSON text without blanks, with non-ASCII unescaped. It can always be encoded as UTF-8.

    A lone surrogate (`"\ud800"` is JSON, but no character) turns the whole text into escaped ASCII. A value that JSON
    cannot hold (from a plug-in) is written as its `str`. With `strict` such a value raises TypeError, ValueError or
    RecursionError instead, and NaN and the infinities raise ValueError.
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
    """Return the value of JSON text in UTF-8 (RFC 8259). Raise ValueError, worded for users, when it is malformed.

    A number that Python cannot hold (1e400, or more digits than `sys.get_int_max_str_digits`) is refused. With
    `numbers` false each number stays text, for a caller that only checks the grammar. The default of `levels` leaves
    room for what may be around a decoded value (a jsonl envelope, a query's result).
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
    # Counting brackets is nearly free, and only texts with many of them need the walk through the value.
    if text.count(b"[") + text.count(b"{") > levels and _is_deeper(value, levels):
        raise ValueError(f"nested deeper than {levels} levels")
    return value


def to_base64(data: bytes) -> str:
    """Return the bytes as base64 with padding (RFC 4648, section 4), in one line."""
    from binascii import b2a_base64

    return b2a_base64(data, newline=False).decode()


def from_base64(text: str | bytes) -> bytes:
    """Return the bytes of padded base64 without blanks. Raise ValueError, worded for users, when it is malformed."""
    from binascii import a2b_base64

    try:
        return a2b_base64(text, strict_mode=True)
    except ValueError as error:  # binascii.Error is one
        raise ValueError(str(error).lower()) from None


def _is_deeper(value: Value, levels: int) -> bool:
    """Tell whether `value` has more than `levels` levels of lists and dicts, without recursing."""
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
