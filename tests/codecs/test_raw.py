"""raw: the bytes as they are."""

import base64
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zmqcli.codecs.raw import RawCodec
from zmqcli.errors import EncodeError


@settings(deadline=None, derandomize=True, max_examples=50)
@given(st.binary())
def test_bytes_go_round_in_every_form(frame: bytes) -> None:
    codec = RawCodec()
    assert codec.decode(frame) == codec.encode_text(frame) == codec.encode(frame) == frame
    assert codec.encode({"base64": base64.b64encode(frame).decode()}) == frame


def test_a_string_is_its_utf8() -> None:
    assert RawCodec().encode("ä") == "ä".encode()


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (1, "a raw frame is a string or"),
        (None, "a raw frame is a string or"),
        ({"base64": 1}, "a raw frame is a string or"),
        ({"base64": "", "x": 1}, "a raw frame is a string or"),
        ({"base64": "YQ"}, "incorrect padding"),
        ("\ud800", "a lone surrogate"),
    ],
)
def test_other_values_have_no_frame(value: Any, reason: str) -> None:
    with pytest.raises(EncodeError, match=reason):
        RawCodec().encode(value)
