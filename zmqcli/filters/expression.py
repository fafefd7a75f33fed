"""Python expressions over messages: `-e` on what arrives, `-E` on what leaves, `zmqcli pipe`. See docs/pipe.md.

The expression is the user's own code and runs with all that the user may do; nothing of a message is ever evaluated.
"""

from __future__ import annotations

import ast
import builtins
import sys
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

from zmqcli.codecs._api import UNDECODED
from zmqcli.codecs._text import compact, parse
from zmqcli.codecs.pipeline import RAW
from zmqcli.errors import CutShort, DataError, OptionError, StoppedAtOnce
from zmqcli.escaping import SafeStream
from zmqcli.message import as_bytes, envelope_length

if TYPE_CHECKING:
    from collections.abc import Callable

    from zmqcli.codecs._api import Value
    from zmqcli.codecs.pipeline import FrameCodecs
    from zmqcli.errors import ZmqcliError
    from zmqcli.formats._api import RecordOptions
    from zmqcli.message import Batch, Message

__all__ = ["Expression"]

NAMES = ("frames", "topic", "body", "value", "seq")
_LONGEST_REASON = 200
"""Characters of what an exception says: it may quote the value."""


class Expression:
    """One compiled expression, for messages whose envelopes `options` know and whose values `codecs` decode."""

    def __init__(self, option: str, text: str, options: RecordOptions, codecs: FrameCodecs) -> None:
        """Compile. `option` names it in errors. With `codecs` RAW, none named, `value` is what `auto` tells.

        Raise OptionError, with the place, for what is no Python expression.
        """
        self._option = option
        self._options = options
        self._codecs = codecs
        self._guesses = codecs is RAW
        try:
            tree = ast.parse(text.strip(), f"<{option}>", "eval")
            self._code = compile(tree, f"<{option}>", "eval")
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            raise OptionError(f"{option}: '{text:.200}' is no Python expression", why=_place(error)) from None
        used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        self._decodes = "value" in used
        # One for all messages: what is bound with := lasts from message to message. As globals, since the insides of
        # comprehensions and lambdas would not see locals.
        self._names: dict[str, Any] = {"__builtins__": builtins}
        if "print" in used:  # stdout carries messages and nothing else
            self._names["print"] = partial(print, file=SafeStream(sys.stderr))
        for name in sorted((used & sys.stdlib_module_names) - {*NAMES, *dir(builtins)}):
            self._names[name] = import_module(name)

    def apply(self, message: Message, seq: int) -> Message | None:
        """Return what the expression makes of a message: its envelope and new frames; None: the message is dropped.

        Raise DataError, which names the message by `seq`, when the expression raises or gives what cannot be sent.
        """
        start = self._start(message)
        try:
            result = self._evaluate(message[start:], seq)
            frames = None if result is None else self._frames(result)
        except DataError as error:
            error.what = f"message {seq}: {self._option}: {error.what}"
            error.hint = "the message is dropped"
            raise
        except (CutShort, StoppedAtOnce):
            raise
        except BaseException as error:  # noqa: BLE001 # whatever the user's code raises, the stream goes on
            why = f"{type(error).__name__}: {error}".replace("\n", " ")
            why = why if len(why) <= _LONGEST_REASON else f"{why[:_LONGEST_REASON]}..."
            raise DataError(f"message {seq}: {self._option} raised {why}", hint="the message is dropped") from None
        return None if frames is None else [*message[:start], *frames]

    def apply_all(self, batch: Batch, first: int, fail: Callable[[ZmqcliError], None]) -> tuple[Batch, list[int]]:
        """Return what becomes of messages numbered from `first` on, and the numbers of those that are left.

        `fail` is told of each that the expression fails on.
        """
        made: list[Message] = []
        numbers: list[int] = []
        for seq, message in enumerate(batch, first):
            try:
                result = self.apply(message, seq)
            except DataError as error:
                fail(error)
                continue
            if result is not None:
                made.append(result)
                numbers.append(seq)
        return made, numbers

    def _start(self, message: Message) -> int:
        options = self._options
        length = envelope_length(
            message,
            routing_id=options.routing_ids > 0,
            delimiter=options.delimited,
            hops=options.routing_ids or 1,
        )
        return min(length, len(message) - 1)  # [id, empty]: the empty frame is all there is

    def _evaluate(self, message: Message, seq: int) -> Any:
        frames = [as_bytes(frame) for frame in message]
        names = self._names
        names["frames"], names["topic"], names["body"] = (
            frames,
            frames[0].decode("utf-8", "surrogateescape"),
            frames[-1],
        )
        names["seq"] = seq
        if self._decodes:
            names["value"] = self._value(frames)
        return eval(self._code, names)  # noqa: S307 # the user's own code, from the user's own command line

    def _value(self, frames: list[bytes]) -> Value:
        """Return the last frame's value. Raise DataError when a named codec does not read it."""
        if not self._guesses:
            values, errors = self._codecs.decode([*frames], 0)
            if values[-1] is UNDECODED:
                raise errors[-1]
            return values[-1]
        from zmqcli.codecs.auto import detect

        found = detect(frames[-1])
        if found.kind == "number":
            try:
                return parse(frames[-1])
            except ValueError:  # 1e999
                pass
        return found.value

    def _frames(self, result: Any) -> list[bytes]:
        """Return the frames of a result: one, or those of a list. Raise DataError."""
        items = list(result) if isinstance(result, list | tuple) else [result]
        if not items:
            raise DataError("an empty list is no message", why="None drops it")
        return [self._frame(position, len(items), item) for position, item in enumerate(items)]

    def _frame(self, position: int, count: int, item: Any) -> bytes:
        if isinstance(item, bytes | bytearray | memoryview):
            return bytes(item)
        codec = self._codecs.codec_of(position, count)
        if codec.writes and codec.name != "raw":
            return codec.encode(item)
        if isinstance(item, str):
            return item.encode("utf-8", "surrogateescape")
        try:
            return compact(item, strict=True).encode()
        except (TypeError, ValueError, RecursionError):
            raise DataError(f"a frame cannot be of type {type(item).__name__}") from None


def _place(error: BaseException) -> str:
    if isinstance(error, SyntaxError):
        return f"{error.msg}, at character {error.offset}" if error.offset else f"{error.msg}, at the end"
    return str(error)
