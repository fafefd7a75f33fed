"""Publishers and slow subscribers; receivers whose peers have all gone."""

from __future__ import annotations

import signal
import time
from typing import TYPE_CHECKING

from tests.faults.support import cpu_seconds, has_read, line_bytes, number_line, until, write_lines
from tests.support.links import any_endpoint

if TYPE_CHECKING:
    from pathlib import Path

    from tests.faults.support import Actor
    from tests.support.links import Transport
    from tests.support.processes import Process, Zmqcli

LINES = 50_000
TOO_MANY = 300_000
"""More than all the buffers on the way take."""
FEW = 500
"""Fewer than a high-water mark: a plain sender loses none of them (libzmq #4660)."""
STALL = 1.0
SPINNING = 0.3
"""Seconds of processor time in one stalled second; spinning takes all of it."""


def subscribed(zmqcli: Zmqcli, actor: Actor, transport: Transport, *options: str, stdin: Path) -> Process:
    """Start `zmqcli pub` and a plain subscriber that does not read yet."""
    pub = zmqcli.start("pub", "-b", any_endpoint(transport, zmqcli.directory), *options, stdin=stdin, ready=True)
    actor.open("SUB", connect=pub.endpoint, SUBSCRIBE="", RCVHWM=10)
    return pub


def test_slow_subscribers_miss_messages(zmqcli: Zmqcli, actor: Actor, transport: Transport, short_dir: Path) -> None:
    file = write_lines(short_dir / "lines", TOO_MANY)
    pub = subscribed(zmqcli, actor, transport, stdin=file)
    until(pub, lambda: has_read(pub, file), "reading of stdin")
    taken = actor.take(TOO_MANY, patience=500)

    assert 0 < taken.count < TOO_MANY
    assert taken.ordered
    pub.finish().ok()


def test_block_waits_for_slow_subscribers(zmqcli: Zmqcli, actor: Actor, transport: Transport, short_dir: Path) -> None:
    pub = subscribed(zmqcli, actor, transport, "--block", stdin=write_lines(short_dir / "lines", LINES))
    taken = [actor.take(LINES // 10) for _ in range(10)]

    assert [take.first for take in taken] == list(range(0, LINES, LINES // 10))
    assert sum(take.count for take in taken) == LINES
    assert all(take.ordered for take in taken)
    pub.finish().ok()


def test_block_does_not_spin(zmqcli: Zmqcli, actor: Actor, transport: Transport, short_dir: Path) -> None:
    pub = subscribed(
        zmqcli, actor, transport, "--block", "--hwm", "10", stdin=write_lines(short_dir / "lines", TOO_MANY)
    )
    assert actor.take(1).count == 1
    begun, used = time.monotonic(), cpu_seconds(pub)
    until(pub, lambda: time.monotonic() - begun > STALL, "the end of a stalled second")
    used = cpu_seconds(pub) - used

    assert used < SPINNING
    assert pub.running
    pub.stop(signal.SIGKILL)


def test_transient_ends_with_its_peers(zmqcli: Zmqcli, actor: Actor, transport: Transport, short_dir: Path) -> None:
    pull = zmqcli.start("pull", "-b", any_endpoint(transport, short_dir), "--transient", ready=True)
    actor.open("PUSH", connect=pull.endpoint)
    actor.send(FEW)
    actor.end()

    assert pull.finish().ok().stdout == line_bytes(FEW)


def test_transient_shows_what_zmqcli_sent_last(zmqcli: Zmqcli, transport: Transport, short_dir: Path) -> None:
    pull = zmqcli.start("pull", "-b", any_endpoint(transport, short_dir), "--transient", ready=True)
    push = zmqcli.start("push", "-c", pull.endpoint, stdin=write_lines(short_dir / "lines", LINES))

    assert pull.finish().ok().stdout == line_bytes(LINES)
    push.finish().ok()


def test_transient_of_a_subscriber(zmqcli: Zmqcli, transport: Transport, short_dir: Path) -> None:
    pub = zmqcli.start("pub", "-b", any_endpoint(transport, short_dir), stdin=line_bytes(FEW), ready=True)
    sub = zmqcli.start("sub", "-c", pub.endpoint, "--transient")
    pub.finish().ok()

    assert sub.finish().ok().lines == [number_line(number) for number in range(FEW)]
