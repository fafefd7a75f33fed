"""What a person sees of messages that come faster than anybody reads: some in detail, the rest counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zmqcli.terminal.drawing import Page

if TYPE_CHECKING:
    from zmqcli.formats._api import Chunk, RecordBatch, RecordOptions, Writer

__all__ = ["Sampled"]

BURST_ROWS = 5_000
"""Rows of the terminal that may come at once: what scrolls back in most."""
ROWS_PER_SECOND = 1_000
"""Rows that may go on coming. Many terminals show no more over ssh, and nobody reads as much."""
ALWAYS_SHOWN = 10_000
"""Whoever asks for no more messages than this (`-n`) gets each in detail."""
WINDOW_NS = 500_000_000
"""How long messages are counted before it is said, and some are shown again."""
_STEP = 32
"""Messages formatted at once, between looks at how many rows they took."""


class Sampled:
    """A writer in front of another: passes on what fits the budget of rows, and says how much did not.

    So the terminal never falls behind, and a Ctrl-C acts at once, while every message is either shown or counted.
    """

    def __init__(self, writer: Writer, options: RecordOptions) -> None:
        self._writer = writer
        self._width = max(1, options.width)
        self._page = Page(options.width, color=options.color)
        self._rows = float(BURST_ROWS)
        self._now_ns = 0
        self._counts_until_ns = 0
        self._left_out = 0
        self._bytes = 0
        self._first = self._last = 0

    @property
    def holds(self) -> bool:
        """Whether there are messages of which nothing was said yet."""
        return self._left_out > 0

    def release(self) -> list[Chunk]:
        """Return the line that says how many were left out since the last one."""
        if not self._left_out:
            return []
        one = self._left_out == 1
        which = f"#{self._first}" if one else f"#{self._first} to #{self._last}"
        self._page.add(
            f"... {self._left_out:,} message{'' if one else 's'} not shown in detail, {which}, {self._bytes:,} bytes: "
            "too fast to read; --full shows all",
            "bold",
        )
        self._page.end_line()
        self._left_out = self._bytes = 0
        return [self._page.render()]

    def format(self, batch: RecordBatch) -> list[Chunk]:
        """Return what there is room for."""
        elapsed_ns = max(0, batch.time_ns - self._now_ns)
        self._now_ns = batch.time_ns
        self._rows = min(BURST_ROWS, self._rows + ROWS_PER_SECOND * elapsed_ns / 1e9)
        chunks: list[Chunk] = []
        place = 0
        if not self._left_out or not self._counts_until_ns - WINDOW_NS <= batch.time_ns < self._counts_until_ns:
            chunks += self.release()
            while place < len(batch.messages) and self._rows > 0:
                chunks += self._detail(batch, place)
                place += _STEP
        self._leave_out(batch, place)
        return chunks

    def _detail(self, batch: RecordBatch, place: int) -> list[Chunk]:
        chunks = self._writer.format(_part(batch, place, place + _STEP))
        for chunk in chunks:
            self._rows -= max(bytes(chunk).count(b"\n"), len(chunk) / self._width)
        return chunks

    def _leave_out(self, batch: RecordBatch, place: int) -> None:
        rest = batch.messages[place:]
        if not rest:
            return
        sequences = batch.sequences or range(batch.seq, batch.seq + len(batch.messages))
        if not self._left_out:
            self._first = sequences[place]
            self._counts_until_ns = batch.time_ns + WINDOW_NS
        self._last = sequences[-1]
        self._left_out += len(rest)
        self._bytes += sum(len(frame) for message in rest for frame in message)


def _part(batch: RecordBatch, start: int, end: int) -> RecordBatch:
    return batch._replace(
        messages=batch.messages[start:end],
        seq=batch.seq + start,
        values=batch.values and batch.values[start:end],
        sequences=batch.sequences and batch.sequences[start:end],
        results=batch.results and batch.results[start:end],
    )
