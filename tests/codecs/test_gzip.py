"""gzip: bounded decompression, any number of members."""

import gzip
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zmqcli.codecs.gzip import GzipLayer
from zmqcli.errors import DecodeError

quick = settings(deadline=None, derandomize=True, max_examples=50)


@quick
@given(st.lists(st.binary(max_size=500), min_size=1, max_size=4))
def test_members_go_round_within_the_limit_and_not_past_it(members: list[bytes]) -> None:
    layer = GzipLayer()
    data = b"".join(members)
    assert gzip.decompress(layer.wrap(data)) == data
    frame = b"".join(layer.wrap(member) for member in members)
    assert layer.unwrap(frame, len(data)) == data
    if data:
        with pytest.raises(DecodeError, match=f"more than {len(data) - 1} bytes"):
            layer.unwrap(frame, len(data) - 1)


@quick
@given(st.binary(max_size=200), st.data())
def test_a_member_must_be_whole(data: bytes, draw: st.DataObject) -> None:
    frame = gzip.compress(data)
    with pytest.raises(DecodeError, match="ends too early"):
        GzipLayer().unwrap(frame[: draw.draw(st.integers(0, len(frame) - 1))], 1000)
    with pytest.raises(DecodeError, match="zlib says"):
        GzipLayer().unwrap(frame + b"garbage", 1000)


def test_large_frames_pass_the_steps_they_are_read_in() -> None:
    data = b"".join(number.to_bytes(4, "big") for number in range(50_000))
    assert GzipLayer().unwrap(gzip.compress(data) * 2, 1 << 20) == data * 2


def test_equal_data_gives_equal_frames() -> None:
    first = GzipLayer().wrap(b"data")
    assert first[4:8] == bytes(4)  # the time: none
    assert GzipLayer().wrap(b"data") == first


def test_a_bomb_is_refused_before_it_goes_off() -> None:
    with pytest.raises(DecodeError, match="--max-size"):
        GzipLayer().unwrap(gzip.compress(bytes(64 << 20), 1), 1 << 20)


def test_many_tiny_members_take_time_in_proportion() -> None:
    frame = gzip.compress(b"") * 20_000
    start = time.monotonic()
    assert GzipLayer().unwrap(frame, 0) == b""
    assert time.monotonic() - start < 5  # 0.1 s; copying the rest at each member would be 4 GB
