"""Members one after the other: all of them, whole, within the limit."""

import time
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zmqcli.codecs import _registry
from zmqcli.codecs._api import Layer, TooLarge
from zmqcli.errors import DecodeError

quick = settings(deadline=None, derandomize=True, max_examples=30)
LAYERS = {"gzip": "zlib", "zstd": "backports.zstd", "lz4": "lz4.frame"}


@pytest.fixture(params=LAYERS)
def layer(request: pytest.FixtureRequest) -> Layer:
    if request.param != "gzip":
        pytest.importorskip(LAYERS[request.param])
    loaded = _registry.load(request.param)
    assert isinstance(loaded, Layer)
    return loaded


def test_members_go_round_within_the_limit_and_not_past_it(layer: Layer) -> None:
    @quick
    @given(st.lists(st.binary(max_size=500), min_size=1, max_size=4))
    def goes_round(members: list[bytes]) -> None:
        data = b"".join(members)
        frame = b"".join(map(layer.wrap, members))
        assert layer.unwrap(frame, len(data)) == data
        if data:
            with pytest.raises(TooLarge, match=f"more than {len(data) - 1} bytes; --max-size sets the limit"):
                layer.unwrap(frame, len(data) - 1)

    goes_round()


def test_a_member_must_be_whole(layer: Layer) -> None:
    @quick
    @given(st.binary(max_size=200), st.data())
    def must_be_whole(data: bytes, draw: st.DataObject) -> None:
        frame = layer.wrap(data)
        with pytest.raises(DecodeError):
            layer.unwrap(frame[: draw.draw(st.integers(0, len(frame) - 1))], 1000)
        with pytest.raises(DecodeError):
            layer.unwrap(frame + b"\xff\xff\xff\xff", 1000)

    must_be_whole()


def test_any_bytes_give_data_or_a_decode_error(layer: Layer) -> None:
    whole = layer.wrap(b"a" * 100)

    @quick
    @given(st.binary(min_size=1), st.integers(0, len(whole)))
    def any_bytes(noise: bytes, cut: int) -> None:
        try:
            layer.unwrap(whole[:cut] + noise, 1000)
        except DecodeError:
            return

    any_bytes()


def test_large_data_passes_the_steps_it_is_read_in(layer: Layer) -> None:
    data = bytes(range(256)) * 4096 + zlib.compress(bytes(1 << 20), 0)
    assert layer.unwrap(layer.wrap(data), 1 << 22) == data


def test_a_bomb_is_refused_before_it_goes_off(layer: Layer) -> None:
    bomb = layer.wrap(bytes(64 << 20))
    start = time.monotonic()
    with pytest.raises(TooLarge):
        layer.unwrap(bomb, 1 << 20)
    assert time.monotonic() - start < 2


def test_a_row_of_empty_members_ends(layer: Layer) -> None:
    few, many = layer.wrap(b"") * 64, layer.wrap(b"") * 65
    assert layer.unwrap(few, 1 << 20) == b""
    with pytest.raises(TooLarge, match=r"it holds more than 64 \w+ streams"):
        layer.unwrap(many, 1 << 20)
    assert layer.unwrap(many, 1 << 21) == b""
