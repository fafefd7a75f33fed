"""SIGINT and SIGTERM, each in a process of its own."""

from __future__ import annotations

import select
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.support.processes import Process, clean_environment
from zmqcli.errors import ExitCode
from zmqcli.signals import Signals

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

# Sleeps on the descriptor, says what woke it and what was received, until stdin ends.
WATCHER = """
import os, select, signal, sys
if "ignored" in sys.argv:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
from zmqcli.errors import StoppedAtOnce
from zmqcli.signals import Signals
signals = Signals()
poll = select.poll()
poll.register(signals.descriptor, select.POLLIN)
poll.register(0, select.POLLIN)
print("ready", flush=True)
try:
    while True:
        ready = [descriptor for descriptor, _ in poll.poll()]
        if signals.descriptor in ready:
            signals.clear()
            print(signals.received.name, flush=True)
        if 0 in ready and not os.read(0, 1):
            break
except StoppedAtOnce as stopped:
    print("at once", stopped.exit_code.name, flush=True)
    sys.exit()
signals.clear()
signals.clear()
print("empty" if not poll.poll(0) or poll.poll(0)[0][0] == 0 else "full", flush=True)
"""


class Watcher:
    """A process that sleeps on `Signals.descriptor`."""

    def __init__(self, directory: Path, *words: str) -> None:
        self._process = Process(
            [sys.executable, "-c", WATCHER, *words],
            environment=clean_environment(directory),
            directory=directory,
            stdin="pipe",
        )
        assert self.line() == "ready"

    def line(self) -> str:
        return self._process.read_line().decode()

    def send(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def end(self) -> str:
        """End its stdin, and return the rest of what it says."""
        self._process.close_stdin()
        return self.last_words()

    def last_words(self) -> str:
        return self._process.finish().ok().stdout.decode().strip()

    def close(self) -> None:
        self._process.close()


@pytest.fixture
def watch(short_dir: Path) -> Iterator[Callable[..., Watcher]]:
    """Return a function that starts a Watcher; it is gone when the test ends."""
    started: list[Watcher] = []

    def start(*words: str) -> Watcher:
        started.append(Watcher(short_dir, *words))
        return started[-1]

    yield start
    for watcher in started:
        watcher.close()


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, "INTERRUPTED"), (signal.SIGTERM, "TERMINATED")], ids=["SIGINT", "SIGTERM"]
)
def test_a_signal_wakes_a_poll_and_is_known_by_its_exit_code(
    number: signal.Signals, code: str, watch: Callable[..., Watcher]
) -> None:
    watcher = watch()
    watcher.send(number)

    assert watcher.line() == code
    assert watcher.end() == "empty"


def test_a_sigint_inherited_as_ignored_counts_all_the_same(watch: Callable[..., Watcher]) -> None:
    watcher = watch("ignored")
    watcher.send(signal.SIGINT)

    assert watcher.line() == "INTERRUPTED"
    assert watcher.end() == "empty"


@pytest.mark.parametrize(
    ("first", "code"), [(signal.SIGINT, "INTERRUPTED"), (signal.SIGTERM, "TERMINATED")], ids=["SIGINT", "SIGTERM"]
)
def test_ctrl_c_after_a_signal_stops_at_once_with_the_code_of_the_first(
    first: signal.Signals, code: str, watch: Callable[..., Watcher]
) -> None:
    watcher = watch()
    watcher.send(first)
    assert watcher.line() == code
    watcher.send(signal.SIGINT)

    assert watcher.last_words().splitlines()[-1] == f"at once {code}"


def test_a_second_sigterm_changes_nothing(watch: Callable[..., Watcher]) -> None:
    watcher = watch()
    watcher.send(signal.SIGINT)
    assert watcher.line() == "INTERRUPTED"
    watcher.send(signal.SIGTERM)

    assert watcher.line() == "INTERRUPTED"
    assert watcher.end() == "empty"


def test_closing_gives_the_signals_back() -> None:
    program = (
        "import os, signal\n"
        "from zmqcli.signals import Signals\n"
        "before = len(os.listdir('/proc/self/fd'))\n"
        "signals = Signals()\n"
        "signals.close()\n"
        "assert signal.getsignal(signal.SIGINT) is signal.default_int_handler\n"
        "assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL\n"
        "assert signal.set_wakeup_fd(-1) == -1\n"
        "assert len(os.listdir('/proc/self/fd')) == before\n"
        "signal.raise_signal(signal.SIGTERM)\n"
    )

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == -signal.SIGTERM


def test_more_signals_than_the_descriptor_holds_are_no_harm() -> None:
    program = (
        "import fcntl, signal\n"
        "from zmqcli.signals import Signals\n"
        "signals = Signals()\n"
        "fcntl.fcntl(signals.descriptor, fcntl.F_SETPIPE_SZ, 4096)\n"
        "for _ in range(5000):\n"
        "    signal.raise_signal(signal.SIGTERM)\n"
        "print(signals.received.name)\n"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert (run.stdout, run.stderr) == ("TERMINATED\n", "")


def test_signals_of_a_step_come_from_the_runner_alone() -> None:
    before = signal.getsignal(signal.SIGINT)
    signals = Signals(installs=False)
    try:
        assert signal.getsignal(signal.SIGINT) is before
        assert not select.select([signals.descriptor], [], [], 0)[0]
        signals.pass_on(ExitCode.TERMINATED)
        signals.pass_on(ExitCode.INTERRUPTED)
        assert signals.received is ExitCode.TERMINATED
        assert select.select([signals.descriptor], [], [], 0)[0]
        signals.clear()
        assert not select.select([signals.descriptor], [], [], 0)[0]
    finally:
        signals.close()
    assert signal.getsignal(signal.SIGINT) is before
