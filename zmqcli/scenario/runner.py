"""Runs steps: starts each when it is due, passes their output on, stops them when one fails or a signal comes."""

from __future__ import annotations

import os
import select
import tempfile
import threading
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from zmqcli.errors import ExitCode, OutputClosed, StoppedAtOnce, UndeliveredError, ZmqcliError
from zmqcli.escaping import safe
from zmqcli.scenario.result import StepResult, judge, skipped
from zmqcli.scenario.step import RunningStep, Step
from zmqcli.signals import Work
from zmqcli.sockets.context import SharedContext
from zmqcli.units import format_duration

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zmqcli.environment import Environment

__all__ = ["Runner"]

LOOK_SECONDS = 0.01
"""How often the ready files of steps that others wait for are looked for."""
GRACE_SECONDS = 6.0
"""What stopped steps get to end: their linger, and a little."""
CLOSED_SECONDS = 0.1
"""The same, when nobody reads what they print any more."""


def _ready_files() -> tempfile.TemporaryDirectory[str]:
    """Return a directory for the ready files of steps that others wait for."""
    try:
        return tempfile.TemporaryDirectory(prefix="zmqcli")
    except OSError as error:
        why = (error.strerror or "").lower()
        raise ZmqcliError("cannot make a temporary directory", why=why, hint="TMPDIR names another place") from error


