"""Run a command for each message (`--exec`): what it prints is the reply, or what is shown."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, NamedTuple

from zmqcli.codecs._api import UNDECODED
from zmqcli.engine.ending import End, Ended, EndReason
from zmqcli.environment import for_children
from zmqcli.errors import DataError, ExitCode, OutputClosed, Stopped, ZmqcliError
from zmqcli.exec.child import Children
from zmqcli.formats.jsonl import frames_text
from zmqcli.formats.routing_id import show_routing_id
from zmqcli.message import as_bytes, envelope_length
from zmqcli.signals import Work
from zmqcli.sockets.poller import Wake

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from zmqcli.codecs._api import Value
    from zmqcli.codecs.pipeline import FrameCodecs
    from zmqcli.engine.session import Session
    from zmqcli.environment import Environment
    from zmqcli.exec.child import Outcome
    from zmqcli.formats._api import RecordBatch, RecordOptions
    from zmqcli.message import Message

__all__ = ["CommandLine", "Executor", "Made", "OnError"]

GRACE_SECONDS = 0.5
"""From SIGTERM to SIGKILL for a command at work when something ends us."""
CLOSED_GRACE_SECONDS = 0.05
"""The same when stdout is closed: all has to be over within 0.2 s."""
_ON_ERROR = EndReason(End.STOPPED, Stopped(ExitCode.RUNTIME))
"""The end that `--on-error stop` makes."""
LONGEST_VARIABLE = 100_000
"""Bytes: Linux takes 131,072 for one variable, its name included (MAX_ARG_STRLEN, execve(2))."""


class OnError:
    """What is sent or shown for a message whose command failed: the words of `--on-error`."""

    DROP = "drop"
    EMPTY = "empty"
    STOP = "stop"


class Made(NamedTuple):
    """What came of a command."""

    frames: Message | None
    """None: nothing is to be sent or shown."""
    printed: bool = False
    failed: bool = False


class CommandLine(NamedTuple):
    """What is run, and what its stdin and stdout are."""

    argv: Sequence[str]
    options: RecordOptions
    codecs: FrameCodecs
    """Of what arrived."""
    parse: Callable[[bytes], Message]
    """Makes frames of what it printed. Raises DataError."""
    on_error: str
    limit: int
    """Bytes it may print."""

    def start(self, message: Message) -> int:
        """Return how many leading frames of a message are its envelope."""
        options = self.options
        length = envelope_length(
            message, routing_id=options.routing_ids > 0, delimiter=options.delimited, hops=options.routing_ids or 1
        )
        return min(length, len(message) - 1)

    def stdin(self, message: Message, values: Sequence[Value] | None) -> bytes:
        """Return what it reads: the last frame, as its value's text when a codec reads it."""
        last = len(message) - 1
        if values is None or values[last] is UNDECODED or isinstance(values[last], bytes):
            return as_bytes(message[last])
        return self.codecs.show(last - self.start(message), values[last]).encode("utf-8", "backslashreplace")

    def variables(self, base: Mapping[str, str], message: Message, seq: int) -> dict[str, str]:
        """Return its environment. What cannot stand in one (NUL, or too long) is left out."""
        variables = for_children(base)
        start = self.start(message)
        told = {
            "ZMQCLI_SEQ": str(seq),
            "ZMQCLI_TOPIC": as_bytes(message[start]).decode("utf-8", "surrogateescape"),
        }
        if self.options.routing_ids:
            told["ZMQCLI_ROUTING_ID"] = show_routing_id(as_bytes(message[0])).decode("utf-8", "surrogateescape")
        if sum(map(len, message)) <= LONGEST_VARIABLE:
            told["ZMQCLI_FRAMES"] = f"[{frames_text(message)}]"
        variables.update(
            (name, value)
            for name, value in told.items()
            if "\0" not in value and len(value.encode("utf-8", "surrogateescape")) <= LONGEST_VARIABLE
        )
        return variables

    def made(self, outcome: Outcome, seq: int, environment: Environment) -> Made:
        """Return the frames that were printed; after a failure, which is said, what `--on-error` has instead."""
        output, problem = outcome
        if problem is None:
            try:
                return Made(self.parse(output), printed=bool(output))
            except DataError as error:
                error.what = f"message {seq}: what the command printed cannot be read: {error.what}"
                environment.fail(error)
        else:
            environment.fail(ZmqcliError(f"message {seq}: {self.argv[0]} failed", why=problem))
        return Made(None if self.on_error == OnError.DROP else [b""], failed=True)


