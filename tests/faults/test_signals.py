"""Ctrl-C, SIGTERM and SIGHUP: what was accepted still goes out within linger, and a second Ctrl-C ends at once."""

from __future__ import annotations

import os
import shlex
import signal
import time
from typing import TYPE_CHECKING

import pytest

from tests.faults.support import (
    SOAK,
    has_read,
    held,
    in_shell,
    line_bytes,
    meet,
    number_line,
    numbers,
    position,
    scaled,
    settle,
    stdin_held,
    until,
    write_heavy,
)
from tests.soak.signals import INTERPRETER, Lives, Run, plan, play
from tests.support.links import any_endpoint
from tests.support.processes import clean_environment

if TYPE_CHECKING:
    from pathlib import Path

    from tests.faults.support import Actor
    from tests.support.links import Transport
    from tests.support.processes import Process, Result, Zmqcli

stops = pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
all_stops = pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)], ids=["INT", "TERM", "HUP"]
)
IDLE = {
    "pub": (signal.SIGINT, 130),
    "sub": (signal.SIGINT, 130),
    "pull": (signal.SIGHUP, 129),
    "rep": (signal.SIGHUP, 129),
}
"""What ends an idle command; the others get SIGTERM. The way from there on is one for all commands."""
FEW = 500
HEAVY = 200
FOR_EVER = "60s"
AT_ONCE = 3.0
STUBBORN = """sh -c 'trap "" TERM HUP INT; echo $$ >&2; while :; do sleep 60; done'"""
"""A command that says its pid, and that only SIGKILL ends."""
MOMENTS = scaled(20, 1000)
SEED = 14


@pytest.fixture(scope="module")
def lives(tmp_path_factory: pytest.TempPathFactory) -> Lives:
    """How long each command of the soak lives."""
    return Lives(clean_environment(tmp_path_factory.mktemp("home")))


def insist(process: Process) -> Result:
    """Send SIGINT as an impatient user does, until the process ends.

    Two in one go may be one: a signal that is already pending is not sent again.
    """
    while process.running:
        process.send_signal(signal.SIGINT)
        begun = time.monotonic()
        until(process, lambda begun=begun: not process.running or time.monotonic() - begun > 0.05, "a moment")  # type: ignore[misc] # of the lambda
    return process.finish()


@pytest.mark.parametrize("command", ["pub", "push", "pull", "sub", "req", "rep", "dealer", "router", "pair", "xpub"])
def test_idle(zmqcli: Zmqcli, short_dir: Path, command: str) -> None:
    number, code = IDLE.get(command, (signal.SIGTERM, 143))
    path = short_dir / "s"
    ours = zmqcli.start(command, "-q", "-b", f"ipc://{path}", stdin="pipe", ready=True)
    ours.wait_ready()
    assert path.is_socket()
    result = ours.stop(number, timeout=AT_ONCE)

    assert (result.code, result.stdout, result.stderr) == (code, b"", "")
    assert not path.exists()


@stops
def test_what_was_accepted_arrives(
    zmqcli: Zmqcli, actor: Actor, transport: Transport, number: signal.Signals, code: int
) -> None:
    push = meet(zmqcli, actor, transport, "pull", "-v", stdin="pipe", RCVHWM=1)
    push.wait_stderr("handshake")  # with no peer yet it would end at once
    push.write(line_bytes(FEW))
    until(push, lambda: stdin_held(push) == 0, "reading of stdin")
    push.send_signal(number)

    assert actor.take(FEW).complete(FEW)
    assert "undelivered" not in push.finish().ended(code).stderr


@stops
def test_while_streaming(zmqcli: Zmqcli, actor: Actor, transport: Transport, number: signal.Signals, code: int) -> None:
    push = meet(zmqcli, actor, transport, "pull", stdin=numbers(zmqcli))
    assert actor.take(1000).complete(1000)
    push.send_signal(number)
    rest = actor.take(10_000_000, patience=500)

    assert "undelivered" not in push.finish().ended(code).stderr
    assert (rest.first, rest.ordered, rest.count) == (1000, True, (rest.last or 0) - 999)


@stops
def test_a_stalled_peer(
    zmqcli: Zmqcli, actor: Actor, transport: Transport, short_dir: Path, number: signal.Signals, code: int
) -> None:
    file = write_heavy(short_dir / "heavy", HEAVY)
    push = meet(zmqcli, actor, transport, "pull", "--linger", "300ms", stdin=file, RCVHWM=1)
    assert actor.take(1).count == 1
    until(push, lambda: has_read(push, file), "reading of stdin")
    result = push.stop(number).ended(code)

    assert "undelivered" in result.stderr
    assert f"{HEAVY} records had been accepted" in result.stderr