class Runner:
    """The steps of one `run`, in threads of this process, with one ZeroMQ context."""

    def __init__(self, environment: Environment, steps: Sequence[Step], *, prefix: bool, timeout: float | None) -> None:
        self._environment = environment
        self._steps = {step.name: step for step in steps}
        self._waiting = list(steps)
        self._running: dict[str, RunningStep] = {}
        self._endpoints: dict[str, str] = {}
        """Of the steps that are ready, or have ended: the first endpoint that was bound."""
        self._awaited = {name for step in steps for name in step.after}
        self._width = max(len(safe(step.name)) for step in steps) if prefix else 0
        self._guards = environment.output.is_terminal()
        self._lock = threading.Lock()
        self._ends = None if timeout is None else environment.monotonic() + timeout
        self._timeout = timeout
        self._give_up: float | None = None
        self._stopping = ""
        """Why steps are being stopped; nothing while they are not."""
        self._abandoned = False
        """Whether a step would not end: its thread is left behind, and its socket open."""
        self._stuck: list[RunningStep] = []
        """Those steps."""
        self._unended: set[str] = set(self._steps)
        self.results: list[StepResult] = []
        """In the order in which the steps ended."""

    def run(self) -> None:
        """Run all to their ends. Raise OutputClosed."""
        environment = self._environment
        environment.signals.defer()
        environment.context = context = SharedContext()
        with _ready_files() if self._awaited else nullcontext("") as self._directory:
            try:
                while self._waiting or self._running:
                    self._start_due()
                    self._wait()
                    self._look_at_clock()
            except OutputClosed:
                self._stop("nobody reads the output", CLOSED_SECONDS)
                while self._running and not self._given_up():
                    self._take(0.01)
                raise
            except StoppedAtOnce:
                self._abandoned = True
                raise
            finally:
                if self._abandoned or self._running:
                    self._abandon()
                environment.context = None
                if not self._running and not self._abandoned:  # else sockets are still open, and this would not return
                    context.term()
        self._report_unbound(context)
        environment.flush()

    def _abandon(self) -> None:
        """Leave behind the threads of the steps that have not ended."""
        for running in [*self._running.values(), *self._stuck]:
            running.abandon()

    def _report_unbound(self, context: SharedContext) -> None:
        """Say what was sent over inproc to names that nobody has bound: libzmq keeps it, and says nothing."""
        if names := sorted(context.sent_to - context.bound):
            why = "nobody has bound it, so what was sent there is lost"
            self._environment.fail(UndeliveredError(f"undelivered over {', '.join(names)}", why=why))

    # Starting and stopping

    def _start_due(self) -> None:
        for name in list(self._awaited):
            self._look_for(name)
        for step in list(self._waiting):
            ready = all(name in self._endpoints for name in step.after)
            if ready and not self._unended.intersection(step.after_exit):
                self._waiting.remove(step)
                self._start(step)
        if not any(not running.step.service for running in self._running.values()) and not self._waiting:
            for running in self._running.values():  # only services are left
                if not running.stopped:
                    running.stop(ExitCode.TERMINATED)

    def _start(self, step: Step) -> None:
        words = list(step.words)
        for name in step.after:
            words = [word.replace(f"{{{name}}}", self._endpoints[name]) for word in words]
        options = []
        if step.name in self._awaited:
            options += ["--ready-file", self._ready_file(step.name)]
            options += ["--ready-when", "peer"] if step.ready_when_peer else []
        options += ["-q"] if self._environment.quiet else ["-v"] if self._environment.verbose else []
        words[1:1] = options
        self._running[step.name] = RunningStep(step, self._environment, words, self._prefix(step), self._lock)

    def _prefix(self, step: Step) -> str:
        """Return what stands in front of each line of a step, its name being anything that TOML can quote."""
        return f"{safe(step.name):<{self._width}} | " if self._width else ""

    def _ready_file(self, name: str) -> str:
        return os.path.join(self._directory, name.encode().hex())  # noqa: PTH118 # a str, as the option takes it

    def _look_for(self, name: str) -> None:
        """Take note when a step that others come after is ready."""
        try:
            with Path(self._ready_file(name)).open(encoding="utf-8") as file:
                self._endpoints[name] = file.readline().strip()
        except FileNotFoundError:
            return
        self._awaited.discard(name)

    def _stop(self, why: str, grace: float = GRACE_SECONDS) -> None:
        """Stop all; those that have not begun never will."""
        if not self._stopping:
            self._stopping = why
        self._give_up = min(self._give_up or float("inf"), self._environment.monotonic() + grace)
        received = self._environment.signals.received
        for running in self._running.values():
            running.stop(received or ExitCode.TERMINATED, mute=received is None)
        self.results += [skipped(step, why) for step in self._waiting]
        self._waiting = []

    # Waiting

    def _wait(self) -> None:
        """Sleep until something is to be done: output of a step, its end, a signal, the clock."""
        environment = self._environment
        now = environment.monotonic()
        ends = [self._ends, self._give_up, *(self._step_ends(running) for running in self._running.values())]
        seconds = min((end - now for end in ends if end is not None), default=None)
        if self._awaited:
            seconds = LOOK_SECONDS if seconds is None else min(seconds, LOOK_SECONDS)
        self._take(None if seconds is None else max(0.0, seconds))
        signals = environment.signals
        if signals.received:
            signals.clear()
            if not self._stopping:
                self._stop("a signal")

    def _take(self, seconds: float | None) -> None:
        """Pass on what the steps print within `seconds`; nothing while the reader of stdout is slow."""
        output = self._environment.output
        poll = select.poll()
        poll.register(self._environment.signals.descriptor, select.POLLIN)
        watches = not self._stopping or output.blocked
        if watches:
            poll.register(output.descriptor, select.POLLOUT if output.blocked else 0)
        by_descriptor = {} if output.blocked else {running.output: running for running in self._running.values()}
        for descriptor in by_descriptor:
            poll.register(descriptor, select.POLLIN)
        for descriptor, events in poll.poll(None if seconds is None else int(seconds * 1000 + 0.999)):
            if descriptor == output.descriptor:
                if events & (select.POLLERR | select.POLLHUP) and not self._stopping:
                    raise OutputClosed("stdout is closed")
                output.flush()
            elif descriptor in by_descriptor:
                self._read(by_descriptor[descriptor])

    def _read(self, running: RunningStep) -> None:
        data, lines, ended = running.read()
        if ended:
            self._end(running)
        if self._width:
            prefix = self._prefix(running.step).encode()
            data = b"".join(b"%b%b\n" % (prefix, line) for line in lines)
        if self._guards:
            data = running.shown(data, final=ended)
        self._environment.output.write([data])

    def _end(self, running: RunningStep) -> None:
        step = running.step
        del self._running[step.name]
        self._unended.discard(step.name)
        self._endpoints.setdefault(step.name, "")
        self._awaited.discard(step.name)
        seconds = self._environment.monotonic() - running.started
        if self._stopping and running.stopped and not running.late:
            self.results.append(skipped(step, self._stopping, running.lines, seconds))
            return
        with Work(self._environment.signals):
            result = judge(step, running.code, running.lines, seconds, late=running.late, stopped=running.stopped)
        self.results.append(result)
        if result.failure:
            self._stop(f"{step.name} failed")

    # The clock

    def _step_ends(self, running: RunningStep) -> float | None:
        step = running.step
        if step.timeout is None or step.service or running.stopped:
            return None
        return running.started + step.timeout

    def _look_at_clock(self) -> None:
        now = self._environment.monotonic()
        for running in list(self._running.values()):
            end = self._step_ends(running)
            if end is not None and now >= end:
                running.late = f"no end within {format_duration(running.step.timeout or 0.0)}"
                self._stop(f"{running.step.name} took too long")
        if self._ends is not None and now >= self._ends and not self._stopping:
            late = f"no end within {format_duration(self._timeout or 0.0)}"
            for running in self._running.values():
                running.late = "" if running.step.service else late
            self._stop(late)
        if self._given_up():
            self._abandoned = True
            self._stuck = list(self._running.values())
            for name in self._running:
                self.results.append(StepResult(name, ExitCode.RUNTIME, "it could not be stopped"))
            self._running = {}

    def _given_up(self) -> bool:
        return self._give_up is not None and self._environment.monotonic() >= self._give_up
