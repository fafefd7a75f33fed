"""Worker processes that evaluate an expression (`zmqcli pipe -e EXPR -P N`): each a Python of its own."""

from __future__ import annotations

import os
import selectors
import subprocess
import sys
from collections import deque
from typing import TYPE_CHECKING, Any, NamedTuple

from zmqcli.environment import for_children
from zmqcli.errors import DataError, ZmqcliError
from zmqcli.exec.child import problem_of
from zmqcli.message import as_bytes
from zmqcli.pipe.transform import InOrder
from zmqcli.pipe.wire import READ_BYTES, ValueReader, WireError, pack

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zmqcli.environment import Environment
    from zmqcli.pipe.transform import Slot

__all__ = ["Setup", "Workers"]

DEPTH = 4
"""Messages a worker has at a time: it does not wait for us between two of them."""
AHEAD = 64
"""Messages in hand for each worker."""
TRIES = 2
"""How often a message is given to a worker: what kills the second one, too, is given up."""
STILLBORN = 3
"""Workers that may end in a row without having done anything."""
END_SECONDS = 1.0
"""Seconds for a worker to exit once its pipe is closed."""
DROPPED = "the message is dropped"


class Setup(NamedTuple):
    """The first message to a worker: its settings."""

    expression: str
    codec: str | None
    max_decoded: int
    typed: str | None


class Workers(InOrder):
    """An expression, in worker processes."""

    def __init__(self, environment: Environment, count: int | None, setup: Setup, parallel: int) -> None:
        """Start them. `count` as of InOrder."""
        super().__init__(environment, count, AHEAD * parallel)
        self._setup = setup
        self._selector = selectors.DefaultSelector()
        self._waiting: deque[Slot] = deque()
        self._deaths = 0
        self._workers = [_Worker(self._selector, environment, setup) for _ in range(parallel)]
        environment.at_abandon.append(self._abandon)

    @property
    def descriptor(self) -> int:
        """What to sleep over."""
        return self._selector.fileno()

    def submit(self, slot: Slot) -> None:
        """Queue it; `advance` gives it to a worker."""
        self._waiting.append(slot)

    def advance(self, _now: float) -> None:
        """Take what workers have done, replace those that have died, and give them more to do."""
        for key, events in self._selector.select(0):
            worker: _Worker = key.data
            if worker not in self._workers:  # replaced a moment ago
                continue
            if events & selectors.EVENT_READ:
                self._take(worker)
            else:
                worker.push()
        self._hand_out()

    def _hand_out(self) -> None:
        while self._waiting and self._workers:
            worker = min(self._workers, key=lambda one: len(one.slots))
            if len(worker.slots) >= DEPTH:
                return
            slot = self._waiting.popleft()
            try:
                worker.give(slot)
            except WireError as error:
                self.failed += 1
                self.environment.fail(DataError(f"message {slot.seq} is too large", why=str(error), hint=DROPPED))
                slot.finish(None)

    def _take(self, worker: _Worker) -> None:
        results = worker.read()
        for frames, error in results or ():
            slot = worker.slots.popleft()
            self._deaths = 0
            if error is not None:
                self.failed += 1
                self.environment.fail(DataError(error, hint=DROPPED))
            slot.finish(None if frames is None else [*frames])
        if results is None:
            self._replace(worker)

    def _replace(self, worker: _Worker) -> None:
        """Say that a worker has died, give what it had to others, and start one in its place."""
        why = worker.bury()
        slots, fail = list(worker.slots), self.environment.fail
        what = "a worker process ended"
        if slots:
            first = slots[0]
            first.tries += 1
            if first.tries >= TRIES:
                self.failed += 1
                fail(ZmqcliError(f"message {first.seq} is dropped", why=f"{TRIES} workers ended over it: {why}"))
                first.finish(None)
                del slots[0]
            else:
                fail(ZmqcliError(what, why=why, hint=f"message {first.seq} goes to another"))
        else:
            fail(ZmqcliError(what, why=why, hint="another takes its place"))
        self._waiting.extendleft(reversed(slots))
        self._deaths += 1
        if self._deaths > STILLBORN * len(self._workers):
            self._give_up(why)
            return
        self._workers[self._workers.index(worker)] = _Worker(self._selector, self.environment, self._setup)

    def _give_up(self, why: str) -> None:
        left = [slot for slot in self._slots if not slot.done]
        self.failed += len(left)
        self.environment.fail(
            ZmqcliError("worker processes end one after the other", why=why, hint=f"{len(left)} messages are dropped")
        )
        for slot in left:
            slot.finish(None)
        self.close()
        self._workers, self.stopped = [], True
        self._waiting.clear()

    def _abandon(self) -> None:
        for worker in self._workers:
            worker.shoot()

    def close(self) -> None:
        """Kill them: there is nothing to do any more, or no time."""
        for worker in self._workers:
            worker.kill()


