"""Text from outside can be shown without acting on the terminal."""

from __future__ import annotations

import json
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zmqcli.escaping import safe, safe_json

BIDI_CONTROLS = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain ø 日本 😀", "plain ø 日本 😀"),
        ("\x1b[31m", r"\x1b[31m"),
        ("a\nb\tc\r", r"a\nb\tc\r"),
        ("\x00\x7f\x9b", r"\x00\x7f\x9b"),
        ("\u202e\u2066\u200f\u2028", r"\u202e\u2066\u200f\u2028"),
        ("\ud800", r"\ud800"),
        ("👨\u200d👩", "👨\u200d👩"),
        ("क्\u200dष", "क्\u200dष"),
        ("pay\u200dpal\u200c", r"pay\u200dpal\u200c"),
        ("soft\xadhyphen", r"soft\xadhyphen"),
        ("\u3164\U000e0041", r"\u3164\U000e0041"),
        ("\\n", "\\n"),
    ],
)
def test_safe(text: str, shown: str) -> None:
    assert safe(text) == shown


def test_no_dangerous_character_is_safe() -> None:
    dangerous = [
        *range(0x20),
        *range(0x7F, 0xA0),
        0x61C,
        0x200E,
        0x200F,
        *range(0x2028, 0x202F),
        *range(0x2066, 0x206A),
        *range(0xD800, 0xE000),
    ]
    for code in dangerous:
        assert safe(chr(code)).isprintable()
        assert safe(f"a{chr(code)}").isascii()


def test_what_stays_can_neither_move_a_cursor_nor_turn_the_text_round() -> None:
    everything = safe("".join(map(chr, range(sys.maxunicode + 1))))
    left = {character for character in everything if unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"}}

    assert not left
    assert not set(BIDI_CONTROLS) & set(everything)
    everything.encode()


@given(st.text())
def test_json_means_the_same_and_none_of_it_acts(text: str) -> None:
    written = safe_json(json.dumps([text], ensure_ascii=False))

    assert json.loads(written) == [text]
    assert safe(written) == written


def test_json_of_more_than_16_bits_is_a_pair() -> None:
    assert safe_json('"\U000e0041\x7f\x9b"') == r'"\udb40\udc41\u007f\u009b"'


def test_characters_to_keep_are_kept() -> None:
    assert safe("a\x1b\nb\tc", keep="\n") == "a\\x1b\nb\\tc"
    assert safe("a\nb\t", keep="\n\t") == "a\nb\t"


def test_printable_text_is_returned_as_it_is() -> None:
    text = "weather \\n 72°F"

    assert safe(text) is text
    assert safe("") == ""
