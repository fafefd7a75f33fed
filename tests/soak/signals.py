"""SIGINT and SIGTERM at random moments of the start and of the end, for every kind of command: `make soak-signals`.

Each run starts a real zmqcli in a directory of its own, sends the signal at a seeded moment, and looks at what is left:

- `start`: one signal within the first 200 ms (or the time the command takes to be ready, where that is longer).
- `stop`: the command is ready; a signal ends it, and a second one comes within the next 30 ms.
- `end`: the command ends by itself, and the signal comes within the 60 ms around that.

A run fails by a hang, a traceback (or anything like it), a wrong exit code, or a file or a process that is left.
Python's own start-up, before the first line of zmqcli, shows a traceback at SIGINT, or swallows it and goes on, and no
package can change that: such runs are counted apart, recognised by a KeyboardInterrupt without any file of zmqcli.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import zmq

from tests.support.processes import SCRIPT, clean_environment

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["COMMANDS", "FAULTS", "INTERPRETER", "Lives", "Run", "plan", "play"]

HANG_SECONDS = 10.0
START_SECONDS = 0.2
STOP_SECONDS = 0.03
END_SECONDS = 0.06
LEFT_SECONDS = 2.0
"""For what a command has started to be gone after it."""
MARK = "ZMQCLI_SIGNAL_RUN"
"""The environment variable by which what a run has started is found again."""
FAULTS = ("hang", "traceback", "wrong code", "file left", "process left")
INTERPRETER = "before the first line"
SIGNALS = (signal.SIGINT, signal.SIGTERM)
BAD_WORDS = ("Traceback", "KeyboardInterrupt", "Exception ignored", "Fatal Python error", "internal error", "StoppedAt")


class Command(NamedTuple):
    """A command line; `@` stands for the directory of the run."""

    name: str
    words: Sequence[str]
    ready: str = "s"
    """A pattern of what it makes in its directory once it is at work; nothing: it has no such moment."""
    feed: bool = False
    """Whether it is sent a message as soon as it listens."""
    ends: int | None = None
    """The exit code with which it ends by itself, soon; None: it does not."""


COMMANDS = (
    Command("push", ["push", "-b", "@/s"]),
    Command("pub", ["pub", "-b", "@/s", "--ready-file", "@/ready"]),
    Command("pull", ["pull", "-b", "@/s"]),
    Command("sub", ["sub", "-b", "@/s", "--ready-file", "@/ready"]),
    Command("req", ["req", "-b", "@/s", "hello"]),
    Command("rep", ["rep", "-b", "@/s", "--echo"]),
    Command("dealer", ["dealer", "-b", "@/s"]),
    Command("pull -e", ["pull", "-b", "@/s", "-e", "body"], feed=True),
    Command("pull --exec", ["pull", "-b", "@/s", "--exec", "sh -c 'sleep 60; echo'"], feed=True),
    Command("monitor", ["monitor", "pull", "-b", "@/s"]),
    Command("top", ["top", "sub", "-b", "@/s"]),
    Command("proxy", ["proxy", "queue", "--frontend", "@/s", "--backend", "@/t"], ready="t"),
    Command("pipe -P", ["pipe", "--frontend", "@/s", "--backend", "@/t", "-e", "body", "-P", "2"], ready="t"),
    Command("bench", ["bench", "throughput", "--count", "100000"], ready="tmp/zmqcli*"),
    Command("bench --role", ["bench", "latency", "--role", "local", "-b", "@/s"]),
    Command("run", ["run", "pull -b @/s", "push -b @/t", "pub -w 0 -b inproc://x hello"], ready="t"),
    Command("push, ended", ["push", "-b", "@/s", "-w", "0", "--linger", "0", "hello"], ends=5),
    Command("pull, ended", ["pull", "-b", "@/s", "--duration", "50ms"], ends=0),
    Command("bench, ended", ["bench", "latency", "--count", "50"], ready="tmp/zmqcli*", ends=0),
    Command("run, ended", ["run", "pull -b @/s -t 50ms", "pub -w 0 -b @/t x"], ends=124),
    Command("probe, ended", ["probe", "@/none", "-t", "50ms"], ready="", ends=1),
    Command("help, ended", ["push", "--help"], ready="", ends=0),
)
SERVICES = [command for command in COMMANDS if command.ends is None]
ENDING = [command for command in COMMANDS if command.ends is not None]


class Run(NamedTuple):
    """One run: what, which signal, and where in its window it comes (0 to 1)."""

    number: int
    command: Command
    phase: str
    signal: signal.Signals
    moment: float


def plan(seed: int, each: int) -> Iterator[Run]:
    """Yield the runs: `each` of SIGINT and of SIGTERM, six of ten at the start, two in each kind of the end."""
    dice = random.Random(seed)  # noqa: S311 # repeatable, not secret
    for number in range(2 * each):
        phase = ("start", "start", "start", "stop", "end")[number // 2 % 5]
        commands = {"start": COMMANDS, "stop": SERVICES, "end": ENDING}[phase]
        if phase == "stop":
            commands = [command for command in commands if command.ready]
        yield Run(number, dice.choice(commands), phase, SIGNALS[number % 2], dice.random())


class Lives(dict[str, float]):
    """How long each command lives by itself, or takes to be ready, in seconds: measured when it is first asked for."""

    def __init__(self, environment: dict[str, str]) -> None:
        super().__init__()
        self.environment = environment

    def __missing__(self, name: str) -> float:
        command = next(command for command in COMMANDS if command.name == name)
        times = []
        for _ in range(3):
            with _Directory() as directory:
                started = time.monotonic()
                process = _start(command, directory, self.environment)
                if command.ends is None:
                    _await_ready(command, directory, process)
                    times.append(time.monotonic() - started)
                    process.kill()
                process.communicate()
                times.append(time.monotonic() - started)
        self[name] = sorted(times)[len(times) // 2]
        return self[name]


class _Directory:
    """A short directory of one run."""

    def __enter__(self) -> Path:
        self._path = Path(tempfile.mkdtemp(prefix="sig", dir="/tmp"))  # short enough for ipc
        (self._path / "tmp").mkdir()
        return self._path

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self._path, ignore_errors=True)


def _start(command: Command, directory: Path, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    words = [word.replace("@", str(directory)) for word in command.words]
    return subprocess.Popen(
        [SCRIPT, *words],
        stdin=subprocess.PIPE,  # held open: nothing to send yet
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**environment, "TMPDIR": str(directory / "tmp"), MARK: directory.name},
        cwd=directory,
    )


def _await_ready(command: Command, directory: Path, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + HANG_SECONDS
    while not any(directory.glob(command.ready)) and process.poll() is None and time.monotonic() < end:
        time.sleep(0.001)


def play(run: Run, lives: Lives) -> tuple[str, str]:
    """Play one run; return what was wrong with it ("": nothing) and what there is to see of that."""
    command, number = run.command, run.signal
    window = {
        "start": lambda: max(START_SECONDS, lives[command.name]),
        "stop": lambda: STOP_SECONDS,
        "end": lambda: lives[command.name] + END_SECONDS / 2,
    }[run.phase]()
    wait = run.moment * window
    if run.phase == "end":
        wait = max(0.0, window - END_SECONDS + run.moment * END_SECONDS)
    with _Directory() as directory, zmq.Context() as context, context.socket(zmq.PUSH) as feeder:
        feeder.linger = 0
        process = _start(command, directory, lives.environment)
        started = time.monotonic()
        if command.feed:
            feeder.connect(f"ipc://{directory}/s")
            feeder.send(b"hello")
        if run.phase == "stop":
            _await_ready(command, directory, process)
            process.send_signal(number)
            started = time.monotonic()
        while (left := wait - (time.monotonic() - started)) > 0:
            time.sleep(left)
        process.send_signal(number)
        try:
            _, stderr = process.communicate(timeout=HANG_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            said = process.communicate()[1].decode("utf-8", "replace")
            return (INTERPRETER if _is_interpreters(said) else "hang"), said
        return _judge(run, process.returncode, stderr.decode("utf-8", "replace"), directory)


def _is_interpreters(stderr: str) -> bool:
    return "/zmqcli/" not in stderr and ("KeyboardInterrupt" in stderr or "init_sys_streams" in stderr)


def _judge(run: Run, code: int, stderr: str, directory: Path) -> tuple[str, str]:
    evidence = f"exit code {code}; stderr: {stderr}"
    if any(word in stderr for word in BAD_WORDS):
        return (INTERPRETER if _is_interpreters(stderr) else "traceback"), evidence
    accepted = {-run.signal, 128 + run.signal}
    if run.command.ends is not None:
        accepted.add(run.command.ends)
    if code not in accepted:
        return "wrong code", evidence
    left = [str(path.relative_to(directory)) for path in directory.rglob("*") if path.name not in {"tmp", "ready"}]
    if left:
        return "file left", f"{left}; {evidence}"
    if processes := _left_processes(directory.name):
        return "process left", f"{processes}; {evidence}"
    return "", ""


def _left_processes(mark: str) -> list[str]:
    """Return the command lines of what a run has started and not ended, and end it."""
    end = time.monotonic() + LEFT_SECONDS
    while found := list(_marked(f"{MARK}={mark}".encode())):
        if time.monotonic() > end:
            for pid, _ in found:
                os.kill(pid, signal.SIGKILL)
            return [words for _, words in found]
        time.sleep(0.01)
    return []


def _marked(entry: bytes) -> Iterator[tuple[int, str]]:
    for process in Path("/proc").iterdir():
        try:
            if process.name.isdigit() and entry in (process / "environ").read_bytes().split(b"\0"):
                words = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
                if words:  # else it is a zombie
                    yield int(process.name), words
        except OSError:  # gone, or another user's
            pass


def main(arguments: Sequence[str]) -> int:
    """Play all runs, print the table, and return 1 when one of them failed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seed", type=int, default=14)
    parser.add_argument("--each", type=int, default=1000, help="runs of SIGINT, and of SIGTERM")
    parser.add_argument("--jobs", type=int, default=2, help="runs at a time")
    parser.add_argument("--only", default="", help="the name of one command")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="sig") as home:
        environment = clean_environment(Path(home))
        if "PYTHONPATH" in os.environ:  # another version of zmqcli, to compare with
            environment["PYTHONPATH"] = os.environ["PYTHONPATH"]
        lives = Lives(environment)
        for command in COMMANDS:
            lives[command.name]  # measured while nothing else runs
        runs = [run for run in plan(options.seed, options.each) if options.only in {"", run.command.name}]
        with ThreadPoolExecutor(options.jobs) as pool:
            outcomes = list(pool.map(lambda run: play(run, lives), runs))
    return _report(options.seed, runs, outcomes)


