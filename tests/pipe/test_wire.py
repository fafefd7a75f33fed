"""The values between a pipe and its workers."""

from __future__ import annotations

import msgpack  # type: ignore[import-untyped] # the package ships no types
import pytest

from zmqcli.pipe import wire
from zmqcli.pipe.wire import ValueReader, WireError, pack

VALUES = [[1, [b"", b"\xff\0", b"x" * 300_000]], [None, "lone \udcff surrogate"], ["expression", None, 1 << 30, None]]


@pytest.mark.parametrize("size", [1999, 1 << 16, 1 << 20])
def test_values_arrive_whatever_the_pieces(size: int) -> None:
    data = b"".join(map(pack, VALUES))
    reader = ValueReader()
    came = [value for at in range(0, len(data), size) for value in reader.feed(data[at : at + size])]

    assert came == VALUES


@pytest.mark.parametrize("data", [b"\xc1", b"\x91\xc1"])
def test_bytes_that_are_no_values_are_refused(data: bytes) -> None:
    with pytest.raises(WireError, match="not msgpack"):
        list(ValueReader().feed(data))


def test_a_value_that_is_too_large_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "LARGEST_BYTES", 1000)
    with pytest.raises(WireError, match="1003 bytes, and a worker takes 1000 at most"):
        pack(b"x" * 1000)


@pytest.mark.parametrize(
    "value", [b"x" * 2000, [b"x" * 100] * 20], ids=["bytes", "a list, whose items leave msgpack's buffer"]
)
def test_a_value_that_is_too_large_is_not_read_to_its_end(monkeypatch: pytest.MonkeyPatch, value: object) -> None:
    data = msgpack.packb(value)
    monkeypatch.setattr(wire, "LARGEST_BYTES", 1000)
    reader = ValueReader()
    pieces = (data[at : at + 50] for at in range(0, len(data) - 50, 50))
    with pytest.raises(WireError):
        assert not [value for piece in pieces for value in reader.feed(piece)]


def test_many_values_may_be_larger_than_one_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "LARGEST_BYTES", 1000)
    reader = ValueReader()

    assert [list(reader.feed(pack(b"x" * 500))) for _ in range(10)] == [[b"x" * 500]] * 10
