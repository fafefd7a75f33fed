"""`text`: a record is its bytes, up to the delimiter. The default in a pipe, and the hot path."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from zmqcli.codecs._api import UNDECODED, Value
from zmqcli.formats._api import Format
from zmqcli.formats._split import RecordReader
from zmqcli.formats.routing_id import body_start, parse_routing_id, show_routing_id
from zmqcli.message import as_bytes, join

if TYPE_CHECKING:
    from zmqcli.codecs.pipeline import FrameCodecs
    from zmqcli.formats._api import Chunk, Reader, RecordBatch, RecordOptions, Writer
    from zmqcli.message import Batch, Message

__all__ = ["TextFormat"]

# Messages larger than this on average are handed on frame by frame: copying them would cost more than a write.
_LARGE_BYTES = 64 * 1024


class TextFormat(Format):
    """One record a message; its frames joined by TAB on output, one frame on input."""

    name: ClassVar[str] = "text"
    summary: ClassVar[str] = "frames joined by TAB, a line a message, bytes exactly as they are"
    reads: ClassVar[bool] = True
    shows_ids: ClassVar[bool] = True

    @staticmethod
    def reader(options: RecordOptions, codecs: FrameCodecs) -> Reader:
        """Return a reader of records that end with `options.delimiter` (which is not empty)."""
        return _Reader(options, views=codecs.is_raw and not options.split_frames and not options.routing_ids)

    @staticmethod
    def frames_of(output: bytes, options: RecordOptions) -> Message:
        """Return the output without the newline at its end, one frame unless the user splits it."""
        body = output.removesuffix(b"\n")
        return list(body.split(options.frame_delimiter)) if options.split_frames else [body]

    @staticmethod
    def writer(options: RecordOptions, codecs: FrameCodecs) -> Writer:
        """Return a writer that shows decoded values where there are some, else bytes."""
        return _Writer(options, codecs)


class _Reader(RecordReader):
    def __init__(self, options: RecordOptions, *, views: bool) -> None:
        super().__init__(options, views=views)
        self._frame_delimiter = options.frame_delimiter if options.split_frames else b""
        self._routing_ids = options.routing_ids

        self._plain = views

    def feed(self, chunk: bytes) -> Batch:
        if self._plain and (batch := self._splitter.messages(chunk)) is not None:
            self._number += len(batch)
            return batch
        return super().feed(chunk)

    def parse(self, record: bytes) -> Message:
        frames = record.split(self._frame_delimiter) if self._frame_delimiter else [record]
        for index in range(min(self._routing_ids, len(frames))):
            frames[index] = parse_routing_id(frames[index])
        return [*frames]

    def parse_all(self, records: list[bytes]) -> Batch:
        if self._frame_delimiter or self._routing_ids:
            return [self.parse(record) for record in records]
        return [[record] for record in records]


class _Writer:
    def __init__(self, options: RecordOptions, codecs: FrameCodecs) -> None:
        self._options = options
        self._codecs = codecs

    def format(self, batch: RecordBatch) -> list[Chunk]:
        messages = batch.messages
        if not messages:
            return []
        if batch.values is not None:
            messages = [self._shown(message, values) for message, values in zip(messages, batch.values, strict=True)]
        elif self._options.routing_ids:
            messages = [self._with_ids(message) for message in messages]
        if batch.size > _LARGE_BYTES * len(messages):
            return self._uncopied(messages)
        return [join(messages, self._options.frame_delimiter, self._options.delimiter)]

    def _uncopied(self, messages: Batch) -> list[Chunk]:
        chunks: list[Chunk] = []
        for message in messages:
            for frame in message:
                chunks += (frame, self._options.frame_delimiter)
            chunks[-1] = self._options.delimiter
        return chunks

    def _with_ids(self, message: Message) -> Message:
        ids = self._options.routing_ids
        return [*(show_routing_id(as_bytes(frame)) for frame in message[:ids]), *message[ids:]]

    def _shown(self, message: Message, values: list[Value]) -> Message:
        if any(value is UNDECODED for value in values):
            from zmqcli.formats.escapes import escape  # compiles expressions that plain text never needs

            return [b"\t".join(map(escape, message))]
        start = body_start(message, self._options)
        shown = self._with_ids(message[:start])
        for position, value in enumerate(values[start:]):
            if isinstance(value, bytes):
                shown.append(value)
            else:  # a plug-in's text may hold what UTF-8 has not; the stream goes on all the same
                shown.append(self._codecs.show(position, value).encode("utf-8", "backslashreplace"))
        return shown
