"""The values between a pipe and its workers."""

from __future__ import annotations

import pytest

from zmqcli.pipe.wire import LARGEST_BYTES, Broken, pack, unpacker

VALUES = [[1, [b"", b"\xff\0", b"x" * 300_000]], [None, "lone \udcff surrogate"], ["expression", None, 1 << 30, None]]


@pytest.mark.parametrize("size", [1999, 1 << 16, 1 << 20])
def test_values_arrive_whatever_the_pieces(size: int) -> None:
    data = b"".join(map(pack, VALUES))
    values = unpacker()
    came = []
    for at in range(0, len(data), size):
        values.feed(data[at : at + size])
        came += list(values)

    assert came == VALUES


@pytest.mark.parametrize("data", [b"\xc1", b"\x91\xc1"])
def test_bytes_that_are_no_values_are_refused(data: bytes) -> None:
    values = unpacker()
    values.feed(data)
    with pytest.raises(Broken):
        list(values)


def test_a_length_alone_takes_no_memory() -> None:
    values = unpacker()
    values.feed(b"\xc6" + LARGEST_BYTES.to_bytes(4, "big"))  # bytes of that length are announced, and do not come

    assert list(values) == []
