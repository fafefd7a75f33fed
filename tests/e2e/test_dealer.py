"""`zmqcli dealer`: talks with a plain ROUTER, and with a REP."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import zmq

from tests.support.peers import endpoint_of

if TYPE_CHECKING:
    from tests.support.links import Link
    from tests.support.peers import Peers
    from tests.support.processes import Zmqcli


def test_frames_go_out_and_the_answer_comes_back(link: Link) -> None:
    ours, theirs = link.meet(["dealer", "-n", "1", "a", b"\xff\x01", ""], ["ROUTER", "--receive", "1", "--echo"])

    assert theirs.message()[1:] == [b"a", b"\xff\x01", b""]
    assert ours.finish().ok().lines == [b"a\t\xff\x01\t"]


def test_lines_go_out_without_waiting_for_answers(link: Link) -> None:
    ours, theirs = link.meet(["dealer", "-n", "3"], ["ROUTER", "--receive", "3", "--echo"], stdin=b"1\n\n\xff")

    assert [message[1:] for message in theirs.messages(3)] == [[b"1"], [b""], [b"\xff"]]
    assert ours.finish().ok().lines == [b"1", b"", b"\xff"]


def test_the_envelope_that_rep_expects_is_put_on_and_taken_off(link: Link) -> None:
    ours, theirs = link.meet(["dealer", "--envelope", "-n", "1", "q", "r"], ["REP", "--receive", "1", "--echo"])

    assert theirs.message() == [b"q", b"r"]
    assert ours.finish().ok().lines == [b"q\tr"]


def test_without_envelope_none_is_added(zmqcli: Zmqcli, peers: Peers, endpoint: str) -> None:
    router = peers.socket(zmq.ROUTER, bind=endpoint)
    ours = zmqcli.start("dealer", "-c", endpoint_of(router), "--identity", "me", "-n", "1", "body")

    assert router.recv_multipart() == [b"me", b"body"]
    router.send_multipart([b"me", b"", b"kept"])
    assert ours.finish().ok().lines == [b"\tkept"]


def test_both_directions_at_the_same_time(zmqcli: Zmqcli, peers: Peers, endpoint: str) -> None:
    router = peers.socket(zmq.ROUTER, bind=endpoint)
    ours = zmqcli.start("dealer", "-c", endpoint_of(router), "--identity", "me", stdin="pipe")
    ours.write(b"first\n")
    assert router.recv_multipart() == [b"me", b"first"]
    for number in range(2):
        router.send_multipart([b"me", b"pushed %d" % number])
        assert ours.read_line() == b"pushed %d" % number
    ours.write(b"second\n")
    assert router.recv_multipart() == [b"me", b"second"]
    ours.close_stdin()
    router.send_multipart([b"me", b"after the end of stdin"])

    assert ours.finish().ok().lines == [b"after the end of stdin"]


def test_records_go_round_the_servers(zmqcli: Zmqcli, peers: Peers, endpoint: str) -> None:
    ours = zmqcli.start("dealer", "-b", endpoint, "-w", "2", "-n", "2", stdin=b"1\n2\n", ready=True)
    routers = [peers.socket(zmq.ROUTER, connect=ours.endpoint) for _ in range(2)]
    received = []
    for router in routers:
        frames = router.recv_multipart()
        received.append(frames[-1])
        router.send_multipart(frames)

    assert sorted(received) == [b"1", b"2"]
    assert sorted(ours.finish().ok().lines) == [b"1", b"2"]


@pytest.mark.parametrize("side", ["-b", "-c"])
def test_a_dealer_may_talk_to_a_dealer(zmqcli: Zmqcli, peers: Peers, late_endpoint: str, side: str) -> None:
    ours = zmqcli.start("dealer", side, late_endpoint, "-n", "1", "ping", ready=True)
    ours.wait_ready()
    other = peers.socket(zmq.DEALER)
    if side == "-b":
        other.connect(late_endpoint)
    else:
        other.bind(late_endpoint)

    assert other.recv_multipart() == [b"ping"]
    other.send(b"pong")
    assert ours.finish().ok().lines == [b"pong"]
