"""stdout, stdin and stderr that are gone, full, or were never there."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest

from tests.faults.support import in_shell, number_line, until
from tests.support.links import any_endpoint, known_endpoint

if TYPE_CHECKING:
    from pathlib import Path

    from tests.faults.support import Actor
    from tests.support.links import Transport
    from tests.support.processes import Process, Zmqcli

TRIES = 5
AT_ONCE = 0.2
"""Seconds the contract gives; on a busy machine the best of a few tries tells."""
RECEIVERS = ["sub", "pull", "rep", "dealer", "router", "pair", "xpub", "xsub", "stream"]


def seconds_to_end(process: Process) -> float:
    """Close the process's stdout and return how long it lives on."""
    begun = time.monotonic()
    process.close_stdout()
    result = process.finish().ended(141)
    assert result.stderr == ""
    return time.monotonic() - begun


@pytest.mark.parametrize("command", RECEIVERS)
def test_closed_while_idle(zmqcli: Zmqcli, command: str) -> None:
    how = ["--echo"] if command == "rep" else []

    def seconds() -> float:
        ours = zmqcli.start(command, "-q", "-b", "0", *how, stdin="pipe", ready=True)
        ours.wait_ready()
        return seconds_to_end(ours)

    assert any(seconds() < AT_ONCE for _ in range(TRIES))


def test_closed_while_streaming(zmqcli: Zmqcli, actor: Actor, transport: Transport, short_dir: Path) -> None:
    def seconds(number: int) -> float:
        endpoint = any_endpoint(transport, short_dir).replace("/socket", f"/{number}")
        ours = zmqcli.start("pull", "-q", "-b", endpoint, ready=True)
        actor.open("PUSH", name=str(number), connect=ours.endpoint)
        actor.do("flood", name=str(number), size=100, patience=0)
        assert ours.read_line() == number_line(0)
        return seconds_to_end(ours)

    assert any(seconds(number) < AT_ONCE for number in range(TRIES))


def test_a_full_disk(zmqcli: Zmqcli, actor: Actor, transport: Transport, short_dir: Path) -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    pull = zmqcli.start("pull", "-q", "-b", any_endpoint(transport, short_dir), stdout=full, ready=True)
    os.close(full)
    actor.open("PUSH", connect=pull.endpoint)
    actor.send(1)

    assert "no space left" in pull.finish().error(1, "stdout").lower()


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_receiver_without(zmqcli: Zmqcli, actor: Actor, transport: Transport, short_dir: Path, closed: str) -> None:
    ready = short_dir / "ready"
    pull = in_shell(
        zmqcli, f'exec "$@" {closed}',
        "pull", "-b", known_endpoint(transport, short_dir), "-n", "1", "--ready-file", ready,
    )  # fmt: skip
    until(pull, lambda: ready.exists() or not pull.running, "the ready file")
    actor.open("PUSH", connect=ready.read_text().strip())
    actor.send(1)

    assert pull.finish().ok().lines == ([] if ">&-" in closed.split() else [number_line(0)])


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_sender_without(zmqcli: Zmqcli, actor: Actor, transport: Transport, short_dir: Path, closed: str) -> None:
    endpoint = actor.open("PULL", bind=any_endpoint(transport, short_dir))
    push = in_shell(zmqcli, f'exec "$@" {closed}', "push", "-c", endpoint, "000000000")

    assert actor.take(1).count == 1
    push.finish().ok()


def test_a_sender_without_stdin_has_nothing_to_send(zmqcli: Zmqcli, actor: Actor, endpoint: str) -> None:
    bound = actor.open("PULL", bind=endpoint)

    in_shell(zmqcli, 'exec "$@" <&-', "push", "-c", bound).finish().ok()


def test_an_error_without_stderr(zmqcli: Zmqcli, late_endpoint: str) -> None:
    in_shell(zmqcli, 'exec "$@" 2>&-', "push", "-c", late_endpoint, "-t", "100ms", "x").finish().ended(124)
