"""msgpack: every object has a JSON form, and its JSON form gives the object back."""

import struct
from typing import Any

import msgpack  # type: ignore[import-untyped] # the package ships no types
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zmqcli.codecs._text import MAX_DEPTH, compact, parse
from zmqcli.codecs.msgpack import MsgpackCodec
from zmqcli.errors import DecodeError, EncodeError

TAGS = ["$binary", "$ext", "$timestamp", "$map", "$float", "$str"]
quick = settings(deadline=None, derandomize=True, max_examples=100)


def packed(value: Any) -> bytes:
    """Pack, with the escapes of bytes that are not UTF-8 made those bytes again."""
    return bytes(msgpack.packb(value, unicode_errors="surrogateescape"))


def array(items: list[bytes]) -> bytes:
    return bytes(msgpack.Packer().pack_array_header(len(items))) + b"".join(items)


def mapping(pairs: list[tuple[bytes, bytes]]) -> bytes:
    return bytes(msgpack.Packer().pack_map_header(len(pairs))) + b"".join(key + value for key, value in pairs)


SECONDS = st.integers(-(2**63), 2**63 - 1) | st.integers(-(2**36), 2**38)
TIMESTAMPS = st.builds(msgpack.Timestamp, SECONDS, st.integers(0, 999_999_999))
EXTS = st.tuples(st.integers(-128, 127).filter(lambda code: code != -1), st.binary(max_size=20)).map(
    msgpack.ExtType._make
)
STRS = st.text() | st.binary().map(lambda data: data.decode("utf-8", "surrogateescape")) | st.sampled_from(TAGS)
FLOATS = st.floats(allow_nan=False) | st.just(float("nan"))  # the payload bits of a NaN are not kept
LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**63), 2**64 - 1), FLOATS, STRS, st.binary(max_size=40), EXTS, TIMESTAMPS
).map(packed)
OBJECTS = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=5).map(array)
        | st.lists(st.tuples(inner, inner), max_size=4).map(mapping)
        | st.lists(st.tuples(STRS.map(packed), inner), max_size=3).map(mapping)
    ),
    max_leaves=12,
)

JSON_LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
)
JSON_VALUES = st.recursive(
    JSON_LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)
TAGGED = st.recursive(
    JSON_LEAVES | st.sampled_from(["nan", "YQ==", "2026-11-23T12:00:00Z"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*TAGS, "a"]), inner, max_size=2)
        | st.lists(st.tuples(inner, inner).map(list), max_size=2).map(lambda pairs: {"$map": pairs})
    ),
)


@quick
@given(OBJECTS)
def test_any_object_survives_the_way_through_json_text(frame: bytes) -> None:
    codec = MsgpackCodec()
    text = compact(codec.decode(frame)).encode()
    # The packer writes each value in one way only, so equal bytes are equal values, and floats floats.
    assert codec.encode_text(text) == frame


@quick
@given(JSON_VALUES)
def test_any_json_value_survives_the_way_through_msgpack(value: Any) -> None:
    codec = MsgpackCodec()
    frame = codec.encode(value)
    if not any(tag in compact(value) for tag in TAGS):
        assert codec.decode(frame) == value
        assert msgpack.unpackb(frame) == value


@quick
@given(TAGGED)
def test_tagged_values_are_what_they_say_or_an_error(value: Any) -> None:
    codec = MsgpackCodec()
    try:
        frame = codec.encode(value)
    except EncodeError as error:
        assert error.what  # noqa: PT017 - that nothing else is raised is the point
    else:
        assert codec.encode(codec.decode(frame)) == frame


@quick
@given(st.binary() | st.tuples(OBJECTS, st.binary(min_size=1)).map(b"".join))
def test_any_bytes_give_a_value_or_a_decode_error(frame: bytes) -> None:
    try:
        value = MsgpackCodec().decode(frame)
    except DecodeError as error:
        assert error.what  # noqa: PT017 - that nothing else is raised is the point
    else:
        assert parse(compact(value).encode()) == value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (b"\xff", '{"$binary":"/w=="}'),
        (msgpack.ExtType(5, b"a"), '{"$ext":[5,"YQ=="]}'),
        (msgpack.ExtType._make((-2, b"a")), '{"$ext":[-2,"YQ=="]}'),
        (msgpack.Timestamp(1795435200, 1), '{"$timestamp":"2026-11-23T12:00:00.000000001Z"}'),
        (msgpack.Timestamp(-1, 999_999_999), '{"$timestamp":"1969-12-31T23:59:59.999999999Z"}'),
        (msgpack.Timestamp(-62135596800, 0), '{"$timestamp":"0001-01-01T00:00:00.000000000Z"}'),
        (msgpack.Timestamp(253402300799, 0), '{"$timestamp":"9999-12-31T23:59:59.000000000Z"}'),
        (msgpack.Timestamp(-62135596801, 0), '{"$ext":[-1,"AAAAAP////GIbgj/"]}'),
        (msgpack.Timestamp(253402300800, 0), '{"$ext":[-1,"AAAAAAAAADr/9EGA"]}'),
        ({1: 2}, '{"$map":[[1,2]]}'),
        ({None: {b"k": 1}}, '{"$map":[[null,{"$map":[[{"$binary":"aw=="},1]]}]]}'),
        ({"$map": []}, '{"$map":[["$map",[]]]}'),
        ({"$binary": "x"}, '{"$map":[["$binary","x"]]}'),
        ({"$binary": "x", "a": 1}, '{"$binary":"x","a":1}'),
        ({"\udcff": 1}, '{"$map":[[{"$str":"/w=="},1]]}'),
        ({}, "{}"),
        (float("nan"), '{"$float":"nan"}'),
        (float("-inf"), '{"$float":"-inf"}'),
        (1.0, "1.0"),
        (-0.0, "-0.0"),
        ("ä\udcff", '{"$str":"w6T/"}'),
        (2**64 - 1, "18446744073709551615"),
        (-(2**63), "-9223372036854775808"),
    ],
)
def test_the_mapping(value: Any, text: str) -> None:
    codec = MsgpackCodec()
    assert compact(codec.decode(packed(value))) == text
    assert codec.encode_text(text.encode()) == packed(value)


