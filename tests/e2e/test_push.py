"""`zmqcli push`: what it sends reaches a plain PULL."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import zmq

from tests.support.peers import endpoint_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.links import Link
    from tests.support.peers import Peers
    from tests.support.processes import Zmqcli


def test_frames_are_one_message(link: Link) -> None:
    ours, theirs = link.meet(["push", "weather", b"\xff\x01", "", "last"], ["PULL", "--receive", "1"])

    assert theirs.message() == [b"weather", b"\xff\x01", b"", b"last"]
    ours.finish().ok()


def test_lines_are_messages(link: Link) -> None:
    ours, theirs = link.meet(["push"], ["PULL", "--receive", "4"], stdin=b"one\n\n\xff\xfe\nunterminated")

    assert theirs.messages(4) == [[b"one"], [b""], [b"\xff\xfe"], [b"unterminated"]]
    ours.finish().ok()


def test_lines_wait_for_a_peer_that_comes_later(zmqcli: Zmqcli, peers: Peers, late_endpoint: str) -> None:
    ours = zmqcli.start("push", "-c", late_endpoint, stdin=b"a\nb\n")
    ours.wait_stderr("waiting for")
    theirs = peers.start("PULL", "--receive", "2", "--bind", late_endpoint)

    assert theirs.endpoint == late_endpoint
    assert theirs.messages(2) == [[b"a"], [b"b"]]
    ours.finish().ok()


def test_a_short_endpoint_reaches_this_machine(zmqcli: Zmqcli, peers: Peers) -> None:
    pull = peers.socket(zmq.PULL, bind="tcp://127.0.0.1:0")
    port = endpoint_of(pull).rpartition(":")[2]

    zmqcli("push", "-c", port, "hello").ok()

    assert pull.recv_multipart() == [b"hello"]


def test_nothing_goes_to_an_endpoint_that_is_not_connected(
    zmqcli: Zmqcli, peers: Peers, endpoint: str, short_dir: Path
) -> None:
    pull = peers.socket(zmq.PULL, bind=endpoint)
    lines = [b"%d" % number for number in range(100)]

    zmqcli(
        "push",
        "-c",
        f"ipc://{short_dir}/nobody",
        "-c",
        endpoint_of(pull),
        stdin=b"".join(line + b"\n" for line in lines),
    ).ok()

    assert [pull.recv() for _ in lines] == lines


def test_messages_go_round(zmqcli: Zmqcli, peers: Peers, endpoint: str) -> None:
    ours = zmqcli.start("push", "-b", endpoint, "-w", "2", stdin=b"a\nb\nc\nd\n", ready=True)
    pulls = [peers.socket(zmq.PULL, connect=ours.endpoint) for _ in range(2)]

    received = [[pull.recv(), pull.recv()] for pull in pulls]

    assert sorted(received) in ([[b"a", b"c"], [b"b", b"d"]], [[b"a", b"b"], [b"c", b"d"]])
    ours.finish().ok()


@pytest.mark.parametrize("size", [0, 1, 65_536, 1_000_001])
def test_any_size_of_message(zmqcli: Zmqcli, peers: Peers, endpoint: str, short_dir: Path, size: int) -> None:
    pull = peers.socket(zmq.PULL, bind=endpoint)
    body = bytes(range(256)) * (size // 256 + 1)
    file = short_dir / "body"
    file.write_bytes(body[:size])

    zmqcli("push", "-c", endpoint_of(pull), "--file", file).ok()

    assert pull.recv_multipart() == [body[:size]]
