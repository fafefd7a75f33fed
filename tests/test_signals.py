"""SIGINT, SIGTERM and SIGHUP, each in a process of its own."""

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
signals.defer()
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
    ("number", "code"),
    [(signal.SIGINT, "INTERRUPTED"), (signal.SIGTERM, "TERMINATED"), (signal.SIGHUP, "HUNG_UP")],
    ids=["SIGINT", "SIGTERM", "SIGHUP"],
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


def python(program: str) -> subprocess.CompletedProcess[str]:
    """Run a program that sends itself signals: none of it waits, so each comes at an exact moment."""
    return subprocess.run(
        [sys.executable, "-c", PREAMBLE + program], capture_output=True, text=True, check=False, timeout=20
    )


PREAMBLE = """
import os, signal, sys, time
from zmqcli.errors import StoppedAtOnce
from zmqcli.signals import Signals
interrupt = lambda: signal.raise_signal(signal.SIGINT)
"""


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)],
    ids=["INT", "TERM", "HUP"],
)
def test_while_nothing_is_open_a_signal_ends_the_process_on_the_spot(number: signal.Signals, code: int) -> None:
    run = python(f"Signals()\nsignal.raise_signal({int(number)})\nprint('went on')\n")

    assert (run.returncode, run.stdout, run.stderr) == (code, "", "")


def test_a_hang_up_that_nohup_ignores_stays_ignored() -> None:
    run = python(
        "signal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
        "signals = Signals()\n"
        "signal.raise_signal(signal.SIGHUP)\n"
        "print(signals.received)\n"
    )

    assert (run.returncode, run.stdout, run.stderr) == (0, "None\n", "")


def test_ctrl_c_once_more_does_not_break_off_the_tidying_of_the_second() -> None:
    run = python(
        "signals = Signals()\n"
        "signals.defer()\n"
        "interrupt()\n"
        "try:\n"
        "    interrupt()\n"
        "except StoppedAtOnce:\n"
        "    interrupt()\n"
        "    print('tidied', flush=True)\n"
    )

    assert (run.returncode, run.stdout, run.stderr) == (0, "tidied\n", "")


def test_a_second_ctrl_c_that_is_swallowed_is_raised_again() -> None:
    run = python(
        "class Swallows:\n"
        "    def __del__(self):\n"
        "        interrupt()\n"
        "sys.unraisablehook = lambda _: print('swallowed', flush=True)\n"
        "signals = Signals()\n"
        "signals.defer()\n"
        "interrupt()\n"
        "Swallows()\n"
        "try:\n"
        "    time.sleep(10)\n"
        "except StoppedAtOnce as stopped:\n"
        "    print(stopped.exit_code.name)\n"
    )

    assert (run.returncode, run.stdout, run.stderr) == (0, "swallowed\nINTERRUPTED\n", "")


def test_tidying_that_hangs_does_not_hold_up_the_end() -> None:
    run = python(
        "signals = Signals()\n"
        "signals.defer()\n"
        "interrupt()\n"
        "try:\n"
        "    interrupt()\n"
        "finally:\n"
        "    while True:\n"
        "        try:\n"
        "            time.sleep(10)\n"
        "        except StoppedAtOnce:\n"
        "            print('again', flush=True)\n"
    )

    assert (run.returncode, run.stdout, run.stderr) == (130, "again\n", "")


def test_once_all_is_settled_a_second_ctrl_c_raises_nothing_and_ends() -> None:
    run = python("signals = Signals()\nsignals.defer()\ninterrupt()\nsignals.settle()\ninterrupt()\n")

    assert (run.returncode, run.stdout, run.stderr) == (130, "", "")


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
        "signals.defer()\n"
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
