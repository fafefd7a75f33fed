"""C escapes, both ways."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zmqcli.errors import DataError
from zmqcli.formats.escapes import escape, unescape


@given(st.binary())
def test_round_trip(data: bytes) -> None:
    escaped = escape(data)
    assert all(0x20 <= byte < 0x7F for byte in escaped)
    assert unescape(escaped) == data


def test_every_byte() -> None:
    shown = {9: b"\\t", 10: b"\\n", 13: b"\\r", 92: b"\\\\"}
    for byte in range(256):
        plain = bytes([byte]) if 0x20 <= byte < 0x7F else f"\\x{byte:02x}".encode()
        assert escape(bytes([byte])) == shown.get(byte, plain)


@pytest.mark.parametrize(
    ("text", "data"),
    [
        (rb"\0", b"\0"),
        (rb"\012", b"\00012"),
        (rb"\\0", rb"\0"),
        (rb"\\\0", b"\\\0"),
        (rb"\\\\0\0", b"\\\\0\0"),
        (rb"\xFFa\xff", b"\xffa\xff"),
        (rb"\x414", b"A4"),
        (rb"\\n", rb"\n"),
        ("snø\\t".encode(), "snø\t".encode()),
        (b"\n\xff\\n", b"\n\xff\n"),
        (b"", b""),
    ],
)
def test_undone(text: bytes, data: bytes) -> None:
    assert unescape(text) == data


@pytest.mark.parametrize(
    "text",
    [
        b"\\",
        rb"a\q",
        rb"\x",
        rb"\x1",
        rb"\xg0",
        rb"\u0041",
        rb"\N{BULLET}",
        rb"\101",
        b"\\\n",
        rb"\'",
        rb"\\\ ",
        rb"\a",
    ],
)
def test_unknown(text: bytes) -> None:
    with pytest.raises(DataError, match="unknown escape"):
        unescape(text)


def test_the_place_is_named() -> None:
    with pytest.raises(DataError, match=r"unknown escape \\q at byte 4"):
        unescape(rb"a\tb\q")
