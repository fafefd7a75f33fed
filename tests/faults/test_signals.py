"""Ctrl-C and SIGTERM: what was accepted still goes out within linger, and a second Ctrl-C ends at once."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING

import pytest

from tests.faults.support import (
    has_read,
    held,
    in_shell,
    line_bytes,
    meet,
    number_line,
    numbers,
    position,
    settle,
    stdin_held,
    until,
    write_heavy,
)
from tests.support.links import any_endpoint

if TYPE_CHECKING:
    from pathlib import Path

    from tests.faults.support import Actor
    from tests.support.links import Transport
    from tests.support.processes import Process, Result, Zmqcli

stops = pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
FEW = 500
HEAVY = 200
FOR_EVER = "60s"
AT_ONCE = 3.0


def insist(process: Process) -> Result:
    """Send SIGINT as an impatient user does, until the process ends.

    Two in one go may be one: a signal that is already pending is not sent again.
    """
    while process.running:
        process.send_signal(signal.SIGINT)
        begun = time.monotonic()
        until(process, lambda begun=begun: not process.running or time.monotonic() - begun > 0.05, "a moment")  # type: ignore[misc] # of the lambda
    return process.finish()


@stops
@pytest.mark.parametrize("command", ["pub", "push", "pull", "sub", "req", "rep", "dealer", "router", "pair", "xpub"])
def test_idle(zmqcli: Zmqcli, short_dir: Path, number: signal.Signals, code: int, command: str) -> None:
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
