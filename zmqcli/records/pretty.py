"""`pretty`: messages for a person at a terminal."""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING, ClassVar, NoReturn

from zmqcli.codecs._api import UNDECODED, Value
from zmqcli.codecs._text import parse
from zmqcli.errors import OptionError
from zmqcli.message import as_bytes
from zmqcli.records.hexdump import bytes_per_line, dump
from zmqcli.records.routing_id import body_start, show_routing_id
from zmqcli.terminal import Page

if TYPE_CHECKING:
    from zmqcli.codecs.pipeline import FrameCodecs
    from zmqcli.message import Frame, Message
    from zmqcli.records._api import Chunk, RecordBatch, RecordOptions, Writer

__all__ = ["PrettyFormat"]

_CUT_CHARACTERS = 2000
_CUT_BYTES = 256
# What is looked at of a frame to tell its kind. JSON is recognised only in frames up to this size.
_LOOK_BYTES = 64 * 1024
_LABEL_COLUMNS = 16
_INDENT = "    "
_DUMP_INDENT = "  "  # which leaves room for 16 bytes a line in 80 columns

# A frame with one of these is no text, though it may be UTF-8: C0 without TAB, LF, CR and ESC (coloured logs).
_NOT_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f]")
# A string (with the colon after it, if it is a key; perhaps cut), a number, a word; what is between has no colour.
_JSON_TOKEN = re.compile(r'("(?:[^"\\]|\\.)*+(?:"|\\?$))(\s*:)?|(-?[0-9][0-9.eE+-]*)|(true|false|null)')


class PrettyFormat:
    """A header line, then each frame with its kind, size and value."""

    name: ClassVar[str] = "pretty"
    summary: ClassVar[str] = "for people: time, kind, size and value of each frame, in colour"
    encodes: ClassVar[bool] = False

    @staticmethod
    def reader(_options: RecordOptions, _codecs: FrameCodecs) -> NoReturn:
        """Raise OptionError: this is only written."""
        raise OptionError("pretty is no input format", hint="-I takes text, quoted, jsonl or raw")

    @staticmethod
    def writer(options: RecordOptions, codecs: FrameCodecs) -> Writer:
        """Return a writer for a terminal of `options.width` columns, in colour with `options.color`."""
        return _Writer(options, codecs)


