"""What is shown: received messages, decoded, formatted and written once a batch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zmqcli.formats._api import RecordBatch
from zmqcli.message import envelope_length
from zmqcli.signals import Work

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from zmqcli.codecs.pipeline import FrameCodecs
    from zmqcli.environment import Environment
    from zmqcli.filters.expression import Expression
    from zmqcli.filters.filters import Filters
    from zmqcli.formats._api import Holder, RecordOptions, Writer
    from zmqcli.message import Batch, Frame

__all__ = ["Sink"]

HOLD_SECONDS = 0.5
"""So long a writer may hold back that it left something out."""


class Sink:
    """Takes batches of received messages and puts records on stdout."""

    def __init__(
        self,
        environment: Environment,
        writer: Writer,
        codecs: FrameCodecs,
        options: RecordOptions,
        filters: Filters | None = None,
        holder: Holder | None = None,
        expression: Expression | None = None,
    ) -> None:
        """Show with `writer`; `holder` is the same object if it may hold messages back.

        `expression` (`-e`) makes of each message what filters then see, and what is shown.
        """
        self.shown = 0
        """Messages that passed the filters so far, and were shown."""
        self.received = 0
        """Messages that came, whether shown or not: what sequence numbers count."""
        self.filters = filters
        self.handle: Callable[[RecordBatch], RecordBatch] | None = None
        """What makes of messages that passed the filters what is shown in their place (`--exec`)."""
        self._expression = expression
        self.due: float | None = None
        """When what is held back is to be let go (`Environment.monotonic`); None: nothing is."""
        self._holder = holder
        self._environment = environment
        self._work = Work(environment.signals)
        self._writer = writer
        self._codecs = codecs
        self._options = options

    def show(self, batch: Batch, size: int, write: Callable[[Iterable[Frame]], None]) -> int:
        """Format `batch` (`size` bytes of frames) and hand the chunks to `write`, which waits for a slow reader.

        Return how many messages were shown: those that pass the filters.
        """
        with self._work:
            return self._show(batch, size, write)

    def _show(self, batch: Batch, size: int, write: Callable[[Iterable[Frame]], None]) -> int:
        first, sequences = self.received + 1, None
        self.received += len(batch)
        if self._expression is not None:
            batch, sequences = self._expression.apply_all(batch, first, self._environment.fail)
            size = sum(len(frame) for message in batch for frame in message)
        values = None if self._codecs.is_raw else self._decode(batch, sequences or range(first, first + len(batch)))
        records = RecordBatch(batch, self._environment.time_ns(), first, size, values, sequences)
        if self.filters is not None:
            records, errors = self.filters.apply(records)
            for error in errors:
                self._environment.fail(error)
        shown = len(records.messages)
        if not shown:
            return 0
        self.shown += shown
        if self.handle is not None:
            records = self.handle(records)
            if not records.messages:
                return shown
        chunks = self._writer.format(records)
        if self._holder is not None:
            self._hold(self._holder)
        if chunks:
            write(chunks)
        return shown

    def _hold(self, holder: Holder) -> None:
        if not holder.holds:
            self.due = None
        elif self.due is None:
            self.due = self._environment.monotonic() + HOLD_SECONDS

    def let_go(self, write: Callable[[Iterable[Frame]], None]) -> None:
        """Show what is held back, if anything is."""
        self.due = None
        if self._holder is None:
            return
        with Work(self._environment.signals):
            if chunks := self._holder.release():
                write(chunks)

    @property
    def met(self) -> bool:
        """Whether the message that `--expect` asks for was shown: then the command is done."""
        return self.filters is not None and self.filters.met

    @property
    def unmet(self) -> str | None:
        """The expression of `--expect` until a message matches it; then None."""
        return None if self.filters is None or self.filters.met else self.filters.expected

    def _decode(self, batch: Batch, sequences: Sequence[int]) -> list[list[object]]:
        options = self._options
        values = []
        for number, message in zip(sequences, batch, strict=True):
            envelope = envelope_length(
                message,
                routing_id=options.routing_ids > 0,
                delimiter=options.delimited,
                hops=options.routing_ids or 1,
            )
            decoded, errors = self._codecs.decode(message, envelope)
            for error in errors:
                error.what = f"message {number}: {error.what}"
                self._environment.fail(error)
            values.append(decoded)
        return values
