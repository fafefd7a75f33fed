"""zlib: bounded decompression."""

import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zmqcli.codecs.zlib import ZlibLayer
from zmqcli.errors import DecodeError

quick = settings(deadline=None, derandomize=True, max_examples=50)


@quick
@given(st.binary(max_size=2000))
def test_data_goes_round_within_the_limit_and_not_past_it(data: bytes) -> None:
    layer = ZlibLayer()
    frame = layer.wrap(data)
    assert zlib.decompress(frame) == data
    assert layer.unwrap(frame, len(data)) == data
    if data:
        with pytest.raises(DecodeError, match=f"more than {len(data) - 1} bytes"):
            layer.unwrap(frame, len(data) - 1)


@quick
@given(st.binary(max_size=200), st.data())
def test_a_stream_must_be_whole_and_alone(data: bytes, draw: st.DataObject) -> None:
    frame = zlib.compress(data)
    with pytest.raises(DecodeError, match="ends too early"):
        ZlibLayer().unwrap(frame[: draw.draw(st.integers(0, len(frame) - 1))], 1000)
    with pytest.raises(DecodeError, match="more follows"):
        ZlibLayer().unwrap(frame + b"\0", 1000)


@quick
@given(st.binary())
def test_any_bytes_give_data_or_a_decode_error(frame: bytes) -> None:
    with pytest.raises(DecodeError):
        ZlibLayer().unwrap(b"x" + frame, 1000)


def test_a_bomb_is_refused_before_it_goes_off() -> None:
    with pytest.raises(DecodeError, match="--max-size"):
        ZlibLayer().unwrap(zlib.compress(bytes(64 << 20), 1), 1 << 20)
