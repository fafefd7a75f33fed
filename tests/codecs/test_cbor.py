"""cbor: every item has a JSON form, its JSON form gives the item back, and cbor2 means the same."""

from typing import Any

import cbor2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zmqcli.codecs._text import compact, parse
from zmqcli.codecs.cbor import CborCodec
from zmqcli.errors import DecodeError, EncodeError

quick = settings(deadline=None, derandomize=True, max_examples=80)
codec = CborCodec()

TEXT = st.text(alphabet=st.characters(exclude_categories=["Cs"]))
NUMBERS = st.integers() | st.floats(allow_nan=False) | st.sampled_from([2**64 - 1, 2**64, -(2**64), -(2**64) - 1])
KEYS = st.integers() | TEXT | st.binary()
ITEMS = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXT | st.binary(max_size=40),
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.dictionaries(KEYS, inner, max_size=4)
        | st.sampled_from(["$binary", "$tag"]).flatmap(lambda key: st.dictionaries(st.just(key), inner))
        | st.tuples(st.integers(1000, 2**40), inner).map(lambda pair: cbor2.CBORTag(*pair))
    ),
    max_leaves=12,
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=10,
)


@quick
@given(ITEMS)
def test_any_item_survives_the_way_through_json_text(item: Any) -> None:
    frame = cbor2.dumps(item)
    assert cbor2.loads(codec.encode_text(compact(codec.decode(frame)).encode())) == cbor2.loads(frame)


@quick
@given(JSON)
def test_any_json_value_survives_the_way_through_cbor(value: Any) -> None:
    frame = codec.encode_text(compact(value).encode())
    assert codec.decode(frame) == value
    assert cbor2.loads(frame) == value


@quick
@given(
    st.binary()
    | ITEMS.map(cbor2.dumps).flatmap(
        lambda frame: st.tuples(st.integers(0, len(frame)), st.binary(max_size=2)).map(lambda c: frame[: c[0]] + c[1])
    )
)
def test_any_bytes_give_a_value_or_a_decode_error(frame: bytes) -> None:
    try:
        value = codec.decode(frame)
    except DecodeError:
        return
    assert codec.decode(codec.encode_text(compact(value).encode())) == value


@pytest.mark.parametrize(
    ("frame", "text"),
    [  # appendix A of RFC 8949
        ("1bffffffffffffffff", "18446744073709551615"),
        ("c249010000000000000000", "18446744073709551616"),
        ("3bffffffffffffffff", "-18446744073709551616"),
        ("c349010000000000000000", "-18446744073709551617"),
        ("f90000", "0.0"),
        ("f98000", "-0.0"),
        ("f93e00", "1.5"),
        ("fa47c35000", "100000.0"),
        ("f97c00", '{"$float":"inf"}'),
        ("fb7ff8000000000000", '{"$float":"nan"}'),
        ("f7", '{"$simple":23}'),
        ("f0", '{"$simple":16}'),
        ("f8ff", '{"$simple":255}'),
        ("c11a514b67b0", '{"$tag":[1,1363896240]}'),
        ("d74401020304", '{"$tag":[23,{"$binary":"AQIDBA=="}]}'),
        ("d8206161", '{"$tag":[32,"a"]}'),
        ("5f42010243030405ff", '{"$binary":"AQIDBAU="}'),
        ("7f657374726561646d696e67ff", '"streaming"'),
        ("9f018202039f0405ffff", "[1,[2,3],[4,5]]"),
        ("bf61610161629f0203ffff", '{"a":1,"b":[2,3]}'),
        ("a201020304", '{"$map":[[1,2],[3,4]]}'),
        ("a2616101616102", '{"$map":[["a",1],["a",2]]}'),
        ("a1642474616701", '{"$map":[["$tag",1]]}'),
    ],
)
def test_the_mapping(frame: str, text: str) -> None:
    value = codec.decode(bytes.fromhex(frame))
    assert compact(value) == text
    assert compact(codec.decode(codec.encode_text(text.encode()))) == text


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        ("", "ends too early"),
        ("9bffffffffffffffff", "ends too early"),
        ("bbffffffffffffffff", "ends too early"),
        ("5bffffffffffffffff", "ends too early"),
        ("9f01", "ends too early"),
        ("0000", "more follows"),
        ("1c", "reserved length 28"),
        ("1f", "reserved length 31"),
        ("ff", "a break"),
        ("8101ff"[:4] + "ff", "more follows"),
        ("f818", "a simple value"),
        ("fc", "a simple value"),
        ("62fffe", "not UTF-8"),
        ("5f6161ff", "of another type"),
        ("bf01ff", "a key has no value"),
        ("a1ff00", "a break"),
        ("81" * 300 + "00", "nested deeper"),
        ("c1" * 5000 + "00", "nested deeper"),
        ("9f" * 5000, "nested deeper"),
        ("9a0fffffff" * 70, "ends too early"),
    ],
)
def test_what_is_not_one_item_is_refused(frame: str, reason: str) -> None:
    with pytest.raises(DecodeError, match=reason):
        codec.decode(bytes.fromhex(frame))


@pytest.mark.parametrize(
    "text",
    [
        "{",
        '"\\ud800"',
        '{"$binary":"?"}',
        '{"$binary":7}',
        '{"$float":"one"}',
        '{"$simple":20}',
        '{"$simple":true}',
        '{"$simple":256}',
        '{"$tag":[-1,0]}',
        '{"$tag":[1]}',
        '{"$tag":[18446744073709551616,0]}',
        '{"$map":[[1]]}',
        "[" * 264 + "]" * 264,
    ],
)
def test_what_has_no_item_is_refused(text: str) -> None:
    with pytest.raises(EncodeError):
        codec.encode_text(text.encode())


def test_the_deepest_items_survive() -> None:
    for start, end in (("81", "00"), ("a100", "00"), ("c1", "4101")):
        depth = next(n for n in range(300, 0, -1) if _decodes(bytes.fromhex(start * n + end)))
        assert depth > 80
        frame = bytes.fromhex(start * depth + end)
        assert codec.encode_text(compact(codec.decode(frame)).encode()) == frame
    parse(compact(codec.decode(bytes.fromhex("81" * 250 + "00"))).encode())


def _decodes(frame: bytes) -> bool:
    try:
        codec.decode(frame)
    except DecodeError:
        return False
    return True


def test_values_that_no_json_text_gives() -> None:
    for value in (float("nan"), b"bytes", {1: 2}.keys()):
        with pytest.raises(EncodeError):
            codec.encode(value)
