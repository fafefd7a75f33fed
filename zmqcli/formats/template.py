"""`-T`: a look of the user's own, compiled once. Placeholders and modifiers are in docs/templates.md."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from zmqcli.codecs._api import UNDECODED, Value
from zmqcli.codecs.pipeline import FrameCodecs
from zmqcli.errors import DataError, DecodeError, OptionError
from zmqcli.escaping import safe, safe_json
from zmqcli.formats._results import result_text
from zmqcli.formats.escapes import escape, unescape
from zmqcli.formats.jsonl import JsonlFormat, timestamp
from zmqcli.formats.routing_id import body_start, show_routing_id
from zmqcli.message import as_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from typing import TypeAlias

    from zmqcli.formats._api import Chunk, RecordBatch, RecordOptions, Writer
    from zmqcli.message import Message

    Part: TypeAlias = bytes | Callable[["_Shown"], bytes]

__all__ = ["MODIFIERS", "PLACEHOLDERS", "Template"]

PLACEHOLDERS: dict[str, str] = {
    "t": "the first frame",
    "s": "the last frame",
    **{str(number): f"frame {number}, counted from 0" for number in range(10)},
    "a": "all frames, the frame delimiter between them",
    "i": "the routing id",
    "N": "how many frames",
    "S": "bytes of all frames",
    "n": "sequence number",
    "T": "time of arrival",
    "d": "seconds since the previous message",
    "k": "socket type",
    "j": "the envelope of jsonl",
    "v": "value of the last frame, or what --query found",
    "%": "a percent sign",
}
MODIFIERS = ("hex", "base64", "quoted", "json", "msgpack")
_FRAMES = frozenset("tsai0123456789")
"""Placeholders that take a modifier: they stand for frames."""
_TOKEN = re.compile(r"%(?:(?P<name>.)(?:\{(?P<modifier>[^}]*)(?P<end>\}?))?)?", re.DOTALL)
_KEPT = "\n\t"
"""What a payload may do on a terminal, as in `text`."""


class Template:
    """A compiled template. Raise OptionError for what there is none of."""

    def __init__(self, text: str) -> None:
        self._pieces: list[bytes | tuple[str, str | None]] = []
        end = 0
        for token in _TOKEN.finditer(text):
            self._literal(text[end : token.start()])
            end = token.end()
            name, modifier = token["name"], token["modifier"]
            self._check(name, modifier, closed=bool(token["end"]))
            if name == "%":
                self._literal("%")
            else:
                self._pieces.append((name, modifier))
        self._literal(text[end:])

    def writer(
        self, options: RecordOptions, codecs: FrameCodecs, fail: Callable[[DataError], None], *, guards: bool = False
    ) -> Writer:
        """Return a writer of one record a message.

        `fail` is told of frames that a modifier cannot decode. `guards`: nothing in a payload may act on the terminal;
        what the user wrote in the template may.
        """
        return _Writer(self._pieces, options, codecs, fail, guards=guards)

    def _literal(self, text: str) -> None:
        if not text:
            return
        try:
            self._pieces.append(unescape(text.encode("utf-8", "surrogateescape")))
        except DataError as error:
            raise OptionError(f"in the template: {error.what}", hint=error.hint) from None

    @staticmethod
    def _check(name: str | None, modifier: str | None, *, closed: bool) -> None:
        if name is None:
            raise OptionError("the template ends with a lone %", hint="%% is a percent sign")
        if name not in PLACEHOLDERS:
            raise OptionError(f"there is no placeholder %{name}", hint=_known(name))
        if modifier is None:
            return
        written = f"%{name}{{{modifier}"
        if name not in _FRAMES and name != "T":
            raise OptionError(f"%{name} takes no modifier", hint=r"a brace of your own is \x7b")
        if not closed:
            raise OptionError(f"{written} has no closing brace", hint=r"a brace of your own is \x7b")
        if name != "T" and modifier not in MODIFIERS:
            raise OptionError(f"there is no modifier {written}}}", hint=_nearest(modifier))


def _known(name: str) -> str:
    other = name.swapcase()
    near = f"%{other} is {PLACEHOLDERS[other]}; " if other in PLACEHOLDERS else ""
    names = " ".join(f"%{name}" for name in PLACEHOLDERS if not name.isdigit() and name != "%")
    return f"{near}there is {names} %0 to %9, and %% for a percent sign"


def _nearest(modifier: str) -> str:
    from difflib import get_close_matches

    return "there is " + ", ".join(f"{{{name}}}" for name in get_close_matches(modifier, MODIFIERS) or MODIFIERS)


class _Shown(NamedTuple):
    """A message, and what can be said of it."""

    frames: Message
    seq: int
    line: int
    """Its place in the batch."""
    batch: RecordBatch
    gap: float


class _Writer:
    def __init__(
        self,
        pieces: Sequence[bytes | tuple[str, str | None]],
        options: RecordOptions,
        codecs: FrameCodecs,
        fail: Callable[[DataError], None],
        *,
        guards: bool,
    ) -> None:
        self._options = options
        self._codecs = codecs
        self._fail = fail
        self._guards = guards
        self._previous_ns: int | None = None
        self._modifiers = {
            modifier: FrameCodecs.parse(modifier)
            for modifier in MODIFIERS
            if modifier != "quoted" and any(piece[1] == modifier for piece in pieces if isinstance(piece, tuple))
        }
        self._envelope = JsonlFormat.writer(options._replace(delimiter=b""), codecs)
        self._parts: list[Part] = [piece if isinstance(piece, bytes) else self._part(*piece) for piece in pieces]
        self._parts.append(options.delimiter)

    def format(self, batch: RecordBatch) -> list[Chunk]:
        records: list[bytes] = []
        sequences = batch.sequences or range(batch.seq, batch.seq + len(batch.messages))
        for line, (seq, message) in enumerate(zip(sequences, batch.messages, strict=True)):
            gap = 0.0 if self._previous_ns is None else (batch.time_ns - self._previous_ns) / 1e9
            self._previous_ns = batch.time_ns
            shown = _Shown(message, seq, line, batch, max(0.0, gap))
            records += [part if isinstance(part, bytes) else part(shown) for part in self._parts]
        return [b"".join(records)] if records else []

    def _part(self, name: str, modifier: str | None) -> Part:  # noqa: PLR0911 # a table, but each row has its own arguments
        match name:
            case "T":
                return self._time(modifier)
            case "N":
                return lambda shown: b"%d" % len(shown.frames)
            case "S":
                return lambda shown: b"%d" % sum(map(len, shown.frames))
            case "n":
                return lambda shown: b"%d" % shown.seq
            case "d":
                return lambda shown: b"%.6f" % shown.gap
            case "k":
                return self._options.socket.encode()
            case "j":
                return self._json
            case "v":
                return self._value
        return self._frames(name, modifier)

    def _frames(self, name: str, modifier: str | None) -> Part:
        delimiter = self._options.frame_delimiter

        def part(shown: _Shown) -> bytes:
            frames = [as_bytes(frame) for frame in self._chosen(name, shown.frames)]
            if name == "i" and modifier is None:
                frames = [show_routing_id(frame) for frame in frames]
            return delimiter.join([self._safe(self._modified(frame, modifier, shown.seq)) for frame in frames])

        return part

    def _chosen(self, name: str, message: Message) -> Message:
        match name:
            case "t":
                return message[:1]
            case "s":
                return message[-1:]
            case "a":
                return message
            case "i":
                return message[: min(self._options.routing_ids, 1)]
        return message[int(name) : int(name) + 1]

    def _modified(self, frame: bytes, modifier: str | None, seq: int) -> bytes:
        if modifier is None:
            return frame
        if modifier == "quoted":
            return escape(frame)
        codecs = self._modifiers[modifier]
        try:
            return _bytes(codecs.show(0, codecs.codec_at(0).decode(frame)))
        except DecodeError as error:
            what = f"message {seq}: a frame of the template is not {modifier}: {error.what}"
            self._fail(DecodeError(what, hint="it is shown quoted"))
            return escape(frame)

    def _value(self, shown: _Shown) -> bytes:
        batch, message = shown.batch, shown.frames
        if batch.results is not None:
            return self._safe(_bytes(result_text(batch.results[shown.line])))
        value: Value = as_bytes(message[-1]) if batch.values is None else batch.values[shown.line][-1]
        if value is UNDECODED:
            return escape(as_bytes(message[-1]))
        if not isinstance(value, bytes):
            position = len(message) - 1 - body_start(message, self._options)
            value = _bytes(self._codecs.show(position, value))
        return self._safe(value)

    def _json(self, shown: _Shown) -> bytes:
        batch, line = shown.batch, shown.line
        alone = batch._replace(
            messages=[shown.frames],
            seq=shown.seq,
            sequences=None,
            values=None if batch.values is None else [batch.values[line]],
            results=None if batch.results is None else [batch.results[line]],
        )
        text = b"".join(map(as_bytes, self._envelope.format(alone)))
        return safe_json(text.decode()).encode() if self._guards else text

    def _time(self, pattern: str | None) -> Part:
        if pattern is None:
            return lambda shown: timestamp(shown.batch.time_ns).encode()
        return lambda shown: _moment(shown.batch.time_ns).strftime(pattern).encode("utf-8", "surrogateescape")

    def _safe(self, data: bytes) -> bytes:
        if not self._guards or (data.isascii() and data.decode().isprintable()):
            return data
        return safe(data.decode("utf-8", "backslashreplace"), keep=_KEPT).encode("utf-8", "backslashreplace")


def _moment(time_ns: int) -> datetime:
    """Return the local time, to the microsecond."""
    from datetime import datetime

    seconds, rest = divmod(time_ns, 1_000_000_000)
    return datetime.fromtimestamp(seconds).astimezone().replace(microsecond=rest // 1000)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "backslashreplace")