class _Worker:
    """One process, the messages it has, and the pipes to it and back, neither of which is ever waited for."""

    def __init__(self, selector: selectors.BaseSelector, environment: Environment, setup: Setup) -> None:
        self.slots: deque[Slot] = deque()
        self._selector = selector
        self._out = bytearray()
        self._in = ValueReader()
        self._problem = ""
        """Why it was killed by us; empty while it was not."""
        try:
            # A group of its own: Ctrl-C at the terminal must not end it before what it has is done.
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "zmqcli.pipe.worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=for_children(environment.variables),
                bufsize=0,
                process_group=0,
            )
        except OSError as error:
            why = os.strerror(error.errno or 0).lower()
            raise ZmqcliError("cannot start a worker process", why=why) from error
        assert self._process.stdin is not None and self._process.stdout is not None  # noqa: S101,PT018 # for mypy
        self._input, self._output = self._process.stdin.fileno(), self._process.stdout.fileno()
        for descriptor in (self._input, self._output):
            os.set_blocking(descriptor, False)
        self._selector.register(self._output, selectors.EVENT_READ, self)
        self._pushing = False
        self._send(tuple(setup))

    def give(self, slot: Slot) -> None:
        """Let it evaluate a message. Raise WireError when it is too large to be handed over."""
        self._send((slot.seq, [as_bytes(frame) for frame in slot.message]))
        self.slots.append(slot)

    def _send(self, what: tuple[Any, ...]) -> None:
        self._out += pack(what)
        self.push()

    def push(self) -> None:
        """Write what it has room for."""
        try:
            while self._out:
                del self._out[: os.write(self._input, self._out)]
        except BlockingIOError:
            pass
        except OSError:  # it has died: the end of its output reports that
            self._out.clear()
        if bool(self._out) is not self._pushing:
            self._pushing = not self._pushing
            if self._pushing:
                self._selector.register(self._input, selectors.EVENT_WRITE, self)
            else:
                self._selector.unregister(self._input)

    def read(self) -> Sequence[tuple[Sequence[bytes] | None, str | None]] | None:
        """Return what it has made of its next messages: frames (None: dropped) and error. None: it has died."""
        try:
            piece = os.read(self._output, READ_BYTES)
        except BlockingIOError:
            return []
        if not piece:
            return None
        try:
            answers = list(self._in.feed(piece))
        except WireError as error:
            self._reject(str(error))
            return None
        if len(answers) > len(self.slots) or not all(map(_is_answer, answers)):
            self._reject("it answered what was not asked")
            return None
        return answers

    def _reject(self, problem: str) -> None:
        """Kill a worker whose answers make no sense: the expression has written to our pipe."""
        self._problem = problem
        self._process.kill()

    def bury(self) -> str:
        """Wait a moment for the end of one whose pipe has closed or that was rejected; return how it ended."""
        self._close_pipes()
        if self._problem:
            self._process.wait()
            return self._problem
        try:
            code = self._process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            return "it closed its pipe"
        return problem_of(code) or "exit code 0"

    def shoot(self) -> None:
        """Kill the worker; its watcher does the rest."""
        self._process.kill()

    def kill(self) -> None:
        """End it now. May be called again."""
        self._close_pipes()
        self._process.kill()
        self._process.wait()

    def _close_pipes(self) -> None:
        pipes = [pipe for pipe in (self._process.stdin, self._process.stdout) if pipe and not pipe.closed]
        for pipe in pipes:
            if pipe.fileno() in self._selector.get_map():
                self._selector.unregister(pipe.fileno())
            pipe.close()


def _is_answer(value: object) -> bool:
    """Whether a worker may have answered so: frames or None, and an error or None."""
    match value:
        case [None | list() as frames, None | str()]:
            return all(isinstance(frame, bytes) for frame in frames or ())
    return False
