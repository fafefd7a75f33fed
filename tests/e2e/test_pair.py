"""`zmqcli pair`: one peer, both directions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import zmq

from tests.support.peers import endpoint_of, message_argument

if TYPE_CHECKING:
    from tests.support.links import Link
    from tests.support.peers import Peers
    from tests.support.processes import Zmqcli

THEIRS = message_argument([b"theirs", b"\xfe", b""])


def test_frames_cross(link: Link) -> None:
    ours, theirs = link.meet(["pair", "-n", "1", "ours", b"\xff\x01", ""], ["PAIR", "--send", THEIRS, "--receive", "1"])

    assert theirs.message() == [b"ours", b"\xff\x01", b""]
    assert ours.finish().ok().lines == [b"theirs\t\xfe\t"]


def test_lines_cross(link: Link) -> None:
    ours, theirs = link.meet(["pair", "-n", "2"], ["PAIR", "--receive", "2", "--echo"], stdin=b"one\ntwo \xff")

    assert theirs.messages(2) == [[b"one"], [b"two \xff"]]
    assert ours.finish().ok().lines == [b"one", b"two \xff"]


def test_it_reads_and_prints_at_the_same_time(zmqcli: Zmqcli, peers: Peers, endpoint: str) -> None:
    pair = peers.socket(zmq.PAIR, bind=endpoint)
    ours = zmqcli.start("pair", "-c", endpoint_of(pair), stdin="pipe")
    pair.send(b"they speak first")
    assert ours.read_line() == b"they speak first"
    ours.write(b"we speak\n")
    assert pair.recv() == b"we speak"
    pair.send(b"they speak again")
    assert ours.read_line() == b"they speak again"


def test_the_end_of_stdin_is_the_end_once_it_is_quiet_or_silent(zmqcli: Zmqcli, peers: Peers, endpoint: str) -> None:
    # Both at once: it is quiet after 1 s.
    asked, silent = (peers.socket(zmq.PAIR, bind=endpoint.replace("/socket", f"/{name}")) for name in "as")
    asking = zmqcli.start("pair", "-c", endpoint_of(asked), stdin=b"question\n")
    telling = zmqcli.start("pair", "-c", endpoint_of(silent), "only this")
    assert asked.recv() == b"question"
    asked.send(b"answer")

    assert asking.finish().ok().lines == [b"answer"]
    assert telling.finish().ok().lines == []
    assert silent.recv() == b"only this"
