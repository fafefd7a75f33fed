"""`jsonl`: a JSON object a message. What is written can be read back, and gives the same bytes."""

from __future__ import annotations

import time
from datetime import UTC
from json.encoder import encode_basestring
from typing import TYPE_CHECKING, Any, ClassVar

from zmqcli.codecs._api import UNDECODED, Value
from zmqcli.codecs._text import compact, from_base64, parse, to_base64
from zmqcli.errors import DataError
from zmqcli.formats._api import Format, TapStyle, TerminalGuard
from zmqcli.formats._split import RecordReader
from zmqcli.message import as_bytes

if TYPE_CHECKING:
    from zmqcli.codecs.pipeline import FrameCodecs
    from zmqcli.formats._api import Chunk, Reader, RecordBatch, RecordOptions, Writer
    from zmqcli.message import Frame, Message

__all__ = ["JsonlFormat", "Recorded", "frames_text", "timestamp"]


class Recorded(list["Frame"]):
    """A message that knows when it was recorded."""

    def __init__(self, frames: Message, recorded: float | None) -> None:
        super().__init__(frames)
        self.recorded = recorded
        """Seconds since 1970, UTC; None when the record does not say, or nobody asked."""


class JsonlFormat(Format):
    """One envelope a line: time, sequence, socket, direction, frames, and values when a codec decoded them."""

    name: ClassVar[str] = "jsonl"
    summary: ClassVar[str] = "a JSON object a line; loses nothing, and is read back"
    reads: ClassVar[bool] = True
    encodes: ClassVar[bool] = True
    guard: ClassVar[TerminalGuard] = TerminalGuard.JSON
    tap: ClassVar[TapStyle] = TapStyle.KEYS
    shows_results: ClassVar[bool] = True
    times: ClassVar[bool] = True

    @staticmethod
    def reader(options: RecordOptions, codecs: FrameCodecs) -> Reader:
        """Return a reader of `{"frames":[...]}`, `{"values":[...]}` and bare arrays of frames."""
        return _Reader(options, codecs)

    @staticmethod
    def writer(options: RecordOptions, _codecs: FrameCodecs) -> Writer:
        """Return a writer of one object a message, each ended with `options.delimiter`."""
        return _Writer(options)


def timestamp(time_ns: int) -> str:
    """Return nanoseconds since 1970 as ISO 8601 in UTC, to the microsecond."""
    seconds, rest = divmod(time_ns, 1_000_000_000)
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(seconds))}.{rest // 1000:06}Z"


def frames_text(frames: Message) -> str:
    """Return `frames` as the items of a JSON array: a string where it is UTF-8, else `{"base64":...}`."""
    try:
        return ",".join([encode_basestring(str(frame, "utf-8")) for frame in frames])
    except UnicodeDecodeError:
        return ",".join(map(_frame_text, frames))


def _frame_text(frame: Frame) -> str:
    try:
        return encode_basestring(str(frame, "utf-8"))
    except UnicodeDecodeError:
        return f'{{"base64":"{to_base64(as_bytes(frame))}"}}'


def _value_text(value: Value) -> str:
    if value is UNDECODED:
        return "null"
    return _frame_text(value) if isinstance(value, bytes) else compact(value)


class _Writer:
    def __init__(self, options: RecordOptions) -> None:
        socket, direction = encode_basestring(options.socket), encode_basestring(options.direction)
        self._middle = f',"socket":{socket},"direction":{direction},"frames":['
        # The delimiter may be any bytes; surrogates stand for what is not UTF-8 until all is encoded at once.
        self._delimiter = options.delimiter.decode("utf-8", "surrogateescape")

    def format(self, batch: RecordBatch) -> list[Chunk]:
        if not batch.messages:
            return []
        start = f'{{"time":"{timestamp(batch.time_ns)}","seq":'
        middle = self._middle
        sequences = batch.sequences or range(batch.seq, batch.seq + len(batch.messages))
        numbered = zip(sequences, batch.messages, strict=True)
        lines = [f"{start}{seq}{middle}{frames_text(message)}]" for seq, message in numbered]
        if batch.values is not None:
            values = [",".join(map(_value_text, values)) for values in batch.values]
            lines = [f'{line},"values":[{texts}]' for line, texts in zip(lines, values, strict=True)]
        if batch.results is not None:
            results = map(compact, batch.results)
            lines = [f'{line},"query":{text}' for line, text in zip(lines, results, strict=True)]
        end = "}" + self._delimiter
        lines.append("")  # so that the last line, too, gets its end
        return [end.join(lines).encode("utf-8", "surrogateescape")]


class _Reader(RecordReader):
    def __init__(self, options: RecordOptions, codecs: FrameCodecs) -> None:
        super().__init__(options)
        self._options = options
        self._codecs = codecs

    def parse(self, record: bytes) -> Message | None:
        if not record.strip():
            return None
        try:
            content = parse(record)
        except ValueError as error:
            raise DataError("not JSON", why=str(error)) from None
        recorded = None
        if isinstance(content, dict):
            if self._options.recorded:
                recorded = _seconds(content.get("time"))
            if "frames" not in content and "values" in content:
                return self._noted(self._encoded(_items(content["values"], "values")), recorded)
            content = content.get("frames")
        return self._noted([_frame(item) for item in _items(content, "frames")], recorded)

    def _noted(self, message: Message, recorded: float | None) -> Message:
        return Recorded(message, recorded) if self._options.recorded else message

    def _encoded(self, values: list[Value]) -> Message:
        """Return the message of `values`. Those of the envelope are frames, as they are in what is written."""
        options = self._options
        envelope = min(options.routing_ids, len(values))
        if (options.routing_ids or options.delimited) and values[envelope : envelope + 1] == [""]:
            envelope += 1
        return self._codecs.encode_values(values, envelope)


def _seconds(time: Any) -> float | None:
    """Return the `time` of an envelope; None when it is none. Without an offset it is UTC."""
    from datetime import datetime

    try:
        moment = datetime.fromisoformat(time)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (TypeError, ValueError, OverflowError):
        return None


def _items(content: Any, key: str) -> list[Any]:
    if not isinstance(content, list):
        raise DataError(f"no array of {key}", hint='a record is {"frames":["..."]} or ["..."]')
    if not content:
        raise DataError(f"no {key}", hint="a message has at least one frame")
    return content


def _frame(item: Any) -> bytes:
    if isinstance(item, str):
        try:
            return item.encode()
        except UnicodeEncodeError:
            raise DataError("a frame with half a surrogate pair, which has no UTF-8") from None
    if isinstance(item, dict) and item.keys() == {"base64"} and isinstance(item["base64"], str):
        try:
            return from_base64(item["base64"])
        except ValueError as error:
            raise DataError("a frame that is not base64", why=str(error)) from None
    raise DataError("a frame that is not a string", hint='a frame is "text" or {"base64":"..."}')
