"""json: RFC 8259, byte for byte."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zmqcli.codecs._text import MAX_DEPTH
from zmqcli.codecs.json import JsonCodec
from zmqcli.errors import DecodeError, EncodeError

LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=3), max_leaves=10
)
quick = settings(deadline=None, derandomize=True, max_examples=60)


@quick
@given(value=VALUES, indent=st.sampled_from([None, 2]), escaped=st.booleans())
def test_values_go_round_and_text_goes_byte_for_byte(value: Any, indent: int | None, *, escaped: bool) -> None:
    codec = JsonCodec()
    assert codec.decode(codec.encode(value)) == value
    text = json.dumps(value, indent=indent, ensure_ascii=escaped).encode()
    assert codec.encode_text(text) == text
    assert codec.decode(text) == value


@quick
@given(st.binary())
def test_any_bytes_give_a_value_or_a_decode_error(frame: bytes) -> None:
    try:
        JsonCodec().decode(frame)
    except DecodeError as error:
        assert error.what  # noqa: PT017 - that nothing else is raised is the point


def test_equal_keys_are_sent_as_they_are() -> None:
    text = b' {"a": 1, "a": 2}\r\n'
    assert JsonCodec().encode_text(text) == text
    assert JsonCodec().decode(text) == {"a": 2}


def test_numbers_no_double_holds_are_sent_but_not_decoded() -> None:
    for text in (b"1e400", b"7" * 5000):
        assert JsonCodec().encode_text(text) == text
        with pytest.raises(DecodeError):
            JsonCodec().decode(text)


def test_integers_keep_every_digit_and_floats_stay_floats() -> None:
    assert JsonCodec().decode(b"123456789012345678901234567890") == 123456789012345678901234567890
    assert [repr(n) for n in JsonCodec().decode(b"[1.0, -0.0, 1]")] == ["1.0", "-0.0", "1"]


@pytest.mark.parametrize("text", [b"NaN", b"[Infinity]", b"{'a':1}", b"", b'"\xff"', b"[" * 100_000, b"1,"])
def test_what_is_not_json_is_refused_both_ways(text: bytes) -> None:
    with pytest.raises(DecodeError):
        JsonCodec().decode(text)
    with pytest.raises(EncodeError):
        JsonCodec().encode_text(text)


def test_nesting_is_bounded_alike_both_ways() -> None:
    deepest = b"[" * MAX_DEPTH + b"]" * MAX_DEPTH
    codec = JsonCodec()
    assert codec.encode(codec.decode(deepest)) == codec.encode_text(deepest) == deepest
    with pytest.raises(DecodeError, match=f"nested deeper than {MAX_DEPTH} levels"):
        codec.decode(b"[" + deepest + b"]")
    with pytest.raises(EncodeError, match=f"nested deeper than {MAX_DEPTH} levels"):
        codec.encode_text(b"[" + deepest + b"]")


def test_values_json_cannot_write() -> None:
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    for value in (float("nan"), [float("-inf")], b"bytes", deep):
        with pytest.raises(EncodeError):
            JsonCodec().encode(value)
    while deep:  # so that its end does not recurse either
        deep = deep.pop()
