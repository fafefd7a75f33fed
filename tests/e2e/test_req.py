"""`zmqcli req`: asks a plain REP and prints its answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import zmq

from tests.support.peers import endpoint_of

if TYPE_CHECKING:
    from tests.support.links import Link
    from tests.support.peers import Peers
    from tests.support.processes import Zmqcli


def test_the_reply_is_printed(link: Link) -> None:
    ours, theirs = link.meet(["req", "what", b"\xff\x01", ""], ["REP", "--receive", "1", "--echo"])

    assert theirs.message() == [b"what", b"\xff\x01", b""]
    assert ours.finish().ok().lines == [b"what\t\xff\x01\t"]


def test_each_line_is_a_request(link: Link) -> None:
    ours, theirs = link.meet(["req"], ["REP", "--receive", "3", "--echo"], stdin=b"one\n\nthree \xff")

    assert theirs.messages(3) == [[b"one"], [b""], [b"three \xff"]]
    assert ours.finish().ok().lines == [b"one", b"", b"three \xff"]


def test_a_request_is_repeated(zmqcli: Zmqcli, peers: Peers, endpoint: str) -> None:
    rep = peers.socket(zmq.REP, bind=endpoint)
    ours = zmqcli.start("req", "-c", endpoint_of(rep), "-n", "3", "ping")
    for number in range(3):
        assert rep.recv() == b"ping"
        rep.send(b"%d" % number)

    assert ours.finish().ok().lines == [b"0", b"1", b"2"]


def test_a_reply_is_shown_before_the_next_request_is_known(zmqcli: Zmqcli, peers: Peers, endpoint: str) -> None:
    rep = peers.socket(zmq.REP, bind=endpoint)
    ours = zmqcli.start("req", "-c", endpoint_of(rep), stdin="pipe")
    for text in (b"one", b"two"):
        ours.write(text + b"\n")
        assert rep.recv() == text
        rep.send_multipart([b"re", text])
        assert ours.read_line() == b"re\t" + text
    ours.close_stdin()

    ours.finish().ok()


def test_no_reply_is_the_exit_code_of_time(zmqcli: Zmqcli, peers: Peers, endpoint: str) -> None:
    rep = peers.socket(zmq.REP, bind=endpoint)
    ours = zmqcli.start("req", "-c", endpoint_of(rep), "-t", "300ms", "anybody?")

    assert rep.recv() == b"anybody?"
    assert ours.finish().ended(124).stdout == b""


def test_a_request_waits_for_a_server_that_comes_later(zmqcli: Zmqcli, peers: Peers, late_endpoint: str) -> None:
    ours = zmqcli.start("req", "-c", late_endpoint, "hello")
    ours.wait_stderr("waiting for")
    rep = peers.socket(zmq.REP, bind=late_endpoint)
    assert rep.recv() == b"hello"
    rep.send(b"world")

    assert ours.finish().ok().lines == [b"world"]
