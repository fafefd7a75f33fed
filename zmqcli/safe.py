"""Text from outside, made safe to be shown: error lines, tables, payloads on a terminal."""

from __future__ import annotations

import re

__all__ = ["safe"]

# What moves the cursor, changes the terminal's state, or makes text read otherwise than it is: C0, DEL, C1; marks and
# overrides of direction (Unicode UAX #9); separators of lines and paragraphs; invisible format characters that only
# serve to hide; halves of surrogate pairs, which cannot be encoded.
_UNSAFE = "\x00-\x1f\x7f-\x9f\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff"
_SHORT_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_ONE_BYTE = 0xFF


def safe(text: str, *, keep: str = "") -> str:
    r"""Return `text` with every character that could act on a terminal written as an escape (`\x1b`, `\u202e`).

    `keep`: characters left as they are, such as the line ends of text that is laid out. For people, not for programs:
    a backslash stays as it is, so this cannot be undone.
    """
    if text.isprintable():  # true of nearly all text, and of no character that is escaped
        return text
    return re.sub(f"[{_UNSAFE}]", lambda match: match[0] if match[0] in keep else _escape(match[0]), text)


def _escape(character: str) -> str:
    code = ord(character)
    return _SHORT_ESCAPES.get(character) or (f"\\x{code:02x}" if code <= _ONE_BYTE else f"\\u{code:04x}")
