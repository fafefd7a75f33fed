"""text: UTF-8."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zmqcli.codecs.text import TextCodec
from zmqcli.errors import DecodeError, EncodeError

quick = settings(deadline=None, derandomize=True, max_examples=50)


@quick
@given(st.text())
def test_text_goes_round(text: str) -> None:
    codec = TextCodec()
    assert codec.encode(text) == codec.encode_text(text.encode()) == text.encode()
    assert codec.decode(text.encode()) == text


@quick
@given(st.binary())
def test_bytes_are_text_both_ways_or_neither(frame: bytes) -> None:
    codec = TextCodec()
    try:
        text = codec.decode(frame)
    except DecodeError:
        with pytest.raises(EncodeError):
            codec.encode_text(frame)
    else:
        assert codec.encode(text) == codec.encode_text(frame) == frame


def test_the_byte_is_named() -> None:
    with pytest.raises(DecodeError, match="byte 0xff at 2 is not UTF-8"):
        TextCodec().decode(b"ab\xff")


@pytest.mark.parametrize("value", [1, None, ["a"], b"a", "\udc80"])
def test_only_strings_are_text(value: Any) -> None:
    with pytest.raises(EncodeError):
        TextCodec().encode(value)
