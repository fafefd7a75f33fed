"""`quoted`: printable ASCII, TAB between frames, C escapes for the rest. Loses nothing, and fits a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from zmqcli.formats._api import Format, TerminalGuard
from zmqcli.formats._split import RecordReader
from zmqcli.formats.escapes import escape, unescape

if TYPE_CHECKING:
    from zmqcli.codecs.pipeline import FrameCodecs
    from zmqcli.formats._api import Chunk, Reader, RecordBatch, RecordOptions, Writer
    from zmqcli.message import Message

__all__ = ["QuotedFormat"]


class QuotedFormat(Format):
    """One record a message; an empty record is one empty frame."""

    name: ClassVar[str] = "quoted"
    summary: ClassVar[str] = "TAB between frames, C escapes for what is not printable ASCII; loses nothing"
    reads: ClassVar[bool] = True
    guard: ClassVar[TerminalGuard] = TerminalGuard.OWN

    @staticmethod
    def reader(options: RecordOptions, _codecs: FrameCodecs) -> Reader:
        """Return a reader of records that end with `options.delimiter` (which is not empty)."""
        return _Reader(options)

    @staticmethod
    def writer(options: RecordOptions, _codecs: FrameCodecs) -> Writer:
        """Return a writer of the bytes themselves, whatever they decode to."""
        return _Writer(options.delimiter)


class _Reader(RecordReader):
    def parse(self, record: bytes) -> Message:
        return [*map(unescape, record.split(b"\t"))]


class _Writer:
    def __init__(self, delimiter: bytes) -> None:
        self._delimiter = delimiter

    def format(self, batch: RecordBatch) -> list[Chunk]:
        if not batch.messages:
            return []
        records = [b"\t".join(map(escape, message)) for message in batch.messages]
        records.append(b"")  # so that the last record, too, ends with the delimiter
        return [self._delimiter.join(records)]
