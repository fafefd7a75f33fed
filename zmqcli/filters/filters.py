"""Which messages are shown: `--grep`, `--where`, `--query`, `--expect`. What they see is in docs/filters.md."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zmqcli.codecs._api import UNDECODED, Value
from zmqcli.codecs._text import parse, to_base64
from zmqcli.errors import DataError, OptionError
from zmqcli.filters.searching import Search
from zmqcli.formats._results import result_text
from zmqcli.formats.routing_id import body_start, show_routing_id
from zmqcli.message import as_bytes

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Sequence

    from zmqcli.codecs.pipeline import FrameCodecs
    from zmqcli.formats._api import Chunk, RecordBatch, RecordOptions, Writer
    from zmqcli.message import Frame, Message
    from zmqcli.signals import Signals

__all__ = ["Filters", "showing_results"]

_LONGEST_REASON = 200
"""Characters of what JMESPath says: it quotes the value, which may be of any length."""


class Filters:
    """Keeps the messages of a batch that the user wants to see, and looks for the one that is expected."""

    def __init__(
        self,
        options: RecordOptions,
        codecs: FrameCodecs,
        *,
        grep: str | None = None,
        where: str | None = None,
        query: str | None = None,
        query_of: str | None = None,
        expect: str | None = None,
        guesses: bool = False,
        signals: Signals | None = None,
    ) -> None:
        """Compile what was given. `guesses`: no codec was named, so queries see what `auto` makes of a frame.

        `signals` end what does not end by itself. Raise OptionError, naming the option, for what is no regular
        expression or no JMESPath.
        """
        self.expected = expect
        """The expression of `--expect`."""
        self.met = False
        """Whether a message was what `--expect` asks for."""
        self._options = options
        self._codecs = codecs
        self._guesses = guesses
        self._joint = options.frame_delimiter.decode("utf-8", "backslashreplace")
        self._grep = None if grep is None else Search(_regex("--grep", grep), signals)
        self._expect = None if expect is None else Search(_regex("--expect", expect), signals)
        self._where = None if where is None else _jmespath("--where", where)
        self._query = None if query is None else _jmespath("--query", query)
        self._of = _position(query_of)
        if query_of is not None and where is None and query is None:
            raise OptionError("--query-of needs --where or --query")

    def apply(self, batch: RecordBatch) -> tuple[RecordBatch, list[DataError]]:
        """Return what of the batch is to be shown, and which messages a query failed on (they are not shown).

        What comes after the message that `--expect` asks for is not shown either.
        """
        kept: list[int] = []
        results: list[Value] = []
        errors: list[DataError] = []
        numbers = batch.sequences or range(batch.seq, batch.seq + len(batch.messages))
        for index, message in enumerate(batch.messages):
            values = None if batch.values is None else batch.values[index]
            text = self._text(message, values) if self._grep or self._expect else ""
            if self._grep and not self._grep.found(text):
                continue
            try:
                keeps, result = self._ask(message, values)
            except DataError as error:
                error.what = f"message {numbers[index]}: {error.what}"
                errors.append(error)
                continue
            if not keeps:
                continue
            kept.append(index)
            results.append(result)
            if self._expect and self._expect.found(text):
                self.met = True
                break
        return self._chosen(batch, kept, results, numbers), errors

    def close(self) -> None:
        """Leave no process behind that searches."""
        for search in (self._grep, self._expect):
            if search is not None:
                search.close()

    def _chosen(self, batch: RecordBatch, kept: list[int], results: list[Value], numbers: Sequence[int]) -> RecordBatch:
        messages = [batch.messages[index] for index in kept]
        return batch._replace(
            messages=messages,
            size=sum(len(frame) for message in messages for frame in message),
            values=None if batch.values is None else [batch.values[index] for index in kept],
            sequences=[numbers[index] for index in kept],
            results=results if self._query else None,
        )

    def _ask(self, message: Message, values: Sequence[Value] | None) -> tuple[bool, Value]:
        """Return whether to keep the message, and what `--query` makes of it. Raise DataError."""
        if self._where is None and self._query is None:
            return True, None
        value = self._value(message, values)
        if self._where is not None and not _is_true(_search("--where", self._where, value)):
            return False, None
        if self._query is None:
            return True, None
        result = _search("--query", self._query, value)
        return result is not None, result

    # What is seen of a message

    def _text(self, message: Message, values: Sequence[Value] | None) -> str:
        """Return the record's text: decoded frames, joined by the frame delimiter."""
        options = self._options
        ids, start = options.routing_ids, body_start(message, options)
        parts = [as_bytes(frame) for frame in message]
        parts[:ids] = map(show_routing_id, parts[:ids])
        texts = [part.decode("utf-8", "backslashreplace") for part in parts]
        for position, value in enumerate((values or ())[start:]):
            if value is not UNDECODED:
                texts[start + position] = self._codecs.show(position, value)
        return self._joint.join(texts)

    def _value(self, message: Message, values: Sequence[Value] | None) -> Value:
        """Return what a query sees: the last frame's value, that of `--query-of N`, or all; null for no such frame."""
        if self._of is None:
            return self._all(message, values)
        try:
            frame = message[self._of]
        except IndexError:
            return None
        if values is not None:
            return _plain(values[self._of])
        position = self._of % len(message)
        return self._guess(frame) if position >= body_start(message, self._options) else _plain(as_bytes(frame))

    def _all(self, message: Message, values: Sequence[Value] | None) -> list[Value]:
        if values is not None:
            return [_plain(value) for value in values]
        start = body_start(message, self._options)
        envelope = [_plain(as_bytes(frame)) for frame in message[:start]]
        return envelope + [self._guess(frame) for frame in message[start:]]

    def _guess(self, frame: Frame) -> Value:
        if not self._guesses:
            return _plain(as_bytes(frame))
        from zmqcli.codecs.auto import detect

        found = detect(as_bytes(frame))
        if found.kind == "number":
            try:
                return parse(as_bytes(frame))
            except ValueError:  # 1e999
                pass
        return _plain(found.value)


