"""`zmqcli rep`: answers a plain REQ and prints what it was asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import zmq

from tests.support.peers import message_argument

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.links import Link
    from tests.support.peers import Peers
    from tests.support.processes import Zmqcli

QUESTION = message_argument([b"what", b"\xff\x01", b""])


def test_frames_are_the_fixed_reply(link: Link) -> None:
    ours, theirs = link.meet(
        ["rep", "-n", "2", "yes", b"\xfe", ""], ["REQ", "--send", QUESTION, "--send", message_argument([b"again"])]
    )

    assert theirs.messages(2) == [[b"yes", b"\xfe", b""]] * 2
    assert ours.finish().ok().lines == [b"what\t\xff\x01\t", b"again"]


def test_echo_sends_the_request_back(link: Link) -> None:
    ours, theirs = link.meet(["rep", "--echo", "-n", "1"], ["REQ", "--send", QUESTION])

    assert theirs.message() == [b"what", b"\xff\x01", b""]
    assert ours.finish().ok().lines == [b"what\t\xff\x01\t"]


def test_each_line_answers_one_request(link: Link) -> None:
    ours, theirs = link.meet(
        ["rep", "-n", "2"], ["REQ", "--send", QUESTION, "--send", QUESTION], stdin=b"first\nsecond \xff\n"
    )

    assert theirs.messages(2) == [[b"first"], [b"second \xff"]]
    assert ours.finish().ok().lines == [b"what\t\xff\x01\t"] * 2


def test_a_file_is_the_fixed_reply(zmqcli: Zmqcli, peers: Peers, endpoint: str, short_dir: Path) -> None:
    file = short_dir / "reply"
    file.write_bytes(b"two\nlines\0")
    ours = zmqcli.start("rep", "-b", endpoint, "--file", file, "-n", "1", ready=True)
    req = peers.socket(zmq.REQ, connect=ours.endpoint)
    req.send(b"?")

    assert req.recv_multipart() == [b"two\nlines\0"]
    assert ours.finish().ok().lines == [b"?"]


def test_a_request_is_shown_at_once(zmqcli: Zmqcli, peers: Peers, endpoint: str) -> None:
    ours = zmqcli.start("rep", "-b", endpoint, stdin="pipe", ready=True)
    req = peers.socket(zmq.REQ, connect=ours.endpoint)
    for text in (b"one", b"two"):
        req.send(text)
        assert ours.read_line() == text
        ours.write(b"re " + text + b"\n")
        assert req.recv() == b"re " + text


def test_many_clients(zmqcli: Zmqcli, peers: Peers, endpoint: str) -> None:
    ours = zmqcli.start("rep", "-b", endpoint, "--echo", "-n", "3", ready=True)
    clients = [peers.socket(zmq.REQ, connect=ours.endpoint) for _ in range(3)]
    for number, client in enumerate(clients):
        client.send(b"%d" % number)

    assert [client.recv() for client in clients] == [b"0", b"1", b"2"]
    assert sorted(ours.finish().ok().lines) == [b"0", b"1", b"2"]


@pytest.mark.parametrize("both", [["--echo", "fixed"], ["--file", "x", "fixed"], ["--echo", "--file", "x"]])
def test_two_sources_of_replies_are_refused(zmqcli: Zmqcli, short_dir: Path, both: list[str]) -> None:
    (short_dir / "x").write_bytes(b"x")

    zmqcli("rep", "-b", "0", *both).error(2)