class Executor:
    """Runs one command at a time, while the session still sees signals, events and the clock."""

    def __init__(self, session: Session, command: CommandLine) -> None:
        """Make the session take messages one by one: what is not taken is not lost when something ends it."""
        self._session = session
        self._command = command
        self._children = Children(command.limit)
        self._number = 0
        self.delimits = False
        """Whether an empty frame goes in front of each reply (`dealer --envelope`)."""
        session.most = 1
        session.environment.at_abandon.append(self._children.kill)
        session.poller.watch(self._children.descriptor)

    def answer(self, message: Message) -> Message | None:
        """Return the reply to a message, envelope first; None for none.

        Raise Ended, with a reply, when something ends the command.
        """
        command, self._number = self._command, self._number + 1
        start = command.start(message)
        envelope: Message = [b""] if self.delimits else message[:start]
        with Work(self._session.environment.signals):
            values = None if command.codecs.is_raw else command.codecs.decode(message, start)[0]
        try:
            made = self._run(message, values, self._number)
        except Ended as end:
            raise Ended(end.reason, reply=[*envelope, b""]) from None
        except OutputClosed as error:
            raise Ended(EndReason(End.OUTPUT_CLOSED, error), reply=[*envelope, b""]) from None
        if made.failed and command.on_error == OnError.STOP:
            raise Ended(_ON_ERROR, reply=[*envelope, b""])
        return None if made.frames is None else [*envelope, *made.frames]

    def show(self, records: RecordBatch) -> RecordBatch:
        """Return what is shown in the place of messages: what the command prints for each, if it prints anything."""
        kept = []
        numbers = records.sequences or range(records.seq, records.seq + len(records.messages))
        for index, (seq, message) in enumerate(zip(numbers, records.messages, strict=True)):
            made = self._run(message, None if records.values is None else records.values[index], seq)
            if made.failed and self._command.on_error == OnError.STOP:
                raise Ended(_ON_ERROR)
            if made.frames is not None and (made.printed or made.failed):
                kept.append((seq, made.frames))
        messages = [frames for _, frames in kept]
        return records._replace(
            messages=messages,
            size=sum(len(frame) for frames in messages for frame in frames),
            values=None,
            sequences=[seq for seq, _ in kept],
        )

    def close(self) -> None:
        """Leave no process behind."""
        self._session.poller.watch(None)
        self._children.close()

    def _run(self, message: Message, values: Sequence[Value] | None, seq: int) -> Made:
        session, command = self._session, self._command
        environment, children = session.environment, self._children
        child = children.start(
            command.argv, command.stdin(message, values), command.variables(environment.variables, message, seq)
        )
        environment.signals.sheltered = True  # `wait` sees all that ends us, and says what becomes of the message
        try:
            while child.outcome is None:
                tick = children.tick
                session.wait(Wake.CHILD, until=None if tick is None else session.now() + tick)
                children.step()
        except OutputClosed:  # silently: the exit code says it
            self._end(CLOSED_GRACE_SECONDS)
            raise
        except Exception:
            self._end(GRACE_SECONDS)
            environment.fail(ZmqcliError(f"message {seq}: the command was ended"))
            raise
        finally:
            environment.signals.sheltered = False
            child.kill()
            children.step()
        assert child.outcome is not None  # noqa: S101 # killed at the latest
        return command.made(child.outcome, seq, environment)

    def _end(self, grace: float) -> None:
        session = self._session
        self._children.signal(signal.SIGTERM)
        deadline = session.now() + grace
        while self._children.busy and session.now() < deadline:
            session.sleep(min(deadline - session.now(), self._children.tick or grace), Wake.CHILD)
            self._children.step()