@stops
def test_a_send_that_is_blocked(
    zmqcli: Zmqcli, actor: Actor, transport: Transport, short_dir: Path, number: signal.Signals, code: int
) -> None:
    file = write_heavy(short_dir / "heavy", HEAVY)
    push = meet(zmqcli, actor, transport, "pull", "--linger", "300ms", "--hwm", "1", stdin=file, RCVHWM=1)
    assert actor.take(1).count == 1
    settle(push, lambda: position(push))

    assert "undelivered" in push.stop(number).ended(code).stderr


@pytest.mark.parametrize("ignored", [False, True], ids=["", "ignored"])
def test_the_second_interrupt_ends_at_once(
    zmqcli: Zmqcli, actor: Actor, transport: Transport, short_dir: Path, ignored: bool
) -> None:
    file = write_heavy(short_dir / "heavy", HEAVY)
    endpoint = actor.open("PULL", bind=any_endpoint(transport, short_dir), RCVHWM=1)
    script = """trap '' INT; exec "$@" """ if ignored else """exec "$@" """
    push = in_shell(zmqcli, script, "push", "-c", endpoint, "--linger", FOR_EVER, stdin=file)
    assert actor.take(1).count == 1
    begun = time.monotonic()

    assert insist(push).code == 130
    assert time.monotonic() - begun < AT_ONCE


def test_interrupts_inherited_as_ignored_are_heard(zmqcli: Zmqcli, short_dir: Path) -> None:
    ready = short_dir / "ready"
    pull = in_shell(
        zmqcli, """trap '' INT; exec "$@" """, "pull", "-q", "-b", f"ipc://{short_dir}/s", "--ready-file", ready
    )
    until(pull, ready.exists, "the ready file")

    pull.stop(signal.SIGINT, timeout=AT_ONCE).ended(130)
    assert not (short_dir / "s").exists()


@stops
def test_while_nobody_reads_stdout(
    zmqcli: Zmqcli, actor: Actor, transport: Transport, short_dir: Path, number: signal.Signals, code: int
) -> None:
    reading, writing = os.pipe()
    try:
        pull = zmqcli.start("pull", "-q", "-b", any_endpoint(transport, short_dir), stdout=writing, ready=True)
        actor.open("PUSH", connect=pull.endpoint)
        actor.do("flood", name="it", size=100, patience=300)
        until(pull, lambda: held(reading) > 60_000, "a full pipe")
        result = pull.stop(number, timeout=AT_ONCE).ended(code)
        shown = os.read(reading, held(reading))
    finally:
        os.close(reading)
        os.close(writing)

    assert result.stderr == ""
    assert shown.startswith(number_line(0) + b"\n" + number_line(1) + b"\n")


@stops
def test_no_peer_yet_ends_at_once(zmqcli: Zmqcli, late_endpoint: str, number: signal.Signals, code: int) -> None:
    push = zmqcli.start("push", "-c", late_endpoint, "--linger", FOR_EVER, "-f", "-", stdin=b"x", ready=True)
    push.wait_stderr("waiting for")
    result = push.stop(number, timeout=AT_ONCE).ended(code)

    assert "undelivered" in result.stderr


def gone(process: Process, pid: int) -> bool:
    """Whether `pid` and all of its process group have ended, waiting a moment for that."""

    def ended() -> bool:
        try:
            os.killpg(pid, 0)
        except ProcessLookupError:
            return True
        return False

    try:
        until(process, ended, "the end of what it has started")
    except AssertionError:
        os.killpg(pid, signal.SIGKILL)
        return False
    return True


def test_a_hang_up_that_nohup_ignores_is_ignored(zmqcli: Zmqcli, actor: Actor, short_dir: Path) -> None:
    ready = short_dir / "ready"
    endpoint = f"ipc://{short_dir}/s"
    pull = in_shell(
        zmqcli, """trap '' HUP; exec "$@" """, "pull", "-q", "-b", endpoint, "-n", "1", "--ready-file", ready
    )
    until(pull, ready.exists, "the ready file")
    pull.send_signal(signal.SIGHUP)
    actor.open("PUSH", connect=endpoint)
    actor.send(1)

    assert pull.finish().ok().stdout.startswith(number_line(0))


