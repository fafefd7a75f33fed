"""What a command says, remembers and is given."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import threading
from io import StringIO
from typing import TYPE_CHECKING

import pytest

from zmqcli.environment import Environment
from zmqcli.errors import DataError, ExitCode, Stopped, UndeliveredError, ZmqcliError, decide
from zmqcli.streams import InputStream, OutputStream

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def error() -> StringIO:
    return StringIO()


@pytest.fixture
def environment(error: StringIO) -> Iterator[Environment]:
    made = Environment(input=InputStream(0), output=OutputStream(0), error=error, variables={"TERM": "dumb"})
    yield made
    made.signals.close()


def test_a_failure_is_said_and_its_code_remembered(environment: Environment, error: StringIO) -> None:
    environment.fail(DataError("record 2 is not JSON", why="line 1"))
    environment.fail(UndeliveredError("undelivered: 1 record not sent"))

    assert error.getvalue() == ("zmqcli: record 2 is not JSON (line 1)\nzmqcli: undelivered: 1 record not sent\n")
    assert environment.outcome == {ExitCode.DATA, ExitCode.UNDELIVERED}
    assert decide(environment.outcome) is ExitCode.UNDELIVERED


@pytest.mark.parametrize(
    ("quiet", "verbose", "said"),
    [
        (False, False, ["note", "failure"]),
        (True, False, ["failure"]),
        (False, True, ["note", "detail", "failure"]),
    ],
)
def test_quiet_says_only_errors_and_verbose_everything(
    environment: Environment, error: StringIO, quiet: bool, verbose: bool, said: list[str]
) -> None:
    environment.quiet, environment.verbose = quiet, verbose
    environment.note("note")
    environment.detail("detail")
    environment.fail(ZmqcliError("failure"))

    assert error.getvalue() == "".join(f"zmqcli: {text}\n" for text in said)


def many(environment: Environment, count: int) -> None:
    for port in range(40_000, 40_000 + count):
        environment.fail(ZmqcliError(f"127.0.0.1:{port} hung up"), repeats=True)


def test_what_repeats_is_said_ten_times_then_counted(environment: Environment, error: StringIO) -> None:
    many(environment, 3000)
    environment.note("another thing", repeats=True)
    environment.sum_up()
    lines = error.getvalue().splitlines()

    assert lines[:9] == [f"zmqcli: 127.0.0.1:{port} hung up" for port in range(40_000, 40_009)]
    assert lines[9:] == [
        "zmqcli: 127.0.0.1:40009 hung up; 10 times by now, -v says each",
        "zmqcli: 127.0.0.1:40099 hung up; 100 times by now, -v says each",
        "zmqcli: 127.0.0.1:40999 hung up; 1000 times by now, -v says each",
        "zmqcli: another thing",
        "zmqcli: 3000 times in all: 127.0.0.1:42999 hung up",
    ]
    assert environment.outcome == {ExitCode.RUNTIME}


def test_few_repeats_and_verbose_ones_are_said_as_ever(environment: Environment, error: StringIO) -> None:
    many(environment, 9)
    environment.sum_up()
    environment.verbose = True
    many(environment, 50)
    environment.sum_up()

    assert len(error.getvalue().splitlines()) == 59
    assert "times" not in error.getvalue()


def test_kinds_of_repeats_are_bounded(environment: Environment, error: StringIO) -> None:
    for number in range(5000):
        name = str(number).translate(str.maketrans("0123456789", "abcdefghij"))
        environment.fail(ZmqcliError(f"{name} hung up"), repeats=True)
    environment.sum_up()

    assert len(error.getvalue().splitlines()) < 150
    assert "4900 times in all" in error.getvalue()


def test_what_came_from_outside_cannot_act_on_the_terminal_or_forge_a_second_line(
    environment: Environment, error: StringIO
) -> None:
    environment.note("cannot bind \x1b[2J\nzmqcli: all is well\udcff")

    assert error.getvalue() == "zmqcli: cannot bind \\x1b[2J\\nzmqcli: all is well\\udcff\n"


@pytest.mark.parametrize("reason", ["closed", "full"])
def test_a_stderr_that_takes_nothing_is_no_reason_to_end(reason: str) -> None:
    with open(os.devnull if reason == "closed" else "/dev/full", "w") as stream:  # noqa: PTH123 - devices
        if reason == "closed":
            stream.close()
        environment = Environment(input=InputStream(0), output=OutputStream(0), error=stream)
        try:
            environment.fail(ZmqcliError("nobody hears this"))
            assert environment.outcome == {ExitCode.RUNTIME}
        finally:
            environment.signals.close()
            if reason == "full":
                with pytest.raises(OSError, match="No space left"):
                    stream.close()


def test_what_is_not_given_is_the_processs_own() -> None:
    program = (
        "import os, sys, time\n"
        "from zmqcli.environment import Environment\n"
        "e = Environment()\n"
        "assert (e.input.descriptor, e.error, e.variables) == (0, sys.stderr, os.environ)\n"
        "assert e.context is None and e.monotonic is time.monotonic and e.time_ns is time.time_ns\n"
        "e.print('out\\n')\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True
    )

    assert run.stdout == "out\n"


def test_what_is_given_is_used(environment: Environment) -> None:
    assert environment.input.descriptor == 0
    assert environment.variables == {"TERM": "dumb"}
    assert environment.outcome == set()
    assert environment.signals.received is None


@pytest.fixture
def pipe() -> Iterator[tuple[int, Environment]]:
    """Return the reading end of a pipe of 4 KiB, and an Environment whose stdout is the other end."""
    reading, writing = os.pipe()
    fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 4096)
    made = Environment(output=OutputStream(writing))
    made.signals.defer()
    yield reading, made
    made.signals.close()
    for descriptor in {reading, writing, made.output.descriptor}:
        os.close(descriptor)


def test_printed_text_waits_for_a_slow_reader(pipe: tuple[int, Environment]) -> None:
    reading, environment = pipe
    text = "ø\n" * 4096
    taken = bytearray()

    def read() -> None:
        while len(taken) < len(text.encode()):
            taken.extend(os.read(reading, 1000))

    reader = threading.Thread(target=read)
    reader.start()
    environment.print(text)
    reader.join(10)

    assert not environment.output.blocked
    assert taken.decode() == text


def test_text_that_utf8_has_not_is_printed_all_the_same(pipe: tuple[int, Environment]) -> None:
    reading, environment = pipe
    environment.print("a\udcffb\n")

    assert os.read(reading, 100) == b"a\\udcffb\n"


def test_a_signal_ends_the_wait_for_a_reader_that_never_comes(pipe: tuple[int, Environment]) -> None:
    environment = pipe[1]
    sender = threading.Timer(0.05, signal.raise_signal, [signal.SIGTERM])
    sender.start()
    with pytest.raises(Stopped) as caught:
        environment.print("x" * 100_000)
    sender.join()

    assert caught.value.exit_code is ExitCode.TERMINATED
    with pytest.raises(Stopped):  # also for what is to be printed afterwards
        environment.flush()
