r"""`csv`: RFC 4180, a row a message and a column a frame, or the columns that `--columns` names.

Rows end with LF, as most programs here write them (`--delimiter '\r\n'` for CRLF); both are read. Bytes that are not
UTF-8 come through as they are.
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any, ClassVar

from zmqcli.codecs._api import UNDECODED
from zmqcli.codecs.pipeline import FrameCodecs
from zmqcli.errors import DataError, UsageError
from zmqcli.formats._api import Format
from zmqcli.formats._results import result_text
from zmqcli.formats._split import RecordReader
from zmqcli.formats.routing_id import body_start, show_routing_id
from zmqcli.message import as_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zmqcli.codecs._api import Value
    from zmqcli.formats._api import Chunk, Reader, RecordBatch, RecordOptions, Writer
    from zmqcli.message import Batch, Message

__all__ = ["CsvFormat"]

_CRLF = "\r\n"
_UNBOUNDED = (1 << 31) - 1
"""Python's own limit on a field is 128 KiB; a record has its own here (`RecordOptions.maximum`)."""


class CsvFormat(Format):
    """A row a message."""

    name: ClassVar[str] = "csv"
    summary: ClassVar[str] = "RFC 4180, a column a frame, or those of --columns"
    reads: ClassVar[bool] = True
    shows_ids: ClassVar[bool] = True
    columns: ClassVar[bool] = True

    @staticmethod
    def reader(options: RecordOptions, _codecs: FrameCodecs) -> Reader:
        """Return a reader of rows; blank lines mean nothing."""
        return _Reader(options)

    @staticmethod
    def writer(options: RecordOptions, codecs: FrameCodecs) -> Writer:
        """Return a writer of rows. Raise UsageError for columns that are no JMESPath."""
        return _Writer(options, codecs)


class _Reader(RecordReader):
    """A row may have newlines in quotes: lines are put together until every quote has its other half."""

    def __init__(self, options: RecordOptions) -> None:
        super().__init__(options._replace(delimiter=b"\n"))
        self._lines: list[bytes] = []
        self._size = 0
        self._maximum = options.maximum
        csv.field_size_limit(_UNBOUNDED)

    @property
    def unfinished(self) -> int:
        """Bytes taken that no message has come of yet."""
        return super().unfinished + self._size

    def finish(self) -> Batch:
        """Return the last row when it has no newline. A quote that is still open is a bad record."""
        batch = super().finish()
        if self._lines:
            self._drop()
            self._refuse(DataError("a quote is not closed"), len(batch))
        return batch

    def parse(self, record: bytes) -> Message | None:
        """Return the row that a line completes; None for a blank line, and within quotes."""
        self._lines.append(record)
        self._size += len(record) + 1
        if self._size > self._maximum:
            self._drop()
            raise self._too_long
        text = b"\n".join(self._lines).removesuffix(b"\r")
        if text.count(b'"') % 2:
            return None
        self._drop()
        try:
            rows = list(csv.reader([text.decode("utf-8", "surrogateescape")], strict=True))
        except csv.Error as error:
            raise DataError("no row of CSV", why=str(error)) from None
        return [field.encode("utf-8", "surrogateescape") for field in rows[0]] if rows and rows[0] else None

    def _drop(self) -> None:
        self._lines, self._size = [], 0

    def _messages(self, records: list[bytes]) -> Batch:
        return self._one_by_one(records)  # a line may be the middle of a row: none is read twice


class _Rows:
    """The file that Python's writer of CSV wants; it writes a row at once."""

    def __init__(self, rows: list[str]) -> None:
        self.write = rows.append


class _Writer:
    def __init__(self, options: RecordOptions, codecs: FrameCodecs) -> None:
        self._options = options
        self._codecs = codecs
        self._rows: list[str] = []
        self._ending = options.delimiter.decode("utf-8", "surrogateescape")
        # Python quotes the characters of its line terminator: CR and LF both have to be.
        self._writer = csv.writer(_Rows(self._rows), lineterminator=_CRLF)
        self._columns: Any = None if options.columns is None else _compiled(options.columns)
        self._guess = FrameCodecs.parse("auto") if self._columns and codecs.is_raw else None

    def format(self, batch: RecordBatch) -> list[Chunk]:
        """Return the batch's rows."""
        values: Iterable[list[Value] | None] = batch.values or [None] * len(batch.messages)
        fields = self._frames if self._columns is None else self._selected
        self._writer.writerows(map(fields, batch.messages, values))
        text = "".join([row.removesuffix(_CRLF) + self._ending for row in self._rows])
        self._rows.clear()
        return [text.encode("utf-8", "surrogateescape")] if text else []

    def _frames(self, message: Message, values: list[Value] | None) -> list[str]:
        start = body_start(message, self._options)
        ids = self._options.routing_ids
        fields = [show_routing_id(as_bytes(frame)) for frame in message[:ids]]
        fields += [as_bytes(frame) for frame in message[ids:]]
        row = [field.decode("utf-8", "surrogateescape") for field in fields]
        for position, value in enumerate((values or [])[start:]):
            if value is not UNDECODED and not isinstance(value, bytes):
                row[start + position] = self._codecs.show(position, value)
        return row

    def _selected(self, message: Message, values: list[Value] | None) -> list[str]:
        """Return what the columns find in the value of the last frame; an empty field where that is nothing."""
        if values is None and self._guess is not None:
            values, _ = self._guess.decode(message[-1:], 0)
        value = values[-1] if values else None
        found = None if value is UNDECODED else self._columns.search(value)
        row = found if isinstance(found, list) else []
        return ["" if one is None else result_text(one) for one in row]


def _compiled(text: str) -> Any:
    """Return the expressions as one of JMESPath, a list of them. Raise UsageError."""
    import jmespath

    try:
        return jmespath.compile(f"[{text}]")
    except jmespath.exceptions.JMESPathError as error:
        why = str(error).partition("\n")[0]
        raise UsageError(f"--columns: '{text}' is not JMESPath", why=why, hint="say for example city,temp") from None
