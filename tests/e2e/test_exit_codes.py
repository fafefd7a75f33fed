"""Every exit code the main job can have, and that no traceback is ever seen."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest
import zmq

from tests.support.links import TRANSPORTS, known_endpoint
from tests.support.peers import endpoint_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.peers import Peers
    from tests.support.processes import Zmqcli

STOPS = [(signal.SIGINT, 130), (signal.SIGTERM, 143)]


def test_0_all_done(zmqcli: Zmqcli, peers: Peers) -> None:
    pull = peers.socket(zmq.PULL, bind="tcp://127.0.0.1:0")

    assert zmqcli("push", "-q", "-c", endpoint_of(pull), "x").ok().stderr == ""


def test_1_address_in_use(zmqcli: Zmqcli, peers: Peers, endpoint: str) -> None:
    taken = endpoint_of(peers.socket(zmq.PULL, bind=endpoint))

    zmqcli("pull", "-q", "-b", taken).error(1, taken, "in use")


def test_1_a_directory_that_is_not_there(zmqcli: Zmqcli, short_dir: Path) -> None:
    zmqcli("pull", "-q", "-b", f"ipc://{short_dir}/no/such").error(1, f"ipc://{short_dir}/no/such")


@pytest.mark.parametrize(
    ("argv", "named"),
    [
        (["pull", "-b", "0", "--frobnicate"], "--frobnicate"),
        (["pull", "-b", "0", "--cuont", "1"], "--cuont"),
        (["pull", "-b", "0", "-O"], "-O"),
        (["pull", "-b", "0", "extra"], "extra"),
        (["pull"], "-b"),
        (["plul", "-b", "0"], "plul"),
    ],
)
def test_2_usage(zmqcli: Zmqcli, argv: list[str], named: str) -> None:
    zmqcli(*argv).error(2, named)


def test_3_data(zmqcli: Zmqcli, peers: Peers) -> None:
    pull = peers.socket(zmq.PULL, bind="tcp://127.0.0.1:0")

    zmqcli("push", "-q", "-c", endpoint_of(pull), "-I", "jsonl", stdin=b"not json\n").error(3, "1")


def test_124_time(zmqcli: Zmqcli) -> None:
    zmqcli("pull", "-b", "0", "-t", "100ms").ended(124)


@pytest.mark.parametrize(("number", "code"), STOPS)
def test_a_signal_ends_an_idle_receiver(zmqcli: Zmqcli, short_dir: Path, number: signal.Signals, code: int) -> None:
    ours = zmqcli.start("pull", "-b", f"ipc://{short_dir}/s", ready=True)
    ours.wait_ready()

    assert ours.stop(number).ended(code).stdout == b""
    assert not (short_dir / "s").exists()


@pytest.mark.parametrize(("number", "code"), STOPS)
def test_a_signal_loses_nothing_that_was_shown(zmqcli: Zmqcli, peers: Peers, number: signal.Signals, code: int) -> None:
    push = peers.socket(zmq.PUSH, bind="tcp://127.0.0.1:0")
    ours = zmqcli.start("pull", "-c", endpoint_of(push))
    push.send(b"one")
    assert ours.read_line() == b"one"

    ours.stop(number).ended(code)


@pytest.mark.parametrize(("number", "code"), STOPS)
def test_a_signal_ends_a_sender_that_reads_stdin(
    zmqcli: Zmqcli, peers: Peers, number: signal.Signals, code: int
) -> None:
    pull = peers.socket(zmq.PULL, bind="tcp://127.0.0.1:0")
    ours = zmqcli.start("push", "-c", endpoint_of(pull), stdin="pipe")
    ours.write(b"one\n")
    assert pull.recv() == b"one"

    ours.stop(number).ended(code)


def test_a_signal_ends_a_sender_nobody_came_to(zmqcli: Zmqcli, short_dir: Path) -> None:
    # All at once: the notice they wait for comes after 1 s.
    waiting = [
        (zmqcli.start("push", "-c", known_endpoint(transport, short_dir), "x"), number, code)
        for transport in TRANSPORTS
        for number, code in STOPS
    ]
    for ours, number, code in waiting:
        ours.wait_stderr("waiting for")
        result = ours.stop(number, timeout=4).ended(code)
        assert "undelivered" in result.stderr, ours.argv


@pytest.mark.parametrize("command", ["sub", "pull", "rep", "dealer", "router", "pair", "xpub", "xsub", "stream"])
def test_141_the_reader_of_stdout_is_gone(zmqcli: Zmqcli, command: str) -> None:
    echo = ["--echo"] if command == "rep" else []
    ours = zmqcli.start(command, "-b", "0", *echo, stdin="pipe", ready=True)
    ours.wait_ready()
    ours.close_stdout()

    # 0.2 s, says the contract; the rest is for a busy machine.
    assert "rror" not in ours.finish(5).ended(141).stderr


def test_141_at_the_next_write(zmqcli: Zmqcli, peers: Peers) -> None:
    push = peers.socket(zmq.PUSH, bind="tcp://127.0.0.1:0")
    ours = zmqcli.start("pull", "-c", endpoint_of(push))
    push.send(b"first")
    assert ours.read_line() == b"first"
    ours.close_stdout()
    push.send(b"second")

    ours.finish(5).ended(141)


@pytest.mark.parametrize("command", ["push", "pub"])
def test_who_prints_nothing_does_not_care(zmqcli: Zmqcli, peers: Peers, command: str) -> None:
    ours = zmqcli.start(command, "-b", "0", stdin="pipe", ready=True)
    endpoint = ours.endpoint
    ours.close_stdout()
    receiver = peers.socket(zmq.PULL if command == "push" else zmq.SUB, connect=endpoint)
    if command == "pub":
        receiver.setsockopt(zmq.SUBSCRIBE, b"")
    ours.write(b"still here\n")
    assert receiver.recv() == b"still here"
    ours.close_stdin()

    ours.finish().ok()


def test_an_error_has_a_traceback_only_when_asked(zmqcli: Zmqcli, peers: Peers) -> None:
    taken = endpoint_of(peers.socket(zmq.PULL, bind="tcp://127.0.0.1:0"))

    assert "Traceback" in zmqcli("pull", "-b", taken, "--debug").stderr


def test_quiet_and_verbose(zmqcli: Zmqcli, peers: Peers) -> None:
    pull = peers.socket(zmq.PULL, bind="tcp://127.0.0.1:0")
    where = endpoint_of(pull)

    quiet, plain, verbose = (zmqcli("push", *how, "-c", where, "x").ok().stderr for how in (["-q"], [], ["-v"]))

    assert quiet == ""
    (line,) = plain.splitlines()
    assert line.endswith(f"connecting to {where}")
    assert len(verbose.splitlines()) > 1
    assert where.removeprefix("tcp://") in verbose
