"""What a record format is: how messages look outside, to be read (`Reader`) and written (`Writer`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NamedTuple, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zmqcli.codecs._api import Value
    from zmqcli.codecs.pipeline import FrameCodecs
    from zmqcli.errors import DataError
    from zmqcli.message import Batch, Frame

__all__ = ["Chunk", "Format", "Holder", "Reader", "RecordBatch", "RecordOptions", "Writer"]

Chunk: TypeAlias = "Frame"
"""Something to be written as it is: bytes, or a received frame that need not be copied."""


class RecordOptions(NamedTuple):
    """What the user said about the look of records, the same for a whole run."""

    delimiter: bytes = b"\n"
    """Ends each record; empty for `-N` on output."""
    frame_delimiter: bytes = b"\t"
    """Joins frames on output."""
    split_frames: bool = False
    """Whether input splits at `frame_delimiter`: only when the user gave it."""
    socket: str = "PULL"
    direction: str = "in"
    routing_ids: int = 0
    """How many leading frames are routing ids, shown and read as `0x...` when they are not text (ROUTER)."""
    delimited: bool = False
    """Whether an empty frame that comes first belongs to the envelope (`dealer --envelope`)."""
    color: bool = False
    width: int = 80
    """Columns of the terminal, for `pretty` and `hexdump`."""
    full: bool = False
    """Whether `pretty` shows long values whole."""
    maximum: int = 1 << 30
    """Bytes a record may have on input before it is refused."""
    recorded: bool = False
    """Whether the reader of `jsonl` notes when each record was recorded (`--replay`)."""
    terminal: bool = False
    """Whether a person reads the output, who can read only so fast."""


class RecordBatch(NamedTuple):
    """Messages that arrived together, with what a format may want to say of them."""

    messages: Batch
    time_ns: int
    """Wall clock at the batch's arrival: nanoseconds since 1970, UTC."""
    seq: int = 1
    """Sequence number of the first message; the rest count on."""
    size: int = 0
    """Bytes of all frames together; 0 when not counted."""
    values: list[list[Value]] | None = None
    """Decoded values, a list a message, one a frame (envelope frames as raw bytes); None when all is raw.
    `codecs.UNDECODED` stands where a named codec failed."""
    sequences: Sequence[int] | None = None
    """Sequence numbers one by one, where filters have left gaps; else None."""
    results: Sequence[Value] | None = None
    """What `--query` made of each message; None without it."""


class Writer(Protocol):
    """Turns batches into bytes for stdout."""

    def format(self, batch: RecordBatch) -> list[Chunk]:
        """Return what to write for the batch: few large chunks; large frames as they are, not copied."""


class Holder(Protocol):
    """A writer that may hold something back for a little while, to say it once for many messages."""

    @property
    def holds(self) -> bool:
        """Whether there is something to release."""

    def release(self) -> list[Chunk]:
        """Return what is held back."""


class Reader(Protocol):
    """Turns the bytes of stdin into messages."""

    bad: list[tuple[int, DataError]]
    """Records that could not be read since the caller last cleared this: (how many messages of the list just
    returned come before it, the error, which names the record's number)."""

    def feed(self, chunk: bytes) -> Batch:
        """Take the next bytes, return the messages they complete."""

    def finish(self) -> Batch:
        """Return the messages that the end of input completes (an unterminated last record counts)."""

    @property
    def unfinished(self) -> int:
        """Bytes taken that no message has come of yet."""


class Format(Protocol):
    """One record format; a class a file, in `_registry.py` by name."""

    name: ClassVar[str]
    summary: ClassVar[str]
    """One line for help and docs."""
    encodes: ClassVar[bool]
    """Whether its reader passes values through the codecs itself (`jsonl`); else the caller encodes frames' texts."""

    @staticmethod
    def reader(options: RecordOptions, codecs: FrameCodecs, /) -> Reader:
        """Return a new reader. Raise OptionError for a format that is only written."""

    @staticmethod
    def writer(options: RecordOptions, codecs: FrameCodecs, /) -> Writer:
        """Return a new writer."""
