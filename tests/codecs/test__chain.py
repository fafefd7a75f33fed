"""Codecs behind each other."""

import base64
import gzip
import json
import zlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zmqcli.codecs._chain import build
from zmqcli.errors import DecodeError, EncodeError, OptionError

LIMIT = 1 << 16
LAYERS = st.lists(st.sampled_from(["zlib", "gzip", "hex", "base64"]), max_size=3)


@settings(deadline=None, derandomize=True, max_examples=50)
@given(LAYERS, st.sampled_from(["json", "msgpack"]), st.dictionaries(st.text(), st.integers(-9, 9) | st.text()))
def test_any_chain_goes_round(layers: list[str], name: str, value: dict[str, Any]) -> None:
    codec = build("+".join([*layers, name]), LIMIT)
    assert codec.decode(codec.encode(value)) == value
    assert codec.decode(codec.encode_text(json.dumps(value).encode())) == value


def test_the_outermost_comes_first() -> None:
    codec = build("base64+zlib+json", LIMIT)
    assert codec.name == "base64+zlib+json"
    assert codec.decode(base64.b64encode(zlib.compress(b"[1]"))) == [1]


def test_a_layer_alone_has_raw_bytes_inside() -> None:
    codec = build("gzip", LIMIT)
    assert codec.name == "gzip+raw"
    assert codec.decode(gzip.compress(b"\xff")) == b"\xff"
    assert gzip.decompress(codec.encode({"base64": "/w=="})) == b"\xff"


def test_a_codec_at_the_end_shows_and_before_a_plus_reads() -> None:
    assert build("hex", LIMIT).decode(b"a") == "61"
    assert build("hex+text", LIMIT).decode(b"61") == "a"
    assert build("hex+text", LIMIT).plain
    assert not build("hex+json", LIMIT).plain


def test_the_reason_of_either_part_is_passed_on() -> None:
    codec = build("zlib+json", LIMIT)
    with pytest.raises(DecodeError, match="zlib says"):
        codec.decode(b"{}")
    with pytest.raises(DecodeError, match="Expecting value"):
        codec.decode(zlib.compress(b"x"))
    with pytest.raises(EncodeError, match="Expecting value"):
        codec.encode_text(b"x")


def test_each_layer_is_bounded() -> None:
    bomb = zlib.compress(zlib.compress(bytes(1 << 20)))
    with pytest.raises(DecodeError, match=f"more than {LIMIT} bytes"):
        build("zlib+zlib+text", LIMIT).decode(bomb)


@pytest.mark.parametrize("spec", ["json+zlib", "raw+json", "text+text"])
def test_what_is_no_layer_cannot_stand_before_a_plus(spec: str) -> None:
    with pytest.raises(OptionError, match="cannot hold"):
        build(spec, LIMIT)


@pytest.mark.parametrize("spec", ["zlib+", "+json", "", "zlib+jsn", "lzib+json"])
def test_every_name_must_be_known(spec: str) -> None:
    with pytest.raises(OptionError, match="there is no codec"):
        build(spec, LIMIT)
