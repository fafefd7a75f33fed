"""Keeps payloads from changing the state of a terminal, for the formats that show bytes as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zmqcli.errors import UsageError
from zmqcli.escaping import safe, safe_json
from zmqcli.formats._api import TerminalGuard

if TYPE_CHECKING:
    from zmqcli.formats._api import Chunk, RecordBatch, Writer

__all__ = ["guarded"]

_KEPT = "\n\t"


def guarded(writer: Writer, guard: TerminalGuard) -> Writer:
    """Return `writer` made safe for a terminal, in the way that its format declares."""
    match guard:
        case TerminalGuard.OWN:
            return writer
        case TerminalGuard.JSON:
            return _EscapingJson(writer)
        case TerminalGuard.REFUSED:
            return _Refusing(writer)
        case TerminalGuard.ESCAPED:
            return _Escaping(writer)


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
