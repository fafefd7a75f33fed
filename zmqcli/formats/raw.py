"""`raw`: all of stdin is one frame; on output the frames' bytes and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from zmqcli.errors import DataError
from zmqcli.formats._api import Format, TapStyle, TerminalGuard

if TYPE_CHECKING:
    from zmqcli.codecs.pipeline import FrameCodecs
    from zmqcli.formats._api import Chunk, Reader, RecordBatch, RecordOptions, Writer
    from zmqcli.message import Batch, Message

__all__ = ["RawFormat"]

# Below this average size of a message one copy is cheaper than a write for each.
_SMALL_BYTES = 64 * 1024


class RawFormat(Format):
    """Bytes as they are. Empty input is one empty frame, as an empty file is one empty message."""

    name: ClassVar[str] = "raw"
    summary: ClassVar[str] = "all of stdin is one frame; the frames' bytes, nothing added"
    reads: ClassVar[bool] = True
    guard: ClassVar[TerminalGuard] = TerminalGuard.REFUSED
    tap: ClassVar[TapStyle] = TapStyle.NOTHING
    bodies_only: ClassVar[bool] = True

    @staticmethod
    def reader(options: RecordOptions, _codecs: FrameCodecs) -> Reader:
        """Return a reader that gives its one message at the end of input."""
        return _Reader(options.maximum)

    @staticmethod
    def frames_of(output: bytes, _options: RecordOptions) -> Message:
        """Return the output as one frame."""
        return [output]

    @staticmethod
    def writer(_options: RecordOptions, _codecs: FrameCodecs) -> Writer:
        """Return a writer that adds nothing."""
        return _Writer()


class _Reader:
    def __init__(self, maximum: int) -> None:
        self.bad: list[tuple[int, DataError]] = []
        self.unfinished = 0
        self._maximum = maximum
        self._pieces: list[bytes] = []
        self._refused = False

    def feed(self, chunk: bytes) -> Batch:
        if self._refused:
            return []
        self._pieces.append(chunk)
        self.unfinished += len(chunk)
        if self.unfinished > self._maximum:
            self.bad.append((0, DataError(f"record 1 is longer than {self._maximum} bytes")))
            self._refused = True
            self._drop()
        return []

    def finish(self) -> Batch:
        if self._refused:
            return []
        message: Message = [b"".join(self._pieces)]
        self._drop()
        return [message]

    def _drop(self) -> None:
        self._pieces = []
        self.unfinished = 0


class _Writer:
    def format(self, batch: RecordBatch) -> list[Chunk]:
        frames = [frame for message in batch.messages for frame in message]
        if len(frames) > 1 and batch.size <= _SMALL_BYTES * len(batch.messages):
            return [b"".join(frames)]
        return frames