class _Writer:
    def __init__(self, options: RecordOptions, codecs: FrameCodecs) -> None:
        self._options = options
        self._codecs = codecs
        self._page = Page(options.width, color=options.color)

    def format(self, batch: RecordBatch) -> list[Chunk]:
        if not batch.messages:
            return []
        seconds, rest = divmod(batch.time_ns, 1_000_000_000)
        clock = f"{time.strftime('%H:%M:%S', time.localtime(seconds))}.{rest // 1_000_000:03}"
        sequences = batch.sequences or range(batch.seq, batch.seq + len(batch.messages))
        for index, (seq, message) in enumerate(zip(sequences, batch.messages, strict=True)):
            start = body_start(message, self._options)
            self._header(clock, seq, message, start)
            values = batch.values[index][start:] if batch.values is not None else None
            for position, frame in enumerate(message[start:]):
                if values is None:
                    self._frame(frame)
                else:
                    self._value(frame, position, values[position])
        return [self._page.render()]

    def _header(self, clock: str, seq: int, message: Message, start: int) -> None:
        add = self._page.add
        add(clock, "cyan")
        add(f"  #{seq}", "bold")
        frames = _counted(len(message), "frame")
        add(f"  {self._options.direction}  {frames}  {_counted(sum(map(len, message)), 'byte')}")
        if start:
            add("  envelope ", "dim")
            shown = (show_routing_id(as_bytes(frame)).decode() or "(empty)" for frame in message[:start])
            add(" ".join(shown), "magenta")
        self._page.end_line()

    def _value(self, frame: Frame, position: int, value: Value) -> None:
        """Show a frame that went through a codec."""
        codec = self._codecs.codec_at(position)
        named = codec.name not in {"auto", "raw"}
        if value is UNDECODED:
            self._frame(frame, f"not {codec.name}, ")
        elif isinstance(value, bytes):
            self._frame(frame)
        elif isinstance(value, str) and (codec.plain or not named):
            self._text(codec.name if named else "text", len(frame), value)
        else:
            kind = codec.name if named else "value" if self._text_of(frame) is None else "json"
            if not self._json(kind, len(frame), value):
                self._frame(frame)

    def _frame(self, frame: Frame, remark: str = "") -> None:
        """Show a frame's bytes as what they seem to be."""
        text = self._text_of(frame)
        if text is None:
            self._binary(f"{remark}binary", frame)
        elif remark or not self._json_text(text, frame):
            self._text(f"{remark}text", len(frame), text)

    def _text_of(self, frame: Frame) -> str | None:
        """Return the text of a frame, of a large one that is going to be cut its beginning; None for binary."""
        whole = self._options.full or len(frame) <= _LOOK_BYTES
        data = as_bytes(frame) if whole else bytes(memoryview(frame)[:_LOOK_BYTES])
        try:
            text = data.decode()
        except UnicodeDecodeError as error:
            if whole or error.start < len(data) - 3:  # 3: a character of up to 4 bytes cut by looking at a part only
                return None
            text = data[: error.start].decode()
        return None if not text.isprintable() and _NOT_TEXT.search(text) else text

    def _json_text(self, text: str, frame: Frame) -> bool:
        if not text.lstrip().startswith(("{", "[")) or (len(frame) > _LOOK_BYTES and not self._options.full):
            return False
        try:
            return self._json("json", len(frame), parse(text.encode()))
        except ValueError:
            return False

    def _json(self, kind: str, size: int, value: Value) -> bool:
        """Show a value as JSON, on the frame's line where it fits, else indented; False when it cannot be."""
        try:
            text = json.dumps(value, ensure_ascii=False)
            on_line = len(text) + _LABEL_COLUMNS <= self._options.width
            if not on_line and isinstance(value, dict | list):
                text = json.dumps(value, ensure_ascii=False, indent=2)
        except (ValueError, RecursionError):
            return False
        shown = self._cut(text)
        lines = shown.split("\n")
        self._label(kind, size, own_line=len(lines) > 1)
        for line in lines:
            self._page.add(_INDENT if len(lines) > 1 else "")
            self._tokens(line)
            self._page.end_line()
        self._say_cut(len(shown) < len(text), f"{_CUT_CHARACTERS} characters")
        return True

    def _tokens(self, line: str) -> None:
        add = self._page.add
        end = 0
        for token in _JSON_TOKEN.finditer(line):
            if token.start() > end:
                add(line[end : token.start()])
            string, colon, number, word = token.groups()
            if string:
                add(string, "blue" if colon else "green")
                add(colon or "")
            else:
                add(number or word, "cyan" if number else "magenta")
            end = token.end()
        add(line[end:])

    def _text(self, kind: str, size: int, text: str) -> None:
        self._label(kind, size)
        shown = self._cut(text)
        self._page.add(shown, "green")
        self._page.end_line()
        self._say_cut(len(shown) < len(text), f"{_CUT_CHARACTERS} characters")

    def _binary(self, kind: str, frame: Frame) -> None:
        self._label(kind, len(frame), own_line=True)
        shown = memoryview(frame) if self._options.full else memoryview(frame)[:_CUT_BYTES]
        for block in dump(shown, bytes_per_line(self._options.width - len(_DUMP_INDENT))):
            for line in block.splitlines():
                self._page.add(_DUMP_INDENT + line, "yellow")
                self._page.end_line()
        self._say_cut(len(shown) < len(frame), f"{_CUT_BYTES} bytes")

    def _label(self, kind: str, size: int, *, own_line: bool = False) -> None:
        label = f"  {kind} {size}"
        self._page.add(label if own_line else label.ljust(_LABEL_COLUMNS - 1) + " ", "dim")
        if own_line:
            self._page.end_line()

    def _cut(self, text: str) -> str:
        return text if self._options.full else text[:_CUT_CHARACTERS]

    def _say_cut(self, cut: bool, after: str) -> None:
        if cut:
            self._page.add(f"{_INDENT}... cut after {after}; --full shows all", "dim italic")
            self._page.end_line()


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