@all_stops
@pytest.mark.parametrize("wrapped", [False, True], ids=["", "run"])
def test_what_exec_has_started_ends_with_it(
    zmqcli: Zmqcli, actor: Actor, short_dir: Path, number: signal.Signals, code: int, wrapped: bool
) -> None:
    endpoint = f"ipc://{short_dir}/s"
    words = ["pull", "-q", "-b", endpoint, "--exec", STUBBORN]
    pull = zmqcli.start("run", "--no-prefix", "-q", shlex.join(words)) if wrapped else zmqcli.start(*words)
    actor.open("PUSH", connect=endpoint)
    actor.send(1)
    until(pull, lambda: "\n" in pull.stderr, "the start of the command")
    pid = int(pull.stderr.split()[-1])
    pull.stop(number, timeout=AT_ONCE).ended(code)

    assert gone(actor, pid)
    assert not (short_dir / "s").exists()


def test_a_second_ctrl_c_leaves_nothing_of_a_run_behind(zmqcli: Zmqcli, actor: Actor, short_dir: Path) -> None:
    endpoint = f"ipc://{short_dir}/s"
    run = zmqcli.start("run", "-q", shlex.join(["pull", "-q", "-b", endpoint, "--exec", STUBBORN]))
    actor.open("PUSH", connect=endpoint)
    actor.send(1)
    until(run, lambda: "\n" in run.stderr, "the start of the command")
    pid = int(run.stderr.split()[-1])

    assert insist(run).ended(130)
    assert gone(actor, pid)
    assert not (short_dir / "s").exists()


def test_workers_end_with_a_pipe_that_is_killed(zmqcli: Zmqcli, actor: Actor, short_dir: Path) -> None:
    frontend = f"ipc://{short_dir}/s"
    expression = "(__import__('sys').stderr.write(f'{__import__(\"os\").getpid()}\\n'), [None for _ in iter(int, 1)])"
    backend = f"ipc://{short_dir}/t"
    pipe = zmqcli.start("pipe", "-q", "--frontend", frontend, "--backend", backend, "-e", expression, "-P", "1")
    actor.open("PULL", name="taker", connect=backend)
    actor.open("PUSH", connect=frontend)
    actor.send(1)
    until(pipe, lambda: "\n" in pipe.stderr, "the start of the expression, which never ends")
    pid = int(pipe.stderr.split()[-1])
    pipe.send_signal(signal.SIGKILL)

    assert gone(actor, pid)


@pytest.mark.parametrize("run", list(plan(SEED, MOMENTS)), ids=lambda run: f"{run.command.name}-{run.number}")
def test_at_any_moment(run: Run, lives: Lives) -> None:
    fault, evidence = play(run, lives)

    assert fault in {"", INTERPRETER}, evidence


LIMITED = [
    ("push", "-b", "ipc://s", "-w", "0", "--linger", "0", "hello"),
    ("pull", "-b", "ipc://s", "--duration", "10ms"),
    ("rep", "-b", "ipc://s", "--exec", "cat", "--duration", "10ms"),
    ("proxy", "queue", "--frontend", "ipc://s", "--backend", "ipc://t", "--duration", "10ms"),
    ("pipe", "--frontend", "ipc://s", "--backend", "ipc://t", "-e", "body", "-P", "1", "--duration", "10ms"),
    ("bench", "latency", "-q", "--count", "10", "-t", "1"),
    ("run", "-q", "pull -b ipc://s --duration 10ms"),
    ("options",),
    ("--help",),
]


@pytest.mark.parametrize(
    ("words", "limit"),
    [(words, limit) for words in LIMITED for limit in ((5, 11, 17) if SOAK or words[0] == "push" else (11,))],
    ids=lambda value: value[0] if isinstance(value, tuple) else str(value),
)
def test_out_of_descriptors_at_the_start(zmqcli: Zmqcli, words: tuple[str, ...], limit: int) -> None:
    result = in_shell(zmqcli, f"""ulimit -n {limit}; exec "$@" """, *words).finish()

    assert "internal error" not in result.stderr
    assert "Traceback" not in result.stderr
    assert result.code in {0, 1, 5, 124}, result.stderr
    if result.code == 1:
        assert "too many open files" in result.stderr
        assert "ulimit -n 4096" in result.stderr


@pytest.mark.parametrize("mebibytes", [24, 60])
@pytest.mark.parametrize("words", LIMITED, ids=lambda words: words[0])
def test_out_of_memory_at_the_start(zmqcli: Zmqcli, words: tuple[str, ...], mebibytes: int) -> None:
    result = in_shell(zmqcli, f"""ulimit -v {mebibytes * 1024}; exec "$@" """, *words).finish()

    assert "internal error" not in result.stderr
    assert "zmqcli/" not in result.stderr, "a traceback of ours"
    if result.code == 1 and "zmqcli: " in result.stderr:  # Python itself may have had too little
        assert "memory" in result.stderr
