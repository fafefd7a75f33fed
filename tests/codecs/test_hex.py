"""hex: any bytes as digits."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zmqcli.codecs.hex import HexCodec
from zmqcli.errors import DecodeError, EncodeError


@settings(deadline=None, derandomize=True, max_examples=50)
@given(st.binary())
def test_bytes_go_round(frame: bytes) -> None:
    codec = HexCodec()
    text = codec.decode(frame)
    assert text == frame.hex()
    assert codec.encode(text) == codec.encode(text.upper()) == frame
    assert codec.encode_text(f" \t{text}\r\n".encode()) == frame
    assert codec.unwrap(codec.wrap(frame), 0) == frame


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("abc", "odd-length"),
        ("0x61", "non-hexadecimal"),
        ("de ad", "non-hex|odd"),
        ("61\u0661", "hexadecimal|odd"),
        ("\ud800a", "hexadecimal"),
    ],
)
def test_it_is_strict(text: str, reason: str) -> None:
    with pytest.raises(EncodeError, match=reason):
        HexCodec().encode(text)
    with pytest.raises(DecodeError, match=reason):
        HexCodec().unwrap(text.encode("utf-8", "replace"), 100)


@pytest.mark.parametrize("value", [61, None, ["61"], b"61"])
def test_only_strings_are_digits(value: Any) -> None:
    with pytest.raises(EncodeError, match="not a string"):
        HexCodec().encode(value)
