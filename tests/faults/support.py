"""What the fault tests stand on beside `tests/support`: an obedient plain peer, and a look into processes."""

from __future__ import annotations

import base64
import fcntl
import json
import os
import select
import signal
import sys
import termios
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.support.links import SOAK, any_endpoint
from tests.support.processes import DEADLINE, SCRIPT, Process, clean_environment

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.support.links import Transport
    from tests.support.processes import Argument, Stdin, Zmqcli

__all__ = [
    "PATIENCE_MS",
    "SOAK",
    "Actor",
    "Taken",
    "cpu_seconds",
    "freeze",
    "has_read",
    "held",
    "in_shell",
    "line_bytes",
    "meet",
    "number_line",
    "numbers",
    "position",
    "read_some",
    "resident",
    "scaled",
    "settle",
    "stdin_held",
    "until",
    "write_heavy",
    "write_lines",
    "written",
]

PATIENCE_MS = 15_000
SETTLED = 0.3
"""After so many seconds without progress a sender is held back."""
ACTOR = Path(__file__).with_name("actor.py")
TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


def scaled(suite: int, soak: int) -> int:
    """Return how many: fewer in the suite, all of them in a soak."""
    return soak if SOAK else suite


def number_line(number: int) -> bytes:
    """Return the numbered body of 100 bytes that everybody sends."""
    return b"%09d %s" % (number, b"x" * 90)


def line_bytes(count: int, first: int = 0) -> bytes:
    """Return numbered lines."""
    return b"".join(number_line(number) + b"\n" for number in range(first, first + count))


def write_lines(path: Path, count: int, first: int = 0) -> Path:
    """Write numbered lines to a file, and return it."""
    path.write_bytes(line_bytes(count, first))
    return path


@dataclass(frozen=True)
class Taken:
    """The numbered messages an actor took in one go."""

    count: int
    distinct: int
    ordered: bool
    first: int | None
    last: int | None
    bytes: int

    def complete(self, count: int) -> bool:
        """Whether these are the numbers from 0 up to `count`, each once and in order."""
        return (self.count, self.distinct, self.ordered, self.first, self.last) == (
            count,
            count,
            True,
            0 if count else None,
            count - 1 if count else None,
        )


class Actor(Process):
    """A plain pyzmq program that does one thing after the other: `actor.py` has the methods' other halves."""

    def __init__(self, directory: Path) -> None:
        super().__init__(
            [sys.executable, ACTOR],
            environment=clean_environment(directory),
            directory=directory,
            stdin="pipe",
        )

    def order(self, do: str, **how: object) -> None:
        """Tell it what to do, without waiting for it."""
        self.write(json.dumps({"do": do, **how}).encode() + b"\n")

    def answer(self, timeout: float = DEADLINE) -> dict[str, Any]:
        """Wait for what came of the oldest order that has not been answered."""
        answer: dict[str, Any] = json.loads(self.read_line(timeout))
        return answer

    def do(self, do: str, **how: object) -> dict[str, Any]:
        """Have it do something and wait for what came of it."""
        self.order(do, **how)
        return self.answer()

    def open(self, kind: str, *, name: str = "it", bind: str = "", connect: str = "", **options: int | str) -> str:
        """Make a socket; return its endpoint."""
        endpoint: str = self.do("open", name=name, kind=kind, bind=bind, connect=connect, options=options)["endpoint"]
        return endpoint

    def taken(self, timeout: float = DEADLINE) -> Taken:
        """Wait for the answer to an earlier order to take."""
        return Taken(**self.answer(timeout))

    def take(self, count: int, *, name: str = "it", patience: int = PATIENCE_MS, timeout: float = DEADLINE) -> Taken:
        """Take up to `count` numbered messages, giving up when none comes for `patience` ms."""
        self.order("take", name=name, count=count, patience=patience)
        return self.taken(timeout)

    def send(self, count: int, *, name: str = "it", size: int = 100, first: int = 0) -> None:
        """Send numbered messages; waits until libzmq has taken them."""
        self.do("send", name=name, count=count, size=size, first=first)

    def receive(self, *, name: str = "it", patience: int = PATIENCE_MS) -> list[bytes] | None:
        """Receive one message of any shape."""
        frames = self.do("receive", name=name, patience=patience)["frames"]
        return None if frames is None else [base64.b64decode(frame) for frame in frames]

    def post(self, frames: Sequence[bytes], *, name: str = "it") -> None:
        """Send one message of any shape."""
        self.do("post", name=name, frames=[base64.b64encode(frame).decode() for frame in frames])

    def shut(self, *, name: str = "it", linger: int = 0) -> None:
        """Close a socket."""
        self.do("close", name=name, linger=linger)

    def end(self, timeout: float = DEADLINE) -> None:
        """Let everything out as pyzmq does by itself, and wait for the end of the process."""
        self.order("end")
        self.finish(timeout).ok()


