"""Durations and sizes as a user types them, and as a message shows them.

duration    500us  500ms  2s  1.5m  1h      a bare number is seconds
size        100  64K  1M  2G  1.5MiB  8kB   powers of 1024, whatever the suffix is called
share       5%  0.1%  0.05                  a bare number is a fraction of 1
"""

import re
from typing import Final

from zmqcli.errors import UsageError

__all__ = ["format_duration", "format_size", "parse_duration", "parse_share", "parse_size", "quote"]

DURATION_HINT: Final = "write it like 500ms, 2s, 1.5m or 1h; a bare number is seconds"
SHARE_HINT: Final = "write it like 5% or 0.1%; a bare number is a fraction of 1"
SIZE_HINT: Final = "write it in bytes, or like 64K, 1M or 2G (powers of 1024)"

# [0-9], not \d: \d also takes the digits of every other script.
_NUMBER: Final = r"(?P<whole>[0-9]*)(?:\.(?P<fraction>[0-9]*))?"
_DURATION: Final = re.compile(rf"{_NUMBER}(?P<unit>us|ms|s|m|h|)")
_SIZE: Final = re.compile(rf"{_NUMBER}(?P<unit>[KMGT]?)(?:iB|B|)", re.IGNORECASE)

# Numerator and denominator of a second: 300 / 1000 is the float nearest to 0.3, 300 * 0.001 need not be.
_SECONDS: Final = {"us": (1, 1_000_000), "ms": (1, 1000), "s": (1, 1), "": (1, 1), "m": (60, 1), "h": (3600, 1)}
_BYTES: Final = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}
_MAX_SIZE: Final = (1 << 63) - 1  # MAXMSGSIZE, the largest place a size goes to, is an int64_t
_MAX_DIGITS: Final = 400  # int() itself refuses more than 4300 digits, with a ValueError


def quote(text: str) -> str:
    """Return `text` in quotes, fit for one line: what a terminal would obey or not show is escaped."""
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)
    return f"'{shown}'"


def parse_duration(text: str) -> float:
    """Return the seconds `text` says: `500us`, `500ms`, `2s`, `1.5m`, `1h`, or a bare number of seconds.

    0 is 0. Raise UsageError for anything else: negative, not finite, a unit not named here.
    """
    number, match = _number(_DURATION, text)
    if match is None:
        raise UsageError(f"{quote(text)} is not a duration", why=_sign(text), hint=DURATION_HINT)
    digits, denominator = number
    numerator, unit_denominator = _SECONDS[match["unit"]]
    try:
        return digits * numerator / (denominator * unit_denominator)
    except OverflowError:
        raise UsageError(f"{quote(text)} is not a duration", why="too large", hint=DURATION_HINT) from None


def parse_size(text: str) -> int:
    """Return the bytes `text` says: `100`, `64K`, `1M`, `1.5GiB`, `8kB`; suffixes in any case, powers of 1024.

    Raise UsageError for anything else: negative, a fraction of a byte, 2**63 or more.
    """
    number, match = _number(_SIZE, text)
    if match is None:
        raise UsageError(f"{quote(text)} is not a size", why=_sign(text), hint=SIZE_HINT)
    digits, denominator = number
    size, rest = divmod(digits * _BYTES[match["unit"].upper()], denominator)
    if rest:
        raise UsageError(f"{quote(text)} is not a size", why="not a whole number of bytes", hint=SIZE_HINT)
    if size > _MAX_SIZE:
        raise UsageError(f"{quote(text)} is not a size", why="too large", hint=SIZE_HINT)
    return size


def parse_share(text: str) -> float:
    """Return the share `text` says, 0 to 1: `5%`, `0.1%`, or a bare fraction such as `0.05`. Raise UsageError."""
    number, match = _number(re.compile(rf"{_NUMBER}(?P<unit>%|)"), text)  # here: only the proxy has shares
    if match is None:
        raise UsageError(f"{quote(text)} is not a share", why=_sign(text), hint=SHARE_HINT)
    digits, denominator = number
    denominator *= 100 if match["unit"] else 1
    if digits > denominator:
        raise UsageError(f"{quote(text)} is not a share", why="more than all", hint=SHARE_HINT)
    return digits / denominator


def format_duration(seconds: float) -> str:
    """Return `seconds` for a message, in the unit a person would choose; `parse_duration` reads it back."""
    amount = abs(seconds)
    if amount == 0:
        return "0s"
    if amount < 0.001:  # noqa: PLR2004 - a millisecond
        return f"{_short(seconds * 1e6)}us"
    if amount < 1:
        return f"{_short(seconds * 1e3)}ms"
    if amount < 120:  # noqa: PLR2004 - two minutes: 90s and 100s read better than 1.5m and 1.67m
        return f"{_short(seconds)}s"
    if amount < 7200:  # noqa: PLR2004 - two hours, likewise
        return f"{_short(seconds / 60)}m"
    return f"{_short(seconds / 3600)}h"


def format_size(n: int) -> str:
    """Return `n` bytes for a message: `100B`, `64K`, `1.5M`; exact below 1K, two decimals above."""
    for suffix in ("T", "G", "M", "K"):
        if abs(n) >= _BYTES[suffix]:
            return f"{_short(n / _BYTES[suffix])}{suffix}"
    return f"{n}B"


def _number(pattern: re.Pattern[str], text: str) -> tuple[tuple[int, int], re.Match[str] | None]:
    """Return the number at the start of `text` as a fraction, and the match, None when it does not fit."""
    match = pattern.fullmatch(text)
    if match is None or len(text) > _MAX_DIGITS:
        return (0, 1), None
    fraction = match["fraction"] or ""
    digits = match["whole"] + fraction
    if not digits:  # "", "." and "s" have no number in them
        return (0, 1), None
    return (int(digits), 10 ** len(fraction)), match


def _sign(text: str) -> str:
    """Return why a number is refused when the reason is its sign."""
    return "it is negative" if re.match(r"-[0-9.]", text) else ""


def _short(number: float) -> str:
    return f"{number:.2f}".rstrip("0").rstrip(".")
