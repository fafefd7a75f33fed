"""Payloads that would do something to a terminal, a decoder or the memory, if they were let."""

from __future__ import annotations

import gzip
import pickle
import re
import zlib

__all__ = ["BOMBS", "HOSTILE", "assert_calm"]

# Written out here, and not imported: C0 but for our own newlines, DEL, C1; marks, overrides and isolates of direction;
# what has no width; tags; separators, surrogates.
_FORBIDDEN = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff"
    "\U000e0000-\U000e007f]"
)


def assert_calm(text: str, *, kept: str = "") -> None:
    """Fail when there is a character in `text` that a terminal acts on, or that hides something from who reads it."""
    found = {character for character in _FORBIDDEN.findall(text) if character not in kept}
    assert not found, [hex(ord(character)) for character in sorted(found)]


HOSTILE: list[bytes] = [
    b"\x1b[31mred",
    b"\x1b]0;title\x07",
    b"\x1b]8;;http://evil\x1b\\link\x1b]8;;\x1b\\",
    b"\x1b]52;c;cm0gLXJm\x07",
    b"\x1b[2J\x1b[H",
    b"\x1bc",
    b"\x1bP$q\x1b\\",
    b"\x1b[6n",
    b"\x1b[?1049h",
    b"\x1b[200~paste\x1b[201~",
    b"\x9b31m",
    b"\xc2\x9b31m",
    b"\xc2\x9d0;t\xc2\x9c",
    b"\x90q\x9c",
    b"a\rb",
    b"a\x08\x08b",
    b"a\nb\n",
    b"\x0b\x0c",
    b"\x07\x07",
    b"\x0e\x0f",
    b"\x00",
    b"\x7f",
    b"\t|\t",
    "\u202egnp.exe".encode(),
    "\u2066a\u2069\u2067b\u2069".encode(),
    "\u200e\u200f\u061c".encode(),
    "a\u2028b\u2029c".encode(),
    "\ufeff\u200bhidden".encode(),
    b'{"a":"\\u001b[31m"}',
    b'{"a":"\xc2\x9b31m"}',
    b'{"\xe2\x80\xae":"\xc2\x85"}',
    b'["\\ud800"]',
    b'["\x1b[31m"]',
    b"[bold red]markup[/]",
    b"[/foo]",
    b"[link=http://evil]x[/link]",
    b":smile: :boom:",
    b"\xff\xfe\x1b[31m",
    b"\x1b[31m" * 2000,
    b"\xed\xa0\x80",
    b"\xf4\x90\x80\x80",
    b"[" * 3000,
    b'{"a":' * 400 + b'"\\u009b"' + b"}" * 400,
    b'{"k":' + b'"\xc2\x9b' * 1500 + b'"}',
    b"{" + b'"\\u202e":1,' * 900 + b'"z":1}',
    b"\x1b[?1000h\x1b[?2004h",
    b"\x1b[!p\x1b[?5h\x1b(0",
    b"\x1b]4;1;rgb:00/00/00\x1b\\",
    b"\x1b_Gf=24;AAAA\x1b\\",
    b"\x1b^private\x1b\\",
    b"\x9d52;c;cm0=\x9c",
    b"\x05\x1bZ",
    "pay\u200dpal \u00ad".encode(),
    "\U000e0041\U000e0042".encode(),
    "\u202dabc\u202c \u2067\u2066".encode(),
    b"$(reboot) `reboot` ; reboot",
    b"%s%n%x %(name)s {0} {frames!r}",
    b"zmqcli: undelivered: 5 records\r\n",
    b"\x81\xa1\x1b\xa3\x1b[m",
    b"\x92\xc4\x03\x1b]0\xa4\xe2\x80\xae\x07",
    b"\xdd\xff\xff\xff\xff",
    b"\x91" * 5000,
    b"cos\nsystem\n(S'reboot'\ntR.",
    pickle.dumps("\x1b]0;title\x07\u202e", 4),
    pickle.dumps({"\x9b": ["\x1bc"]}, 4),
    zlib.compress(b'{"a":"\x1b[31m"}'),
    gzip.compress("\u202e\x1b[2J".encode(), mtime=0),
    b'{"$binary":"' + b"A" * 10_000 + b'"}',
    b'{"shm":"../../etc/passwd","size":100}',
    b'{"dtype":"<f8","shape":[1000000,1000000]}',
]
"""More than 30 ways to change a terminal's state, to look like something else, or to be too much."""

BOMBS: list[bytes] = [
    zlib.compress(bytes(128 << 20)),
    gzip.compress(bytes(64 << 20), 1, mtime=0),
    b'{"a":[' + b"[]," * 100_000 + b"1]}",
    b"9" * 300_000,
    b"\x1b[31m" * 40_000,
]
"""What would take memory or time without bounds."""
