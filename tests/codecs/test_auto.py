"""auto: each kind is told, what only looks like one is not, and nothing ever fails."""

import gzip
import json
import pickle
import struct
import zlib
from typing import Any

import msgpack  # type: ignore[import-untyped] # the package ships no types
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zmqcli.codecs.auto import AutoCodec, Detected, detect, detect_message

quick = settings(deadline=None, derandomize=True, max_examples=150)

OBJECT = {"a": [1, 2.5, None]}
JSON = json.dumps(OBJECT).encode()


@pytest.mark.parametrize(
    ("frame", "kind", "value"),
    [
        (b"", "empty", ""),
        (b"72F", "text", "72F"),
        ("grüß dich\t€\r\n".encode(), "text", "grüß dich\t€\r\n"),
        (JSON, "json", OBJECT),
        (b" \n[]", "json", []),
        (b'{"a":1}\n', "json", {"a": 1}),
        (b"{oops", "text", "{oops"),
        (b'"quoted"', "text", '"quoted"'),
        (b"true", "text", "true"),
        (b"72", "number", "72"),
        (b"-72.50e3", "number", "-72.50e3"),
        (b"007", "text", "007"),
        (b"NaN", "text", "NaN"),
        (b'{"shm":"psm_1","size":7}', "shm", {"shm": "psm_1", "size": 7}),
        (b'{"shm":"psm_1","size":7,"more":1}', "json", {"shm": "psm_1", "size": 7, "more": 1}),
        (zlib.compress(JSON), "zlib+json", OBJECT),
        (zlib.compress(b""), "zlib+empty", ""),
        (zlib.compress(b"\xff\0", 1), "zlib+binary", b"\xff\0"),
        (gzip.compress(b"hello", mtime=0), "gzip+text", "hello"),
        (gzip.compress(zlib.compress(JSON), mtime=0), "gzip+zlib+json", OBJECT),
        (zlib.compress(msgpack.packb(OBJECT)), "zlib+msgpack", OBJECT),
        (msgpack.packb(OBJECT), "msgpack", OBJECT),
        (msgpack.packb([1, b"\xff"]), "msgpack", [1, {"$binary": "/w=="}]),
        (msgpack.packb(b"\xff\0"), "msgpack", {"$binary": "/wA="}),
        (msgpack.packb("hello"), "msgpack", "hello"),
        (b"hello\0", "text", "hello\0"),
        (b"\x1b[31mred\x1b[0m", "text", "\x1b[31mred\x1b[0m"),
    ],
)
def test_kinds_are_told(frame: bytes, kind: str, value: Any) -> None:
    assert detect(frame) == Detected(kind, value)


@pytest.mark.parametrize(
    "frame",
    [
        b"\0",
        b"\x80",  # an empty map, but a byte like any other
        b"\x90",
        b"\x05",
        struct.pack("<q", 65),
        struct.pack("<d", 72.5),
        "text".encode("utf-16-le"),
        b"x\x9c" + b"no zlib" * 3,
        zlib.compress(b"cut")[:-1],
        b"\x1f\x8b\x08" + bytes(20),
        b"\x93NUMPY\x01\0" + bytes(30),
        b"\xff" * 40,
        msgpack.packb([1]) + b"\0",
        msgpack.packb(1 << 40),
        msgpack.packb(msgpack.ExtType(5, b"abcdefgh")),
        msgpack.packb([1]) * 2,
        b"\xdd\xff\xff\xff\xff",
        b"\xa2\xff\xfe",  # a str that is not UTF-8
    ],
)
def test_what_only_looks_like_something_is_binary(frame: bytes) -> None:
    assert detect(frame) == Detected("binary", frame)


def test_a_bomb_is_named_and_left_alone() -> None:
    for layer in (zlib, gzip):
        frame = layer.compress(bytes(64 << 20))
        assert detect(frame) == Detected(layer.__name__, frame)
    deep = JSON
    for _ in range(10):
        deep = zlib.compress(deep)
    assert detect(deep).kind == "zlib+zlib+binary"


def test_large_frames_are_only_looked_at_in_front() -> None:
    json_text = b"[" + b"1," * (1 << 20) + b"1]"
    assert detect(json_text) == Detected("text", json_text.decode())
    late = b"a" * (1 << 17) + b"\0\xff"
    assert detect(late) == Detected("binary", late)
    packed = msgpack.packb([bytes(2 << 20)])
    assert detect(packed) == Detected("binary", packed)
    pickled = pickle.dumps(bytes(1 << 18))
    assert detect(pickled) == Detected("pickle", pickled)


@quick
@given(
    st.binary()
    | st.sampled_from([b"\x80\x04", b"x\x9c", b"\x93NUMPY\x01\0", b"\xdc", b"{"]).flatmap(
        lambda start: st.binary().map(lambda rest: start + rest)
    )
)
def test_any_bytes_are_something(frame: bytes) -> None:
    found = detect(frame)
    assert found.kind
    assert AutoCodec().decode(frame) == found.value
    if not isinstance(found.value, bytes):
        json.dumps(found.value)


@quick
@given(st.text(alphabet=st.characters(exclude_categories=["Cc", "Cs"]), min_size=1))
def test_printable_text_is_never_anything_else(text: str) -> None:
    assert detect(text.encode()).kind in {"text", "number", "json"}


HEADER = json.dumps({"dtype": "float64", "shape": [2, 2]}).encode()


def test_an_array_is_told_by_the_header_before_it() -> None:
    buffer = struct.pack("=4d", 1, 2, 3, 6)
    topic, header, array, again = detect_message([b"topic", HEADER, buffer, buffer])
    assert (topic.kind, header.kind, array.kind) == ("text", "json", "array")
    assert array.value["dtype"] == "float64"
    assert array.value["shape"] == [2, 2]
    assert again.kind == "binary"
    assert AutoCodec().decode_message([HEADER, buffer])[1] == array.value


def test_a_buffer_of_another_size_is_no_array() -> None:
    assert [found.kind for found in detect_message([HEADER, b"\xff" * 31])] == ["json", "binary"]


def test_a_pickle_is_told_and_not_run() -> None:
    assert detect(pickle.dumps(OBJECT)) == Detected("pickle", OBJECT)
    assert detect(zlib.compress(pickle.dumps(print))) == Detected("zlib+pickle", {"$pickle": "builtins.print"})
    assert detect(pickle.dumps(OBJECT)[:-3] + b"\xff.").kind == "binary"
