"""What the tests of the formats share: options, feeding in pieces, strategies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import zmq
from hypothesis import strategies as st

from zmqcli.codecs.pipeline import RAW, FrameCodecs
from zmqcli.formats import _registry
from zmqcli.formats._api import Reader, RecordBatch, RecordOptions
from zmqcli.message import as_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zmqcli.message import Batch, Frame

TIME_NS = 1_795_435_200_000_123_999  # 2026-11-23T12:00:00.000123Z

frames = st.binary(max_size=40)
messages = st.lists(frames, min_size=1, max_size=5)
batches = st.lists(messages, max_size=8)
cuts = st.lists(st.integers(min_value=1, max_value=30), max_size=30)


def received(data: bytes) -> Frame:
    """Return a frame as pyzmq gives it. (Its stub does not declare the buffer it has.)."""
    return cast("Frame", zmq.Frame(data))


def reader(name: str, codecs: FrameCodecs = RAW, **options: Any) -> Reader:
    return _registry.load(name).reader(RecordOptions(**options), codecs)


def written(
    name: str,
    batch: Iterable[Iterable[Any]],
    *,
    codecs: FrameCodecs = RAW,
    values: list[list[Any]] | None = None,
    seq: int = 1,
    **options: Any,
) -> bytes:
    """Return what the format writes for a batch, in one piece."""
    rows: Batch = [[*message] for message in batch]
    record_batch = RecordBatch(rows, TIME_NS, seq, sum(len(frame) for row in rows for frame in row), values)
    chunks = _registry.load(name).writer(RecordOptions(**options), codecs).format(record_batch)
    return b"".join(map(as_bytes, chunks))


def decoded(name: str, batch: list[list[bytes]], spec: str, *, envelope: int = 0, **options: Any) -> bytes:
    """Return what the format writes for a batch whose frames went through the codecs of `spec`."""
    codecs = FrameCodecs.parse(spec)
    values = [codecs.decode([*message], envelope)[0] for message in batch]
    return written(name, batch, codecs=codecs, values=values, **options)


def pieces(data: bytes, sizes: list[int]) -> Iterable[bytes]:
    """Yield `data` cut into pieces of these sizes, over and over."""
    at = 0
    while at < len(data):
        for size in sizes or [len(data)]:
            if data[at : at + size]:
                yield data[at : at + size]
            at += size


def read(source: Reader, chunks: Iterable[bytes]) -> tuple[list[list[bytes]], list[str]]:
    """Return all messages and the bad records' errors, checking the position each error claims."""
    messages: list[list[bytes]] = []
    errors: list[str] = []

    def take(batch: Batch) -> None:
        for position, error in source.bad:
            assert 0 <= position <= len(batch)
            number = len(messages) + position + len(errors) + 1
            assert str(error).startswith(f"record {number}")
            errors.append(str(error))
        source.bad.clear()
        messages.extend([as_bytes(frame) for frame in message] for message in batch)

    for chunk in chunks:
        take(source.feed(chunk))
    take(source.finish())
    return messages, errors
