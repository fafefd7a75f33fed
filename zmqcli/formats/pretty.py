"""`pretty`: messages for a person at a terminal."""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING, ClassVar

from zmqcli.codecs._api import UNDECODED, Value
from zmqcli.codecs.auto import Detected, detect, detect_message
from zmqcli.formats._api import Format, TapStyle, TerminalGuard
from zmqcli.formats.hexdump import bytes_per_line, dump
from zmqcli.formats.routing_id import body_start, show_routing_id
from zmqcli.message import as_bytes
from zmqcli.terminal.drawing import Page

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zmqcli.codecs.pipeline import FrameCodecs
    from zmqcli.formats._api import Chunk, RecordBatch, RecordOptions, Writer
    from zmqcli.message import Frame, Message

__all__ = ["PrettyFormat"]

_CUT_CHARACTERS = 2000
_CUT_BYTES = 256
_LABEL_COLUMNS = 16
_NARROW = 60
"""Below so many columns a value that does not fit beside its label stands below it."""
_INDENT = "    "
_DUMP_INDENT = "  "  # which leaves room for 16 bytes a line in 80 columns
_DUMP_OFFSET = 8

# Of the 16 colours these four are legible on black and on white; blue vanishes on the one, yellow on the other.
_TIME, _KEY, _STRING, _NUMBER, _WORD = "cyan", "cyan", "green", "magenta", "bold"
_TOPIC, _ENVELOPE, _LABEL, _REMARK = "bold magenta", "magenta", "dim", "italic"
_WRONG = "red"

_TOPIC_SOCKETS = frozenset({"SUB", "XSUB"})
_TEXTS = frozenset({"text", "number"})
# A string (with the colon after it, if it is a key; perhaps cut), a number, a word; what is between has no colour.
_JSON_TOKEN = re.compile(r'("(?:[^"\\]|\\.)*+(?:"|\\?$))(\s*:)?|(-?[0-9][0-9.eE+-]*)|(true|false|null)')


class PrettyFormat(Format):
    """A header line, then each frame with its kind, size and value."""

    name: ClassVar[str] = "pretty"
    summary: ClassVar[str] = "for people: time, kind, size and value of each frame, in colour"
    guard: ClassVar[TerminalGuard] = TerminalGuard.OWN
    tap: ClassVar[TapStyle] = TapStyle.HEADER
    shows_results: ClassVar[bool] = True
    thins_out: ClassVar[bool] = True

    @staticmethod
    def writer(options: RecordOptions, codecs: FrameCodecs) -> Writer:
        """Return a writer for a terminal of `options.width` columns, in colour with `options.color`."""
        return _Writer(options, codecs)


