"""What a tap shows: a message with the way it went, the time its reply took, and what it asks of a publisher.

Each record format declares how it tells these (TapStyle).
"""

from __future__ import annotations

from itertools import pairwise
from json.encoder import encode_basestring
from typing import TYPE_CHECKING

from zmqcli.codecs._api import UNDECODED
from zmqcli.formats._api import TapStyle
from zmqcli.formats.routing_id import body_start, show_routing_id
from zmqcli.message import as_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from zmqcli.codecs._api import Value
    from zmqcli.codecs.pipeline import FrameCodecs
    from zmqcli.formats._api import Chunk, RecordBatch, RecordOptions, Writer
    from zmqcli.message import Frame, Message

__all__ = ["TappedMessage", "TappedWriter"]

_VERBS = {0: "unsubscribe", 1: "subscribe"}


class TappedMessage(list["Frame"]):
    """A message, and what is known of its passage."""

    __slots__ = ("direction", "latency", "subscription")

    def __init__(self, frames: Message, direction: str) -> None:
        super().__init__(frames)
        self.direction = direction
        self.latency: float | None = None
        """Seconds from the request to this, its reply."""
        self.subscription = False
        """Whether this is what a subscriber asks of a publisher: 1 or 0, and a prefix (zmq_socket(3), ZMQ_XPUB)."""

    @property
    def label(self) -> str:
        """The way it went, and for a reply how long it took."""
        return self.direction if self.latency is None else f"{self.direction} {_milliseconds(self.latency)} ms"

    def asks(self) -> tuple[str, bytes] | None:
        """Return `subscribe` or `unsubscribe` and the prefix; None when it is no subscription."""
        first = as_bytes(self[0])
        return (_VERBS[first[0]], first[1:]) if self.subscription and first[:1] in {b"\0", b"\1"} else None