def showing_results(writer: Writer) -> Writer:
    """Return `writer` so that it shows results of `--query` in place of the messages."""
    return _Results(writer)


class _Results:
    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    def format(self, batch: RecordBatch) -> list[Chunk]:
        results = [result_text(result).encode("utf-8", "backslashreplace") for result in batch.results or ()]
        size = sum(map(len, results))
        return self._writer.format(batch._replace(messages=[[result] for result in results], size=size, values=None))


def _plain(value: Value) -> Value:
    """Return a value as JSON has it: bytes as they stand in the frames of jsonl, null for what did not decode."""
    if value is UNDECODED:
        return None
    if not isinstance(value, bytes):
        return value
    try:
        return value.decode()
    except UnicodeDecodeError:
        return {"base64": to_base64(value)}


def _is_true(value: Value) -> bool:
    """Tell what JMESPath holds for true: all but null, false and what is empty. 0 is true."""
    return not (value is None or value is False or value in ("", [], {}))


def _position(text: str | None) -> int | None:
    """Return which frame a query sees, -1 for the last; None for all of them."""
    if text is None:
        return -1
    if text == "values":
        return None
    if text.isascii() and text.isdigit() and len(text) < 10:  # noqa: PLR2004 # what an index can be
        return int(text)
    raise OptionError(f"--query-of {text} is no frame", hint="say a number from 0, or values for the list of all")


def _regex(option: str, text: str) -> re.Pattern[str]:
    import re

    try:
        return re.compile(text)
    except (re.error, OverflowError, RecursionError) as error:
        raise OptionError(f"{option}: '{text}' is no regular expression", why=str(error)) from None


def _jmespath(option: str, text: str) -> Callable[[Value], Any]:
    """Return the search of a JMESPath expression. Raise OptionError, also for functions there are none of."""
    import jmespath  # 30 ms

    try:
        expression = jmespath.compile(text)
        _check(expression.parsed)
    except (ValueError, RecursionError) as error:  # JMESPath's own errors are ValueErrors
        raise OptionError(
            f"{option}: '{text}' is no JMESPath", why=_reason(error), hint="see https://jmespath.org"
        ) from None
    return expression.search


def _check(node: Any, parent: str = "") -> None:
    """Raise ValueError for what JMESPath would find out only when it meets a message."""
    from jmespath.functions import Functions

    kind = node["type"]
    if kind == "function_expression" and node["value"] not in Functions.FUNCTION_TABLE:
        raise ValueError(f"there is no function {node['value']}()")
    if kind == "expref" and parent != "function_expression":
        raise ValueError("& stands only before an argument of a function")
    for child in node["children"]:
        if isinstance(child, dict) and "type" in child:
            _check(child, kind)


def _search(option: str, search: Callable[[Value], Any], value: Value) -> Value:
    try:
        return search(value)
    except (ValueError, TypeError, ArithmeticError, LookupError, RecursionError, AttributeError) as error:
        raise DataError(f"{option} cannot be applied", why=_reason(error), hint="the message is not shown") from None


def _reason(error: Exception) -> str:
    text = str(error).partition("\n")[0].strip().rstrip(".:")
    return text if len(text) <= _LONGEST_REASON else f"{text[:_LONGEST_REASON]}..."
