"""Commands at work beside us: fed, read and ended without ever blocking on one.

subprocess.communicate() would not see a signal, nor what libzmq has; here every pipe and every end of a process is in
one selector, whose own descriptor the pollers sleep over.
"""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["MAX_OUTPUT", "TICK_SECONDS", "Child", "Children", "Outcome", "problem_of"]

MAX_OUTPUT = 1 << 30
"""Bytes that a command may write for one message, unless `--max-size` says otherwise."""
TICK_SECONDS = 0.01
"""Where a process has no descriptor (no pidfd_open: not Linux) it is looked after so often."""
_PIPE_BYTES = 1 << 16


class Outcome(NamedTuple):
    """How a command ended."""

    output: bytes
    problem: str | None
    """What went wrong, for a person: `exit code 3`; None for exit code 0."""


class Children:
    """Running commands, and the one descriptor that is readable when one of them has something."""

    def __init__(self, limit: int = MAX_OUTPUT) -> None:
        """`limit`: bytes of output of each; more, and it is killed."""
        self._limit = limit
        self._selector = selectors.DefaultSelector()
        self._running: list[Child] = []

    @property
    def descriptor(self) -> int:
        """What to sleep over (epoll and kqueue have one)."""
        return self._selector.fileno()

    @property
    def tick(self) -> float | None:
        """Call `step` so often at least, in seconds; None: the descriptor tells everything."""
        return TICK_SECONDS if self._running and not hasattr(os, "pidfd_open") else None

    @property
    def busy(self) -> int:
        """How many are running."""
        return len(self._running)

    def start(self, argv: Sequence[str], data: bytes, variables: Mapping[str, str]) -> Child:
        """Start a command with `data` on its stdin. One that cannot be started has ended at once."""
        child = Child(self._selector, argv, data, variables, self._limit)
        if child.outcome is None:
            self._running.append(child)
        return child

    def step(self) -> list[Child]:
        """Do what can be done without waiting; return the commands that have ended."""
        for key, _ in self._selector.select(0):
            key.data(key.fd)
        ended = [child for child in self._running if child.check() is not None]
        self._running = [child for child in self._running if child.outcome is None]
        return ended

    def signal(self, number: int) -> None:
        """Send a signal to all of them, and to all that they have started."""
        for child in self._running:
            child.signal(number)

    def kill(self) -> None:
        """Kill all of them, and all that they have started. May be called from any thread."""
        self.signal(signal.SIGKILL)

    def close(self) -> None:
        """Kill what still runs, and leave nothing behind. May be called again."""
        for child in self._running:
            child.kill()
        self._running.clear()
        self._selector.close()


class Child:
    """One command. It has ended once its process has: what that has left in the background is not waited for."""

    def __init__(
        self,
        selector: selectors.BaseSelector,
        argv: Sequence[str],
        data: bytes,
        variables: Mapping[str, str],
        limit: int,
    ) -> None:
        self.outcome: Outcome | None = None
        """None while it runs."""
        self._selector = selector
        self._data = memoryview(data)
        self._pieces: list[bytes] = []
        self._room = limit
        self._limit = limit
        self._problem: str | None = None
        self._watched: set[int] = set()
        self._pidfd = -1
        try:
            # A group of its own: what it starts ends with it, and Ctrl-C at the terminal is ours to pass on. Signals
            # that Python ignores (SIGPIPE) are restored, descriptors above 2 closed: subprocess does both.
            self._process = subprocess.Popen(  # noqa: S603 # what the user has asked for
                argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=variables, bufsize=0, process_group=0
            )
        except (OSError, ValueError) as error:
            why = os.strerror(error.errno).lower() if isinstance(error, OSError) and error.errno else str(error)
            self.outcome = Outcome(b"", f"it cannot be started: {why}")
            return
        assert self._process.stdin is not None and self._process.stdout is not None  # noqa: S101,PT018 # for mypy
        self._input, self._output = self._process.stdin, self._process.stdout
        for pipe, event, step in (
            (self._input, selectors.EVENT_WRITE, self._feed),
            (self._output, selectors.EVENT_READ, self._read),
        ):
            os.set_blocking(pipe.fileno(), False)
            self._watch(pipe.fileno(), event, step)
        if hasattr(os, "pidfd_open"):
            self._pidfd = os.pidfd_open(self._process.pid)
            self._watch(self._pidfd, selectors.EVENT_READ, lambda _: None)
        self._feed(self._input.fileno())

    def check(self) -> Outcome | None:
        """Return how it ended; None while it runs."""
        if self.outcome is None and (code := self._process.poll()) is not None:
            if self._output.fileno() in self._watched:
                while self._read(self._output.fileno()):
                    pass
            self._finish(code)
        return self.outcome

    def signal(self, number: int) -> None:
        """Send a signal to it and to what it has started."""
        try:
            os.killpg(self._process.pid, number)
        except (ProcessLookupError, PermissionError):  # gone, or another user's (sudo): it sees its pipes close
            pass

    def kill(self) -> None:
        """End it now, and wait for it."""
        if self.outcome is None:
            self.signal(signal.SIGKILL)
            self._process.kill()
            self._finish(self._process.wait())

    def _finish(self, code: int) -> None:
        for descriptor in list(self._watched):
            self._forget(descriptor)
        self._input.close()
        self._output.close()
        if self._pidfd >= 0:
            os.close(self._pidfd)
        self.outcome = Outcome(b"".join(self._pieces), self._problem or problem_of(code))
        self._pieces.clear()

    def _watch(self, descriptor: int, event: int, step: Any) -> None:
        self._selector.register(descriptor, event, step)
        self._watched.add(descriptor)

    def _forget(self, descriptor: int) -> None:
        if descriptor in self._watched:
            self._watched.discard(descriptor)
            self._selector.unregister(descriptor)

    def _feed(self, descriptor: int) -> None:
        try:
            while self._data:
                self._data = self._data[os.write(descriptor, self._data) :]
        except BlockingIOError:
            return
        except OSError:  # it does not read on: that is its business
            pass
        self._forget(descriptor)
        self._input.close()

    def _read(self, descriptor: int) -> bool:
        """Take what it has written; return whether there may be more at once."""
        try:
            piece = os.read(descriptor, _PIPE_BYTES)
        except BlockingIOError:
            return False
        if not piece:
            self._forget(descriptor)
            return False
        self._room -= len(piece)
        if self._room >= 0:
            self._pieces.append(piece)
            return True
        self._pieces.clear()
        self._problem = f"more than {self._limit} bytes of output"
        self.signal(signal.SIGKILL)
        self._forget(descriptor)
        return False


def problem_of(code: int) -> str | None:
    """Return what an exit code as subprocess has it says, for a person; None for 0."""
    if code >= 0:
        return f"exit code {code}" if code else None
    try:
        return f"killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"killed by signal {-code}"