class TappedWriter:
    """The writer of a record format that also shows what is known of each message's passage."""

    def __init__(
        self,
        make: Callable[[RecordOptions], Writer],
        style: TapStyle,
        options: RecordOptions,
        codecs: FrameCodecs,
        *,
        shows_ids: bool = False,
    ) -> None:
        """`make` makes writers of a format; `style` and `shows_ids` are what it declares."""
        self._make = make
        self._codecs = codecs
        self._options = options
        self._writers: dict[str, Writer] = {}
        self._show = {
            TapStyle.COLUMN: self._in_columns,
            TapStyle.KEYS: self._as_keys,
            TapStyle.HEADER: self._in_header,
            TapStyle.LINE: self._above,
            TapStyle.NOTHING: self._bare,
        }[style]
        self._shows_ids = shows_ids
        self._separator = b""
        self._columns = make(
            options._replace(routing_ids=0, delimited=False)
        )  # a format that cannot be written says so now

    def format(self, batch: RecordBatch) -> list[Chunk]:
        """Return what to write for the batch, whose messages are TappedMessages."""
        return self._show(batch) if batch.messages else []

    def _bare(self, batch: RecordBatch) -> list[Chunk]:
        return self._writer(self._options.direction).format(batch)

    def _writer(self, direction: str) -> Writer:
        """Return the writer for messages that went this way."""
        if direction not in self._writers:
            self._writers[direction] = self._make(self._options._replace(direction=direction))
        return self._writers[direction]

    def _in_columns(self, batch: RecordBatch) -> list[Chunk]:
        """Show what is known as one more frame in front; what the envelope and the codecs are about is done here."""
        rows = [[_label(message), *self._readable(message)] for message in batch.messages]
        values = None
        if batch.values is not None:
            decoded = zip(batch.messages, rows, batch.values, strict=True)
            values = [self._values(message, row, shown) for message, row, shown in decoded]
        return self._columns.format(batch._replace(messages=rows, values=values))

    def _values(self, message: Message, row: Message, values: list[Value]) -> list[Value]:
        """Return the values as they are to be shown, the writer's own position 0 being the label."""
        start = body_start(message, self._options)
        shown: list[Value] = [as_bytes(frame) for frame in row[: start + 1]]
        for position, value in enumerate(values[start:]):
            as_it_is = value is UNDECODED or isinstance(value, bytes)
            shown.append(value if as_it_is else self._codecs.show(position, value).encode("utf-8", "backslashreplace"))
        return shown

    def _readable(self, message: Message) -> Message:
        asks = message.asks() if isinstance(message, TappedMessage) else None
        if asks is not None:
            return [f"{asks[0]} ".encode() + asks[1], *message[1:]]
        ids = self._options.routing_ids if self._shows_ids else 0
        return [*(show_routing_id(as_bytes(frame)) for frame in message[:ids]), *message[ids:]] if ids else message

    def _as_keys(self, batch: RecordBatch) -> list[Chunk]:
        """Take the format's own lines and add keys at their end where there is more to say."""
        chunks: list[Chunk] = []
        for run, more in _runs(batch, self._keys):
            lines = self._writer(_direction(run.messages[0])).format(run)
            if more:
                end = b"}" + self._options.delimiter
                lines = [b"".join(lines).removesuffix(end) + more.encode("utf-8", "surrogateescape") + end]
            chunks += lines
        return chunks

    def _keys(self, message: Message) -> str:
        if not isinstance(message, TappedMessage):
            return ""
        asks = message.asks()
        if asks is not None:
            from zmqcli.formats.jsonl import frames_text

            return f",{encode_basestring(asks[0])}:{frames_text([asks[1]])}"
        return "" if message.latency is None else f',"latency_ms":{_milliseconds(message.latency)}'

    def _in_header(self, batch: RecordBatch) -> list[Chunk]:
        chunks: list[Chunk] = []
        for run, label in _runs(batch, lambda message: getattr(message, "label", "")):
            shown = run._replace(messages=[self._readable(message) for message in run.messages])
            if getattr(run.messages[0], "latency", None) is None:
                chunks += self._writer(label).format(shown)
            else:  # a label that does not come again
                chunks += self._make(self._options._replace(direction=label)).format(shown)
        return chunks

    def _above(self, batch: RecordBatch) -> list[Chunk]:
        chunks: list[Chunk] = []
        for one in _singles(batch):
            chunks.append(self._separator + _label(one.messages[0]) + b"\n")
            chunks += self._make(self._options).format(one)
            self._separator = b"\n"
        return chunks


def _label(message: Message) -> bytes:
    return message.label.encode() if isinstance(message, TappedMessage) else b""


def _direction(message: Message) -> str:
    return message.direction if isinstance(message, TappedMessage) else ""


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.3f}"


def _runs(batch: RecordBatch, of: Callable[[Message], str]) -> list[tuple[RecordBatch, str]]:
    """Cut a batch where the direction changes or there is something of its own to say about a message."""
    said = [of(message) for message in batch.messages]
    ways = [(_direction(message), text) for message, text in zip(batch.messages, said, strict=True)]
    cuts = [0, *(at for at in range(1, len(ways)) if ways[at] != ways[at - 1]), len(ways)]
    return [(_slice(batch, start, end), said[start]) for start, end in pairwise(cuts)]


def _singles(batch: RecordBatch) -> list[RecordBatch]:
    return [_slice(batch, at, at + 1) for at in range(len(batch.messages))]


def _slice(batch: RecordBatch, start: int, end: int) -> RecordBatch:
    """Return messages `start` to `end` as a batch of their own."""
    if (start, end) == (0, len(batch.messages)):
        return batch
    sequences: Sequence[int] | None = None if batch.sequences is None else batch.sequences[start:end]
    return batch._replace(
        messages=batch.messages[start:end],
        seq=batch.seq + start,
        size=0,
        values=None if batch.values is None else batch.values[start:end],
        sequences=sequences,
    )
