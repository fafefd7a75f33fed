"""Real processes: run to the end, or in the background with a hand on their pipes.

Tests wait for events (a file that appears, a line on a pipe, an exit), each with a deadline. Nothing sleeps:
the one place that looks again and again is `Process._until`, and it waits on the process's own pipes meanwhile.
"""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Self, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["SCRIPT", "Argument", "Process", "Result", "Stdin", "Zmqcli", "clean_environment"]

SCRIPT = Path(sys.executable).with_name("zmqcli")
"""The command as it is installed beside the Python that runs the tests."""

Argument: TypeAlias = str | bytes | Path
Stdin: TypeAlias = "Literal['pipe'] | bytes | Path | int | Process | None"
"""Where a process reads: an open pipe, these bytes, a file, a descriptor, another process's stdout, /dev/null."""

PIPE_CAPACITY = 65_536
DEADLINE = 20.0
TICK = 0.005


def clean_environment(home: Path) -> dict[str, str]:
    """Return an environment in which nothing of the developer's own settings can change an outcome.

    Only what a process needs is passed on, so no PYTHONUNBUFFERED (it hides flushing bugs), FORCE_COLOR,
    GITHUB_ACTIONS, NO_COLOR or ZMQCLI_* gets in. COVERAGE_PROCESS_CONFIG is how `make coverage` reaches processes.
    """
    passed_on = ("COVERAGE_PROCESS_CONFIG", "LD_LIBRARY_PATH", "TMPDIR", "TZ")
    kept = {name: os.environ[name] for name in passed_on if name in os.environ}
    return kept | {
        "PATH": f"{SCRIPT.parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "LANG": "C.UTF-8",
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_CACHE_HOME": str(home / "cache"),
        "XDG_DATA_HOME": str(home / "data"),
        "XDG_STATE_HOME": str(home / "state"),
    }


@dataclass(frozen=True)
class Result:
    """How a process ended, and what it had written that was not read before."""

    code: int
    stdout: bytes
    stderr: str

    @property
    def lines(self) -> list[bytes]:
        """The lines of stdout, without their ends. A last line without an end counts."""
        lines = self.stdout.split(b"\n")
        return lines[:-1] if lines[-1] == b"" else lines

    def ok(self) -> Self:
        """Return itself if the process ended well, else fail the test with what it said."""
        return self.ended(0)

    def ended(self, code: int) -> Self:
        """Return itself if the exit code is `code` and no traceback was shown, else fail the test."""
        assert self.code == code, f"exit code {self.code}, not {code}: {self.stderr}\nstdout: {self.stdout[:2000]!r}"
        assert "Traceback" not in self.stderr, self.stderr
        return self

    def error(self, code: int, *texts: str) -> str:
        """Return the one line on stderr of a process that ended with `code`, naming each of `texts`."""
        self.ended(code)
        lines = self.stderr.splitlines()
        assert len(lines) == 1, f"not one line: {self.stderr}"
        assert lines[0].startswith("zmqcli: "), lines[0]
        for text in texts:
            assert text in lines[0], f"{text!r} is not in: {lines[0]}"
        return lines[0]


