"""Text from outside, made safe to be shown: error lines, tables, payloads on a terminal."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import TextIO

__all__ = ["SafeStream", "safe", "safe_json"]

# What moves the cursor, changes the terminal's state, or makes text read otherwise than it is: C0, DEL, C1; marks and
# overrides of direction (Unicode UAX #9); separators of lines and paragraphs; characters of no width, which make two
# topics look the same; tags (Unicode chapter 23.9); halves of
# surrogate pairs, which cannot be encoded.
_UNSAFE = (
    "\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    "\u3164\ufeff\uffa0\ufff0-\ufffb\ud800-\udfff\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
# Joiners belong between letters of Persian or Hindi, and make one emoji of several; beside ASCII they only hide.
_STRAY_JOINER = "[\u200c\u200d](?![^\x00-\x7f])|(?<![^\x00-\x7f])[\u200c\u200d]"
_SHORT_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_ONE_BYTE = 0xFF
_TWO_BYTES = 0xFFFF


def safe(text: str, *, keep: str = "") -> str:
    r"""Return `text` with every character that could act on a terminal written as an escape (`\x1b`, `\u202e`).

    `keep`: characters left as they are, such as the line ends of text that is laid out. For people, not for programs:
    a backslash stays as it is, so this cannot be undone.
    """
    if text.isascii() and text.isprintable():  # true of nearly all text, and of no character that is escaped
        return text
    return _unsafe().sub(lambda match: match[0] if match[0] in keep else _escape(match[0]), text)


def safe_json(text: str) -> str:
    r"""Return JSON `text` with the same characters written as JSON has them (`\u202e`): it means what it did."""
    if text.isascii() and "\x7f" not in text:  # the rest of what is unsafe in ASCII stands as escapes in JSON already
        return text
    return _unsafe().sub(lambda match: match[0] if match[0] < " " else _json_escape(match[0]), text)


def _json_escape(character: str) -> str:
    """Return one character as JSON's escape, beyond 16 bits as a pair."""
    units = character.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))


@cache
def _unsafe() -> re.Pattern[str]:
    return re.compile(f"[{_UNSAFE}]|{_STRAY_JOINER}")


def _escape(character: str) -> str:
    code = ord(character)
    if code > _TWO_BYTES:
        return f"\\U{code:08x}"
    return _SHORT_ESCAPES.get(character) or (f"\\x{code:02x}" if code <= _ONE_BYTE else f"\\u{code:04x}")


class SafeStream:
    """A text stream for `print`, in front of one that may be a terminal: it escapes what would act on the terminal."""

    def __init__(self, target: TextIO) -> None:
        self._target = target
        self._guards = target.isatty()

    def write(self, text: str) -> int:
        """Write the text, line ends and tabs as they are."""
        return self._target.write(safe(text, keep="\n\t") if self._guards else text)

    def flush(self) -> None:
        """Flush the stream behind."""
        self._target.flush()
