"""All frames of a message through their codecs."""

from __future__ import annotations

import json
import zlib
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zmqcli.codecs import RAW, UNDECODED, FrameCodecs
from zmqcli.codecs.json import JsonCodec
from zmqcli.errors import DecodeError, EncodeError, OptionError

if TYPE_CHECKING:
    from zmqcli.message import Message

LEAVES = st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.text()
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.just("k"), inner))


class Held:
    """A frame as pyzmq holds it."""

    more = False

    def __init__(self, data: bytes) -> None:
        self.bytes = data

    def get(self, name: str, /) -> str:
        raise AssertionError(f"nobody asks a codec's frame for its {name}")

    def __len__(self) -> int:
        return len(self.bytes)

    def __buffer__(self, flags: int, /) -> memoryview:
        return memoryview(self.bytes)


class ReadOnly(JsonCodec):
    name: ClassVar[str] = "reads"
    writes: ClassVar[bool] = False

    def encode(self, value: Any) -> bytes:
        raise NotImplementedError

    def encode_text(self, text: bytes) -> bytes:
        raise NotImplementedError


def test_the_last_codec_repeats() -> None:
    codecs = FrameCodecs.parse("text, json")
    assert [codecs.codec_at(position).name for position in range(4)] == ["text", "json", "json", "json"]


@pytest.mark.parametrize(("spec", "is_raw"), [("raw", True), ("raw,raw", True), ("raw,text", False), ("zlib", False)])
def test_raw_is_known(spec: str, *, is_raw: bool) -> None:
    assert FrameCodecs.parse(spec).is_raw is is_raw


@pytest.mark.parametrize("spec", ["", ",", "text,", " "])
def test_a_missing_name_is_said(spec: str) -> None:
    with pytest.raises(OptionError, match="a name is missing"):
        FrameCodecs.parse(spec)


def test_an_unknown_name_is_said() -> None:
    with pytest.raises(OptionError, match="did you mean msgpack"):
        FrameCodecs.parse("text,zlib+msgpak")


def test_decode_leaves_the_envelope_and_starts_counting_behind_it() -> None:
    codecs = FrameCodecs.parse("text,json")
    message: Message = [Held(b"\0id"), b"", b"topic", Held(b"[1]"), b"2"]
    assert codecs.decode(message, 2) == ([b"\0id", b"", "topic", [1], 2], [])
    assert codecs.decode([b"id"], 2) == ([b"id"], [])
    assert codecs.decode([], 0) == ([], [])


def test_a_frame_that_does_not_decode_leaves_its_place_and_its_reason() -> None:
    values, errors = FrameCodecs.parse("text,json").decode([b"id", b"\xff", b"{", b"1"], 1)
    assert values == [b"id", UNDECODED, UNDECODED, 1]
    assert repr(UNDECODED) == "UNDECODED"
    assert [type(error) for error in errors] == [DecodeError, DecodeError]
    assert str(errors[0]) == "frame 0 is not text: byte 0xff at 0 is not UTF-8"
    assert str(errors[1]).startswith("frame 1 is not json: Expecting property name")


class Mistaken(ReadOnly):
    name = "mistaken"
    writes = True

    def decode(self, frame: bytes) -> Any:
        raise KeyError(frame)

    def encode_text(self, text: bytes) -> bytes:
        raise ZeroDivisionError(text)


def test_a_mistake_in_a_codec_is_said_and_ends_nothing() -> None:
    codecs = FrameCodecs([Mistaken()])
    values, [error] = codecs.decode([b"x"], 0)
    assert values == [UNDECODED]
    assert str(error) == "frame 0 is not mistaken: it raised KeyError: b'x'; this is a bug in the codec"
    with pytest.raises(EncodeError, match="it raised ZeroDivisionError"):
        codecs.encode_texts([b"x"], 0)


def test_the_size_limit_reaches_the_layers() -> None:
    frame = zlib.compress(b"[" + b" " * 100 + b"]")
    assert FrameCodecs.parse("zlib+json").decode([frame], 0) == ([[]], [])
    values, [error] = FrameCodecs.parse("zlib+json", max_decoded=50).decode([frame], 0)
    assert values == [UNDECODED]
    assert str(error) == ("frame 0 is not zlib+json: it decompresses to more than 50 bytes; --max-size sets the limit")


def test_texts_are_encoded_behind_the_envelope() -> None:
    codecs = FrameCodecs.parse("hex,msgpack")
    held = Held(b"id")
    assert codecs.encode_texts([held, b"", b"ff", Held(b"[1]")], 2) == [held, b"", b"\xff", b"\x91\x01"]
    message: Message = [b"{"]
    assert RAW.encode_texts(message, 0) is message


def test_a_text_that_is_not_its_value_is_named() -> None:
    with pytest.raises(EncodeError, match=r"^frame 1 is not json: Extra data"):
        FrameCodecs.parse("text,json").encode_texts([b"", b"topic", b"72F"], 1)


def test_a_codec_that_only_reads_sends_raw() -> None:
    codecs = FrameCodecs([ReadOnly()])
    held = Held(b"\xff")
    assert codecs.encode_texts([held, b"x"], 0) == [held, b"x"]
    assert codecs.encode_values(["x", {"base64": "/w=="}]) == [b"x", b"\xff"]


def test_values_are_encoded() -> None:
    assert FrameCodecs.parse("raw,msgpack").encode_values([{"base64": "/w=="}, [1]]) == [b"\xff", b"\x91\x01"]
    assert FrameCodecs.parse("msgpack").encode_values(["id", "", [1]], envelope=2) == [b"id", b"", b"\x91\x01"]


def test_a_value_without_a_frame_is_named() -> None:
    with pytest.raises(EncodeError, match=r"^frame 1 is not text: the value is not a string"):
        FrameCodecs.parse("text").encode_values(["a", 1])
    with pytest.raises(EncodeError, match=r'^an envelope frame is not raw: a raw frame is a string or {"base64"'):
        FrameCodecs.parse("text").encode_values([1, "a"], envelope=1)


@pytest.mark.parametrize(
    ("spec", "value", "shown"),
    [
        ("text", 'a"ä\n', 'a"ä\n'),
        ("json", "ä", '"ä"'),
        ("json", {"a": [1, 2.0, None]}, '{"a":[1,2.0,null]}'),
        ("json", "\ud800", '"\\ud800"'),
        ("raw", b"a\xff\xc3\xa4", "a\\xffä"),
        ("hex", "ff", "ff"),
        ("zlib+text", "a", "a"),
        ("zlib+json", "a", '"a"'),
        ("msgpack", b"id", "id"),  # an envelope frame
    ],
)
def test_a_value_is_shown_in_one_line_of_its_own(spec: str, value: Any, shown: str) -> None:
    assert FrameCodecs.parse(spec).show(0, value) == shown


@settings(deadline=None, derandomize=True, max_examples=50)
@given(st.sampled_from(["json", "msgpack", "zlib+json", "base64+gzip+msgpack"]), st.lists(VALUES, max_size=3))
def test_what_is_shown_can_be_sent_again(spec: str, values: list[Any]) -> None:
    codecs = FrameCodecs.parse(spec)
    texts: Message = [json.dumps(value).encode() for value in values]
    message = codecs.encode_texts(texts, 0)
    assert codecs.decode(message, 0) == (values, [])
    shown: Message = [codecs.show(position, value).encode() for position, value in enumerate(values)]
    assert codecs.decode(codecs.encode_texts(shown, 0), 0) == (values, [])
    assert codecs.decode(codecs.encode_values(values), 0) == (values, [])