class Process:
    """A process in the background. Whatever waits also takes what it writes, so no pipe ever fills up."""

    def __init__(
        self,
        argv: list[Argument],
        *,
        environment: Mapping[str, str],
        directory: Path,
        stdin: Stdin = None,
        ready_file: Path | None = None,
        stdout: int | None = None,
        stderr: int | None = None,
    ) -> None:
        self.argv = argv
        self._ready_file = ready_file
        self._closed = False
        self._stdout = bytearray()
        self._stderr = bytearray()
        self._selector = selectors.DefaultSelector()
        source = self._source(stdin)
        self._popen = subprocess.Popen(
            argv,
            stdin=source,
            stdout=subprocess.PIPE if stdout is None else stdout,
            stderr=subprocess.PIPE if stderr is None else stderr,
            env=environment,
            cwd=directory,
            bufsize=0,
        )
        if isinstance(stdin, Process):
            stdin.close_stdout()
        elif isinstance(stdin, Path):
            os.close(source)
        elif isinstance(stdin, bytes):
            self.write(stdin)
            self.close_stdin()
        for pipe, buffer in ((self._popen.stdout, self._stdout), (self._popen.stderr, self._stderr)):
            if pipe is not None:
                self._selector.register(pipe, selectors.EVENT_READ, buffer)

    @staticmethod
    def _source(stdin: Stdin) -> int:
        if stdin == "pipe" or isinstance(stdin, bytes):
            if isinstance(stdin, bytes) and len(stdin) > PIPE_CAPACITY:
                raise ValueError("more than a pipe holds: give a file instead")
            return subprocess.PIPE
        if isinstance(stdin, Process):
            assert stdin._popen.stdout is not None
            return stdin._popen.stdout.fileno()
        if isinstance(stdin, Path):
            return os.open(stdin, os.O_RDONLY)
        return subprocess.DEVNULL if stdin is None else stdin

    # What goes in

    def write(self, data: bytes) -> None:
        """Write to the process's stdin, which must be a pipe."""
        assert self._popen.stdin is not None
        view = memoryview(data)
        while view:
            view = view[self._popen.stdin.write(view) :]

    def close_stdin(self) -> None:
        """End the process's stdin."""
        assert self._popen.stdin is not None
        self._popen.stdin.close()

    def close_stdout(self) -> None:
        """Close the reading end of stdout, as `head` does once it has enough."""
        assert self._popen.stdout is not None
        if self._popen.stdout.fileno() in self._selector.get_map():
            self._selector.unregister(self._popen.stdout)
        self._popen.stdout.close()

    # What comes out

    def read_line(self, timeout: float = DEADLINE) -> bytes:
        """Return the next line of stdout without its end, as soon as it is there."""
        self._until(lambda: b"\n" in self._stdout or self._ended_writing(), timeout, "a line on stdout")
        line, newline, rest = bytes(self._stdout).partition(b"\n")
        assert newline, f"stdout ended: {line!r}; stderr: {self.stderr}"
        self._stdout[:] = rest
        return line

    def read_lines(self, count: int, timeout: float = DEADLINE) -> list[bytes]:
        """Return the next lines of stdout."""
        return [self.read_line(timeout) for _ in range(count)]

    @property
    def stderr(self) -> str:
        """What has come on stderr so far."""
        return self._stderr.decode("utf-8", "replace")

    def wait_stderr(self, text: str, timeout: float = DEADLINE) -> str:
        """Wait until stderr has a whole line with `text` in it, and return that line."""

        def found() -> str | None:
            return next((line for line in self.stderr.splitlines(True) if text in line and line.endswith("\n")), None)

        self._until(lambda: found() is not None or self._ended_writing(), timeout, f"{text!r} on stderr")
        line = found()
        assert line is not None, f"ended without {text!r} on stderr: {self.stderr}"
        return line.rstrip("\n")

    def wait_ready(self, timeout: float = DEADLINE) -> list[str]:
        """Wait for the process's `--ready-file` and return its endpoints."""
        ready_file = self._ready_file
        assert ready_file is not None, "started without ready=True"
        self._until(lambda: ready_file.exists() or self._ended_writing(), timeout, "the ready file")
        assert ready_file.exists(), f"ended before it was ready: {self.stderr}"
        return ready_file.read_text().splitlines()

    @property
    def endpoint(self) -> str:
        """The one endpoint the process has bound, once it is ready."""
        (endpoint,) = self.wait_ready()
        return endpoint

    # How it ends

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._popen.pid

    @property
    def running(self) -> bool:
        """Whether the process has not ended yet."""
        return self._popen.poll() is None

    def finish(self, timeout: float = DEADLINE) -> Result:
        """Wait for the process to end, and return how it did."""
        self._until(self._ended_writing, timeout, "its end")
        code = self._popen.wait(timeout)
        return Result(code, bytes(self._stdout), self.stderr)

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal and go on."""
        self._popen.send_signal(number)

    def stop(self, number: signal.Signals = signal.SIGTERM, timeout: float = DEADLINE) -> Result:
        """Send a signal and return how the process ended."""
        self.send_signal(number)
        return self.finish(timeout)

    def story(self) -> str:
        """Return what the process was, how it ended, and what it said on stderr."""
        command = " ".join(os.fsdecode(word) for word in self.argv[1:])
        return f"{self._popen.poll()} = {command!r}\n{self.stderr}"

    def close(self) -> None:
        """Leave nothing behind: neither the process nor its pipes. May be called again."""
        if self._closed:
            return
        self._closed = True
        if self.running:
            self._popen.kill()
        self._popen.wait()
        while self._take(0):
            pass
        self._selector.close()
        for pipe in (self._popen.stdin, self._popen.stdout, self._popen.stderr):
            if pipe is not None and not pipe.closed:
                pipe.close()

    def _ended_writing(self) -> bool:
        if self._popen.stdout is None and self._popen.stderr is None:
            return not self.running  # no pipe of ours could tell
        return not self._selector.get_map()

    def _until(self, condition: Callable[[], bool], timeout: float, what: str) -> None:
        """Take what the process writes until `condition` holds."""
        end = time.monotonic() + timeout
        while not condition():
            assert time.monotonic() < end, f"{self.argv}: no {what} within {timeout} s; stderr: {self.stderr}"
            self._take(TICK)

    def _take(self, seconds: float) -> bool:
        """Take what is on the pipes, or comes within `seconds`; return whether there was anything."""
        ready = self._selector.select(seconds)
        for key, _ in ready:
            chunk = os.read(key.fd, PIPE_CAPACITY)
            if chunk:
                key.data.extend(chunk)
            else:
                self._selector.unregister(key.fileobj)
        return bool(ready)


class Zmqcli:
    """The installed `zmqcli`, as a user's shell would start it."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        """The working directory; its path is short enough for ipc endpoints."""
        self.environment = clean_environment(directory / "home")
        self._processes: list[Process] = []
        self._ready_files = 0

    def __call__(
        self,
        *argv: Argument,
        stdin: Stdin = None,
        timeout: float = DEADLINE,
    ) -> Result:
        """Run a command to its end."""
        return self.start(*argv, stdin=stdin).finish(timeout)

    def start(
        self,
        *argv: Argument,
        stdin: Stdin = None,
        ready: bool = False,
        stdout: int | None = None,
        stderr: int | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> Process:
        """Start a command in the background, with a `--ready-file` for `wait_ready` if asked for."""
        command = list(argv)
        ready_file = None
        if ready:
            self._ready_files += 1
            ready_file = self.directory / f"ready{self._ready_files}"
            command[1:1] = ["--ready-file", ready_file]
        process = Process(
            [SCRIPT, *command],
            environment={**self.environment, **(environment or {})},
            directory=self.directory,
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            ready_file=ready_file,
        )
        self._processes.append(process)
        return process

    def close(self) -> None:
        """End what a test has left running, and tell the report of a failed test what each had to say."""
        for process in self._processes:
            process.close()
            sys.stdout.write(process.story())
