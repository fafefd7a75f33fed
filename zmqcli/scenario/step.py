"""One step of `run`: a command line in a thread of its own, with streams that the runner reads and writes."""

from __future__ import annotations

import io
import os
import shlex
import tempfile
import threading
from codecs import getincrementaldecoder
from typing import TYPE_CHECKING, NamedTuple, TextIO

from zmqcli.environment import Environment
from zmqcli.errors import ExitCode, UsageError, ZmqcliError
from zmqcli.escaping import safe
from zmqcli.signals import Signals
from zmqcli.streams import InputStream, OutputStream

if TYPE_CHECKING:
    from codecs import IncrementalDecoder
    from collections.abc import Sequence

__all__ = ["RunningStep", "Step", "parse_command"]

READ_BYTES = 1 << 16
LONGEST_LINE = 1 << 20
"""Bytes; a longer one is passed on in pieces, as lines."""
MOST_KEPT = 64 << 20
"""Bytes of a step's lines that are kept, to be compared and reported."""


class Step(NamedTuple):
    """What is to be done, and what should come of it."""

    name: str
    words: Sequence[str]
    """The command line without `zmqcli`."""
    service: bool = False
    """Whether it runs until all others are through, and is stopped then."""
    after: Sequence[str] = ()
    """Names of steps that have to be ready first: bound, or connecting."""
    after_exit: Sequence[str] = ()
    """Names of steps that have to have ended first."""
    ready_when_peer: bool = False
    """Whether it is ready at its first peer only."""
    expect: Sequence[str] | None = None
    """The lines of its stdout, as they are or as `/regex/`; None: any."""
    exit: int = 0
    timeout: float | None = None
    """Seconds from its start."""
    stdin: str | None = None
    reads_stdin: bool = False
    """Whether this process's own stdin is for it to read."""


def parse_command(text: str) -> tuple[list[str], bool]:
    """Return the words of a command line as a shell would part them, and whether it ends in `&`."""
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise UsageError(f"cannot read the command line '{text}'", why=str(error).lower()) from error
    service = words[-1:] == ["&"]
    words = words[: -1 if service else None]
    if words[:1] == ["zmqcli"]:
        words = words[1:]
    if not words:
        raise UsageError(f"'{text}' is not a command line", hint="say for example 'sub -c inproc://events -n 1'")
    if words[0] == "run":
        raise UsageError("run cannot run itself", hint="give it all the command lines at once")
    return words, service


class _Lines(io.TextIOBase):
    """The stderr of a step: whole lines go to the real one, with the step's name in front."""

    def __init__(self, prefix: str, target: TextIO, lock: threading.Lock) -> None:
        self._prefix = prefix
        self._target = target
        self._lock = lock
        self._line = ""
        self.muted = False

    def write(self, text: str) -> int:
        *lines, self._line = (self._line + text).split("\n")
        with self._lock:
            for line in () if self.muted else lines:
                self._target.write(f"{self._prefix}{line}\n")
            self._target.flush()
        return len(text)


class RunningStep:
    """A step at work. Its thread ends by closing the pipe that `output` reads."""

    def __init__(
        self, step: Step, parent: Environment, words: Sequence[str], prefix: str, lock: threading.Lock
    ) -> None:
        """Start it with `words`."""
        self.step = step
        self.started = parent.monotonic()
        self.code = 0
        self.lines: list[bytes] = []
        """Of its stdout, without their ends: the first of them, for a service may print for days."""
        self._kept = 0
        self.late = ""
        """That it took too long, in words."""
        self.stopped = False
        self._rest = b""
        self._decoder: IncrementalDecoder | None = None
        self.output, self._writing = os.pipe()
        self._input = None if step.reads_stdin else _stdin(step.stdin)
        self._error = _Lines(prefix, parent.error, lock)
        self._environment = Environment(
            input=parent.input if self._input is None else InputStream(self._input),
            output=OutputStream(self._writing),
            error=self._error,  # type: ignore[arg-type] # a TextIO all the same
            variables=parent.variables,
            context=parent.context,
            signals=Signals(installs=False),
        )
        self._environment.profile = parent.profile
        self._environment.escaped = parent.output.is_terminal()
        assert parent.run_command is not None, "cli.main sets it"  # noqa: S101 # a mistake in the program
        self._run_command = parent.run_command
        self._words = words
        # A daemon: what a second Ctrl-C leaves behind must not keep the process.
        self._thread = threading.Thread(target=self._work, name=step.name, daemon=True)
        self._thread.start()

    def _work(self) -> None:
        try:
            self.code = self._run_command(self._words, self._environment)
        finally:
            for descriptor in {self._environment.output.descriptor, self._writing}:
                os.close(descriptor)

    def stop(self, code: ExitCode, *, mute: bool = False) -> None:
        """Have it stop as at a signal; `mute`: what it still has to say is of no interest."""
        self.stopped = True
        self._error.muted |= mute
        self._environment.signals.pass_on(code)

    def abandon(self) -> None:
        """Leave its thread behind, but nothing that would outlive this process: no socket file, no child."""
        for remove in self._environment.at_abandon:
            remove()

    def read(self) -> tuple[bytes, list[bytes], bool]:
        """Return what is new, as it is and as whole lines without their ends, and whether it is the last.

        Then the step has ended, and `code` is set.
        """
        data = os.read(self.output, READ_BYTES)
        *lines, self._rest = (self._rest + data).split(b"\n")
        if self._rest and (not data or len(self._rest) > LONGEST_LINE):
            lines, self._rest = [*lines, self._rest], b""
        if not data:
            self._close()
        if self._kept < MOST_KEPT:
            self.lines += lines
            self._kept += len(data) + READ_BYTES // 1024  # a list has its price, too
        return data, lines, not data

    def shown(self, data: bytes, *, final: bool) -> bytes:
        """Return output as a terminal may have it: what would act on it escaped, unless the step has `--raw-tty`.

        A character may be cut at the end of a read: its first half is kept for the next call, if that is not the end.
        """
        if self._environment.raw_tty:
            return data
        if self._decoder is None:
            self._decoder = getincrementaldecoder("utf-8")("backslashreplace")
        return safe(self._decoder.decode(data, final), keep="\n\t").encode("utf-8", "backslashreplace")

    def _close(self) -> None:
        self._thread.join()
        os.close(self.output)
        self._environment.signals.close()
        if self._input is not None:
            os.close(self._input)


def _stdin(text: str | None) -> int:
    """Return a descriptor to read `text` from; nothing when there is none."""
    if text is None:
        return os.open(os.devnull, os.O_RDONLY)
    try:
        with tempfile.TemporaryFile(buffering=0) as file:  # a pipe would hold 64 KiB of it
            data = memoryview(text.encode("utf-8", "surrogateescape"))
            while data:
                data = data[file.write(data) :]
            file.seek(0)
            return os.dup(file.fileno())
    except OSError as error:
        why = (error.strerror or "").lower()
        raise ZmqcliError("cannot keep a step's stdin in a file", why=why, hint="TMPDIR names another place") from error