def until(process: Process, condition: Callable[[], bool], what: str, timeout: float = DEADLINE) -> None:
    """Wait for what no descriptor tells: look again each time the process's own pipes have been waited on."""
    process._until(condition, timeout, what)


def position(process: Process) -> int:
    """Return how far a process has read the file that is its stdin."""
    return int(Path(f"/proc/{_pid(process)}/fdinfo/0").read_text().split()[1])


def written(process: Process) -> int:
    """Return how many bytes a process has written in all."""
    fields = dict(line.split(": ") for line in Path(f"/proc/{_pid(process)}/io").read_text().splitlines())
    return int(fields["wchar"])


def settle(process: Process, progress: Callable[[], int], since: float = SETTLED) -> None:
    """Wait until there has been no progress for a while: something holds it back."""
    seen, at = progress(), time.monotonic()

    def still() -> bool:
        nonlocal seen, at
        now = progress()
        if now != seen:
            seen, at = now, time.monotonic()
        return time.monotonic() - at > since

    until(process, still, "standstill")


def _pid(process: Process) -> int:
    return process._popen.pid


def freeze(process: Process) -> None:
    """Stop a process, and wait until every thread of it has stopped: SIGSTOP is taken by one of them first."""
    process.send_signal(signal.SIGSTOP)
    tasks = Path(f"/proc/{_pid(process)}/task")

    def stopped() -> bool:
        return all((task / "stat").read_text().rpartition(")")[2].split()[0] == "T" for task in tasks.iterdir())

    until(process, stopped, "standstill of every thread")


def resident(process: Process) -> int:
    """Return the bytes of memory a process has now (VmRSS)."""
    return int(Path(f"/proc/{_pid(process)}/statm").read_text().split()[1]) * PAGE


def cpu_seconds(process: Process) -> float:
    """Return the processor time a process has used."""
    fields = Path(f"/proc/{_pid(process)}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def has_read(process: Process, file: Path) -> bool:
    """Whether a process has read all of the file that is its stdin."""
    return position(process) == file.stat().st_size


def held(descriptor: int) -> int:
    """Return how many bytes a pipe holds that nobody has read."""
    return int.from_bytes(fcntl.ioctl(descriptor, termios.FIONREAD, bytes(4)), sys.byteorder)


def read_some(descriptor: int) -> bytes:
    """Return what a pipe has next, b"" at its end."""
    assert select.select([descriptor], [], [], DEADLINE)[0], "nothing came"
    return os.read(descriptor, 1 << 20)


def stdin_held(process: Process) -> int:
    """Return how many bytes a process has not read from its stdin."""
    assert process._popen.stdin is not None
    return held(process._popen.stdin.fileno())


def meet(
    zmqcli: Zmqcli,
    actor: Actor,
    transport: Transport,
    binds: str,
    *options: Argument,
    stdin: Stdin = None,
    name: str = "socket",
    **peer: Any,
) -> Process:
    """Start `zmqcli push` with a plain PULL (of options `peer`) that does not read yet; `binds` says who does."""
    endpoint = any_endpoint(transport, zmqcli.directory).replace("/socket", f"/{name}")
    if binds == "push":
        push = zmqcli.start("push", "-b", endpoint, *options, stdin=stdin, ready=True)
        actor.open("PULL", connect=push.endpoint, **peer)
    else:
        push = zmqcli.start("push", "-c", actor.open("PULL", bind=endpoint, **peer), *options, stdin=stdin)
    return push


def in_shell(zmqcli: Zmqcli, script: str, *argv: Argument, stdin: Stdin = None, stdout: int | None = None) -> Process:
    """Start a command through `sh`, whose `script` says how, with `"$@"` for the command."""
    process = Process(
        ["sh", "-c", script, "sh", SCRIPT, *argv],
        environment=zmqcli.environment,
        directory=zmqcli.directory,
        stdin=stdin,
        stdout=stdout,
    )
    zmqcli._processes.append(process)
    return process


def write_heavy(path: Path, count: int, size: int = 100_000) -> Path:
    """Write numbered lines that together are more than the kernel's buffers take."""
    path.write_bytes(b"".join(b"%09d %s\n" % (number, b"x" * (size - 10)) for number in range(count)))
    return path


def numbers(zmqcli: Zmqcli, last: int = 99_999_999) -> Process:
    """Start what writes numbered lines of 100 bytes for ever, for a command's stdin."""
    process = Process(
        ["seq", "-f", "%09.0f " + "x" * 90, "0", str(last)],
        environment=zmqcli.environment,
        directory=zmqcli.directory,
    )
    zmqcli._processes.append(process)
    return process