def _report(seed: int, runs: Sequence[Run], outcomes: Sequence[tuple[str, str]]) -> int:
    lines = []
    count: Counter[tuple[str, signal.Signals, str]] = Counter()
    for run, (fault, evidence) in zip(runs, outcomes, strict=True):
        count[run.command.name, run.signal, "runs"] += 1
        count[run.command.name, run.signal, fault] += 1
        if fault and fault != INTERPRETER:
            lines.append(
                f"run {run.number}: {run.command.name}, {run.phase}, {run.signal.name} at {run.moment:.4f}: {fault}"
            )
            lines.append("    " + evidence.strip().replace("\n", "\n    "))
    columns = ("runs", *FAULTS, INTERPRETER)
    lines += [f"seed {seed}", ""]
    lines.append("| command | signal | " + " | ".join(columns) + " |")
    lines.append("|---|---|" + "---|" * len(columns))
    names = [command.name for command in COMMANDS if any(run.command is command for run in runs)]
    for number in SIGNALS:
        for name in names:
            cells = [str(count[name, number, column]) for column in columns]
            lines.append(f"| {name} | {number.name} | " + " | ".join(cells) + " |")
    for number in SIGNALS:
        cells = [str(sum(count[name, number, column] for name in names)) for column in columns]
        lines.append(f"| all | {number.name} | " + " | ".join(cells) + " |")
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    return int(any(fault and fault != INTERPRETER for fault, _ in outcomes))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