def test_equal_keys_are_all_kept() -> None:
    frame = b"\x82\xa1a\x01\xa1a\x02"
    assert MsgpackCodec().decode(frame) == {"$map": [["a", 1], ["a", 2]]}
    assert MsgpackCodec().encode({"$map": [["a", 1], ["a", 2]]}) == frame


def test_a_single_float_becomes_a_double_of_the_same_value() -> None:
    assert MsgpackCodec().decode(b"\xca" + struct.pack(">f", 0.1)) == struct.unpack(">f", struct.pack(">f", 0.1))[0]


def test_a_timestamp_may_be_written_short() -> None:
    assert MsgpackCodec().encode({"$timestamp": "1970-01-01T00:00:01.5Z"}) == packed(msgpack.Timestamp(1, 500_000_000))


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        (b"", "ends too early"),
        (b"\x92\x01", "ends too early"),
        (b"\xdd\xff\xff\xff\xff", "ends too early"),
        (b"\xc6\xff\xff\xff\xff", "ends too early"),
        (b"\x01\x02", "more follows the first object"),
        (b"\xc1", "0xc1"),
        (b"\xd4\xff\x00", "[Tt]imestamp|Unpack failed"),  # msgpack before 1.2 gives no reason
        (b"\xd7\xff" + b"\xff" * 8, "nanoseconds"),
        (b"\x91" * 600 + b"\x01", "nested deeper"),
        (b"\x91" * 100_000 + b"\x01", "nested deeper"),
        (b"\x81\xa1a" * 300 + b"\x01", "nested deeper"),
        (b"\x81\x01" * 100 + b"\x01", "nested deeper"),  # three levels each in JSON
    ],
)
def test_what_is_not_one_object_is_refused(frame: bytes, reason: str) -> None:
    with pytest.raises(DecodeError, match=reason):
        MsgpackCodec().decode(frame)


@pytest.mark.parametrize(
    "frame",
    [
        b"\x91" * (MAX_DEPTH - 2) + b"\xd4\x05a",
        b"\x81\xa1a" * (MAX_DEPTH - 2) + b"\xd4\x05a",
        b"\x81\x01" * ((MAX_DEPTH - 2) // 3) + b"\xd4\x05a",
    ],
)
def test_the_deepest_objects_survive(frame: bytes) -> None:
    codec = MsgpackCodec()
    assert codec.encode_text(compact(codec.decode(frame)).encode()) == frame


def test_nested_lengths_that_lie_cost_little() -> None:
    claim = b"\xdd" + struct.pack(">I", 1 << 20)
    with pytest.raises(DecodeError, match="ends too early"):
        MsgpackCodec().decode(claim * 500 + bytes(1 << 20))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("18446744073709551616", "64 bits"),
        ("-9223372036854775809", "64 bits"),
        (r'"\ud800"', "lone surrogate"),
        (r'{"\udc80": 1}', "lone surrogate"),
        ("NaN", "NaN is not JSON"),
        ("1e400", "beyond the range"),
        ('{"$binary": 1}', r"1 is not valid in \$binary"),
        ('{"$binary": "YQ"}', "incorrect padding"),
        ('{"$str": null}', r"null is not valid in \$str"),
        ('{"$float": "1"}', r'"1" is not valid in \$float'),
        ('{"$ext": [128, ""]}', r"is not valid in \$ext"),
        ('{"$ext": [true, ""]}', r"is not valid in \$ext"),
        ('{"$ext": [1.0, ""]}', r"is not valid in \$ext"),
        ('{"$ext": [-1, "YQ=="]}', "[Tt]imestamp"),
        ('{"$map": [[1]]}', r"is not valid in \$map"),
        ('{"$map": {}}', r"is not valid in \$map"),
        ('{"$timestamp": "yesterday"}', "is not a timestamp like"),
        ('{"$timestamp": "2026-02-30T00:00:00Z"}', "is not a timestamp: day"),
        ('{"$timestamp": "2026-11-23T12:00:00+01:00"}', "is not a timestamp like"),
        ('{"$timestamp": 0}', r"0 is not valid in \$timestamp"),
        ("{", "Expecting property name"),
        ("[" * 100_000, "nested deeper"),
        ("[" * 255 + "]" * 255, "nested deeper"),
        ('{"$map":[[1,' * 90 + "1" + "]]}" * 90, "nested deeper"),
    ],
)
def test_what_has_no_object_is_refused(text: str, reason: str) -> None:
    with pytest.raises(EncodeError, match=reason):
        MsgpackCodec().encode_text(text.encode())


def test_values_that_no_json_text_gives() -> None:
    with pytest.raises(EncodeError, match=r'nan is not JSON; write \{"\$float": "nan"\}'):
        MsgpackCodec().encode([float("nan")])
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    for value in (deep, {"$binary": deep}):
        with pytest.raises(EncodeError, match="nested deeper"):
            MsgpackCodec().encode(value)
    while deep:  # so that its end does not recurse either
        deep = deep.pop()
