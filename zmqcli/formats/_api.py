"""What a record format is: how messages look outside, to be read (`Reader`) and written (`Writer`)."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, ClassVar, NamedTuple, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zmqcli.codecs._api import Value
    from zmqcli.codecs.pipeline import FrameCodecs
    from zmqcli.errors import DataError
    from zmqcli.message import Batch, Frame, Message

__all__ = [
    "Chunk",
    "Format",
    "Holder",
    "Reader",
    "RecordBatch",
    "RecordOptions",
    "TapStyle",
    "TerminalGuard",
    "Writer",
]

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
    columns: str | None = None
    """What a row has (`--columns`): JMESPath expressions on the value, with commas between; None: the frames."""


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


class TerminalGuard(Enum):
    """What keeps the bytes of a payload from acting on a terminal."""

    ESCAPED = "control characters are shown as escapes"
    JSON = "control characters become the escapes that JSON has"
    REFUSED = "a message with control characters is refused"
    OWN = "the format lets none through by itself"


class TapStyle(Enum):
    """How a format tells which way a message went (`proxy --tap`)."""

    COLUMN = "as one more frame in front"
    KEYS = "as keys of its object"
    HEADER = "in the header of each message"
    LINE = "in a line above each message"
    NOTHING = "not at all"


class Format:
    """One record format; a subclass a file, in `_registry.py` by name, or a plug-in.

    What a subclass declares, everything else asks: no other file knows the names of formats. What declares nothing is
    only written, escaped on a terminal, has its direction in a column under a tap, and prints results of `--query` as
    messages of one frame.
    """

    name: ClassVar[str]
    summary: ClassVar[str]
    """One line for help and docs."""
    reads: ClassVar[bool] = False
    """Whether stdin may come in it (`-I`)."""
    prints: ClassVar[bool] = True
    """Whether it writes anything: `none` does not."""
    encodes: ClassVar[bool] = False
    """Whether its reader passes values through the codecs itself (`jsonl`); else the caller encodes frames' texts."""
    guard: ClassVar[TerminalGuard] = TerminalGuard.ESCAPED
    tap: ClassVar[TapStyle] = TapStyle.COLUMN
    shows_results: ClassVar[bool] = False
    """Whether its writer looks at `RecordBatch.results`."""
    shows_ids: ClassVar[bool] = False
    """Whether it writes a routing id that is not text as `0x...`."""
    columns: ClassVar[bool] = False
    """Whether it knows `--columns`."""
    times: ClassVar[bool] = False
    """Whether a record may say when it was recorded, as `--replay` needs it."""
    thins_out: ClassVar[bool] = False
    """Whether messages that come too fast to read are counted on a terminal, and not all shown."""
    bodies_only: ClassVar[bool] = False
    """Whether it shows a stream of bytes, so that a STREAM with one peer leaves out the peer's id."""

    @staticmethod
    def reader(options: RecordOptions, codecs: FrameCodecs, /) -> Reader:
        """Return a new reader. Only asked of a format that `reads`."""
        raise NotImplementedError

    @staticmethod
    def writer(options: RecordOptions, codecs: FrameCodecs, /) -> Writer:
        """Return a new writer."""
        raise NotImplementedError

    @staticmethod
    def frames_of(output: bytes, options: RecordOptions, /) -> Message | None:  # noqa: ARG004 # a subclass uses them
        """Return the message that all that a command printed is; None where it has to be read as records."""
        return None
