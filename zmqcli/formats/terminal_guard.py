"""Keeps payloads from changing the state of a terminal, for the formats that show bytes as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zmqcli.errors import UsageError
from zmqcli.escaping import safe, safe_json

if TYPE_CHECKING:
    from zmqcli.formats._api import Chunk, RecordBatch, Writer

__all__ = ["guarded"]

_KEPT = "\n\t"


def guarded(writer: Writer, name: str) -> Writer:
    """Return `writer` made safe for a terminal.

    `raw` refuses control characters, `text` shows them escaped, `jsonl` as the escapes that JSON has.
    """
    if name == "jsonl":
        return _EscapingJson(writer)
    return _Refusing(writer) if name == "raw" else _Escaping(writer)


def _text(chunks: list[Chunk]) -> str:
    return b"".join([bytes(chunk) for chunk in chunks]).decode("utf-8", "backslashreplace")


class _Escaping:
    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    def format(self, batch: RecordBatch) -> list[Chunk]:
        """Return the batch with control characters, and what is not UTF-8, as escapes."""
        text = safe(_text(self._writer.format(batch)), keep=_KEPT)
        return [text.encode("utf-8", "backslashreplace")]


class _EscapingJson:
    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    def format(self, batch: RecordBatch) -> list[Chunk]:
        """Return the batch, meaning the same: control characters of C0 are the delimiter's, JSON has none."""
        return [safe_json(_text(self._writer.format(batch))).encode("utf-8", "backslashreplace")]


class _Refusing:
    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    def format(self, batch: RecordBatch) -> list[Chunk]:
        """Return the batch as it is. Raise UsageError for anything a terminal would act on."""
        chunks = self._writer.format(batch)
        text = _text(chunks)
        if text != safe(text, keep=_KEPT):
            raise UsageError(
                "this message would change the terminal's state", hint="redirect stdout, or insist with --raw-tty"
            )
        return chunks
