"""What is shown: received messages, decoded, formatted and written once a batch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zmqcli.message import envelope_length
from zmqcli.records._api import RecordBatch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from zmqcli.codecs.pipeline import FrameCodecs
    from zmqcli.environment import Environment
    from zmqcli.message import Batch, Frame
    from zmqcli.records._api import RecordOptions, Writer

__all__ = ["Sink"]


class Sink:
    """Takes batches of received messages and puts records on stdout."""

    def __init__(self, environment: Environment, writer: Writer, codecs: FrameCodecs, options: RecordOptions) -> None:
        self.shown = 0
        """Messages that were shown so far."""
        self._environment = environment
        self._writer = writer
        self._codecs = codecs
        self._options = options

    def show(self, batch: Batch, size: int, write: Callable[[Iterable[Frame]], None]) -> None:
        """Format `batch` (`size` bytes of frames) and hand the chunks to `write`, which waits for a slow reader."""
        values = None if self._codecs.is_raw else self._decode(batch)
        records = RecordBatch(batch, self._environment.time_ns(), self.shown + 1, size, values)
        self.shown += len(batch)
        chunks = self._writer.format(records)
        if chunks:
            write(chunks)

    def _decode(self, batch: Batch) -> list[list[object]]:
        options = self._options
        values = []
        for number, message in enumerate(batch, self.shown + 1):
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
