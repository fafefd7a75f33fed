r"""C escapes: `\\ \t \n \r \0 \xNN`. What `quoted` is made of, and what `--delimiter` understands."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from zmqcli.errors import DataError

if TYPE_CHECKING:
    from zmqcli.message import Frame

__all__ = ["escape", "unescape"]

_VALID = re.compile(rb"(?:[^\\]++|\\(?:[\\tnr0]|x[0-9A-Fa-f]{2}))*+")
_NUL = re.compile(rb"(\\\\)|\\0")


def escape(frame: Frame) -> bytes:
    r"""Return the bytes of `frame` in printable ASCII: the rest, and the backslash, as escapes.

    Python's `unicode_escape` of Latin-1 text is this very notation (`\t \n \r \\`, else `\xNN`), written in C.
    https://docs.python.org/3/library/codecs.html#text-encodings
    """
    return str(frame, "latin-1").encode("unicode_escape")


def unescape(text: bytes) -> bytes:
    r"""Return the bytes that `text` stands for. Raise DataError when it holds an escape there is none of.

    Bytes that need no escape may stand as they are, whatever they are.
    """
    if b"\\" not in text:
        return text
    # unicode_escape knows more than C does (\u, \N, octal), so it only gets what is known to be C's.
    valid = _VALID.match(text)
    if valid is None or valid.end() != len(text):
        at = valid.end() if valid else 0
        wrong = text[at : at + 4] if text[at + 1 : at + 2] == b"x" else text[at : at + 2]
        raise DataError(
            f"unknown escape {wrong.decode('latin-1')} at byte {at}",
            hint=r"there is \\ \t \n \r \0 \xNN",
        )
    if b"\\0" in text:  # which unicode_escape would read as octal, with the digits that follow
        text = _NUL.sub(lambda match: match[1] or rb"\x00", text)
    return text.decode("unicode_escape").encode("latin-1")
