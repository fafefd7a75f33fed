"""Routing ids as text, both ways; where the body starts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zmqcli.errors import DataError
from zmqcli.formats._api import RecordOptions
from zmqcli.formats.routing_id import body_start, parse_routing_id, show_routing_id

if TYPE_CHECKING:
    from zmqcli.message import Message


@pytest.mark.parametrize(
    ("identity", "shown"),
    [
        (b"worker-1", b"worker-1"),
        ("snø".encode(), "snø".encode()),
        (b"\x00k\x8bEg", b"0x006b8b4567"),
        (b"tab\there", b"0x7461620968657265"),
        (b"0x12", b"text:0x12"),
        (b"0xnothex", b"text:0xnothex"),
        (b"text:a", b"text:text:a"),
        (b"\xff0x", b"0xff3078"),
        ("\u202e".encode(), b"0xe280ae"),
        (b"", b""),
    ],
)
def test_shown(identity: bytes, shown: bytes) -> None:
    assert show_routing_id(identity) == shown
    assert parse_routing_id(shown) == identity


@given(st.binary() | st.text().map(lambda text: text.encode("utf-8", "replace")))
def test_round_trip(identity: bytes) -> None:
    shown = show_routing_id(identity)
    assert shown.decode().isprintable()
    assert parse_routing_id(shown) == identity


def test_upper_case_digits() -> None:
    assert parse_routing_id(b"0xABcd") == b"\xab\xcd"


@pytest.mark.parametrize("text", [b"0x", b"0x1", b"0xzz", b"0x 1", b"0x12 34", b"0x\xc3\xb8", b"0x1234\n"])
def test_bad_hex(text: bytes) -> None:
    with pytest.raises(DataError, match="not hexadecimal"):
        parse_routing_id(text)


@pytest.mark.parametrize(
    ("message", "options", "start"),
    [
        ([b"id", b"", b"x"], RecordOptions(), 0),
        ([b"id", b"", b"x"], RecordOptions(routing_ids=1), 2),
        ([b"id", b"x"], RecordOptions(routing_ids=1), 1),
        ([b"a", b"b", b"", b"x"], RecordOptions(routing_ids=2), 3),
        ([b"", b"x"], RecordOptions(delimited=True), 1),
        ([b"x", b""], RecordOptions(delimited=True), 0),
    ],
)
def test_body_start(message: Message, options: RecordOptions, start: int) -> None:
    assert body_start(message, options) == start
