"""Delimited records out of a stream of chunks: what the readers of `text`, `quoted` and `jsonl` share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from zmqcli.compiled import built
from zmqcli.errors import DataError

if TYPE_CHECKING:
    from zmqcli.formats._api import RecordOptions
    from zmqcli.message import Batch, Message

__all__ = ["RecordReader", "Splitter"]

LONG_BYTES = 64 * 1024
"""From here on a copy costs more than a view, and libzmq takes it uncopied (connection.py)."""


class Splitter:
    """Cuts a stream at a delimiter, in time linear in its length however finely it is cut into chunks.

    What is left over of a chunk is kept as a list of pieces and never searched again. A record of more than
    `maximum` bytes is dropped while it arrives, up to its delimiter, so that memory stays bounded.
    """

    def __init__(self, delimiter: bytes, maximum: int, *, views: bool = False) -> None:
        """Hand long records out as `views` of the chunk, uncopied, when asked to."""
        self.refused: list[int] = []
        """Where the last `feed` or `finish` left out a long record: before the record of that index."""
        self._delimiter = delimiter
        self._maximum = maximum
        self._views = views
        # The end of a chunk that may be the beginning of a delimiter is searched again with the next chunk.
        self._overlap = len(delimiter) - 1
        self._tail = b""
        self._pieces: list[bytes] = []
        self._length = 0  # of the pieces together, in bytes
        self._skipping = False

    @property
    def unfinished(self) -> int:
        """Bytes held of the record that is not complete yet."""
        return self._length + len(self._tail)

    def feed(self, chunk: bytes) -> list[bytes]:
        """Return the records that `chunk` completes."""
        self.refused = []
        if self._tail:
            chunk = self._tail + chunk
        records = self._split(chunk)
        last = records.pop()
        if records:
            suspicious = self._length + len(chunk) > self._maximum
            self._complete_first(records)
            if suspicious:
                records = self._without_long(records)
        self._keep(last, len(records))
        return records

    def messages(self, chunk: bytes) -> Batch | None:
        """Do as `feed`, but make each record a message, by the compiled path; None where `feed` has to do it."""
        # Pieces are joined to a chunk that is as long at least, so the time stays linear in the length of the stream.
        joins = self._length <= len(chunk) <= self._maximum - self._length
        if self._skipping or not joins or not built():
            return None
        from zmqcli._batches import split

        self.refused = []
        batch, rest = split(b"".join((*self._pieces, self._tail, chunk)), self._delimiter)
        self._pieces, self._length, self._tail = [], 0, b""
        self._keep(rest, len(batch))
        return batch

    def _split(self, chunk: bytes) -> list[Any]:
        delimiter = self._delimiter
        first = chunk.find(delimiter)
        if first < 0 or not self._views or chunk.find(delimiter, first + 1, first + LONG_BYTES) >= 0:
            return chunk.split(delimiter)
        records: list[bytes | memoryview] = []
        start, end = 0, first
        while end >= 0:
            records.append(memoryview(chunk)[start:end] if end - start >= LONG_BYTES else chunk[start:end])
            start = end + len(delimiter)
            end = chunk.find(delimiter, start)
        records.append(chunk[start:])  # the beginning of the next record
        return records

    def finish(self) -> list[bytes]:
        """Return the last record when it has no delimiter, in a list. Nothing at all is no record."""
        self.refused = []
        record = b"".join((*self._pieces, self._tail))
        skipped = self._skipping
        self._pieces, self._length, self._tail, self._skipping = [], 0, b"", False
        return [] if skipped or not record else self._without_long([record])

    def _complete_first(self, records: list[bytes]) -> None:
        if self._skipping:
            self._skipping = False
            del records[0]  # the end of a record that was refused already
        elif self._pieces:
            self._pieces.append(records[0])
            records[0] = b"".join(self._pieces)
            self._pieces, self._length = [], 0

    def _without_long(self, records: list[bytes]) -> list[bytes]:
        kept: list[bytes] = []
        for record in records:
            if len(record) > self._maximum:
                self.refused.append(len(kept))
            else:
                kept.append(record)
        return kept

    def _keep(self, last: bytes, position: int) -> None:
        if self._overlap:
            cut = max(len(last) - self._overlap, 0)
            self._tail = last[cut:]
            last = last[:cut]
        if self._skipping or not last:
            return
        self._pieces.append(last)
        self._length += len(last)
        if self._length > self._maximum:
            self._pieces, self._length = [], 0
            self._skipping = True
            self.refused.append(position)


class RecordReader(ABC):
    """A reader of delimited records: a subclass says what one record means.

    Records are numbered from 1; records that are ignored (blank lines of `jsonl`) have no number.
    """

    def __init__(self, options: RecordOptions, *, views: bool = False) -> None:
        """Take long records as `views` when they are sent as they are."""
        self.bad: list[tuple[int, DataError]] = []
        self._splitter = Splitter(options.delimiter, options.maximum, views=views)
        self._too_long = DataError(f" is longer than {options.maximum} bytes")
        self._number = 0

    @property
    def unfinished(self) -> int:
        """Bytes taken that no message has come of yet."""
        return self._splitter.unfinished

    def feed(self, chunk: bytes) -> Batch:
        """Take the next bytes of the stream, return the messages they complete."""
        return self._messages(self._splitter.feed(chunk))

    def finish(self) -> Batch:
        """Return the message that the end of the stream completes, if any."""
        return self._messages(self._splitter.finish())

    @abstractmethod
    def parse(self, record: bytes) -> Message | None:
        """Return the message of one record, None to ignore it. Raise DataError when it has none."""

    def parse_all(self, records: list[bytes]) -> Batch:
        """Return the messages of many records: overridden where that is faster than one by one."""
        return [message for message in map(self.parse, records) if message is not None]

    def _messages(self, records: list[bytes]) -> Batch:
        if not self._splitter.refused:
            try:
                batch = self.parse_all(records)
            except DataError:
                pass  # which one it is, and what the good ones are, is found out one by one
            else:
                self._number += len(batch)
                return batch
        return self._one_by_one(records)

    def _one_by_one(self, records: list[bytes]) -> Batch:
        batch: list[Message] = []
        refused = iter(self._splitter.refused)
        next_refused = next(refused, None)
        for index in range(len(records) + 1):
            while next_refused == index:
                self._refuse(self._too_long, len(batch))
                next_refused = next(refused, None)
            if index == len(records):
                break
            try:
                message = self.parse(records[index])
            except DataError as error:
                self._refuse(error, len(batch))
            else:
                if message is not None:
                    self._number += 1
                    batch.append(message)
        return batch

    def _refuse(self, error: DataError, position: int) -> None:
        """Note a bad record: what `parse` says of it, with its number."""
        self._number += 1
        what = error.what if error is self._too_long else f": {error.what}"
        self.bad.append((position, type(error)(f"record {self._number}{what}", why=error.why, hint=error.hint)))
