"""From `--exec` to what runs the command; loaded only for it."""

from __future__ import annotations

import shlex
from contextlib import contextmanager
from typing import TYPE_CHECKING

from zmqcli.codecs.pipeline import RAW
from zmqcli.errors import DataError, UsageError
from zmqcli.exchange.duplex import converse
from zmqcli.exchange.receive import receive
from zmqcli.exchange.reply import reply
from zmqcli.exchange.source import NoSource
from zmqcli.exec.child import MAX_OUTPUT
from zmqcli.exec.execute import CommandLine, Executor
from zmqcli.formats._registry import load_reader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from zmqcli.codecs.pipeline import FrameCodecs
    from zmqcli.engine.session import Session
    from zmqcli.formats._api import RecordOptions
    from zmqcli.jobs.job import Job
    from zmqcli.message import Batch, Message
    from zmqcli.options.exec import Execution
    from zmqcli.options.groups import Socket

__all__ = [
    "arguments",
    "converse_executing",
    "make_command",
    "printed_frames",
    "receive_executing",
    "reply_executing",
]


def arguments(text: str) -> Sequence[str]:
    """Return the words of `--exec`, split as a shell does it; no shell sees them. Raise UsageError."""
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise UsageError(f"--exec: '{text}' cannot be split into words", why=str(error).lower()) from None
    if not words:
        raise UsageError("--exec needs a command", hint="say for example --exec 'wc -c', or --exec 'sh -c \"...\"'")
    if any("\0" in word for word in words):
        raise UsageError("--exec: a word of a command cannot hold NUL")
    return words


def printed_frames(name: str, options: RecordOptions, codecs: FrameCodecs) -> Callable[[bytes], Message]:
    """Return what makes a message of what a command printed, read as record format `name`."""
    options = options._replace(routing_ids=0, delimited=False)
    record_format = load_reader(name)

    def parse(output: bytes) -> Message:
        if (frames := record_format.frames_of(output, options)) is not None:
            return codecs.encode_texts(frames, 0)
        reader = record_format.reader(options, codecs)
        messages = [*reader.feed(output), *reader.finish()]
        for _, error in reader.bad:
            raise DataError(error.what, why=error.why, hint=error.hint)
        if len(messages) != 1:
            raise DataError(f"{len(messages)} records", hint="one record is one message")
        return messages[0] if record_format.encodes else codecs.encode_texts(messages[0], 0)

    return parse


def make_command(job: Job, execution: Execution, socket: Socket, *, replies: bool, format_name: str) -> CommandLine:
    """Return what is run for each message of a job. `replies`: what it prints is sent, else shown."""
    on_error = execution.on_error.value if execution.on_error else "empty" if replies else "drop"
    return CommandLine(
        arguments(str(execution.exec)),
        job.record_options("in"),
        job.receive_codecs(),
        printed_frames(format_name, job.record_options("out"), job.send_codecs() if replies else RAW),
        on_error,
        MAX_OUTPUT if socket.max_size is None else socket.max_size,
    )


def receive_executing(job: Job, execution: Execution, socket: Socket, format_name: str) -> None:
    """Receive, and show what the command prints for each message."""
    if job.queries:
        raise UsageError(
            "--query and --exec both say what is shown", hint="let the command query, or use -e or --where"
        )
    command = make_command(job, execution, socket, replies=False, format_name=format_name)
    sink = job.sink(executed=True)
    with job.session(shows=job.writes) as session, _executing(session, command) as executor:
        sink.handle = executor.show
        receive(session, sink)


def reply_executing(job: Job, execution: Execution, socket: Socket) -> None:
    """Answer each request with what the command prints."""
    command = make_command(job, execution, socket, replies=True, format_name=job.input_format)
    sink = job.sink()
    with job.session(shows=job.writes) as session, _executing(session, command) as executor:
        reply(session, NoSource(), sink, job.answer(executor.answer), at_once=False)


def converse_executing(
    job: Job, execution: Execution, socket: Socket, *, incoming: Callable[[Batch], Batch] | None = None
) -> None:
    """Answer each message with what the command prints; `incoming` takes the delimiter off, and it is put back."""
    command = make_command(job, execution, socket, replies=True, format_name=job.input_format)
    sink = job.sink()
    with job.session(shows=job.writes) as session, _executing(session, command) as executor:
        executor.delimits = incoming is not None
        converse(session, NoSource(), sink, answer=job.answer(executor.answer), incoming=incoming)


@contextmanager
def _executing(session: Session, command: CommandLine) -> Iterator[Executor]:
    """Yield what runs `command` on a session; no process outlives it."""
    executor = Executor(session, command)
    try:
        yield executor
    finally:
        executor.close()
