"""How long: -n, -t, --duration, -i, --delay, and what a limit that was not met says."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
import zmq

from tests.support.peers import endpoint_of

if TYPE_CHECKING:
    from tests.support.peers import Peers
    from tests.support.processes import Zmqcli


@pytest.fixture
def pull(peers: Peers) -> zmq.Socket[bytes]:
    """Return a plain PULL."""
    return peers.socket(zmq.PULL, bind="tcp://127.0.0.1:0")


def test_a_count_that_was_not_met_in_time(zmqcli: Zmqcli, peers: Peers, endpoint: str) -> None:
    push = peers.socket(zmq.PUSH, bind=endpoint)
    ours = zmqcli.start("pull", "-c", endpoint_of(push), "-n", "5", "-t", "500ms")
    for _ in range(3):
        push.send(b"x")

    result = ours.finish().ended(124)
    assert result.lines == [b"x"] * 3
    assert "received 3 of 5" in result.stderr


def test_a_count_that_was_not_met_in_all(zmqcli: Zmqcli, peers: Peers) -> None:
    push = peers.socket(zmq.PUSH, bind="tcp://127.0.0.1:0")
    ours = zmqcli.start("pull", "-c", endpoint_of(push), "-n", "5", "--duration", "700ms")
    push.send(b"x")

    result = ours.finish().ended(124)
    assert result.lines == [b"x"]
    assert "received 1 of 5" in result.stderr


def test_a_count_that_was_met_leaves_the_rest(zmqcli: Zmqcli, peers: Peers) -> None:
    push = peers.socket(zmq.PUSH, bind="tcp://127.0.0.1:0")
    ours = zmqcli.start("pull", "-c", endpoint_of(push), "-n", "3")
    for number in range(20):
        push.send(b"%d" % number)

    assert ours.finish().ok().lines == [b"0", b"1", b"2"]


def test_nothing_for_a_while(zmqcli: Zmqcli) -> None:
    assert zmqcli("pull", "-b", "0", "-t", "200ms").ended(124).stdout == b""


def test_each_message_starts_the_while_again(zmqcli: Zmqcli, peers: Peers) -> None:
    ours = zmqcli.start("pull", "-b", "0", "-t", "1s", ready=True)
    push = peers.socket(zmq.PUSH, connect=ours.endpoint)
    started = time.monotonic()
    for number in range(3):
        # An event 400 ms apart: this poll always runs out, as a PUSH has nothing to read.
        push.poll(400, zmq.POLLIN)
        push.send(b"%d" % number)
        assert ours.read_line() == b"%d" % number

    ours.finish().ended(124)
    assert time.monotonic() - started > 2


def test_a_duration_is_the_end_and_all_is_well(zmqcli: Zmqcli, peers: Peers) -> None:
    push = peers.socket(zmq.PUSH, bind="tcp://127.0.0.1:0")
    ours = zmqcli.start("pull", "-c", endpoint_of(push), "--duration", "500ms")
    push.send(b"x")

    assert ours.finish().ok().lines == [b"x"]


@pytest.mark.parametrize(("limit", "code"), [(["-n", "0"], 0), (["--duration", "0"], 0), (["-t", "0"], 124)])
def test_nought_is_nought(zmqcli: Zmqcli, limit: list[str], code: int) -> None:
    zmqcli("pull", "-b", "0", *limit).ended(code)


def test_a_sender_without_a_peer_gives_up(zmqcli: Zmqcli, late_endpoint: str) -> None:
    result = zmqcli("push", "-c", late_endpoint, "-t", "300ms", "x").ended(124)

    assert "undelivered" in result.stderr


def test_a_publisher_without_a_subscriber_gives_up(zmqcli: Zmqcli, endpoint: str) -> None:
    assert "undelivered" in zmqcli("pub", "-b", endpoint, "-t", "300ms", "x").ended(124).stderr


def test_sending_is_paced(zmqcli: Zmqcli, pull: zmq.Socket[bytes]) -> None:
    ours = zmqcli.start("push", "-c", endpoint_of(pull), "-n", "5", "-i", "100ms", "tick")
    assert pull.recv() == b"tick"
    first = time.monotonic()
    for _ in range(4):
        assert pull.recv() == b"tick"
    took = time.monotonic() - first

    # Without drift: the fifth is due 400 ms after the first, whatever a send takes. A busy machine may show any
    # one of them late, so the first may seem up to 100 ms too late here.
    assert 0.3 < took < 2
    ours.finish().ok()


def test_records_of_stdin_are_paced(zmqcli: Zmqcli, pull: zmq.Socket[bytes]) -> None:
    ours = zmqcli.start("push", "-c", endpoint_of(pull), "-i", "0.1", stdin=b"1\n2\n3\n4\n")
    assert pull.recv() == b"1"
    first = time.monotonic()
    assert [pull.recv() for _ in range(3)] == [b"2", b"3", b"4"]

    assert time.monotonic() - first > 0.2
    ours.finish().ok()


def test_the_first_may_be_delayed(zmqcli: Zmqcli, pull: zmq.Socket[bytes]) -> None:
    started = time.monotonic()
    ours = zmqcli.start("push", "-c", endpoint_of(pull), "--delay", "600ms", "x")

    assert pull.recv() == b"x"
    assert time.monotonic() - started > 0.6
    ours.finish().ok()


@pytest.mark.parametrize("text", ["soon", "5parsecs", "-1s", ""])
def test_what_is_no_duration_is_named(zmqcli: Zmqcli, text: str) -> None:
    zmqcli("pull", "-b", "0", f"--duration={text}").error(2, text)


@pytest.mark.parametrize("text", ["many", "-3", "1.5"])
def test_what_is_no_count_is_named(zmqcli: Zmqcli, text: str) -> None:
    zmqcli("pull", "-b", "0", f"--count={text}").error(2, text)
