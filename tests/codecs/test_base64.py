"""base64: any bytes as text."""

import base64
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zmqcli.codecs.base64 import Base64Codec
from zmqcli.errors import DecodeError, EncodeError


@settings(deadline=None, derandomize=True, max_examples=50)
@given(st.binary())
def test_bytes_go_round(frame: bytes) -> None:
    codec = Base64Codec()
    text = codec.decode(frame)
    assert text == base64.b64encode(frame).decode()
    assert codec.encode(text) == codec.encode_text(f"\n {text} \r\n".encode()) == frame
    assert codec.unwrap(codec.wrap(frame), 0) == frame


@pytest.mark.parametrize("text", ["YQ", "YW Jj", "YQ==YQ==", "_-8=", "YQ=\u0661", "\ud800"])
def test_it_is_strict(text: str) -> None:
    with pytest.raises(EncodeError):
        Base64Codec().encode(text)
    with pytest.raises(DecodeError):
        Base64Codec().unwrap(text.encode("utf-8", "replace"), 100)


@pytest.mark.parametrize("value", [61, None, ["YQ=="], b"YQ=="])
def test_only_strings_are_base64(value: Any) -> None:
    with pytest.raises(EncodeError, match="not a string"):
        Base64Codec().encode(value)
