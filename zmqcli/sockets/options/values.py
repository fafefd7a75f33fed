"""The value of a socket option, from the text of a command line to what libzmq takes."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Final

from zmqcli.errors import OptionError, UsageError
from zmqcli.streams import unstopped
from zmqcli.units import parse_duration, parse_size, quote

if TYPE_CHECKING:
    from zmqcli.sockets.options.table import OptionInfo

__all__ = ["read_secret", "read_value"]

SECRET_HINTS: Final = {
    "CURVE_SECRETKEY": "use --curve-cert FILE, or --curve-server-cert FILE on the server",
    "PLAIN_PASSWORD": "use --plain-password-file FILE",
}
INT32_MAX: Final = (1 << 31) - 1
INT64_MAX: Final = (1 << 63) - 1
KEY_BYTES: Final = 32  # a CURVE key as it is
KEY_CHARACTERS: Final = 40  # and in Z85

_INT: Final = re.compile(r"-?(?:0[xX][0-9A-Fa-f]{1,16}|[0-9]{1,19})")
_WORDS: Final = {"true": 1, "yes": 1, "on": 1, "1": 1, "false": 0, "no": 0, "off": 0, "0": 0}
_IN_A_SECOND: Final = {"ms": 1000, "s": 1}  # kinds of duration: how many of them make a second
_IN_ONE: Final = {"size": 1, "size64": 1, "kib": 1024}  # kinds of size: how many bytes one has
_WIDE: Final = {"int64", "size64"}


def read_value(info: OptionInfo, text: str) -> int | bytes:
    """Return `text` as libzmq takes it, by the option's kind; raise OptionError with option, text and forms."""
    match info.kind:
        case "text":
            return os.fsencode(text)
        case "binary":
            return _binary(info, text)
        case "key":
            return _key(info, text)
        case "bool" | "tristate":
            if text == "-1" and info.kind == "tristate":
                return -1
            if (value := _WORDS.get(text.lower())) is not None:
                return value
            third = ", or -1 for the system's default" if info.kind == "tristate" else ""
            raise _unfit(info, text, "it is on or off", f"write true or false, 1 or 0{third}")
    return _number(info, text)


def read_secret(info: OptionInfo, text: str) -> bytes:
    """Read a secret from `file:PATH`, less one newline at its end; a secret on a command line is seen by all (ps)."""
    hint = SECRET_HINTS.get(info.name)
    if hint or not text.startswith("file:"):
        raise OptionError(
            f"option {info.name} is a secret and not for the command line",
            why="ps shows it to every user",
            hint=hint or f"write {info.name}=file:PATH",
        )
    from pathlib import Path  # only a secret needs it

    path = text.removeprefix("file:")
    try:
        with unstopped():
            return Path(path).read_bytes().removesuffix(b"\n")
    except (OSError, ValueError) as error:
        why = (getattr(error, "strerror", None) or str(error)).lower()
        hint = "name a file that can be read"
        raise OptionError(f"cannot read {quote(path)} for option {info.name}", why=why, hint=hint) from None


def _binary(info: OptionInfo, text: str) -> bytes:
    """Return the bytes of `0x6b8b`, or of any other text; `text:0x6b8b` is the text 0x6b8b, as for routing ids."""
    if text.startswith("text:0x"):
        return os.fsencode(text.removeprefix("text:"))
    if not text.startswith("0x"):
        return os.fsencode(text)
    digits = text.removeprefix("0x")
    if not re.fullmatch(r"(?:[0-9A-Fa-f]{2})+", digits):
        raise _unfit(info, text, "0x wants pairs of hex digits", f"write text:{text} for the text itself")
    return bytes.fromhex(digits)


def _key(info: OptionInfo, text: str) -> bytes:
    if len(text) == KEY_CHARACTERS and text.isascii():
        return text.encode()
    if re.fullmatch(rf"0x[0-9A-Fa-f]{{{2 * KEY_BYTES}}}", text):
        return bytes.fromhex(text.removeprefix("0x"))
    raise _unfit(info, text, "it is not a CURVE key", f"write {KEY_CHARACTERS} characters of Z85, or 0x and 64 digits")


def _number(info: OptionInfo, text: str) -> int:
    """Return the number in the option's own unit; durations and sizes may carry a suffix."""
    base = 16 if "x" in text.lower() else 10
    value = int(text, base) if _INT.fullmatch(text) else _converted(info, text)
    low = info.low if info.low is not None else -INT32_MAX - 1
    high = info.high if info.high is not None else (INT64_MAX if info.kind in _WIDE else INT32_MAX)
    if not low <= value <= high:
        unit = f" {info.unit}" if info.unit else ""
        raise _unfit(info, text, f"it is not between {low} and {high}{unit}", "choose one that is")
    return value


def _converted(info: OptionInfo, text: str) -> int:
    """Return a duration or size with a suffix in the option's unit, which must divide it."""
    hint = f"write a number of {info.unit}" if info.unit else "write a whole number"
    try:
        if per_second := _IN_A_SECOND.get(info.kind):
            hint += ", or like " + ("500ms, 2s or 1.5m" if per_second > 1 else "30s, 1.5m or 1h")
            if re.fullmatch(r"[0-9]*\.[0-9]+", text):  # 1.5: is it a second and a half? Elsewhere it would be
                raise _unfit(info, text, f"a bare number here is {info.unit}, and whole", f"write {text}s for seconds")
            return _whole(parse_duration(text) * per_second, 1)
        if size := _IN_ONE.get(info.kind):
            hint += ", or like 64K, 1M or 2G"
            return _whole(parse_size(text), size)
    except (ArithmeticError, UsageError) as error:
        if isinstance(error, OptionError):
            raise
        why = error.why if isinstance(error, UsageError) else f"not a whole number of {info.unit}"
        raise _unfit(info, text, why, hint) from None
    raise _unfit(info, text, "it is not a whole number", hint)


def _whole(amount: float, unit: int) -> int:
    """Return how many times `unit` is in `amount`; raise ArithmeticError when that is not whole."""
    value = round(amount / unit)
    if abs(amount / unit - value) > 1e-6:  # noqa: PLR2004 - more than the rounding of a float below 2**31
        raise ArithmeticError
    return value


def _unfit(info: OptionInfo, text: str, why: str, hint: str) -> OptionError:
    return OptionError(f"option {info.name} cannot be {quote(text)}", why=why, hint=hint)