class _Writer:
    def __init__(self, options: RecordOptions, codecs: FrameCodecs) -> None:
        self._options = options
        self._codecs = codecs
        self._page = Page(options.width, color=options.color)
        self._previous_ns: int | None = None

    def format(self, batch: RecordBatch) -> list[Chunk]:
        if not batch.messages:
            return []
        seconds, rest = divmod(batch.time_ns, 1_000_000_000)
        clock = f"{time.strftime('%H:%M:%S', time.localtime(seconds))}.{rest // 1_000_000:03}"
        sequences = batch.sequences or range(batch.seq, batch.seq + len(batch.messages))
        for index, (seq, message) in enumerate(zip(sequences, batch.messages, strict=True)):
            start = body_start(message, self._options)
            self._header(clock, self._gap(batch.time_ns), seq, message, start)
            if batch.results is not None:
                self._value("query", None, batch.results[index])
            elif batch.values is None:
                self._body(message[start:])
            else:
                self._decoded(message[start:], batch.values[index][start:])
        return [self._page.render()]

    # The header

    def _gap(self, time_ns: int) -> str:
        """Return how long after the previous message this one came."""
        previous, self._previous_ns = self._previous_ns, time_ns
        return "" if previous is None else f"+{max(0, time_ns - previous) / 1e9:.3f}s"

    def _header(self, clock: str, gap: str, seq: int, message: Message, start: int) -> None:
        size = sum(map(len, message))
        parts = [
            (clock, _TIME),
            (f"#{seq}", "bold"),
            (self._options.direction, ""),
            (gap, _LABEL),
            (_counted(len(message), "frame"), ""),
            (_counted(size, "byte"), ""),
        ]
        if start:
            shown = (show_routing_id(as_bytes(frame)).decode() or "(empty)" for frame in message[:start])
            parts.append((f"envelope {' '.join(shown)}", _ENVELOPE))
        column = 0
        for text, style in parts:
            if not text:
                continue
            if column and column + 2 + len(text) > self._options.width:
                self._page.end_line()
                column = 0
            indent = "  " if column or text is not clock else ""
            self._page.add(indent)
            self._page.add(text, style)
            column += len(indent) + len(text)
        self._page.end_line()

    # Frames

    def _body(self, frames: Sequence[Frame]) -> None:
        """Show frames as what they seem to be."""
        has_topic = len(frames) > 1 and self._options.socket in _TOPIC_SOCKETS
        for position, (frame, found) in enumerate(zip(frames, detect_message(frames), strict=True)):
            if has_topic and not position and found.kind in _TEXTS:
                self._text("topic", len(frame), found.value, _TOPIC)
            else:
                self._found(found, len(frame))

    def _decoded(self, frames: Sequence[Frame], values: Sequence[Value]) -> None:
        """Show frames that went through codecs."""
        if all(self._codecs.codec_at(position).name == "auto" for position in range(len(frames))):
            self._body(frames)
            return
        for position, (frame, value) in enumerate(zip(frames, values, strict=True)):
            codec = self._codecs.codec_of(position, len(frames))
            if value is UNDECODED:
                found = detect(as_bytes(frame))
                self._found(found._replace(kind=f"not {codec.name}, {found.kind}"), len(frame), wrong=True)
            elif codec.name in {"auto", "raw"}:
                self._found(detect(as_bytes(frame)), len(frame))
            elif isinstance(value, str) and codec.plain:
                self._text(codec.name, len(frame), value)
            elif (shown := getattr(value, "shown", None)) is not None:  # of --type: Quote(symbol='X', price=1.5)
                self._text(codec.name, len(frame), shown)
            else:
                self._value(codec.name, frame, value)

    def _found(self, found: Detected, size: int, *, wrong: bool = False) -> None:
        if found.kind == "empty":
            self._label("empty", 0, 0, own_line=True, wrong=wrong)
        elif isinstance(found.value, bytes):
            self._binary(found.kind, size, found.value, wrong=wrong)
        elif isinstance(found.value, str):
            self._text(found.kind, size, found.value, wrong=wrong)
        else:
            self._value(found.kind, None, found.value, size, wrong=wrong)

    def _value(self, kind: str, frame: Frame | None, value: Value, size: int = 0, *, wrong: bool = False) -> None:
        """Show a value as JSON, on the label's line where it fits, else indented; `frame` where it cannot be."""
        if frame is not None:
            size = len(frame)
        if isinstance(value, bytes):  # of a layer without a codec inside
            found = detect(value)
            self._found(found._replace(kind=f"{kind}, {found.kind}"), size)
            return
        try:
            text = json.dumps(value, ensure_ascii=False)
            on_line = len(text) + _LABEL_COLUMNS <= self._options.width
            if not on_line and isinstance(value, dict | list) and value:
                text = self._indented(value)
        except (TypeError, ValueError, RecursionError):  # of a plug-in, or deeper than Python goes
            found = Detected("value", str(value)[: _CUT_CHARACTERS + 1]) if frame is None else detect(as_bytes(frame))
            self._found(found, size)
            return
        shown = self._cut(text)
        lines = shown.split("\n")
        self._label(kind, size, len(lines[0]), own_line=len(lines) > 1, wrong=wrong)
        for line in lines:
            self._page.add(_INDENT if len(lines) > 1 else "")
            self._tokens(line)
            self._page.end_line()
        self._say_cut(len(shown) < len(text), f"{_CUT_CHARACTERS} characters")

    def _indented(self, value: Value) -> str:
        """Return JSON on several lines: of a large value no more than will be shown, since this is slow."""
        encoder = json.JSONEncoder(ensure_ascii=False, indent=2)
        if self._options.full:
            return encoder.encode(value)
        pieces: list[str] = []
        size = 0
        for piece in encoder.iterencode(value):
            pieces.append(piece)
            size += len(piece)
            if size > _CUT_CHARACTERS:
                break
        return "".join(pieces)

    def _tokens(self, line: str) -> None:
        add = self._page.add
        end = 0
        for token in _JSON_TOKEN.finditer(line):
            if token.start() > end:
                add(line[end : token.start()])
            string, colon, number, word = token.groups()
            if string:
                add(string, _KEY if colon else _STRING)
                add(colon or "")
            else:
                add(number or word, _NUMBER if number else _WORD)
            end = token.end()
        add(line[end:])

    def _text(self, kind: str, size: int, text: str, style: str = _STRING, *, wrong: bool = False) -> None:
        shown = self._cut(text)
        self._label(kind, size, len(shown), wrong=wrong)
        self._page.add(shown, _NUMBER if kind == "number" else style)
        self._page.end_line()
        self._say_cut(len(shown) < len(text), f"{_CUT_CHARACTERS} characters")

    def _binary(self, kind: str, size: int, data: bytes, *, wrong: bool = False) -> None:
        self._label(kind, size, 0, own_line=True, wrong=wrong)
        shown = memoryview(data) if self._options.full else memoryview(data)[:_CUT_BYTES]
        for block in dump(shown, bytes_per_line(self._options.width - len(_DUMP_INDENT))):
            for line in block.splitlines():
                self._page.add(_DUMP_INDENT + line[:_DUMP_OFFSET], _LABEL)
                self._page.add(line[_DUMP_OFFSET:])
                self._page.end_line()
        self._say_cut(len(shown) < len(data), f"{_CUT_BYTES} bytes")

    # Lines

    def _label(self, kind: str, size: int, room: int, *, own_line: bool = False, wrong: bool = False) -> None:
        """Begin a frame: its kind and size, then a value of `room` columns on the same line where that fits."""
        label = f"  {kind} {size}" if size or kind != "query" else f"  {kind}"
        narrow = self._options.width < _NARROW
        padded = f"{label}  " if narrow else label.ljust(_LABEL_COLUMNS - 1) + " "
        below = own_line or (narrow and len(padded) + room > self._options.width)
        self._page.add(label if below else padded, _WRONG if wrong else _LABEL)
        if below:
            self._page.end_line()
            if not own_line:
                self._page.add(_INDENT)

    def _cut(self, text: str) -> str:
        return text if self._options.full else text[:_CUT_CHARACTERS]

    def _say_cut(self, cut: bool, after: str) -> None:
        if cut:
            self._page.add(f"{_INDENT}... cut after {after}; --full shows all", _REMARK)
            self._page.end_line()


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
