"""Messages that break what is not careful."""

from __future__ import annotations

import random

__all__ = ["NASTY", "any_messages"]

NASTY: list[list[bytes]] = [
    [b""],
    [b"", b""],
    [b"", b"", b"", b"", b""],
    [b"plain"],
    [b"weather", b"72F"],
    [b"\0"],
    [b"a\0b", b"\0\0"],
    [b"\n"],
    [b"two\nlines\n"],
    [b"\r\n"],
    [b"\t"],
    [b"a\tb", b"\t"],
    [b"\\"],
    [b"\\n\\t\\x00\\"],
    [b'"', b"'", b"`"],
    [b"\xff"],
    [b"\xff\xfe\xfd", b"\x80"],
    [b"\xed\xa0\x80"],  # a lone surrogate, as UTF-8 does not allow it
    [b"\xc0\x80"],  # an overlong NUL
    [b"\xc3"],  # half a character
    ["ü€😀".encode(), "\u2028\u2029\u0085\ufeff".encode()],
    [b"\x1b[31mred\x1b[0m"],
    [b"\x7f\x08\x07"],
    [b" leading", b"trailing ", b" "],
    [b'{"frames":["no"]}'],
    [b"0x6b8b4567", b"text:0x6b"],
    [b"body", b"", b"\n", b"\0", b"\xff"],
    [bytes(range(256))],
    [b"x" * 70_000, b"\xff" * 70_000],
]


def any_messages(count: int, seed: int = 7) -> list[list[bytes]]:
    """Return the nasty messages and some of any bytes at all, 1 to 5 frames each."""
    chance = random.Random(seed)  # noqa: S311 - the same messages in every run
    alphabet = b"\0\n\r\t\\\"'{}[]x0a \x1b\x7f\x80\xc3\xa4\xff"
    return NASTY + [
        [bytes(chance.choices(alphabet, k=chance.randrange(9))) for _ in range(chance.randint(1, 5))]
        for _ in range(count)
    ]
