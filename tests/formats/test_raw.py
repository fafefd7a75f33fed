"""`raw`: nothing added, nothing copied."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given

from tests.formats.support import TIME_NS, batches, cuts, frames, pieces, read, reader, received, written
from zmqcli.codecs.pipeline import RAW
from zmqcli.formats import _registry
from zmqcli.formats._api import RecordBatch, RecordOptions

if TYPE_CHECKING:
    from zmqcli.message import Batch


@given(frames, cuts)
def test_all_of_stdin_is_one_frame(data: bytes, sizes: list[int]) -> None:
    assert read(reader("raw"), pieces(data, sizes)) == ([[data]], [])


@given(batches)
def test_nothing_is_added(batch: list[list[bytes]]) -> None:
    assert written("raw", batch) == b"".join(frame for message in batch for frame in message)


def test_empty_stdin_is_one_empty_frame() -> None:
    assert reader("raw").finish() == [[b""]]


def test_too_much_is_refused_once() -> None:
    source = reader("raw", maximum=10)
    source.feed(b"12345678")
    assert source.unfinished == 8
    source.feed(b"9abc")
    assert source.unfinished == 0
    source.feed(b"x" * 100)
    assert source.finish() == []
    assert [str(error) for _, error in source.bad] == ["record 1 is longer than 10 bytes"]


def test_large_frames_are_not_copied() -> None:
    batch: Batch = [[received(b"a" * 100_000), received(b"b" * 100_000)], [b"c"]]
    chunks = _registry.load("raw").writer(RecordOptions(), RAW).format(RecordBatch(batch, TIME_NS, 1, 200_001))
    assert [*map(id, chunks)] == [id(frame) for message in batch for frame in message]
